"""`wildwear via merge`, `drop-empty`, `split` and `renumber` as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from made_via_projects import document, hats, photo, region, written
from via_format import assert_via_opens
from wildwear.cli.app import app
from wildwear.errors import DatasetError, OutputError

REAL = ["shorts/via_region_data.json", "modanet_val_via_region_data.json"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects that share no photo; the current folder."""
    written(tmp_path, document(*hats("a.jpg"), photo("b.jpg"), *hats("c.jpg"), photo("d.jpg")), "one.json")
    written(tmp_path, document(*hats("e.jpg")), "two.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["via", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def content(path: str) -> Any:
    return json.loads(Path(path).read_text())


def test_merge_writes_one_project_under_a_name(folder: Path) -> None:
    result = run("merge", "one.json", "two.json", "--out", "all.json", "--name", "everything")
    assert "all.json: 5 photos of 2 projects" in result.stdout
    assert "next: wildwear via check all.json" in result.stdout
    assert content("all.json")["_via_settings"]["project"]["name"] == "everything"
    run("merge", "one.json", "two.json", "--out", "other.json")
    assert content("other.json")["_via_settings"]["project"]["name"] == "other"


def test_merge_says_what_met(folder: Path) -> None:
    written(folder, document(photo("e.jpg", region(clothing="2"))), "three.json")
    result = CliRunner().invoke(app, ["via", "merge", "two.json", "three.json", "--out", "all.json"])
    assert isinstance(result.exception, DatasetError)
    assert "1 photos are annotated in two projects, each in its own way" in str(result.exception)
    assert not Path("all.json").exists()
    result = run("merge", "two.json", "three.json", "--out", "all.json", "--prefer", "last")
    assert (
        "note: e.jpg is in two.json and three.json: 1 regions and 1; those of the last count" in result.stderr
    )


def test_merge_never_writes_over_what_it_reads(folder: Path) -> None:
    before = Path("one.json").read_bytes()
    arguments = ["via", "merge", "one.json", "two.json", "--out", "one.json", "--overwrite"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, OutputError)
    assert Path("one.json").read_bytes() == before


def test_drop_empty_writes_another_file_and_names_what_went(folder: Path) -> None:
    before = Path("one.json").read_bytes()
    result = run("drop-empty", "one.json", "--out", "kept.json", "--up-to", "c.jpg")
    assert "left out: b.jpg" in result.stderr
    assert "kept.json: 3 photos, 1 without regions left out" in result.stdout
    assert content("kept.json")["_via_image_id_list"] == ["a.jpg7", "c.jpg7", "d.jpg7"]
    assert Path("one.json").read_bytes() == before


def test_drop_empty_changes_a_project_in_place_only_when_asked_and_with_a_backup(folder: Path) -> None:
    before = Path("one.json").read_bytes()
    run("drop-empty", "one.json", code=2)
    run("drop-empty", "one.json", "--out", "x.json", "--in-place", code=2)
    assert Path("one.json").read_bytes() == before
    result = run("drop-empty", "one.json", "--in-place")
    assert "one.json.bak" in result.stderr
    assert Path("one.json.bak").read_bytes() == before
    assert content("one.json")["_via_image_id_list"] == ["a.jpg7", "c.jpg7"]


def test_a_list_out_of_step_is_told_and_mended(folder: Path) -> None:
    doubled = content("one.json")
    doubled["_via_image_id_list"] *= 2
    written(folder, doubled, "doubled.json")
    result = run("drop-empty", "doubled.json", "--out", "kept.json")
    assert "_via_image_id_list has more than once: 'a.jpg7'" in result.stderr
    assert content("kept.json")["_via_image_id_list"] == ["a.jpg7", "c.jpg7"]


def test_split_names_the_parts_by_their_photos(folder: Path) -> None:
    result = run("split", "one.json", "--out", "parts", "--val", 1)
    assert "parts/train_3.json: 3 photos" in result.stdout
    assert "parts/val_1.json: 1 photos" in result.stdout
    Path("ids.txt").write_text("b.jpg7\nc.jpg\n")
    run("split", "one.json", "--out", "by_id", "--val-ids", "ids.txt")
    assert list(content("by_id/val_2.json")["_via_img_metadata"]) == ["b.jpg7", "c.jpg7"]


def test_split_asks_for_one_way_to_choose(folder: Path) -> None:
    run("split", "one.json", "--out", "parts", code=2)
    run("split", "one.json", "--out", "parts", "--val", 1, "--val-ids", "ids.txt", code=2)


def test_split_says_when_a_name_is_in_both_parts(folder: Path) -> None:
    written(folder, document(*hats("a.jpg", "a.jpg"), keys=["0", "1"]), "twice.json")
    assert "a photo called a.jpg is in both" in run("split", "twice.json", "--out", "p", "--val", 1).stderr


def test_renumber_copies_and_counts(folder: Path) -> None:
    for name in "abc":
        Path(f"{name}.jpg").write_bytes(name.encode())
    result = run("renumber", "one.json", "--out", "new", "--skip-missing")
    assert "1 photos are not there, left out" in result.stderr
    assert "new/one.json: 3 photos, as many copies in new/images" in result.stdout
    assert [path.read_bytes() for path in sorted(Path("new/images").iterdir())] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_goes_through_every_verb_that_edits(shared: Path, folder: Path, name: str) -> None:
    source = shared / "fixtures" / "via" / name
    is_whole = "shorts" in name
    before = content(str(source))
    photos = before["_via_img_metadata"] if is_whole else before
    run("split", source, "--out", "parts", "--val", 5)
    run("merge", f"parts/train_{len(photos) - 5}.json", "parts/val_5.json", "--out", "all.json")
    run("drop-empty", "all.json", "--in-place")
    merged = content("all.json")
    if is_whole:
        assert merged.pop("_via_settings") == before.pop("_via_settings") | {"project": {"name": "all"}}
    assert merged == before
    images = source.parent
    if not is_whole:
        images = folder / "photos"
        images.mkdir()
        for entry in list(photos.values())[:20]:
            (images / entry["filename"]).write_bytes(b"jpg")
    run("renumber", source, "--out", "new", "--images", images, "--skip-missing")
    renumbered = content(f"new/{source.name}")
    if is_whole:
        assert_via_opens(renumbered)
    else:
        assert len(renumbered) == 20
        assert renumbered["377"]["filename"] == "000000.jpg"
        assert renumbered["377"]["regions"] == before["377"]["regions"]
