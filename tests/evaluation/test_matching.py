"""What AP counts, and what is refused because it would falsify the result."""

import math
from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.evaluation import score
from wildwear.evaluation.matching import judged


def test_ap_counts_the_100_highest_detections_of_each_photo_and_none_under_one_hundredth() -> None:
    many = [{"image_id": 1, "score": 0.011 + number / 1000} for number in range(120)]
    others = [{"image_id": 2, "score": 0.5}, {"image_id": 2, "score": 0.01}, {"image_id": 2, "score": 0.009}]
    counted = judged([*many, *others])
    assert sorted(one["score"] for one in counted if one["image_id"] == 1) == [
        one["score"] for one in many[20:]
    ]
    assert [one["score"] for one in counted if one["image_id"] == 2] == [0.5, 0.01]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("score", math.nan, "score is nan"),
        ("score", 1.5, "score is 1.5"),
        ("image_id", 999, "image_id 999"),
        ("category_id", 31, "category_id 31"),
        ("bbox", [0.0, 0.0, math.nan, 1.0], "four finite numbers"),
        ("bbox", [0.0, 0.0, 1.0], "four finite numbers"),
        ("segmentation", {"size": [2, 2], "counts": "04"}, r"size \[2, 2\]; its photo has"),
    ],
)
def test_a_prediction_that_would_falsify_the_result_is_named(
    wild30: Dataset, predictions: list[dict[str, Any]], field: str, value: Any, complaint: str
) -> None:
    spoilt = [*predictions[:7], predictions[7] | {field: value}, *predictions[8:]]
    with pytest.raises(DatasetError, match=rf"predictions\[7\].*{complaint}"):
        score(wild30, spoilt)


@pytest.mark.parametrize("field", ["image_id", "category_id", "score", "bbox", "segmentation"])
def test_a_prediction_without_a_field_is_named(
    wild30: Dataset, predictions: list[dict[str, Any]], field: str
) -> None:
    spoilt = {name: value for name, value in predictions[0].items() if name != field}
    with pytest.raises(DatasetError, match=rf"predictions\[1\]: has no field '{field}'"):
        score(wild30, [predictions[0], spoilt])


def test_a_dataset_without_instances_is_refused(wild30: Dataset) -> None:
    empty = wild30.restricted_to([])
    with pytest.raises(DatasetError, match="nothing to evaluate on"):
        score(empty, [])


def test_a_truth_with_a_mask_of_another_size_is_refused(wild30: Dataset) -> None:
    annotation = wild30.annotations[3]
    annotation["segmentation"] = {"size": [2, 2], "counts": "04"}
    with pytest.raises(DatasetError, match=rf"annotation {annotation['id']}: the mask has size \[2, 2\]"):
        score(wild30, [])


def test_a_truth_without_areas_is_refused(wild30: Dataset) -> None:
    del wild30.annotations[3]["area"]
    with pytest.raises(DatasetError, match="has no field 'area'"):
        score(wild30, [])
