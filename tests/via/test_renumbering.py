"""Photos copied as 000000.jpg and so on, named so in the project, and counted."""

import json
from pathlib import Path

import pytest

from made_via_projects import document, hats, photo, region, written
from via_format import assert_via_opens
from wildwear.errors import DatasetError, OutputError
from wildwear.via import Project, renumber


@pytest.fixture
def opened(tmp_path: Path) -> Project:
    """Three photos of 3, 4 and 5 bytes, the last shown first; two have keys of VIA's own making."""
    for name, content in (("b.JPG", b"bbb"), ("sub/a.png", b"aaaa"), ("c.jpeg", b"ccccc")):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).write_bytes(content)
    content = document(
        photo("b.JPG", region(clothing="1"), size=3, people={"0": True}),
        photo("sub/a.png", size=-1),
        photo("c.jpeg", size=5),
        keys=["b.JPG3", "sub/a.png-1", "7"],
    )
    del content["_via_settings"]["ui"]
    content["_via_attributes"]["file"] = {
        "people": {"type": "checkbox", "description": "", "options": {"0": "one"}, "default_options": {}}
    }
    content["_via_image_id_list"] = ["7", "b.JPG3", "sub/a.png-1"]
    return Project.read(written(tmp_path, content))


def test_photos_are_copied_by_number_and_renamed_inside(opened: Project, tmp_path: Path) -> None:
    made = renumber(opened, tmp_path / "out")
    copies = {path.name: path.read_bytes() for path in (tmp_path / "out" / "images").iterdir()}
    assert copies == {"000000.jpeg": b"ccccc", "000001.jpg": b"bbb", "000002.png": b"aaaa"}
    again = json.loads((tmp_path / "out" / "project.json").read_text())
    assert again == made.document
    assert again["_via_image_id_list"] == ["7", "000001.jpg3", "000002.png4"]
    photos = again["_via_img_metadata"]
    assert [photos[key]["filename"] for key in again["_via_image_id_list"]] == sorted(copies)
    assert [photos[key]["size"] for key in again["_via_image_id_list"]] == [5, 3, 4]
    assert photos["000001.jpg3"]["regions"] == opened.photos["b.JPG3"]["regions"]
    assert photos["000001.jpg3"]["file_attributes"] == {
        "original_file_name": "b.JPG",
        "people": {"0": True},
    }
    assert again["_via_settings"]["core"]["default_filepath"] == "images/"
    assert again["_of_another_program"] == [1, 2]
    assert_via_opens(again)


def test_the_first_name_stays_when_numbered_again(opened: Project, tmp_path: Path) -> None:
    renumber(opened, tmp_path / "out")
    again = renumber(Project.read(tmp_path / "out" / "project.json"), tmp_path / "twice")
    assert again.photos["000001.jpg3"]["file_attributes"]["original_file_name"] == "b.JPG"


def test_photos_that_are_not_there_are_named_and_nothing_is_written(opened: Project, tmp_path: Path) -> None:
    (tmp_path / "images" / "b.JPG").unlink()
    with pytest.raises(DatasetError, match=r"1 of 3 photos are not there: 'b.JPG'; say where with --images"):
        renumber(opened, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made = renumber(opened, tmp_path / "out", skip_missing=True)
    assert made.names() == ["000000.jpeg", "000001.png"]


def test_a_folder_that_holds_something_is_left_alone(opened: Project, tmp_path: Path) -> None:
    written(tmp_path / "out", {}, "mine.json")
    with pytest.raises(OutputError, match=r"out: holds mine.json, which would be lost"):
        renumber(opened, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.json"]


def test_a_photo_that_cannot_be_copied_leaves_no_folder(opened: Project, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == total:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        renumber(opened, tmp_path / "out", progress=stop)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*.part"))


def test_a_name_that_leaves_the_folder_of_photos_is_refused(tmp_path: Path) -> None:
    opened = Project.read(written(tmp_path, document(*hats("../secret.jpg"))))
    with pytest.raises(DatasetError, match=r"filename: '../secret.jpg' leaves its folder"):
        renumber(opened, tmp_path / "out")


def test_the_real_project_is_renumbered(shared: Path, tmp_path: Path) -> None:
    source = Project.read(shared / "fixtures" / "via" / "shorts" / "via_region_data.json")
    made = renumber(source, tmp_path / "out", skip_missing=True)
    assert made.keys == ["000000.jpeg25544", "000001.jpg17186", "000002.jpg11789", "000003.jpg16843"]
    assert_via_opens(made.document)
