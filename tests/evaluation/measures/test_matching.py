"""What AP counts, and what is refused because it would falsify the result."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import squares
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.evaluation import score
from wildwear.evaluation.measures import matching
from wildwear.evaluation.measures.matching import judged, match, matches, matches_at
from wildwear.evaluation.predictions import read_predictions


def test_ap_counts_the_100_highest_detections_of_each_photo_however_low_their_scores() -> None:
    many = [{"image_id": 1, "score": 0.011 + number / 1000} for number in range(120)]
    others = [{"image_id": 2, "score": 0.5}, {"image_id": 2, "score": 0.0005}]
    counted = judged([*many, *others])
    assert sorted(one["score"] for one in counted if one["image_id"] == 1) == [
        one["score"] for one in many[20:]
    ]
    assert [one["score"] for one in counted if one["image_id"] == 2] == [0.5, 0.0005]


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
        ("segmentation", {"counts": "04"}, "size None; its photo has"),
        ("segmentation", None, "has no mask"),
        ("segmentation", [], "has no mask"),
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


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("area", None, "has no field 'area'"),
        ("bbox", None, "has no field 'bbox'"),  # its box would never be found
        ("area", -1, "area is -1"),
        ("area", "12", "area is '12'"),
        ("iscrowd", 2, "iscrowd is 2"),
        ("segmentation", {"size": [100, 100], "counts": [0, "x", 12]}, "segmentation.counts: the counts of"),
        ("segmentation", {"size": [100, 100], "counts": [0, 9000]}, "segmentation.counts: .* sum to 9000"),
    ],
)
def test_an_annotation_that_would_falsify_the_result_is_named(field: str, value: Any, complaint: str) -> None:
    dataset = squares.truth((1, 1, (10, 10, 20, 20)), (2, 1, (10, 10, 20, 20)))
    dataset.annotations[1][field] = value
    with pytest.raises(DatasetError, match=f"annotation 2: {complaint}"):
        score(dataset, [])


VALID = [  # what tools write and COCO does not forbid
    ("images", "date_captured", 0),
    ("images", "license", "1"),
    ("images", "coco_url", 0),
    ("images", "file_name", 7),
    ("categories", "supercategory", 3),
    ("categories", "keypoints", {"a": 1}),
    ("annotations", "num_keypoints", "3"),
    ("annotations", "score", "x"),
    ("annotations", "iscrowd", None),
    ("annotations", "iscrowd", False),
]


@pytest.mark.parametrize(("section", "field", "value"), VALID)
def test_fields_that_matching_does_not_need_may_hold_anything(section: str, field: str, value: Any) -> None:
    dataset = squares.truth((1, 1, (10, 10, 20, 20)), (2, 2, (10, 10, 20, 20)))
    for record in dataset.document[section]:
        record[field] = value
    assert score(dataset, [squares.found(1, 1, (10, 10, 20, 20))]).mask.ap == pytest.approx(0.5)


def test_every_variant_of_case_35_that_can_be_read_has_the_same_ap(shared: Path) -> None:
    case, scored = shared / "cases" / "35", 0
    for path in sorted(case.glob("t*.json")):
        try:
            dataset = Dataset.load(path)
        except DatasetError:
            continue  # ids and sizes that are no whole numbers
        if dataset.instances():
            found = read_predictions(case / "pred.json", dataset).predictions
            assert score(dataset, found).mask.ap == pytest.approx(1)
            scored += 1
    assert scored == 42


def test_the_validation_set_of_case_37_can_be_scored_as_training_does(shared: Path) -> None:
    dataset = Dataset.load(shared / "cases" / "37" / "val.json")
    fields = ("image_id", "category_id", "segmentation", "bbox")
    found = [{field: one[field] for field in fields} | {"score": 0.9} for one in dataset.instances()]
    assert score(dataset, found).mask.ap == pytest.approx(1)


def test_the_annotation_and_the_field_of_hostile_case_06_are_named(shared: Path) -> None:
    path = shared / "cases" / "hostile" / "06" / "t.json"
    with pytest.raises(DatasetError, match=r"t\.json: annotation 1: segmentation\.counts: .* whole numbers"):
        score(Dataset.load(path), [])


@pytest.mark.parametrize("field", ["area", "bbox"])
def test_a_truth_without_a_field_is_refused(wild30: Dataset, field: str) -> None:
    del wild30.annotations[3][field]
    with pytest.raises(DatasetError, match=f"has no field '{field}'"):
        score(wild30, [])


@pytest.mark.parametrize(("counts", "complaint"), [("zz", "no RLE character"), ("0o", "break off")])
def test_a_truth_whose_compressed_counts_are_none_is_refused(
    wild30: Dataset, counts: str, complaint: str
) -> None:
    annotation = wild30.annotations[3]
    annotation["segmentation"]["counts"] = counts
    named = rf"annotation {annotation['id']}: segmentation\.counts: .*{complaint}"
    with pytest.raises(DatasetError, match=named):
        score(wild30, [])


@pytest.mark.parametrize("nothing", [None, []])
def test_a_truth_with_an_instance_that_has_no_mask_is_refused(wild30: Dataset, nothing: Any) -> None:
    wild30.annotations[3]["segmentation"] = nothing
    named = f"1 annotations have no mask, with the id {wild30.annotations[3]['id']}"
    with pytest.raises(DatasetError, match=named):
        score(wild30, [])


def test_matches_say_which_predictions_are_right_or_not_judged(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    region = next(one for one in wild30.annotations if one["iscrowd"])
    inside = {**perfect[0], **{name: region[name] for name in ("image_id", "segmentation", "bbox")}}
    outside = perfect[3] | {"category_id": 4}  # no slippers there
    found = matches(match(wild30, [outside, inside, *perfect], "mask"))
    right, ignored = set(), set()
    for (area, category), one in found.items():
        if area == 0:
            assert one.there.sum() == wild30.instances_by_category()[category]
            right.update(one.predictions[one.right.all(axis=0) & ~one.ignored.any(axis=0)].tolist())
            ignored.update(one.predictions[one.ignored.all(axis=0)].tolist())
    assert ignored == {1}
    assert right == set(range(2, len(perfect) + 2))


def test_photos_that_are_matched_some_at_a_time_have_the_matches_of_all_at_once(
    wild30: Dataset, predictions: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = match(wild30, predictions, "mask")
    together = matches(evaluation)
    monkeypatch.setattr(matching, "AT_ONCE", 20)  # photos of the 54, three parts of them
    apart = matches(evaluation)
    assert apart.keys() == together.keys()
    for key, found in apart.items():
        for field in ("photos", "predictions", "scores", "right", "ignored", "there"):
            np.testing.assert_array_equal(getattr(found, field), getattr(together[key], field))


def test_one_threshold_alone_gives_the_matches_of_all_ten_there(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    evaluation = match(wild30, predictions, "mask")
    ten = {category: found for (area, category), found in matches(evaluation).items() if area == 0}
    one = matches_at(evaluation, 0.5)
    assert one.keys() == ten.keys()
    for category, found in one.items():
        assert found.right.shape == (1, len(found.scores))
        for field in ("photos", "predictions", "scores", "there"):
            np.testing.assert_array_equal(getattr(found, field), getattr(ten[category], field))
        np.testing.assert_array_equal(found.right[0], ten[category].right[0])
        np.testing.assert_array_equal(found.ignored[0], ten[category].ignored[0])
    assert {tuple(limits) for limits in evaluation.params.area_rng} > {(0, 1e10)}  # as it was


def test_an_evaluation_at_one_threshold_has_its_curves_alone(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    ten, one = match(wild30, predictions, "mask"), match(wild30, predictions, "mask", at=0.5)
    assert ten.eval is not None
    assert one.eval is not None
    assert one.eval["precision"].shape == (1, 101, 30, 1, 3)
    np.testing.assert_array_equal(one.eval["precision"][0, :, :, 0], ten.eval["precision"][0, :, :, 0])


def test_ids_that_hotcoco_does_not_take_are_a_clear_error() -> None:
    dataset = squares.truth((1, 1, (10, 10, 20, 20)))
    dataset.document["categories"][2]["id"] = -1
    with pytest.raises(DatasetError, match=r"categories\[2\]: field 'id': expected a non-negative integer"):
        matching.truth_of(dataset)
