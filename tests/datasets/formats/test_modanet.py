"""ModaNet: COCO files of their own kind, kept whole, the areas of masks put right."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import FORMATS, guess, modanet
from wildwear.errors import DatasetError


@pytest.fixture(scope="module")
def validation(shared: Path) -> Path:
    return shared / "fixtures" / "modanet" / "instances_val.json"


def test_the_validation_file_has_1073_photos_and_5467_masks(validation: Path) -> None:
    assert guess(validation) is FORMATS["modanet"]
    dataset = Dataset.read(validation)
    assert (len(dataset.images), len(dataset.instances())) == (1073, 5467)
    assert dataset.info["label_set"] == "modanet"
    assert dataset.mask_convention == "visible"


def test_all_that_it_holds_is_kept_but_areas_that_are_those_of_boxes(
    validation: Path, tmp_path: Path
) -> None:
    conversion = Conversion()
    convert(validation, tmp_path / "out.json", guess(validation), FORMATS["coco"], conversion)
    assert conversion.notes == {modanet.BOX_AREAS: 5467}
    before, after = (json.loads(path.read_text()) for path in (validation, tmp_path / "out.json"))
    sizes = {image["id"]: (image["height"], image["width"]) for image in before["images"]}
    for document in (before, after):
        document["annotations"].sort(key=lambda annotation: annotation["id"])
    for annotation, original in zip(after["annotations"], before["annotations"], strict=True):
        assert original.pop("area") == original["bbox"][2] * original["bbox"][3]
        area = annotation.pop("area")
        if annotation["id"] % 50 == 0:
            size = sizes[annotation["image_id"]]
            assert area == imaging.area(imaging.as_rle(annotation["segmentation"], size))
    before["info"] |= {"label_set": "modanet", "mask_convention": "visible"}
    assert after == before


def test_what_was_read_once_is_coco(validation: Path, tmp_path: Path) -> None:
    convert(validation, tmp_path / "out.json", guess(validation), FORMATS["coco"], Conversion())
    assert guess(tmp_path / "out.json") is FORMATS["coco"]


def test_as_coco_nothing_changes(validation: Path, tmp_path: Path) -> None:
    convert(validation, tmp_path / "out.json", FORMATS["coco"], FORMATS["coco"], Conversion())
    before, after = (json.loads(path.read_text()) for path in (validation, tmp_path / "out.json"))
    for document in (before, after):
        document["annotations"].sort(key=lambda annotation: annotation["id"])
    assert after == before


@pytest.fixture
def small() -> dict[str, Any]:
    names = [rule.label for rule in modanet.maps.load("modanet").rules]
    return {
        "images": [{"id": 1, "file_name": "1.jpg", "width": 20, "height": 20}],
        "annotations": [
            {
                "id": 5,
                "image_id": 1,
                "category_id": 2,
                "bbox": [0, 0, 10, 10],
                "area": 100,
                "segmentation": [[0, 0, 10, 0, 0, 10]],
                "iscrowd": 0,
            }
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["categories"].pop(),
        lambda d: d["categories"].append({"id": 14, "name": "veil"}),
        lambda d: d.update(categories="none"),
        lambda d: d.update(categories=["bag"] * 13),
        lambda d: d.update(info={"label_set": "modanet"}),
        lambda d: d.pop("categories"),
    ],
)
def test_other_files_are_not_taken_for_it(small: dict[str, Any], tmp_path: Path, spoil: Any) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps(small))
    assert modanet.looks_like(modanet.Candidate(path))
    spoil(small)
    path.write_text(json.dumps(small))
    assert not modanet.looks_like(modanet.Candidate(path))


def test_a_mask_that_reaches_too_far_is_named_and_can_be_skipped(
    small: dict[str, Any], tmp_path: Path
) -> None:
    far = {**small["annotations"][0], "id": 6, "segmentation": [[0, 0, 1e9, 0, 0, 1e9]]}
    small["annotations"].append(far)
    path = tmp_path / "set.json"
    path.write_text(json.dumps(small))
    with pytest.raises(
        DatasetError, match=r"set\.json: image 1: annotation 6: segmentation: .*reaches farther"
    ):
        Dataset.read(path, "modanet")
    conversion = Conversion(skip_malformed=True)
    dataset = Dataset.read(path, "modanet", conversion)
    assert [annotation["id"] for annotation in dataset.annotations] == [5]
    assert dataset.annotations[0]["area"] == imaging.area(imaging.as_rle([[0, 0, 10, 0, 0, 10]], (20, 20)))
    assert len(conversion.left_out) == 1


def test_the_input_is_never_written_to(validation: Path, tmp_path: Path) -> None:
    copy = tmp_path / "instances_val.json"
    shutil.copy(validation, copy)
    before = (copy.read_bytes(), copy.stat().st_mtime_ns)
    Dataset.read(copy)
    assert (copy.read_bytes(), copy.stat().st_mtime_ns) == before
