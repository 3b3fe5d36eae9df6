"""`wildwear annotations` as a user types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from made_annotations import BAG, SHIRT, instance, made_project, rectangle, work
from wildwear.annotation import existing_project
from wildwear.cli.app import app
from wildwear.errors import DatasetError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects with the same two photos, the first done by both; the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, category in (("first", SHIRT), ("second", BAG)):
        store = made_project(tmp_path, project=name).store
        store.save(
            1, 0, "ann", work(instance("one", category), instance("two", BAG, rectangle(20, 20, 30, 40)))
        )
        store.remember("target", "4")
    return tmp_path


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["annotations", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_progress_says_what_is_done_and_left(folder: Path) -> None:
    said = run("progress", "first").stdout
    assert [line.split() for line in said.splitlines()[2:5]] == [
        ["done", "1"],
        ["skipped", "0"],
        ["to", "do", "1"],
    ]
    assert "25.0% of the target of 4" in said
    assert "next: wildwear annotate --project first" in said


def test_progress_leads_to_the_export_once_the_target_is_reached(folder: Path) -> None:
    existing_project(folder / "first").store.remember("target", "1")
    assert "next: wildwear annotations export first --out annotated.json" in run("progress", "first").stdout


def test_agreement_is_said_by_category(folder: Path) -> None:
    said = run("agreement", "first", "second").stdout
    rows = {
        line.split()[0]: line.split()[1:] for line in said.splitlines() if line.startswith(("bag", "shirt"))
    }
    assert rows == {"bag": ["1", "2", "1", "1.000"], "shirt": ["1", "0", "0", "–"]}
    assert "1 photos done in both; 2 and 2 garments, 2 outlined by both" in said
    assert "of these 50.0% have one name; mask IoU 1.000" in said
    assert "next: wildwear annotate --project first --review second" in said


def test_export_writes_a_dataset_and_says_what_it_left_out(folder: Path) -> None:
    result = run("export", "first", "--out", "out.json")
    assert "1 photos written to out.json as coco" in result.stdout
    assert "note: 1 × photos that are not done yet, left out" in result.stderr
    assert f"next: wildwear data health out.json --images {folder / 'photos'}" in result.stdout
    assert len(json.loads(Path("out.json").read_text())["annotations"]) == 2
    assert (
        "2 photos written" in run("export", "first", "--out", "yolo", "--to", "yolo", "--unfinished").stdout
    )


def test_an_export_without_a_photo_that_is_done_says_what_to_do(folder: Path) -> None:
    made_project(folder, project="begun")
    result = CliRunner().invoke(app, ["annotations", "export", "begun", "--out", "out.json"])
    assert isinstance(result.exception, DatasetError)
    assert "begun: none of its 2 photos is done" in str(result.exception)
    assert "--unfinished" in str(result.exception)
    assert not Path("out.json").exists()


@pytest.mark.parametrize("command", [["progress"], ["agreement", "first"], ["export", "--out", "x.json"]])
def test_what_is_no_project_is_refused(folder: Path, command: list[str]) -> None:
    result = CliRunner().invoke(app, ["annotations", *command, "nowhere"])
    assert isinstance(result.exception, DatasetError)
    assert "nowhere: is no project of `wildwear annotate`" in str(result.exception)
    assert not Path("nowhere").exists()
