"""Errors by kind and confusions, on a photo of six garments whose every case is set by hand."""

import itertools
from typing import Any

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation import score
from wildwear.evaluation.explanation.failures import KINDS, confusion, error_shares
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import judged

SHIRT, COAT = 1, 2
SIDE = 100
CATEGORIES = [{"id": SHIRT, "name": "shirt"}, {"id": COAT, "name": "coat"}]


def block(row: int, column: int, height: int = 10, width: int = 10) -> dict[str, Any]:
    """A rectangle as mask and box of a photo of 100 × 100 px."""
    mask = np.zeros((SIDE, SIDE), bool)
    mask[row : row + height, column : column + width] = True
    return {
        "image_id": 1,
        "segmentation": imaging.encode(mask),
        "bbox": [float(column), float(row), float(width), float(height)],
        "area": height * width,
    }


def dataset(*annotations: dict[str, Any]) -> Dataset:
    return Dataset(
        {
            "images": [{"id": 1, "file_name": "1.jpg", "width": SIDE, "height": SIDE}],
            "annotations": [
                {"iscrowd": 0, **one, "id": number} for number, one in enumerate(annotations, start=1)
            ],
            "categories": CATEGORIES,
        }
    )


def instance(category: int, *where: int) -> dict[str, Any]:
    return block(*where) | {"category_id": category}


def detection(category: int, score: float, *where: int) -> dict[str, Any]:
    return instance(category, *where) | {"score": score}


def region(*where: int) -> list[dict[str, Any]]:
    """What is not judged: as in our datasets, once in each category."""
    return [instance(category["id"], *where) | {"iscrowd": 1} for category in CATEGORIES]


def test_each_kind_of_error_is_told_from_the_others() -> None:
    truth = dataset(
        instance(SHIRT, 0, 0), instance(SHIRT, 0, 20), instance(COAT, 0, 40), instance(COAT, 80, 80)
    )
    found = [
        detection(SHIRT, 0.9, 0, 0),  # right
        detection(SHIRT, 0.8, 0, 0, 10, 9),  # duplicate: IoU 0.9 with what the first has
        detection(SHIRT, 0.7, 0, 25),  # localisation: half a mask off, IoU 50 / 150
        detection(SHIRT, 0.6, 0, 40),  # classification: the coat's mask
        detection(SHIRT, 0.5, 0, 45),  # both: half of the coat's mask
        detection(COAT, 0.4, 50, 50),  # background
    ]
    shares = error_shares(Evidence(truth, found))
    assert shares.counts == dict.fromkeys(KINDS, 1)  # missed: the second coat
    assert shares.ap50 == score(truth, found).mask.ap50 == pytest.approx(51 / 101 / 2)


def test_the_gains_are_what_mending_one_kind_alone_would_win() -> None:
    truth = dataset(instance(SHIRT, 0, 0), instance(SHIRT, 0, 20), instance(COAT, 0, 40))
    found = [
        detection(SHIRT, 0.9, 60, 60),  # background, before what is right
        detection(SHIRT, 0.8, 0, 0),  # right
        detection(SHIRT, 0.7, 0, 40),  # classification
        detection(SHIRT, 0.6, 0, 25),  # localisation
    ]
    shares = error_shares(Evidence(truth, found))
    half = 51 / 101  # of COCO's 101 recalls 0, 0.01 … 1, those up to 0.5: one of two shirts is found
    base = half * (1 / 2) / 2  # precision 1/2; no coat is found
    assert shares.ap50 == pytest.approx(base)
    assert shares.gains["background"] == pytest.approx(half / 2 - base)
    # Named as a coat it is the coat, and no longer a wrong shirt, which comes after the right one.
    assert shares.gains["classification"] == pytest.approx(1 / 2)
    mended = half * (1 / 2) + (1 - half) * (2 / 4)  # the second shirt comes fourth
    assert shares.gains["localisation"] == pytest.approx(mended / 2 - base)
    assert shares.gains["both"] == shares.gains["duplicate"] == shares.gains["missed"] == 0
    assert shares.false_positives == pytest.approx(half / 2 - base)


def test_what_lies_in_a_region_that_is_not_judged_is_no_error() -> None:
    truth = dataset(instance(SHIRT, 0, 0), *region(50, 50, 20, 20))
    found = [detection(SHIRT, 0.9, 0, 0), detection(SHIRT, 0.8, 50, 50), detection(COAT, 0.7, 60, 60)]
    assert error_shares(Evidence(truth, found)).counts == dict.fromkeys(KINDS, 0)
    counts = confusion(Evidence(truth, [], found)).counts
    assert counts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_what_reaches_into_a_region_is_background_not_a_badly_fitting_mask_of_it() -> None:
    truth = dataset(instance(SHIRT, 0, 0), *region(50, 50, 20, 20))
    found = [detection(SHIRT, 0.9, 0, 0), detection(SHIRT, 0.8, 50, 43)]  # 30 % inside
    counts = error_shares(Evidence(truth, found)).counts
    assert (counts["background"], counts["localisation"]) == (1, 0)
    assert confusion(Evidence(truth, [], found)).counts[2].tolist() == [1, 0, 0]


def test_confusions_name_the_truth_by_row_and_what_is_shown_by_column() -> None:
    truth = dataset(
        instance(SHIRT, 0, 0), instance(COAT, 0, 20), instance(COAT, 0, 40), instance(SHIRT, 0, 60)
    )
    found = [
        detection(SHIRT, 0.9, 0, 0),
        detection(SHIRT, 0.8, 0, 20),
        detection(COAT, 0.7, 50, 50),
        detection(COAT, 0.6, 0, 65),  # IoU 1/3 with the last shirt
    ]
    table = confusion(Evidence(truth, [], found))
    assert table.names == ("shirt", "coat")
    assert table.counts.tolist() == [[1, 0, 1], [1, 0, 1], [0, 2, 0]]


def test_masks_drawn_as_polygons_are_counted_as_their_pixels_are() -> None:
    truth = dataset(instance(SHIRT, 0, 0), instance(COAT, 0, 20), instance(COAT, 0, 40))
    found = [detection(SHIRT, 0.9, 0, 0), detection(SHIRT, 0.8, 0, 20), detection(COAT, 0.7, 50, 50)]
    expected = confusion(Evidence(truth, [], found)).counts
    for one in truth.annotations:
        left, top, width, height = one["bbox"]
        right, foot = left + width, top + height
        one["segmentation"] = [[left, top, right, top, right, foot, left, foot]]
    again = confusion(Evidence(truth, [], found)).counts
    assert again.tolist() == expected.tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]
    assert error_shares(Evidence(truth, found)).counts["classification"] == 1


def test_a_right_name_has_its_instance_even_where_a_wrong_one_is_surer() -> None:
    truth = dataset(instance(SHIRT, 0, 0))
    found = [detection(COAT, 0.9, 0, 0), detection(SHIRT, 0.5, 0, 0)]
    assert confusion(Evidence(truth, [], found)).counts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_confusions_agree_with_precision_and_recall(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    shown = [one for one in predictions if one["score"] >= 0.5]
    metrics = score(wild30, predictions, displayed=shown)
    counts = confusion(Evidence(wild30, [], shown)).counts
    for row, category in enumerate(metrics.categories):
        assert category.displayed is not None
        assert counts[row, row] == category.displayed.right
        assert counts[:, row].sum() == category.displayed.shown
        assert counts[row].sum() == category.instances
    off = counts - np.diag(np.diag(counts))
    assert off[:-1, :-1].sum() > 0


def test_error_counts_cover_every_detection_that_counts_and_is_not_right(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    shares = error_shares(Evidence(wild30, judged(predictions)))
    displayed = score(wild30, predictions, displayed=judged(predictions)).displayed
    assert displayed is not None
    wrong = sum(count for kind, count in shares.counts.items() if kind != "missed")
    assert wrong == displayed.shown - displayed.right
    assert all(count > 0 for count in shares.counts.values())
    assert shares.ap50 == pytest.approx(score(wild30, predictions).mask.ap50)
    for one, other in itertools.pairwise(sorted(shares.gains.values())):
        assert 0 < one < other < 1


def test_nothing_found_is_all_missed(wild30: Dataset) -> None:
    shares = error_shares(Evidence(wild30, []))
    assert shares.counts == dict.fromkeys(KINDS, 0) | {"missed": len(wild30.instances())}
    assert shares.ap50 == 0
    counts = confusion(Evidence(wild30, [], [])).counts
    assert counts[:, -1].sum() == counts.sum() == len(wild30.instances())
