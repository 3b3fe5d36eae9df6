"""What stands on a photo: what is work, and what is named as none."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_annotations import instance, rectangle, work
from wildwear.annotation.work import MOST_POINTS, Flags, Work, WorkError, check, read, summary, write

GARMENT = msgspec.to_builtins(instance())
PART = GARMENT["parts"][0]


def document(**changes: Any) -> bytes:
    """Work whose one garment differs so."""
    return msgspec.json.encode({"status": "done", "instances": [GARMENT | changes]})


def test_work_comes_back_from_json_as_it_was() -> None:
    hole = [(4.25, 4.0), (6.0, 4.0), (6.0, 6.0)]
    drawn = work(
        instance("coat", 16, [*rectangle(0, 0, 20, 20), hole], rectangle(30, 30, 35, 35)),
        instance("region", judged=False),
    )
    assert read(write(drawn)) == drawn


def test_what_may_be_left_out_has_a_meaning() -> None:
    assert read(b"{}") == Work(status="todo")
    assert read(document()).instances[0].flags == Flags(occluded=False, truncated=False, doubtful=False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Input data was truncated"),
        (b"[]", "Expected object, got array"),
        (b'{"instances": [{"id": NaN}]}', "JSON is malformed"),
        (b'{"status": "finished"}', "status: Invalid enum value 'finished'"),
        (b'{"status": "done", "more": 1}', "Object contains unknown field more"),
        (b'{"status": "skipped", "skip_reason": "bored"}', "skip_reason: is 'bored'"),
        (b'{"status": "done", "skip_reason": "too small"}', "skip_reason: is said of a photo that is done"),
        (b'{"attributes": {"people": [4]}}', "attributes.people: holds something but 0 to 3"),
        (document(id=""), "instances[0].id: has 0 letters"),
        (document(id="x" * 101), "instances[0].id: has 101 letters"),
        (document(category=31), "instances[0].category: no category has the id 31"),
        (document(category="hat"), "instances[0].category: Expected int | null, got str"),
        (document(judged=False), "instances[0].category: is given to a region that is not judged"),
        (document(source="thin air"), "instances[0].source: Invalid enum value 'thin air'"),
        (document(parts=[]), "instances[0].parts: are none"),
        (document(parts=[[]]), "instances[0].parts[0]: has no outline"),
        (document(parts=[[[[0, 0], [9, 9]]]]), "instances[0].parts[0][0]: has 2 points"),
        (document(parts=[[*PART, [[1, 1]]]]), "instances[0].parts[0][1]: has 1 points"),
        (document(parts=[[[[0, 0], [9, 9], [1, 2, 3]]]]), "parts[0][0][2]: Expected array of length 2"),
        (document(parts=[[[[0, 0], [9, 9], [None, 3]]]]), "parts[0][0][2][0]: Expected float, got null"),
        (document(parts=[[[[0, 0], [9, 9], [1e6, 3]]]]), "parts[0][0][2]: (1000000.0, 3.0) is no"),
        (document(parts=[[[[0, 0], [9, 9], ["1", 3]]]]), "parts[0][0][2][0]: Expected float, got str"),
        (document(original={"candidates": [99]}), "original.candidates: no category has the id 99"),
    ],
)  # fmt: skip
def test_what_is_no_work_is_named_with_its_place(content: bytes, said: str) -> None:
    with pytest.raises(WorkError) as caught:
        read(content)
    assert said in str(caught.value)


def test_a_number_that_is_none_is_refused_however_it_came() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(WorkError, match=r"parts\[0\]\[0\]\[0\]: .* is no place on a photo"):
            check(work(instance("one", 2, [[(value, 1.0), (2.0, 2.0), (3.0, 1.0)]])))


def test_an_id_occurs_once() -> None:
    with pytest.raises(WorkError, match=r"instances\[1\]\.id: 'one' occurs twice"):
        check(work(instance(), instance()))


def test_a_photo_has_no_more_points_than_anybody_draws() -> None:
    ring = [(float(number % 300), float(number % 200)) for number in range(MOST_POINTS + 1)]
    with pytest.raises(WorkError, match=f"have 100,001 points; a photo has at most {MOST_POINTS:,}"):
        check(work(instance("one", 2, [ring])))


KEYS = st.sampled_from([*GARMENT, "status", "instances", "attributes", "people"])
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SIMPLE | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.binary(max_size=60) | st.builds(msgspec.json.encode, JSON))
def test_any_document_is_work_or_is_refused_in_words(content: bytes) -> None:
    try:
        found = read(content)
    except WorkError:
        return
    assert read(write(found)) == found


def test_a_summary_counts_garments_and_says_that_one_has_no_name() -> None:
    found = summary(
        work(
            instance("a", 2, flags=Flags(truncated=True)),
            instance("b", 2, flags=Flags(occluded=True)),
            instance("c", None),
            instance("d", judged=False),
        )
    )
    assert (found.status, found.instances, found.counts) == ("done", 3, {2: 2})
    assert found.flags == ["occluded", "truncated", "unnamed"]
