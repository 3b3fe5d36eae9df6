"""The `Dataset` type: a COCO document that loses nothing."""

from pathlib import Path
from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError


def test_fields_that_wildwear_does_not_know_survive(document: dict[str, Any], tmp_path: Path) -> None:
    document["images"][0]["photographer"] = {"name": "Ada"}
    document["my_section"] = [1, 2]
    Dataset(document).save(tmp_path / "set.json")
    assert Dataset.load(tmp_path / "set.json").document == document


def test_it_is_shown_by_what_it_holds_not_by_all_of_it(document: dict[str, Any]) -> None:
    document["annotations"].append({"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 1})
    assert repr(Dataset(document)) == "Dataset(images=1, instances=1, path=None)"
    document["images"] *= 2
    assert repr(Dataset(document, Path("set.json"))) == "Dataset(images=2, instances=1, path='set.json')"


def test_regions_that_are_not_judged_are_never_counted(document: dict[str, Any]) -> None:
    document["annotations"].append({"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 1})
    dataset = Dataset(document)
    assert [instance["id"] for instance in dataset.instances()] == [1]
    assert dataset.instances_by_category() == {1: 1, 2: 0}


def test_photos_lie_in_images_beside_the_file_unless_a_folder_is_named(document: dict[str, Any]) -> None:
    dataset = Dataset(document, Path("somewhere/set.json"))
    assert dataset.photo_path(dataset.images[0]) == Path("somewhere/images/a.jpg")
    assert dataset.photo_path(dataset.images[0], "photos") == Path("photos/a.jpg")


def test_a_name_with_backslashes_is_read_with_slashes(document: dict[str, Any], tmp_path: Path) -> None:
    document["images"][0]["file_name"] = "images\\a.jpg"
    Dataset(document).save(tmp_path / "set.json")
    assert Dataset.load(tmp_path / "set.json").images[0]["file_name"] == "images/a.jpg"


@pytest.mark.parametrize("case", ["18/result.json", "18/slash.json", "31/nfc.json", "31/two.json"])
def test_photos_are_found_however_their_names_are_written(shared: Path, case: str) -> None:
    dataset = Dataset.load(shared / "cases" / case)
    assert all(dataset.photo_path(image).is_file() for image in dataset.images)
    folder = shared / "cases" / ("18" if case.startswith("18") else "31/images")
    assert all(dataset.photo_path(image, folder).is_file() for image in dataset.images)


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "x/../../a.jpg"])
def test_a_file_name_that_climbs_out_of_its_folder_is_refused(document: dict[str, Any], name: str) -> None:
    document["images"][0]["file_name"] = name
    with pytest.raises(DatasetError, match="leaves its folder"):
        Dataset(document, Path("set.json")).photo_path(document["images"][0])


def test_a_restricted_dataset_keeps_only_the_annotations_of_its_images(document: dict[str, Any]) -> None:
    document["images"].append({"id": 2, "file_name": "b.jpg", "width": 4, "height": 4})
    dataset = Dataset(document)
    assert dataset.restricted_to(dataset.images[1:]).annotations == []
    assert len(dataset.restricted_to(dataset.images[:1]).annotations) == 1


def test_photos_are_found_where_a_run_of_segment_took_them_from(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["images"][0]["file_name"] = "day/a.jpg"
    (tmp_path / "photos" / "day").mkdir(parents=True)
    (tmp_path / "photos" / "day" / "a.jpg").touch()
    Dataset(document).save(tmp_path / "found" / "garments.json")
    assert not Dataset.read(tmp_path / "found").photo_path(document["images"][0]).is_file()
    (tmp_path / "found" / "settings.yaml").write_text(f"root: {tmp_path / 'photos'}\n")
    dataset = Dataset.read(tmp_path / "found")
    assert dataset.photo_path(document["images"][0]) == tmp_path / "photos" / "day" / "a.jpg"


@pytest.mark.parametrize("settings", ["root: ''", "root: 1", "[]", "{", "\x00"])
def test_settings_of_something_else_are_no_matter(
    settings: str, document: dict[str, Any], tmp_path: Path
) -> None:
    Dataset(document).save(tmp_path / "set.json")
    (tmp_path / "settings.yaml").write_text(settings)
    dataset = Dataset.load(tmp_path / "set.json")
    assert dataset.photo_path(document["images"][0]) == tmp_path / "images" / "a.jpg"


def test_a_folder_stands_for_the_one_dataset_in_it(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "notes.json").write_text("{}")
    Dataset(document).save(tmp_path / "set.json")
    dataset = Dataset.read(tmp_path)
    assert dataset.photo_path(dataset.images[0]) == tmp_path / "a.jpg"
    Dataset(document).save(tmp_path / "again.json")
    with pytest.raises(DatasetError, match=r"holds 2 datasets, again\.json, set\.json; name one of them"):
        Dataset.read(tmp_path)
