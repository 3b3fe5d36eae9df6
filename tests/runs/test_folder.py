"""A run's folder, and the runs below a folder."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wildwear.errors import DatasetError
from wildwear.runs import Run, find_runs

Make = Callable[..., Path]


def test_a_run_is_called_as_its_folder(made: Make) -> None:
    run = Run.read(made("second"))
    assert (run.name, run.facts.name) == ("second", "wildwear-s")


def test_a_run_says_how_far_it_came_and_how_long_it_took(made: Make) -> None:
    run = Run.read(made())
    assert (run.history.steps, run.seconds, run.is_unfinished) == (40, 36, False)
    assert run.begun == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_run_with_steps_left_says_how_to_go_on(made: Make) -> None:
    folder = made("my run", steps=50, data_folder="/data/ccp 30")
    run = Run.read(folder)
    assert run.is_unfinished
    assert run.resume_command == (
        f"wildwear train '{folder}/config.yaml' --data '/data/ccp 30' --out '{folder}' --resume"
    )


def test_a_run_of_another_program_cannot_be_gone_on_with_here(made: Make) -> None:
    assert Run.read(made(made_by="Detectron2")).resume_command is None
    assert Run.read(made("other", made_by="wildwearish 1")).resume_command is None


def test_a_run_that_was_killed_before_it_measured_has_an_empty_history(made: Make) -> None:
    folder = made()
    (folder / "metrics.jsonl").unlink()
    run = Run.read(folder)
    assert (run.history.steps, run.seconds, run.is_unfinished) == (0, None, True)
    assert run.last_sign == run.begun


def test_facts_that_this_version_does_not_know_are_kept(made: Make) -> None:
    assert Run.read(made(colour="red")).facts.model_dump()["colour"] == "red"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "name: Field required"),
        ("[]", "all of it"),
        ("what", "Invalid JSON"),
        ("", "Invalid JSON"),
        ("[" * 10_000, "Invalid JSON"),
        ('{"name": "a", "made_by": "b", "steps": -5}', "steps: Input should be greater"),
        ('{"name": "a", "made_by": "b", "decays": ["x"]}', r"decays\.0"),
        (" " * 1_100_000, "expected at most"),
    ],
)
def test_damaged_facts_are_an_error_that_names_file_and_field(made: Make, text: str, said: str) -> None:
    folder = made()
    (folder / "run.json").write_text(text)
    with pytest.raises(DatasetError, match=said) as caught:
        Run.read(folder)
    assert str(caught.value).startswith(str(folder / "run.json"))


def test_a_folder_that_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"is no run; it has no run\.json"):
        Run.read(tmp_path)


def test_the_runs_below_a_folder_are_found_at_any_depth_by_path(made: Make, tmp_path: Path) -> None:
    for name in ("b", "a/deep/er", "a/first"):
        made(name)
    (tmp_path / "photos").mkdir()
    found, damaged = find_runs(tmp_path)
    assert [run.folder.relative_to(tmp_path).as_posix() for run in found] == ["a/deep/er", "a/first", "b"]
    assert not damaged


def test_one_damaged_run_does_not_hide_the_others(made: Make, tmp_path: Path) -> None:
    made("good")
    (made("bad") / "metrics.jsonl").write_text('{"step": "ten"}\n')
    found, damaged = find_runs(tmp_path)
    assert [run.name for run in found] == ["good"]
    assert [str(error).split(":")[0] for error in damaged] == [str(tmp_path / "bad" / "metrics.jsonl")]


def test_looking_for_runs_where_there_is_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        find_runs(tmp_path / "runs")


def test_what_lies_inside_a_run_is_its_own(made: Make, tmp_path: Path) -> None:
    inner = made("outer") / "copy"
    inner.mkdir()
    (inner / "run.json").write_text(json.dumps({"name": "x", "made_by": "y"}))
    assert [run.name for run in find_runs(tmp_path)[0]] == ["outer"]
