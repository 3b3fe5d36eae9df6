"""Calibration: bins and their error, against sums by hand."""

import math
from typing import Any

import numpy as np
import pytest

from wildwear.datasets import Dataset
from wildwear.evaluation import score
from wildwear.evaluation.explanation.calibration import BINS, calibration
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import match, matches


def test_the_error_is_the_mean_gap_between_score_and_share_right(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    right = [one | {"score": 0.95} for one in perfect[:30]]
    wrong = [one | {"score": 0.95, "category_id": 4} for one in perfect[:10]]  # no slippers there
    unsure = [one | {"score": 0.32} for one in perfect[30:40]]
    found = calibration(Evidence(wild30, [*right, *wrong, *unsure]))
    assert found.detections == 50
    assert len(found.bins) == BINS == 10
    filled = [one for one in found.bins if one.count]
    assert [(one.low, one.high, one.count) for one in filled] == [
        (pytest.approx(0.3), pytest.approx(0.4), 10),
        (pytest.approx(0.9), pytest.approx(1), 40),
    ]
    assert [(one.score, one.right) for one in filled] == [
        (pytest.approx(0.32), 1),
        (pytest.approx(0.95), 0.75),
    ]
    assert found.error == pytest.approx((10 * (1 - 0.32) + 40 * (0.95 - 0.75)) / 50)
    assert all(math.isnan(one.score) and math.isnan(one.right) for one in found.bins if not one.count)


def test_bins_count_every_detection_that_is_judged(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    found = calibration(Evidence(wild30, predictions))
    displayed = score(wild30, predictions, displayed=predictions).displayed
    assert displayed is not None
    assert found.detections == sum(one.count for one in found.bins) == displayed.shown < len(predictions)
    assert sum(one.count * one.right for one in found.bins) == pytest.approx(displayed.right)
    gap = 0.0
    tables = matches(match(wild30, predictions, "mask", at=0.5)).values()
    scores = np.concatenate([one.scores[~one.ignored[0]] for one in tables])
    right = np.concatenate([one.right[0][~one.ignored[0]] for one in tables])
    for number in range(BINS):
        inside = (scores >= number / BINS) & (scores < (number + 1) / BINS)
        gap += abs(scores[inside].sum() - right[inside].sum())
    assert found.error == pytest.approx(gap / found.detections)


def test_without_detections_nothing_is_measured(wild30: Dataset) -> None:
    found = calibration(Evidence(wild30, []))
    assert math.isnan(found.error)
    assert found.detections == 0
    assert (found.shown.count, math.isnan(found.shown.score)) == (0, True)


def test_what_is_shown_is_one_bin_without_what_is_not_judged(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    region = next(one for one in wild30.annotations if one["iscrowd"])
    inside = {**perfect[0], **{name: region[name] for name in ("image_id", "segmentation", "bbox")}}
    shown = [
        perfect[1] | {"score": 0.8},
        perfect[2] | {"score": 0.45},
        perfect[3] | {"category_id": 4},
        inside,
    ]
    bin_ = calibration(Evidence(wild30, shown, shown)).shown
    assert (bin_.low, bin_.high, bin_.count) == (0.45, 0.9, 3)
    assert (bin_.score, bin_.right) == (pytest.approx((0.8 + 0.45 + 0.9) / 3), pytest.approx(2 / 3))
