"""COCO's figures, equal to pycocotools', and what a user sees at the display threshold."""

import contextlib
import copy
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as reference_masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.documents import plain
from wildwear.evaluation import FREQUENT, Averages, score

Predictions = list[dict[str, Any]]


def reference(dataset: Dataset, predictions: Predictions, kind: str) -> COCOeval:
    """What pycocotools says; results hold one shape only, as Detectron2 hands them over."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset.document)
        truth.createIndex()
        shape = "segmentation" if kind == "segm" else "bbox"
        fields = ("image_id", "category_id", "score", shape)
        results = truth.loadRes([{name: copy.deepcopy(one[name]) for name in fields} for one in predictions])
        evaluation = COCOeval(truth, results, kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


@pytest.mark.parametrize(("kind", "ours"), [("segm", "mask"), ("bbox", "box")])
def test_every_average_equals_pycocotools(
    wild30: Dataset, predictions: Predictions, kind: str, ours: str
) -> None:
    averages: Averages = getattr(score(wild30, predictions), ours)
    expected = reference(wild30, predictions, kind).stats
    precisions = [averages.ap, averages.ap50, averages.ap75, averages.small, averages.medium, averages.large]
    recalls = [averages.ar1, averages.ar10, averages.ar100]
    recalls += [averages.ar_small, averages.ar_medium, averages.ar_large]
    found = precisions + recalls
    assert averages.ar1 < averages.ar10
    assert 0.1 < averages.ap < 0.9  # a comparison of zeros or ones would show nothing
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_the_figures_of_every_category_equal_pycocotools(wild30: Dataset, predictions: Predictions) -> None:
    metrics = score(wild30, predictions)
    masks = reference(wild30, predictions, "segm").eval["precision"][:, :, :, 0, 2]
    boxes = reference(wild30, predictions, "bbox").eval["precision"][:, :, :, 0, 2]
    for column, row in enumerate(metrics.categories):
        expected = [masks[:, :, column], masks[0, :, column], masks[5, :, column], boxes[:, :, column]]
        for found, curve in zip((row.ap, row.ap50, row.ap75, row.box_ap), expected, strict=True):
            assert math.isnan(found) if row.instances == 0 else found == pytest.approx(curve.mean(), abs=1e-9)


def test_the_truth_itself_scores_one_and_nothing_scores_zero(wild30: Dataset, perfect: Predictions) -> None:
    best = score(wild30, perfect, displayed=perfect)
    assert (best.mask.ap, best.box.ap) == (pytest.approx(1), pytest.approx(1))
    assert best.displayed is not None
    assert (best.displayed.precision, best.displayed.recall, best.displayed.f1) == (1, 1, 1)
    worst = score(wild30, [], displayed=[])
    assert (worst.mask.ap, worst.box.ap) == (0, 0)
    assert worst.displayed is not None
    assert (worst.displayed.recall, worst.displayed.f1) == (0, 0)
    assert math.isnan(worst.displayed.precision)


def test_averages_count_their_categories_and_frequent_ones_have_ten_instances(
    wild30: Dataset, predictions: Predictions
) -> None:
    metrics = score(wild30, predictions)
    occurring = [row for row in metrics.categories if row.instances]
    frequent = [row for row in metrics.categories if row.instances >= FREQUENT]
    assert FREQUENT == 10
    assert len(frequent) < len(occurring) < len(metrics.categories) == 30
    assert metrics.mask.categories["ap"] == len(occurring)
    assert metrics.mask_frequent.categories["ap"] == len(frequent)
    assert metrics.mask.categories["ar100"] == len(occurring)
    assert metrics.mask.categories["ar_small"] == metrics.mask.categories["small"] < len(occurring)
    assert metrics.mask.ap == pytest.approx(np.mean([row.ap for row in occurring]))
    assert metrics.mask_frequent.ap == pytest.approx(np.mean([row.ap for row in frequent]))
    assert metrics.box_frequent.ap == pytest.approx(np.mean([row.box_ap for row in frequent]))
    assert sum(row.instances for row in metrics.categories) == metrics.instances == len(wild30.instances())


def test_precision_and_recall_match_greedily_one_to_one_from_the_highest_score(
    wild30: Dataset, predictions: Predictions
) -> None:
    displayed = [one for one in predictions if one["score"] >= 0.5]
    right = shown = 0
    for image in wild30.images:
        for category in wild30.categories:
            here = {"image_id": image["id"], "category_id": category["id"]}.items()
            truth = [one["segmentation"] for one in wild30.instances() if here <= one.items()]
            regions = [
                one["segmentation"] for one in wild30.annotations if one["iscrowd"] and here <= one.items()
            ]
            found = sorted((one for one in displayed if here <= one.items()), key=lambda one: -one["score"])
            for one in found:
                mask = [one["segmentation"]]
                overlaps = reference_masks.iou(mask, truth, [0] * len(truth))[0] if truth else np.zeros(0)
                if len(truth) and overlaps.max() >= 0.5:
                    del truth[overlaps.argmax()]
                    right, shown = right + 1, shown + 1
                elif not regions or reference_masks.iou(mask, regions, [1] * len(regions)).max() < 0.5:
                    shown += 1
    metrics = score(wild30, predictions, displayed=displayed).displayed
    assert metrics is not None
    assert 0 < right < shown < len(displayed)  # the case has misses, and detections that are not judged
    assert (metrics.right, metrics.shown) == (right, shown)
    assert metrics.precision == pytest.approx(right / shown)
    assert metrics.recall == pytest.approx(right / len(wild30.instances()))
    twice = 2 * metrics.precision * metrics.recall
    assert metrics.f1 == pytest.approx(twice / (metrics.precision + metrics.recall))


def test_ap_of_what_is_shown_is_that_of_a_model_which_finds_nothing_else(
    wild30: Dataset, predictions: Predictions
) -> None:
    shown = [one for one in predictions if one["score"] >= 0.5]
    metrics, alone = (
        score(wild30, predictions, displayed=shown, bootstrap=5),
        score(wild30, shown, bootstrap=5),
    )
    assert (metrics.mask_displayed, metrics.box_displayed) == (alone.mask, alone.box)
    assert metrics.mask_displayed is not None
    assert 0.1 < metrics.mask_displayed.ap < metrics.mask.ap
    assert metrics.mask_displayed.intervals
    assert (alone.mask_displayed, alone.box_displayed) == (None, None)


def test_a_detection_in_a_region_that_is_not_judged_counts_neither_for_nor_against(
    wild30: Dataset, perfect: Predictions
) -> None:
    region = next(one for one in wild30.annotations if one["iscrowd"])
    inside = {**perfect[0], **{name: region[name] for name in ("image_id", "segmentation", "bbox")}}
    metrics = score(wild30, perfect, displayed=[*perfect, inside])
    assert metrics.displayed is not None
    assert metrics.displayed.shown == len(perfect)
    outside = wild30.restricted_to(wild30.images)
    outside.document["annotations"] = wild30.instances()
    metrics = score(outside, perfect, displayed=[*perfect, inside])
    assert metrics.displayed is not None
    assert metrics.displayed.shown == len(perfect) + 1


def test_categories_that_are_not_learnt_are_marked(wild30: Dataset) -> None:
    rows = score(wild30, [], learnt=[1, 17]).categories
    assert [row.id for row in rows if row.learnt] == [1, 17]
    assert all(row.learnt is None for row in score(wild30, []).categories)


def test_metrics_become_json_without_nan(wild30: Dataset, predictions: Predictions) -> None:
    metrics = score(wild30, predictions, displayed=predictions, bootstrap=20)
    again = json.loads(json.dumps(metrics.to_dict(), allow_nan=False))
    assert again["mask"]["ap"] == metrics.mask.ap
    assert again["mask"]["intervals"]["ap"] == list(metrics.mask.intervals["ap"])
    unseen = next(row for row in again["categories"] if row["instances"] == 0)
    assert unseen["ap"] is None


def test_f1_is_not_measured_where_there_is_nothing_to_find(wild30: Dataset, perfect: Predictions) -> None:
    renamed = [one | {"category_id": 4} for one in perfect if one["category_id"] == 5]
    slippers = score(wild30, perfect, displayed=renamed).categories[3]
    assert (slippers.id, slippers.instances) == (4, 0)
    assert slippers.displayed is not None
    assert slippers.displayed.shown == len(renamed) > 0
    assert slippers.displayed.precision == 0
    assert math.isnan(slippers.displayed.f1)


def test_the_table_has_a_row_for_each_category_and_nulls_where_nothing_is_measured(
    wild30: Dataset, predictions: Predictions
) -> None:
    displayed = [one for one in predictions if one["score"] >= 0.5]
    metrics = score(wild30, predictions, displayed=displayed, learnt=[1], bootstrap=20)
    table = metrics.table()
    assert table["name"].to_list() == [category["name"] for category in wild30.categories]
    assert table["learnt"].to_list() == [True] + 29 * [False]
    for row, category in zip(table.iter_rows(named=True), metrics.categories, strict=True):
        assert (row["id"], row["instances"]) == (category.id, category.instances)
        assert row["ap75"] == (category.ap75 if category.instances else None)
        assert (row["ap_low"], row["ap_high"]) == (category.interval or (None, None))
        assert category.displayed is not None
        assert (row["right"], row["shown"]) == (category.displayed.right, category.displayed.shown)
        assert row["best_score"] == (category.best.score if category.best else None)
    assert table["f1"].null_count() > 0
    assert table["ap_low"].null_count() < 30
    bare = score(wild30, predictions).table()
    assert bare.columns == table.columns
    assert bare.schema == table.schema
    for column in ("learnt", "ap_low", "precision", "shown"):
        assert bare[column].null_count() == 30


def test_plain_values_hold_no_nan_no_arrays_and_no_dataclasses(wild30: Dataset) -> None:
    found = {"averages": score(wild30, []).mask, "counts": np.eye(2), "one": np.int64(3), "none": (math.nan,)}
    made = json.loads(json.dumps(plain(found), allow_nan=False))
    assert made["averages"]["ap"] == 0
    assert made["counts"] == [[1, 0], [0, 1]]
    assert (made["one"], made["none"]) == (3, [None])


def test_intervals_are_there_when_asked_for_and_the_same_each_time(
    wild30: Dataset, predictions: Predictions
) -> None:
    assert score(wild30, predictions).mask.intervals == {}
    metrics = score(wild30, predictions, displayed=predictions, bootstrap=200)
    low, high = metrics.mask.intervals["ap"]
    assert low < metrics.mask.ap < high
    again = score(wild30, predictions, displayed=predictions, bootstrap=200)
    assert again.to_dict() == metrics.to_dict()
    assert metrics.displayed is not None
    low, high = metrics.displayed.intervals["recall"]
    assert low < metrics.displayed.recall < high
    low, high = metrics.displayed.intervals["f1"]
    assert low < metrics.displayed.f1 < high


def test_an_interval_is_1_96_standard_errors_of_the_photos_to_each_side() -> None:
    mask = imaging.encode(np.ones((2, 2)))
    shape: dict[str, Any] = {"category_id": 1, "segmentation": mask, "bbox": [0.0, 0.0, 2.0, 2.0]}
    photos = range(1, 401)
    truth = Dataset(
        {
            "images": [
                {"id": photo, "file_name": f"{photo}.jpg", "width": 2, "height": 2} for photo in photos
            ],
            "annotations": [
                shape | {"id": photo, "image_id": photo, "area": 4, "iscrowd": 0} for photo in photos
            ],
            "categories": [{"id": 1, "name": "hat"}],
        }
    )
    found = [shape | {"image_id": photo, "score": 0.9} for photo in photos if photo % 5 < 3]
    metrics = score(truth, found, displayed=found, bootstrap=4000).displayed
    assert metrics is not None
    assert metrics.recall == 0.6
    error = math.sqrt(0.6 * 0.4 / 400)  # of a share among independent photos
    assert metrics.intervals["recall"] == pytest.approx((0.6 - 1.96 * error, 0.6 + 1.96 * error), abs=0.002)
    assert "precision" not in metrics.intervals  # always 1 here: these photos cannot tell
