"""`wildwear data describe`."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.errors import DatasetError, OutputError

ANSI = "\x1b[31m"


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(
        app, ["data", "describe", *map(str, arguments)], catch_exceptions=True, env={"COLUMNS": "200"}
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two photos with a mask of a category whose name is markup, and steers terminals."""
    image = {"width": 10, "height": 10}
    mask = {"category_id": 1, "segmentation": [[0, 0, 5, 0, 5, 5]], "area": 12.5}
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", **image}, {"id": 2, "file_name": "b.jpg", **image}],
        "annotations": [{"id": 1, "image_id": 1, **mask}, {"id": 2, "image_id": 1, **mask, "iscrowd": 1}],
        "categories": [{"id": 1, "name": f"[bold]{ANSI}hat[/]"}, {"id": 2, "name": "bag"}],
    }
    path = tmp_path / "small.json"
    path.write_text(json.dumps(document))
    return path


def test_figures_are_printed_and_the_next_step_last(file: Path) -> None:
    done = run(file)
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert {"images 2", "masks 1", "masks an image 0.50", "points a mask 3.0", "x and y apart 6.0"} <= {
        *lines
    }
    assert "bag does not occur" in lines
    assert done.stdout.splitlines()[-1] == f"next: wildwear data view {file}"


def test_names_are_printed_as_they_are_and_steer_no_terminal(file: Path) -> None:
    done = run(file)
    assert "[bold]" in done.stdout
    assert "hat[/]" in done.stdout
    assert "\x1b" not in done.stdout


def test_json_is_all_there_is_on_stdout(file: Path, tmp_path: Path) -> None:
    done = run(file, "--json", "--html", tmp_path / "page.html")
    [described] = json.loads(done.stdout)
    assert described["masks"] == 1
    assert described["not_judged"] == 1
    assert described["categories"][0]["area_share"] == 0.125


def test_datasets_of_any_format_stand_side_by_side(shared: Path, file: Path) -> None:
    done = run(file, shared / "fixtures" / "modanet" / "instances_val.json")
    [line] = [line for line in done.stdout.splitlines() if line.strip().startswith("masks an image")]
    assert line.split()[-3:] == ["0.50", "5.10", "5.09"]  # of the one, of the other, of both together


def test_files_of_one_name_are_told_apart_by_their_folders(file: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    copy = tmp_path / "copy" / file.name
    copy.write_bytes(file.read_bytes())
    assert [one["name"] for one in json.loads(run(file, copy, "--json").stdout)] == [
        f"{tmp_path.name}/small",
        "copy/small",
        "all",
    ]
    names = [one["name"][-3:] for one in json.loads(run(file, file, "--json").stdout)]
    assert names == ["(1)", "(2)", "all"]


def test_the_page_is_not_replaced_unless_told(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run(file, "--html", page).exit_code == 0
    assert "<!doctype html>" in page.read_text()
    again = run(file, "--html", page)
    assert isinstance(again.exception, OutputError)
    assert run(file, "--html", page, "--overwrite").exit_code == 0


def test_a_page_is_never_written_over_what_is_no_page(file: Path) -> None:
    photo = file.with_name("photo.jpg")
    photo.write_bytes(b"photo")
    refused = run(file, "--html", photo, "--overwrite").exception
    assert isinstance(refused, OutputError)
    assert "name a file that ends in .html" in str(refused)
    assert photo.read_bytes() == b"photo"


def test_a_dataset_is_never_replaced_by_its_page(file: Path) -> None:
    before = file.read_bytes()
    assert isinstance(run(file, "--html", file, "--overwrite").exception, OutputError)
    assert file.read_bytes() == before


@pytest.mark.parametrize("folders", [["nowhere"], [".", ".", "."]])
def test_folders_of_photos_that_fit_no_dataset_are_refused(file: Path, folders: list[str]) -> None:
    options = [part for folder in folders for part in ("--images", folder)]
    assert isinstance(run(file, file, *options).exception, DatasetError)


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"images": [], "categories": [], "annotations": 3}')
    done = run(tmp_path / "bad.json")
    assert isinstance(done.exception, DatasetError)
    assert "bad.json: annotations" in str(done.exception)
