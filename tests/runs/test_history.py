"""What a run measured, read from lines of JSON."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.errors import DatasetError
from wildwear.runs import history
from wildwear.runs.history import History, read_lines, to_line


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_rows_come_in_the_order_of_their_steps(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.jsonl", '{"step": 260, "a": 3}\n{"step": 250, "a": 2}\n{"step": 20, "a": 1}\n'
    )
    series = History.read(path).series("a")
    assert series.steps.tolist() == [20, 250, 260]
    assert series.values.tolist() == [1, 2, 3]


def test_a_null_is_a_figure_that_does_not_exist_and_a_row_without_the_name_is_none(tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", '{"step": 1, "a": null}\n{"step": 2}\n{"step": 3, "a": 0.5}\n')
    series = History.read(path).series("a")
    assert series.steps.tolist() == [1, 3]
    assert math.isnan(series.values[0])
    assert len(History.read(path).series("b")) == 0
    assert math.isnan(History.read(path).series("b").last)


def test_a_last_line_that_a_kill_has_cut_off_is_left_out(tmp_path: Path) -> None:
    whole = '{"step": 10, "a": 1}\n{"step": 20, "a": 2}\n'
    for cut in range(1, len('{"step": 30, "müde": 3}')):
        path = written(tmp_path / "m.jsonl", whole.encode() + '{"step": 30, "müde": 3}'.encode()[:cut])
        assert History.read(path).steps == 20


def test_a_broken_line_in_the_middle_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", '{"step": 10}\n{"step": 2\n{"step": 30}\n')
    with pytest.raises(DatasetError, match=r"m\.jsonl:2: is not JSON"):
        History.read(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1, 2]", "whole number 'step'"),
        ('{"a": 1}', "whole number 'step'"),
        ('{"step": 1.5}', "whole number 'step'"),
        ('{"step": true}', "whole number 'step'"),
        ('{"step": -1}', "whole number 'step'"),
        ('{"step": 1' + "0" * 30 + "}", "whole number 'step'"),
        ('{"step": 1, "a": "many"}', "'a' is 'many'; expected a number"),
        ('{"step": 1, "a": {}}', "expected a number"),
        ('{"step": 1, "a": 1' + "0" * 400 + "}", "expected a number"),
        ("[" * 100_000, "is not JSON"),
        ('{"step": 1, "a": 1' + "0" * 5000 + "}", "is not JSON"),
        ("what is this", "is not JSON"),
    ],
)
def test_what_is_no_row_is_an_error(tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path / "m.jsonl", f"{line}\n")
    with pytest.raises(DatasetError, match=said):
        History.read(path)


def test_text_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not JSON"):
        History.read(written(tmp_path / "m.jsonl", b'{"step": 1, "\xff\xfe": 1}\n{"step": 2}\n'))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 10)
    with pytest.raises(DatasetError, match="has 14 bytes; expected at most 10"):
        History.read(written(tmp_path / "m.jsonl", '{"step":  10}\n'))


def test_a_step_that_was_measured_again_after_a_break_counts_as_the_second_time() -> None:
    series = History.of([{"step": 10, "a": 1.0}, {"step": 20, "a": 2.0}, {"step": 10, "a": 9.0}]).series("a")
    assert series.steps.tolist() == [10, 20]
    assert series.values.tolist() == [9, 2]


def test_the_highest_and_the_lowest_place_pass_over_nan() -> None:
    rows = [{"step": step, "a": a} for step, a in enumerate([None, 2.0, 5.0, math.inf, 1.0, 5.0])]
    series = History.of(rows).series("a")
    assert (series.highest, series.lowest) == (2, 4)
    nothing = History.of([{"step": 1, "a": None}]).series("a")
    assert (nothing.highest, nothing.lowest) == (None, None)


@given(
    st.lists(
        st.dictionaries(st.text().filter(lambda name: name != "step"), st.none() | st.floats(), max_size=4),
        max_size=6,
    )
)
def test_what_is_written_is_read_again_and_what_is_not_finite_becomes_null(
    tmp_path_factory: pytest.TempPathFactory, measured: list[dict[str, float | None]]
) -> None:
    rows = [{"step": number, **one} for number, one in enumerate(measured)]
    path = tmp_path_factory.getbasetemp() / "again.jsonl"
    path.write_text("".join(map(to_line, rows)))
    finite = [{k: None if v is None or not math.isfinite(v) else v for k, v in row.items()} for row in rows]
    assert read_lines(path, "step") == finite
    assert all(json.loads(line) for line in path.read_text().splitlines())
