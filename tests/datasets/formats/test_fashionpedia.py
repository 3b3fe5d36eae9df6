"""Fashionpedia: attributes and parts kept, what is missing computed, categories known by name."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import FORMATS, fashionpedia, guess
from wildwear.errors import DatasetError

Record = dict[str, Any]


@pytest.fixture
def sample(shared: Path) -> Path:
    return shared / "fixtures" / "fashionpedia" / "sample.json"


@pytest.fixture
def small() -> Record:
    """Two photos, the ids of categories not those of the published file."""
    return {
        "info": {"description": "a few"},
        "licenses": [{"id": 1, "name": "CC BY 4.0"}],
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 6, "height": 4},
            {"id": 2, "file_name": "b.jpg", "width": 6, "height": 4, "isstatic": 1},
        ],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 7,
                "attribute_ids": [3, 5],
                "segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]],
                "bbox": [1, 1, 3, 2],
                "area": 6,
                "iscrowd": 0,
            },
            {
                "id": 2,
                "image_id": 1,
                "category_id": 9,
                "attribute_ids": [],
                "segmentation": [[1, 1, 2, 1, 2, 2, 1, 2]],
                "bbox": [1, 1, 1, 1],
                "area": 1,
                "iscrowd": 0,
            },
        ],
        "categories": [
            {
                "id": 7,
                "name": "coat",
                "supercategory": "wholebody",
                "level": 2,
                "taxonomy_id": "obj000017_00",
            },
            {
                "id": 9,
                "name": "zipper",
                "supercategory": "closures",
                "level": 2,
                "taxonomy_id": "obj000059_00",
            },
        ],
        "attributes": [{"id": 3, "name": "classic (coat)"}, {"id": 5, "name": "fur"}],
    }


def written(document: Any, folder: Path) -> Path:
    path = folder / "set.json"
    path.write_text(json.dumps(document))
    return path


def test_the_sample_has_2_photos_and_12_masks(sample: Path) -> None:
    assert guess(sample) is FORMATS["fashionpedia"]
    dataset = Dataset.read(sample)
    assert (len(dataset.images), len(dataset.instances())) == (2, 12)
    assert dataset.info["label_set"] == "fashionpedia"
    assert dataset.mask_convention == "visible"


def test_boxes_that_the_sample_lacks_are_those_of_its_masks_and_all_else_is_kept(
    sample: Path, tmp_path: Path
) -> None:
    conversion = Conversion()
    convert(sample, tmp_path / "out.json", guess(sample), FORMATS["coco"], conversion)
    assert conversion.notes == {"bbox missing, computed from the mask": 12}
    before, after = (json.loads(path.read_text()) for path in (sample, tmp_path / "out.json"))
    assert len(after["attributes"]) == 320
    sizes = {image["id"]: (image["height"], image["width"]) for image in after["images"]}
    for annotation in after["annotations"]:
        mask = imaging.as_rle(annotation["segmentation"], sizes[annotation["image_id"]])
        assert annotation.pop("bbox") == imaging.bbox(mask)
    before["info"] |= {"label_set": "fashionpedia", "mask_convention": "visible"}
    assert after == before
    assert guess(tmp_path / "out.json") is FORMATS["coco"]


def test_garments_alone_are_told_by_supercategory(sample: Path) -> None:
    conversion = Conversion(garments_only=True)
    dataset = Dataset.read(sample, conversion=conversion)
    names = {category["id"]: category["name"] for category in dataset.categories}
    kept = sorted(names[annotation["category_id"]] for annotation in dataset.annotations)
    assert kept == ["dress", "hat", "pants", "shirt, blouse", "shoe", "shoe"]
    assert len(names) == 28
    assert not {"sleeve", "zipper", "bead"} & set(names.values())
    assert conversion.notes["sleeve: left out, as no garments"] == 4


def test_garments_alone_are_told_by_name_where_there_is_no_supercategory(
    small: Record, tmp_path: Path
) -> None:
    for category in small["categories"]:
        del category["supercategory"]
    dataset = Dataset.read(written(small, tmp_path), conversion=Conversion(garments_only=True))
    assert [annotation["id"] for annotation in dataset.annotations] == [1]
    assert [category["name"] for category in dataset.categories] == ["coat"]


def test_a_whole_file_comes_through_untouched(small: Record, tmp_path: Path) -> None:
    conversion = Conversion()
    dataset = Dataset.read(written(small, tmp_path), conversion=conversion)
    expected = copy.deepcopy(small)
    expected["info"] |= {"label_set": "fashionpedia", "mask_convention": "visible"}
    assert dataset.document == expected
    assert not conversion.notes


def test_crowd_regions_with_plain_counts_are_compressed_and_stay_crowds(
    small: Record, tmp_path: Path
) -> None:
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    counts = [9, 2, 2, 2, 2, 2, 5]
    small["annotations"][1] |= {"iscrowd": 1, "segmentation": {"size": [4, 6], "counts": counts}}
    del small["annotations"][1]["bbox"], small["annotations"][1]["area"]
    dataset = Dataset.read(written(small, tmp_path))
    crowd = dataset.annotations[1]
    assert crowd["iscrowd"] == 1
    assert (imaging.decode(crowd["segmentation"]) == mask).all()
    assert isinstance(crowd["segmentation"]["counts"], str)
    assert (crowd["bbox"], crowd["area"]) == ([2, 1, 3, 2], 6)
    assert len(dataset.instances()) == 1


def test_the_test_photos_come_without_annotations(small: Record, tmp_path: Path) -> None:
    del small["annotations"]
    path = written(small, tmp_path)
    conversion = Conversion()
    assert guess(path) is FORMATS["fashionpedia"]
    dataset = Dataset.read(path, conversion=conversion)
    assert (len(dataset.images), dataset.annotations) == (2, [])
    assert conversion.notes == {"photos alone: the file has no annotations": 2}
    assert dataset.document["attributes"] == small["attributes"]


def test_without_attributes_it_is_any_coco_file(small: Record, tmp_path: Path) -> None:
    del small["attributes"]
    assert guess(written(small, tmp_path)) is FORMATS["coco"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda d: d["annotations"][1].update(segmentation={"size": [4, 6], "counts": [9, 2]}),
            r"set\.json: image 1: annotation 2: segmentation: the counts of the RLE sum to 11",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation=[[1, 1, 4, 1]]),
            r"set\.json: annotations\[0\]\.segmentation\[0\]: has 2 points",
        ),
        (
            lambda d: d["annotations"][0].update(category_id=0),
            r"set\.json: annotations\[0\]\.category_id: no category has the id 0",
        ),
        (lambda d: d.update(images=None), r"set\.json: images: expected a list"),
        (lambda d: (d.pop("annotations"), d.update(images={})), r"set\.json: images: expected a list"),
        (
            lambda d: (d.pop("annotations"), d["images"][0].update(id="a")),
            r"set\.json: images\[0\]\.id: expected int, found 'a'",
        ),
    ],
)
def test_what_is_malformed_is_named(small: Record, tmp_path: Path, spoil: Any, message: str) -> None:
    spoil(small)
    with pytest.raises(DatasetError, match=message):
        Dataset.read(written(small, tmp_path), "fashionpedia")


@pytest.mark.parametrize(("text", "message"), [("", "is not JSON"), ("[1]", "is a list or value")])
def test_what_is_no_document_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "set.json").write_text(text)
    with pytest.raises(DatasetError, match=rf"set\.json: .*{message}"):
        Dataset.read(tmp_path / "set.json", "fashionpedia")


def test_a_malformed_mask_can_be_skipped(small: Record, tmp_path: Path) -> None:
    small["annotations"][1]["segmentation"] = {"size": [4, 6], "counts": "?"}
    conversion = Conversion(skip_malformed=True)
    dataset = Dataset.read(written(small, tmp_path), conversion=conversion)
    assert [annotation["id"] for annotation in dataset.annotations] == [1]
    assert len(conversion.left_out) == 1


def test_the_names_of_parts_are_those_of_the_sample(sample: Path) -> None:
    categories = json.loads(sample.read_text())["categories"]
    parts = {one["name"] for one in categories if one["supercategory"] in fashionpedia.NO_GARMENTS}
    assert parts == fashionpedia.PARTS
