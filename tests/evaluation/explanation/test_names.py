"""Is it the masks or the names: what is forgiven, what is not, and on one scale with AP."""

import contextlib
import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.explanation.names import CONFUSABLE, forgiven, names
from wildwear.evaluation.measures import curves
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import judged, match
from wildwear.taxonomy import CATEGORIES

Predictions = list[dict[str, Any]]

SHIRT, TOP, SKIRT = 29, 30, 20
TOPS = [[SHIRT, TOP]]


def square(left: int, side: int = 20) -> imaging.Rle:
    mask = np.zeros((100, 100), bool)
    mask[10 : 10 + side, left : left + side] = True
    return imaging.encode(mask)


def wardrobe(*garments: tuple[int, imaging.Rle, int]) -> Dataset:
    """A photo of 100 px; garments are (category, mask, iscrowd)."""
    return Dataset(
        {
            "images": [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 100}],
            "categories": [{"id": one.id, "name": one.name} for one in CATEGORIES],
            "annotations": [
                {
                    "id": number,
                    "image_id": 1,
                    "category_id": category,
                    "segmentation": mask,
                    "bbox": imaging.bbox(mask),
                    "area": imaging.area(mask),
                    "iscrowd": crowd,
                }
                for number, (category, mask, crowd) in enumerate(garments, 1)
            ],
        }
    )


def found(category: int, score: float, mask: imaging.Rle) -> dict[str, Any]:
    return {
        "image_id": 1,
        "category_id": category,
        "score": score,
        "segmentation": mask,
        "bbox": imaging.bbox(mask),
    }


def named(predictions: Sequence[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(one["category_id"], one["score"]) for one in predictions]


def test_a_name_of_the_same_group_is_forgiven_and_one_of_another_is_not() -> None:
    truth = wardrobe((SHIRT, square(10), 0), (SKIRT, square(50), 0))
    shown = [found(TOP, 0.9, square(10)), found(SHIRT, 0.8, square(50))]
    measured = names(Evidence(truth, shown))
    assert measured.ap == 0
    assert measured.group_forgiven == pytest.approx(0.5)  # the shirt of two categories
    assert measured.all_forgiven == pytest.approx(1)
    assert measured.agnostic == pytest.approx(1)
    assert measured.categories == 2


def test_of_two_names_for_one_garment_the_surer_is_kept() -> None:
    truth = wardrobe((SHIRT, square(10), 0))
    surely_wrong = [found(TOP, 0.9, square(10)), found(SHIRT, 0.1, square(11))]
    assert named(list(forgiven(Evidence(truth, surely_wrong), TOPS))) == [(SHIRT, 0.9)]
    surely_right = [found(SHIRT, 0.9, square(10)), found(TOP, 0.1, square(11))]
    assert named(list(forgiven(Evidence(truth, surely_right), TOPS))) == [(SHIRT, 0.9)]


def test_what_is_no_matter_of_names_stays_as_it_is() -> None:
    truth = wardrobe((SHIRT, square(10), 0), (TOP, square(60, 30), 1))
    shown = [
        found(SHIRT, 0.9, square(10)),  # right
        found(SHIRT, 0.8, square(11)),  # a double of the right name
        found(TOP, 0.7, square(22)),  # overlaps the shirt by 8 of 20 columns
        found(TOP, 0.6, square(65)),  # in a region that is not judged
        found(SKIRT, 0.5, square(10)),  # of another group
    ]
    # The double has the right name already: it stays a second one, and wrong.
    assert named(list(forgiven(Evidence(truth, shown), TOPS))) == named(shown)


def test_a_garment_in_a_region_that_is_not_judged_is_not_renamed_to_the_garment_before_it() -> None:
    truth = wardrobe((SHIRT, square(10), 0), (TOP, square(5, 40), 1))
    shown = [found(TOP, 0.9, square(10))]  # on the shirt, but tops are not judged here
    assert named(list(forgiven(Evidence(truth, shown), TOPS))) == [(TOP, 0.9)]


def test_every_detection_with_any_name_is_forgiven_as_a_plain_count_has_it(
    wild30: Dataset, predictions: Predictions
) -> None:
    """Recall at mask IoU 0.5, counted detection by detection."""
    counted = judged(predictions)
    everything = [[category["id"] for category in wild30.categories]]
    renamed = list(forgiven(Evidence(wild30, counted), everything))
    before, after = (
        np.nansum(curves.by_category(Evidence(wild30, some).curves)[1]) for some in (counted, renamed)
    )
    assert after > before + 0.5
    by_photo: dict[int, set[int]] = {}
    for one in renamed:
        overlap = [
            instance["id"]
            for instance in wild30.instances()
            if instance["image_id"] == one["image_id"]
            and instance["category_id"] == one["category_id"]
            and imaging.iou([one["segmentation"]], [instance["segmentation"]])[0, 0] >= 0.5
        ]
        by_photo.setdefault(one["image_id"], set()).update(overlap)
    reachable = {
        instance["id"]
        for instance in wild30.instances()
        for one in counted
        if one["image_id"] == instance["image_id"]
        and imaging.iou([one["segmentation"]], [instance["segmentation"]])[0, 0] >= 0.5
    }
    assert len(set().union(*by_photo.values())) == len(reachable)


def test_class_agnostic_ap_is_that_of_pycocotools_without_categories(
    wild30: Dataset, predictions: Predictions
) -> None:
    with contextlib.redirect_stdout(None):
        truth = COCO()
        truth.dataset = copy.deepcopy(wild30.document)
        truth.createIndex()
        fields = ("image_id", "category_id", "score", "segmentation")
        results = truth.loadRes([{name: one[name] for name in fields} for one in judged(predictions)])
        reference = COCOeval(truth, results, "segm")
        reference.params.useCats = 0
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    measured = names(Evidence(wild30, predictions))
    assert 0.1 < measured.agnostic < 0.9
    assert measured.agnostic == pytest.approx(reference.stats[0], abs=1e-9)


def test_the_figures_stand_on_one_scale_and_grow_with_what_is_forgiven(
    wild30: Dataset, predictions: Predictions
) -> None:
    measured = names(Evidence(wild30, predictions))
    by_category = curves.by_category(curves.curves_of(match(wild30, judged(predictions), "mask")))[0]
    assert measured.ap == pytest.approx(np.nanmean(by_category))
    assert measured.categories == np.isfinite(by_category).sum()
    assert measured.ap < measured.group_forgiven < measured.all_forgiven < 1


def test_the_truth_itself_needs_no_forgiving(wild30: Dataset, perfect: Predictions) -> None:
    measured = names(Evidence(wild30, perfect))
    scores = [measured.ap, measured.group_forgiven, measured.all_forgiven, measured.agnostic]
    assert scores == pytest.approx([1, 1, 1, 1])
    assert names(Evidence(wild30, [])).all_forgiven == 0


def test_groups_hold_categories_of_ours_and_none_twice() -> None:
    grouped = [name for group in CONFUSABLE for name in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) < {category.name for category in CATEGORIES}


def test_categories_that_are_not_ours_are_each_alone() -> None:
    truth = wardrobe((SHIRT, square(10), 0))
    truth.document["categories"] = [
        {"id": SHIRT, "name": "short sleeve top"},
        {"id": TOP, "name": "long sleeve top"},
    ]
    measured = names(Evidence(truth, [found(TOP, 0.9, square(10))]))
    assert measured.groups == ()
    assert [measured.group_forgiven, measured.all_forgiven] == pytest.approx([0, 1])
