"""Boundary AP: the definition of its paper, and COCO's matching with another measure of agreement."""

import contextlib
import copy
import math
from typing import Any

import cv2
import numpy as np
import pytest
from hotcoco import mask as hotcoco_mask
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval as ReferenceEvaluation

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.explanation.boundary import average_precision, boundary, boundary_of
from wildwear.evaluation.measures import curves, matching
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.overlaps import overlaps

Predictions = list[dict[str, Any]]


def published(mask: NDArray[np.bool_], ratio: float = 0.02) -> NDArray[np.bool_]:
    """The boundary as the paper defines it: what d erosions by 3 x 3 take away, nothing being outside."""
    height, width = mask.shape
    times = max(1, round(ratio * math.hypot(height, width)))
    framed = np.pad(mask.astype(np.uint8), 1)
    eroded = cv2.erode(framed, np.ones((3, 3), np.uint8), iterations=times)[1:-1, 1:-1]
    return np.asarray(mask & (eroded == 0))


def square(size: int, left: int, top: int, side: int) -> imaging.Rle:
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return imaging.encode(mask)


def result(mask: imaging.Rle, score: float = 0.9, category: int = 1) -> dict[str, Any]:
    return {
        "image_id": 1,
        "category_id": category,
        "score": score,
        "segmentation": mask,
        "bbox": imaging.bbox(mask),
    }


def dataset_of(size: int, *annotations: dict[str, Any]) -> Dataset:
    """One photo, a square of `size` px."""
    return Dataset(
        {
            "images": [{"id": 1, "file_name": "1.jpg", "width": size, "height": size}],
            "categories": [{"id": 1, "name": "shirt"}, {"id": 2, "name": "top"}],
            "annotations": [
                {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0}
                | {"bbox": imaging.bbox(one["segmentation"]), "area": imaging.area(one["segmentation"])}
                | one
                for number, one in enumerate(annotations, 1)
            ],
        }
    )


def test_the_boundary_of_a_mask_is_what_the_erosions_of_the_paper_take_away(wild30: Dataset) -> None:
    sizes = {image["id"]: (image["height"], image["width"]) for image in wild30.images}
    instances = wild30.instances()[::8]
    assert len(instances) > 15
    for instance in instances:
        mask = imaging.decode(instance["segmentation"])
        drawn = imaging.decode(boundary_of(instance["segmentation"], sizes[instance["image_id"]]))
        assert 0 < drawn.sum() <= mask.sum()
        np.testing.assert_array_equal(drawn, published(mask))


def test_the_border_of_the_photo_counts_as_outline() -> None:
    whole = imaging.encode(np.ones((100, 100), bool))  # the diagonal is 141 px, d is 3
    drawn = imaging.decode(boundary_of(whole, (100, 100)))
    assert drawn.sum() == 100 * 100 - 94 * 94
    assert not drawn[3:-3, 3:-3].any()


def test_an_empty_mask_has_an_empty_boundary() -> None:
    empty = imaging.encode(np.zeros((50, 40), bool))
    assert imaging.area(boundary_of(empty, (50, 40))) == 0


def test_with_plain_mask_iou_every_average_precision_is_that_of_hotcoco(
    wild30: Dataset, predictions: Predictions
) -> None:
    counted = matching.judged(predictions)
    evaluation = matching.match(wild30, counted, "mask")
    assert evaluation.eval is not None
    # (thresholds, recalls, categories): of all areas, at most 100 a photo
    expected = evaluation.eval["precision"][:, :, :, 0, -1].mean(axis=1)
    found = average_precision(wild30, counted, list(overlaps(wild30, counted)))
    columns = evaluation.params.cat_ids
    assert (
        5 < len(found) == sum(count > 0 for count in wild30.instances_by_category().values()) < len(columns)
    )
    for category, row in found.items():
        np.testing.assert_allclose(row, expected[:, columns.index(category)], rtol=0, atol=1e-12)
    means = np.nanmean(curves.by_category(curves.curves_of(evaluation))[0])
    assert np.mean([row.mean() for row in found.values()]) == pytest.approx(means, abs=1e-12)


def test_of_equal_scores_the_photo_with_the_lower_id_comes_first_as_in_hotcoco(
    wild30: Dataset, predictions: Predictions
) -> None:
    tied = [one | {"score": round(one["score"], 1)} for one in predictions]
    backwards = wild30.restricted_to(wild30.images[::-1])
    expected = curves.by_category(curves.curves_of(matching.match(backwards, tied, "mask")))[0]
    found = average_precision(backwards, tied, list(overlaps(backwards, tied)))
    assert [row.mean() for row in found.values()] == pytest.approx(expected[np.isfinite(expected)].tolist())


class Reference(ReferenceEvaluation):  # type: ignore[misc]
    """pycocotools with the IoU of the paper, pixel by pixel."""

    def computeIoU(self, image_id: int, category_id: int) -> Any:  # noqa: N802 (theirs)
        overlap = super().computeIoU(image_id, category_id)
        found = sorted(self._dts[image_id, category_id], key=lambda one: -one["score"])
        for row, one in enumerate(found):
            for column, true in enumerate(self._gts[image_id, category_id]):
                if not true["iscrowd"]:
                    drawn = [published(imaging.decode(each["segmentation"])) for each in (one, true)]
                    overlap[row, column] = min(overlap[row, column], iou(*drawn))
        return overlap


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def test_boundary_ap_is_that_of_pycocotools_with_the_smaller_iou(
    wild30: Dataset, predictions: Predictions
) -> None:
    part = wild30.restricted_to(wild30.images[:20])
    photos = {image["id"] for image in part.images}
    kept = [one for one in predictions if one["image_id"] in photos]
    with contextlib.redirect_stdout(None):
        truth = COCO()
        truth.dataset = copy.deepcopy(part.document)
        truth.createIndex()
        fields = ("image_id", "category_id", "score", "segmentation")
        reference = Reference(
            truth, truth.loadRes([{name: one[name] for name in fields} for one in kept]), "segm"
        )
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    measured = boundary(Evidence(part, kept))
    found = [measured.ap, measured.ap50, measured.ap75]
    np.testing.assert_allclose(found, reference.stats[:3], rtol=0, atol=1e-9)
    plain = curves.by_category(curves.curves_of(matching.match(part, matching.judged(kept), "mask")))
    assert 0.05 < measured.ap < np.nanmean(plain[0]) - 0.02  # the outline asks for more
    assert measured.categories == np.isfinite(plain[0]).sum()


def test_a_mask_with_the_wrong_outline_loses_more_of_boundary_ap_than_of_mask_ap() -> None:
    # 80 px wide in a photo of 141 px diagonal: d = 3. Moved by 3 px, 77 / 83 of the pixels agree, but of the
    # frames of 80² - 74² = 924 px little more than the corners.
    truth = dataset_of(100, {"segmentation": square(100, 5, 5, 80)})
    moved = square(100, 8, 5, 80)
    assert hotcoco_mask.iou([dict(moved)], [dict(square(100, 5, 5, 80))], [False])[0, 0] == pytest.approx(
        77 / 83
    )
    # The frames share two bars of 77 x 3 px, above and below: the upright ones lie 3 px beside each other.
    shared = 2 * 77 * 3
    assert shared / (2 * 924 - shared) == pytest.approx(1 / 3)  # under every threshold
    assert boundary(Evidence(truth, [result(moved)])).ap == 0
    # Moved by 1 px: 2 bars of 79 x 3 px, and of the upright ones 2 of the 3 columns each.
    shared = 2 * 79 * 3 + 2 * 74 * 2
    assert shared / (2 * 924 - shared) == pytest.approx(5 / 7)  # over 0.50 to 0.70, five of ten
    measured = boundary(Evidence(truth, [result(square(100, 6, 5, 80))]))
    assert measured.ap == pytest.approx(0.5)
    assert [measured.ap50, measured.ap75] == pytest.approx([1, 0])
    assert measured.by_category == {1: pytest.approx(0.5)}
    assert measured.categories == 1


def test_the_truth_itself_scores_one(wild30: Dataset, perfect: Predictions) -> None:
    best = boundary(Evidence(wild30, perfect))
    assert [best.ap, best.ap50, best.ap75] == pytest.approx([1, 1, 1])
    assert boundary(Evidence(wild30, [])).ap == 0


def test_in_a_region_that_is_not_judged_the_mask_decides_alone() -> None:
    garment, region = square(200, 10, 10, 40), square(200, 60, 60, 130)
    truth = dataset_of(200, {"segmentation": garment}, {"segmentation": region, "iscrowd": 1})
    inside = square(200, 100, 100, 40)  # its outline is nowhere near that of the region
    shown = [result(inside, 0.9), result(garment, 0.5)]
    assert boundary(Evidence(truth, shown)).ap == pytest.approx(1)
    judged = copy.deepcopy(truth)
    judged.document["annotations"] = judged.instances()
    assert boundary(Evidence(judged, shown)).ap == pytest.approx(0.5)


def test_without_an_instance_nothing_is_measured() -> None:
    measured = boundary(Evidence(dataset_of(50), []))
    assert math.isnan(measured.ap)
    assert measured.categories == 0
