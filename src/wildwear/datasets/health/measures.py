"""Problems of boxes and areas: they follow from the mask, or should."""

from typing import Any, TypeGuard

import numpy as np

from wildwear.datasets.health.chunk import Chunk, has_mask, shown
from wildwear.datasets.health.pixels import Masks
from wildwear.datasets.health.problems import Kind, Remedy
from wildwear.datasets.health.records import is_number
from wildwear.imaging.arrays import Floats

BOX_SLACK = 2.0
"""px that a side of a box may lie off: one for pixels against the corners of polygons, one for tools that
count the last pixel in and those that do not."""

LEAST_IOU = 0.5
"""Overlap of a box with that of the mask, intersection over union: below it, COCO matches no detection of the
garment with the box, however loose the threshold."""

AREA_SLACK = 0.5
"""px that the outline may lie off, all the way round, since a pixel is in or out as a whole. Fashionpedia's
areas, computed from the polygons, are off by 0.02 at most."""

NUMBERS_OF_A_BOX = 4


def check_measures(chunk: Chunk, masks: Masks, outlines: dict[int, float]) -> None:
    """Note boxes and areas that are missing or malformed, that leave the photo, or contradict the mask.

    Args:
        chunk: annotations.
        masks: those that could be drawn.
        outlines: the length of the outlines in px, by index; an RLE's is taken for that of its box.
    """
    boxes, areas = _stated(chunk, set(masks.indices))
    rows = {index: row for row, index in enumerate(chunk.annotations)}
    drawn = np.array([rows[index] for index in masks.indices], np.int64)
    full = masks.areas > 0
    drawn, its_boxes, its_areas = drawn[full], masks.boxes[full], masks.areas[full]
    indices = np.fromiter(chunk.annotations, np.int64)[drawn].tolist()
    boxes, areas = boxes[drawn], areas[drawn]

    lengths = np.array([outlines.get(index, np.nan) for index in indices])
    around = np.where(np.isnan(lengths), 2 * its_boxes[:, 2:].sum(axis=1), lengths)
    for row in np.flatnonzero(np.abs(areas - its_areas) > 1 + AREA_SLACK * around).tolist():
        of_box = abs(boxes[row, 2] * boxes[row, 3] - areas[row]) <= 1
        message = f"is {areas[row]:,g} px; the mask has {its_areas[row]:,.0f} px"
        chunk.note(Kind.AREA_OF_BOX if of_box else Kind.AREA_DIFFERS, indices[row], "area", message)

    low, its_low = boxes[:, :2], its_boxes[:, :2]
    high, its_high = low + boxes[:, 2:], its_low + its_boxes[:, 2:]
    off = np.maximum(np.abs(low - its_low), np.abs(high - its_high)).max(axis=1, initial=0)
    shared = (np.minimum(high, its_high) - np.maximum(low, its_low)).clip(0).prod(axis=1)
    together = boxes[:, 2:].prod(axis=1) + its_boxes[:, 2:].prod(axis=1) - shared
    for row in np.flatnonzero(off > BOX_SLACK).tolist():
        kind = Kind.BOX_DIFFERS if shared[row] >= LEAST_IOU * together[row] else Kind.BOX_ELSEWHERE
        message = (
            f"is {_box(boxes[row])}; that of the mask is {_box(its_boxes[row])}, "
            f"a side of it {off[row]:g} px away"
        )
        chunk.note(kind, indices[row], "bbox", message)


def _stated(chunk: Chunk, drawn: set[int]) -> tuple[Floats, Floats]:
    """The boxes and areas that n annotations state, (n, 4) and (n,) float64; NaN where they are malformed."""
    boxes: list[list[float]] = []
    areas: list[float] = []
    for index, annotation in chunk.annotations.items():
        box, area, size = annotation.get("bbox"), annotation.get("area"), chunk.sizes[index]
        # Polygons that are not drawn although the size is known are dropped before anything is measured.
        has_polygons = has_mask(annotation) and isinstance(annotation["segmentation"], list)
        measure = Remedy.MEASURE if index in drawn or (size and has_polygons) else None
        if is_number(area):
            areas.append(area)
        else:
            areas.append(np.nan)
            message = f"{shown(area)}; expected a number of pixels"
            chunk.note_unusable(Kind.NO_AREA, index, "area", message, measure)
        if not is_box(box):
            boxes.append([np.nan] * NUMBERS_OF_A_BOX)
            message = f"{shown(box)}; expected x, y, width, height"
            chunk.note_unusable(Kind.MALFORMED_BOX, index, "bbox", message, measure)
            continue
        boxes.append(box)
        if size is not None:
            height, width = size
            reach = max(-box[0], -box[1], box[0] + box[2] - width, box[1] + box[3] - height)
            if reach > BOX_SLACK:
                message = f"{box} reaches {reach:g} px outside the photo"
                chunk.note_unusable(Kind.BOX_OUTSIDE, index, "bbox", message, measure)
    return np.array(boxes, np.float64).reshape(-1, NUMBERS_OF_A_BOX), np.array(areas, np.float64)


def is_box(box: Any) -> TypeGuard[list[float]]:
    """Whether this is a list of four finite numbers."""
    return isinstance(box, list) and len(box) == NUMBERS_OF_A_BOX and all(map(is_number, box))


def _box(box: Floats) -> str:
    return "[" + ", ".join(f"{value:g}" for value in box) + "]"
