"""A whole evaluation with the tiny model, whose answers are constants, on truths made of these answers."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import wildwear
from wildwear import imaging, inference
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation import evaluate, score
from wildwear.inference import Segmenter


@pytest.fixture
def segmenter(tiny_model: Path) -> Segmenter:
    return inference.load(tiny_model)


@pytest.fixture
def photos(shared: Path) -> Path:
    return shared / "data" / "wild30" / "photos"


@pytest.fixture
def truth(wild30: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path) -> Dataset:
    """Three wild and three street photos, on which the tiny model finds exactly what is there."""
    wild = [image for image in wild30.images if image["source"] == "wild"]
    street = [image for image in wild30.images if image["source"] == "street"]
    images = wild[:3] + street[:3]
    annotations = []
    for image in images:
        for found in segmenter(photos / image["file_name"], score=0.01, suppress=None).to_coco(image["id"]):
            size = imaging.area(found["segmentation"])
            annotations.append(found | {"id": len(annotations) + 1, "area": size, "iscrowd": 0})
    dataset = Dataset(
        {**wild30.document, "images": images, "annotations": annotations}, tmp_path / "truth.json"
    )
    dataset.save(tmp_path / "truth.json")
    return dataset


def test_ap_counts_what_is_found_while_precision_and_recall_count_what_is_displayed(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    metrics = evaluate(segmenter, truth, photos, bootstrap=0)
    assert metrics.mask.ap == pytest.approx(1)
    assert metrics.mask.categories["ap"] == 5
    rows = {row.name: row for row in metrics.categories if row.displayed}
    recalls = {name: row.displayed.recall for name, row in rows.items() if row.displayed}
    assert recalls["jacket"] == recalls["jeans"] == 1
    assert recalls["coat"] == 0  # the jacket on the same pixels is surer
    assert recalls["hat"] == 0  # under the display threshold
    assert rows["hat"].ap == rows["coat"].ap == pytest.approx(1)
    assert (rows["coat"].learnt, rows["bag"].learnt) == (True, False)


def test_the_result_can_be_scored_again_and_says_how_it_was_made(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "result"
    metrics = evaluate(segmenter, truth, photos, out=out, bootstrap=20)
    assert sorted(path.name for path in out.iterdir()) == [
        "metrics.json",
        "predictions.json",
        "settings.yaml",
    ]
    written = json.loads((out / "metrics.json").read_text())
    assert written == json.loads(json.dumps(metrics.to_dict()))
    predictions = json.loads((out / "predictions.json").read_text())
    assert score(truth, predictions).mask.ap == metrics.mask.ap
    settings = yaml.safe_load((out / "settings.yaml").read_text())
    assert settings["wildwear"] == wildwear.__version__
    assert settings["model"]["file"] == "tiny.onnx"
    assert settings["model"]["sha256"] == hashlib.sha256(segmenter.path.read_bytes()).hexdigest()
    assert truth.path is not None
    assert settings["dataset"]["sha256"] == hashlib.sha256(truth.path.read_bytes()).hexdigest()


def test_a_source_restricts_the_photos(truth: Dataset, photos: Path, segmenter: Segmenter) -> None:
    seen: list[tuple[int, int]] = []
    metrics = evaluate(
        segmenter,
        truth,
        photos,
        source="street",
        bootstrap=0,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert metrics.photos == 3
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(DatasetError, match="no image has the source 'studio'; it has street, wild"):
        evaluate(segmenter, truth, photos, source="studio")


def test_missing_photos_are_counted_and_named_before_the_model_runs(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    truth.images[1]["file_name"] = "gone.jpg"
    truth.images[4]["file_name"] = "away.jpg"
    seen: list[int] = []
    with pytest.raises(DatasetError, match=r"2 of 6 photos are missing: \S+gone.jpg, \S+away.jpg"):
        evaluate(segmenter, truth, photos, progress=lambda done, total: seen.append(done))
    assert seen == []


def test_a_photo_of_another_size_than_its_masks_is_refused(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    truth.images[0]["file_name"] = truth.images[1]["file_name"]
    with pytest.raises(DatasetError, match="its masks belong to another photo"):
        evaluate(segmenter, truth, photos)


def test_categories_of_another_taxonomy_are_named(truth: Dataset, photos: Path, segmenter: Segmenter) -> None:
    truth.document["categories"] = [
        category | {"name": "outwear"} if category["id"] == 23 else category for category in truth.categories
    ]
    with pytest.raises(DatasetError, match="23 'outwear': not wildwear's ids and names"):
        evaluate(segmenter, truth, photos)


def test_what_the_dataset_does_not_list_is_left_out(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    kept: list[dict[str, Any]] = [one for one in truth.annotations if one["category_id"] != 23]
    truth.document["annotations"] = kept
    truth.document["categories"] = [category for category in truth.categories if category["id"] != 23]
    metrics = evaluate(segmenter, truth, photos, bootstrap=0)
    assert metrics.displayed is not None
    assert metrics.displayed.precision == 1


def test_what_the_dataset_does_not_label_is_neither_right_nor_wrong(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    jackets = {one["id"] for one in truth.categories if one["name"] == "jacket"}
    rest = [one for one in truth.annotations if one["category_id"] not in jackets]
    bare = Dataset({**truth.document, "annotations": rest}, truth.path)
    told = Dataset({**bare.document, "info": {"not_labelled": ["jacket"]}}, truth.path)
    shown = [evaluate(segmenter, dataset, photos, bootstrap=0).displayed for dataset in (bare, told)]
    assert shown[0] is not None
    assert shown[1] is not None
    assert shown[0].shown - shown[1].shown == len(truth.images)  # a jacket a photo
    assert shown[1].right == shown[0].right


def test_an_earlier_result_is_replaced_only_when_asked(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    out.mkdir()
    (out / "metrics.json").write_text("precious")
    with pytest.raises(OutputError, match="is not empty"):
        evaluate(segmenter, truth, photos, out=out)
    assert (out / "metrics.json").read_text() == "precious"
    evaluate(segmenter, truth, photos, out=out, overwrite=True, bootstrap=0)
    assert json.loads((out / "metrics.json").read_text())["photos"] == 6
