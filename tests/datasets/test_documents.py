"""JSON documents in and out, and what is no JSON."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.datasets.documents import encode_json, non_finite, read_json, top_level
from wildwear.errors import DatasetError


def test_nan_is_refused_with_its_place_unless_it_may_pass(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text('{"annotations": [{}, {"bbox": [0, 1, NaN, 2]}]}')
    with pytest.raises(DatasetError, match=r"set\.json: annotations\[1\]\.bbox\[2\] is not a finite number"):
        read_json(path)
    assert math.isnan(read_json(path, allow_nan=True)["annotations"][1]["bbox"][2])


@pytest.mark.parametrize("content", [b"", b"{", b"[1,]", b'"\xff"', b"[" * 100_000, b"NaN,"])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"set\.json: is not JSON"):
        read_json(tmp_path / "set.json")


def test_a_byte_order_mark_is_no_reason_to_refuse_a_file(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(tmp_path / "set.json") == {"a": 1}
    assert top_level(tmp_path / "set.json").keys() == {"a"}


@pytest.mark.parametrize("value", [math.nan, [1, math.inf], {"a": [None, -math.inf]}])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    assert non_finite(value) is not None
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json(value)


@given(st.recursive(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.lists))
def test_numbers_come_back_as_they_went(value: object) -> None:
    assert json.loads(encode_json(value)) == value


NAMED = {"images": [{"file_name": "\udcfe.jpg"}, {"file_name": "\udcff.jpg"}], "info": {"a": "\U0001f457"}}


def test_names_of_files_that_are_no_utf8_come_back_as_they_are_on_disk(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_bytes(encode_json(NAMED))
    assert read_json(tmp_path / "set.json") == NAMED
    assert top_level(tmp_path / "set.json").keys() == NAMED.keys()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"categories": [{"name": "\udcff"}]}, r"categories\[0\]\.name"),
        ({"images": [{"file_name": "\ud800.jpg"}]}, r"images\[0\]\.file_name"),
        ({"\udcff.jpg7": {}}, "its only value"),
    ],
)
def test_other_text_that_is_not_unicode_is_refused_with_its_place(
    tmp_path: Path, value: object, place: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{place} is text that is not Unicode"):
        encode_json(value)
    (tmp_path / "set.json").write_text(json.dumps(value))
    with pytest.raises(DatasetError, match=rf"set\.json: is not JSON: {place} is text that is not Unicode"):
        read_json(tmp_path / "set.json")
