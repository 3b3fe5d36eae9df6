"""Boundary AP: average precision that asks for the outline of a garment, not only for its pixels."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from hotcoco import metrics as hotcoco_metrics
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.overlaps import Overlaps, matched_with, shares
from wildwear.imaging import Rle
from wildwear.imaging.arrays import Floats

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # COCO's
WIDTH = 0.02  # of the photo's diagonal: how far a boundary reaches into the mask; the paper's choice for COCO


@dataclass(frozen=True)
class Boundary:
    """Boundary AP in [0, 1], averaged over the categories that occur; NaN where none does.

    Like mask AP, but a detection agrees with an instance as far as the smaller of mask IoU and boundary IoU.
    `by_category` holds the first figure by category id, for the `categories` that occur.

    Source: Cheng et al., "Boundary IoU: Improving Object-Centric Image Segmentation Evaluation", CVPR 2021,
    sections 4 and 6.
    """

    ap: float  # over the thresholds 0.50, 0.55 … 0.95
    ap50: float
    ap75: float
    categories: int
    by_category: dict[int, float]


def boundary(evidence: Evidence) -> Boundary:
    """Boundary AP of what counts.

    `iscrowd` regions are not judged: whether a detection lies in one, its mask decides alone, as the outline
    of a garment in a crowd is not that of the crowd.
    """
    counted = evidence.counted
    agreeing: list[Overlaps] = [_with_boundaries(photo, counted) for photo in evidence.found_overlaps]
    table = average_precision(evidence.dataset, counted, agreeing)
    by_category = {identity: float(row.mean()) for identity, row in table.items()}
    rows = np.array(list(table.values())).reshape(len(table), len(THRESHOLDS))
    means = rows.mean(axis=0) if len(table) else np.full(len(THRESHOLDS), np.nan)
    return Boundary(
        ap=float(means.mean()),
        ap50=float(means[0]),
        ap75=float(means[5]),
        categories=len(table),
        by_category=by_category,
    )


def average_precision(
    dataset: Dataset, predictions: Sequence[dict[str, Any]], photos: Sequence[Overlaps]
) -> dict[int, Floats]:
    """COCO's AP with an IoU of one's own, which hotcoco does not take.

    Args:
        dataset: the truth.
        predictions: COCO results, at most 100 a photo.
        photos: their overlaps; `iou` may hold any agreement from 0 to 1.

    Returns:
        AP at each of `THRESHOLDS` by id of the categories that occur, (10,) each.
    """
    scores: dict[int, list[float]] = defaultdict(list)
    matched: dict[int, list[NDArray[np.bool_]]] = defaultdict(list)
    ignored: dict[int, list[NDArray[np.bool_]]] = defaultdict(list)
    # Of equal scores the photo with the lower id comes first, as COCO has it.
    for photo in sorted(photos, key=lambda photo: photo.image["id"]):
        for category in np.unique(photo.found_names).tolist():
            rows = np.flatnonzero(photo.found_names == category)
            iou = photo.iou[np.ix_(rows, np.flatnonzero(photo.true_names == category))]
            hits = np.array([matched_with(iou, threshold) >= 0 for threshold in THRESHOLDS])
            scores[category] += [predictions[photo.found[row]]["score"] for row in rows]
            matched[category].append(hits)
            ignored[category].append(~hits & (photo.unjudged[rows] >= THRESHOLDS[:, None]))
    result = {}
    for category, number in dataset.instances_by_category().items():
        if not number:
            continue
        result[category] = np.zeros(len(THRESHOLDS))
        if not scores[category]:
            continue
        hits, passed = np.hstack(matched[category]), np.hstack(ignored[category])
        result[category] = np.array(
            [
                hotcoco_metrics.average_precision(scores[category], hit, number, ignored=skip)
                for hit, skip in zip(hits, passed, strict=True)
            ]
        )
    return result


def boundary_of(rle: Rle, size: tuple[int, int]) -> Rle:
    """The pixels of a mask that lie near its outline, the photo's border counting as outline.

    Args:
        rle: a mask.
        size: (height, width) of the photo.

    Returns:
        the mask without its erosion by a square of 2 d + 1 px, d being 2 % of the photo's diagonal.
    """
    reach = max(1, round(WIDTH * float(np.hypot(*size))))
    left, top, width, height = (int(side) for side in imaging.bbox(rle))
    if not width:
        return rle
    # Only inside the box, with a frame of zeros: what lies outside is not of the mask, nor is what lies
    # outside the photo.
    crop = imaging.decode(rle)[top : top + height, left : left + width]
    framed = cv2.copyMakeBorder(crop.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    # As erosion by that square, in time that does not grow with it.
    depth = cv2.distanceTransform(framed, cv2.DIST_C, 3)[1:-1, 1:-1]
    return imaging.encode_crop(crop & (depth <= reach), top, left, size)


def _with_boundaries(photo: Overlaps, predictions: Sequence[dict[str, Any]]) -> Overlaps:
    """The same overlaps, IoU being the smaller of mask IoU and boundary IoU, of equal names."""
    size = (photo.image["height"], photo.image["width"])
    iou = np.zeros_like(photo.iou)
    # Where masks agree too little already, boundaries need not be drawn: most pairs.
    near = (photo.iou >= THRESHOLDS[0]) & photo.same_names
    found, instances = (np.flatnonzero(near.any(axis=axis)).tolist() for axis in (1, 0))
    if found:
        drawn = [
            boundary_of(imaging.as_rle(predictions[photo.found[row]]["segmentation"], size), size)
            for row in found
        ]
        true = [boundary_of(photo.instance_masks[column], size) for column in instances]
        pairs = np.ix_(found, instances)
        iou[pairs] = np.where(
            near[pairs], np.minimum(photo.iou[pairs], shares(drawn, true, of_detection=False)), 0
        )
    return replace(photo, iou=iou)
