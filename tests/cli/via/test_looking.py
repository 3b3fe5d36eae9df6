"""`wildwear via check`, `names` and `progress` as a user types them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from made_via_projects import document, hats, photo, region, written
from wildwear.cli.app import app
from wildwear.errors import DatasetError, OutputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a photo done, one unusable, one to do; the current folder."""
    marked = photo("b.jpg", region(), region(accessories="belt"))
    written(tmp_path, document(*hats("a.jpg"), marked, photo("c.jpg")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["via", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def test_check_names_every_region_and_photo_that_lacks_something(folder: Path) -> None:
    before = Path("project.json").read_bytes()
    result = run("check", "project.json", "--attribute", "clothing", "--attribute", "accessories", code=1)
    assert "b.jpg: without 'clothing' or 'accessories': 1\n" in result.stdout
    assert "c.jpg: no regions\n" in result.stdout
    assert "project.json: 3 photos, 3 regions; 1 regions without" in result.stdout
    assert "next: wildwear via drop-empty project.json --out project.annotated.json" in result.stdout
    assert "b.jpg: without 'clothing': 1, 2\n" in run("check", "project.json", code=1).stdout
    assert Path("project.json").read_bytes() == before


def test_check_of_a_sound_project_ends_well(folder: Path) -> None:
    written(folder, document(*hats("a.jpg")), "sound.json")
    result = run("check", "sound.json", "--attribute", "clothing")
    assert "next: wildwear via to-coco sound.json --out sound.coco.json" in result.stdout


def test_check_says_that_the_list_is_out_of_step(folder: Path) -> None:
    content = document(*hats("a.jpg", "b.jpg"))
    content["_via_image_id_list"].pop()
    written(folder, content, "short.json")
    assert "_via_image_id_list lacks 'b.jpg7': VIA hides them" in run("check", "short.json", code=1).stdout


def test_names_are_text_one_a_line(folder: Path) -> None:
    result = run("names", "project.json")
    assert result.stdout == "a.jpg\nb.jpg\nc.jpg\n"
    assert (
        result.stderr == "next: wildwear via progress project.json\n"
    )  # a split by all names leaves no train
    run("names", "project.json", "--out", "names.txt")
    assert Path("names.txt").read_text() == result.stdout
    again = CliRunner().invoke(app, ["via", "names", "project.json", "--out", "names.txt"])
    assert isinstance(again.exception, OutputError)


def test_a_name_that_is_no_line_is_refused(folder: Path) -> None:
    written(folder, document(*hats("a\nb.jpg")), "odd.json")
    result = CliRunner().invoke(app, ["via", "names", "odd.json"])
    assert isinstance(result.exception, DatasetError)


def test_progress_says_how_far_it_is(folder: Path) -> None:
    result = run("progress", "project.json", "--target", 500, "--limit", 2)
    words = [line.rsplit(maxsplit=1) for line in result.stdout.splitlines()]
    rows = {pair[0].strip(): pair[1] for pair in words if len(pair) == 2}
    assert rows["in all"] == "3"
    assert rows["up to the limit"] == "2"
    assert (rows["unusable"], rows["to do"], rows["done"]) == ("1", "0", "1")
    assert "done: 50.0% of the limit, 0.2% of the target of 500" in result.stdout
    assert "masks: 1, 1.00 a photo that is done" in result.stdout
    assert "next: wildwear via check project.json" in result.stdout


def test_the_real_files_are_looked_at(shared: Path, folder: Path) -> None:
    via = shared / "fixtures" / "via"
    for name, photos, masks in (
        ("shorts/via_region_data.json", 20, "20, 1.00"),
        ("modanet_val_via_region_data.json", 1067, "5,434, 5.09"),
    ):
        assert f"{photos:,} photos" in run("check", via / name).stdout
        assert len(run("names", via / name).stdout.splitlines()) == photos
        assert f"masks: {masks} a photo that is done" in run("progress", via / name).stdout
