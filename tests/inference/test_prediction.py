"""What a prediction can tell."""

import sys
from pathlib import Path

import numpy as np
import pytest

from wildwear import imaging
from wildwear.errors import MissingExtraError
from wildwear.inference import Prediction, load


@pytest.fixture(scope="module")
def prediction(tiny_model: Path) -> Prediction:
    return load(tiny_model)(np.zeros((100, 100, 3), dtype=np.uint8))


@pytest.fixture
def nothing(tiny_model: Path) -> Prediction:
    return load(tiny_model)(np.zeros((100, 100, 3), dtype=np.uint8), score=0.99)


def test_it_says_what_was_found(prediction: Prediction, nothing: Prediction) -> None:
    assert repr(prediction) == "Prediction(2 garments in 100x100: jacket 0.94, jeans 0.90)"
    assert repr(nothing) == "Prediction(0 garments in 100x100)"


def test_coco_results_have_boxes_by_width_and_height(prediction: Prediction) -> None:
    jacket, jeans = prediction.to_coco(image_id=7)
    assert (jacket["image_id"], jacket["category_id"], jacket["score"]) == (7, 23, 0.94)
    assert jacket["bbox"] == imaging.bbox(prediction.masks[0])
    assert jacket["network_bbox"] == [10, 10, 50, 40]
    assert np.array_equal(imaging.decode(jacket["segmentation"]), prediction.mask(0))
    assert jeans["network_bbox"] == [10, 50, 50, 45]


def test_the_box_of_a_garment_is_that_of_its_mask() -> None:
    mask = np.zeros((20, 30), dtype=bool)
    mask[3:9, 5:17] = True
    empty = np.zeros_like(mask)
    prediction = Prediction(
        size=(20, 30),
        scores=np.array([0.9, 0.8], dtype=np.float32),
        category_ids=np.array([23, 18]),
        masks=[imaging.encode(mask), imaging.encode(empty)],
        alternatives=[[], []],
        network_boxes=np.array([[4.5, 2, 20, 9.25], [0, 0, 1, 1]], dtype=np.float32),
    )
    assert prediction.boxes.tolist() == [[5, 3, 17, 9], [0, 0, 0, 0]]
    first = prediction.to_coco()[0]
    assert (first["bbox"], first["network_bbox"]) == ([5, 3, 12, 6], [4.5, 2, 15.5, 7.25])
    assert prediction.pick([1, 0]).boxes.tolist() == [[0, 0, 0, 0], [5, 3, 17, 9]]


def test_coco_results_are_read_by_pycocotools(prediction: Prediction) -> None:
    from pycocotools.coco import COCO

    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1, "height": 100, "width": 100}],
        "categories": [{"id": 23, "name": "jacket"}, {"id": 18, "name": "jeans"}],
        "annotations": [],
    }
    truth.createIndex()
    results = truth.loadRes(prediction.to_coco())
    assert np.array_equal(results.annToMask(results.anns[1]), prediction.mask(0))


def test_garments_can_be_picked_in_any_order(prediction: Prediction) -> None:
    picked = prediction.pick([1, 0])
    assert [category.name for category in picked.categories] == ["jeans", "jacket"]
    assert picked.masks == prediction.masks[::-1]
    assert picked.alternatives == prediction.alternatives[::-1]


def test_supervision_gets_boxes_masks_and_names(prediction: Prediction) -> None:
    pytest.importorskip("supervision", reason="the extra supervision is not installed")
    detections = prediction.to_supervision()
    assert detections.data["class_name"].tolist() == ["jacket", "jeans"]
    assert np.array_equal(detections.mask[1], prediction.mask(1))
    assert detections.area.tolist() == [imaging.area(mask) for mask in prediction.masks]


def test_supervision_takes_a_photo_without_garments(nothing: Prediction) -> None:
    pytest.importorskip("supervision", reason="the extra supervision is not installed")
    assert len(nothing.to_supervision()) == 0


def test_without_supervision_the_install_line_is_named(
    prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wildwear\[supervision\]'"):
        prediction.to_supervision()
