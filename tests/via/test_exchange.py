"""From VIA to COCO and back nothing changes, and a project of ours is one that VIA opens."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made_datasets import make_dataset
from made_via_projects import document, hats, photo, region, written
from via_format import assert_via_opens
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import guess, named
from wildwear.datasets.stream import Format
from wildwear.imaging import write_image
from wildwear.taxonomy import CATEGORIES
from wildwear.via.exchange import TO_ANNOTATE

Record = dict[str, Any]


def through_coco(source: Path, folder: Path) -> Record:
    """A VIA file to COCO and back."""
    convert(source, folder / "coco.json", named("via"), named("coco"), Conversion())
    return from_coco(folder / "coco.json", folder)


def from_coco(source: Path, folder: Path, write: Format = TO_ANNOTATE) -> Record:
    convert(source, folder / "again.json", guess(source), write, Conversion(), overwrite=True)
    content: Record = json.loads((folder / "again.json").read_text())
    return content


def test_the_real_project_is_equal_after_coco(shared: Path, tmp_path: Path) -> None:
    source = tmp_path / "project.json"
    shutil.copy(shared / "fixtures" / "via" / "shorts" / "via_region_data.json", source)
    again = through_coco(source, tmp_path)
    assert again == json.loads(source.read_text())
    assert_via_opens(again)


def test_a_project_beside_its_photos_is_equal_after_coco(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", np.zeros((60, 40, 3), np.uint8))
    source = written(tmp_path, document(photo("a.jpg", region(clothing="1")), *hats("b.jpg")))
    assert through_coco(source, tmp_path) == json.loads(source.read_text())
    [first, _] = json.loads((tmp_path / "coco.json").read_text())["images"]
    assert (first["width"], first["height"]) == (40, 60)  # which the project does not say


def test_the_real_file_of_regions_is_equal_after_coco(shared: Path, tmp_path: Path) -> None:
    source = shared / "fixtures" / "via" / "modanet_val_via_region_data.json"
    again = through_coco(source, tmp_path)
    before = json.loads(source.read_text())
    assert list(again["_via_img_metadata"]) == list(before)
    assert again["_via_img_metadata"] == before
    assert_via_opens(again)


def test_keys_that_are_numbers_are_equal_after_coco(tmp_path: Path) -> None:
    first = photo("a.jpg", region(clothing="1", worn="yes"), people={"0": True, "3": True})
    content = document(first, *hats("b.jpg"), keys=["0", "1"])
    content["_via_image_id_list"] = [1, 0]
    content["_via_attributes"]["region"]["worn"] = {"type": "text", "description": "", "default_value": ""}
    content["_via_attributes"]["file"] = {
        "people": {
            "type": "checkbox",
            "description": "",
            "options": {"0": "", "3": ""},
            "default_options": {},
        }
    }
    assert through_coco(written(tmp_path, content), tmp_path) == content


def test_a_dataset_becomes_a_project_with_all_30_to_choose_from(tmp_path: Path) -> None:
    fields = {"a.jpg": {"people": "0_3"}}
    make_dataset(tmp_path / "few.json", [("a.jpg", ["hat", "coat"]), ("b.jpg", [])], fields=fields)
    content = from_coco(tmp_path / "few.json", tmp_path)
    assert_via_opens(content)
    clothing = content["_via_attributes"]["region"]["clothing"]
    assert (clothing["type"], clothing["options"]) == (
        "dropdown",
        {str(one.id): one.name for one in CATEGORIES},
    )
    people = content["_via_attributes"]["file"]["people"]
    assert (people["type"], people["options"]) == (
        "checkbox",
        {"0": "one person", "1": "people", "2": "no people", "3": "selfie"},
    )
    first, second = content["_via_img_metadata"].values()
    assert first["file_attributes"]["people"] == {"0": True, "3": True}
    ids = {one.name: str(one.id) for one in CATEGORIES}
    chosen = [one["region_attributes"]["clothing"] for one in first["regions"]]
    assert chosen == [ids["hat"], ids["coat"]]
    assert second["regions"] == []


def test_other_ids_of_the_30_become_ours(tmp_path: Path) -> None:
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 77, "segmentation": [[0, 0, 5, 0, 5, 5]]}],
        "categories": [{"id": 77, "name": "coat"}],
    }
    content = from_coco(written(tmp_path, coco, "odd.json"), tmp_path)
    [entry] = content["_via_img_metadata"].values()
    [coat] = [one for one in CATEGORIES if one.name == "coat"]
    assert entry["regions"][0]["region_attributes"]["clothing"] == str(coat.id)
    again = Dataset.read(tmp_path / "again.json")
    assert again.annotations[0]["category_id"] == coat.id


def test_labels_of_an_unknown_set_stay_as_they_are(tmp_path: Path) -> None:
    coco = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "spaceship"}]}
    content = from_coco(written(tmp_path, coco, "odd.json"), tmp_path)
    assert content["_via_attributes"]["region"]["clothing"]["options"] == {"1": "spaceship"}


@pytest.mark.parametrize("source", ["deepfashion2/native", "deepfashion2/coco/deepfasion2.json"])
def test_deepfashion2_is_written_for_reannotation_as_data_convert_does(
    shared: Path, tmp_path: Path, source: str
) -> None:
    path = shared / "fixtures" / source
    ours = from_coco(path, tmp_path)
    assert ours == from_coco(path, tmp_path, named("via"))
    regions = [one for entry in ours["_via_img_metadata"].values() for one in entry["regions"]]
    is_known = source.endswith("native")  # the other does not say which set's labels it has
    assert all(("original_label" in one["region_attributes"]) is is_known for one in regions)
