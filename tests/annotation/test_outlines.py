"""What people draw as masks, and masks as what people can edit."""

import cv2
import numpy as np
import pytest

from made_annotations import rectangle
from wildwear import imaging
from wildwear.annotation.outlines import mask_of, parts_of, polygons, segmentation

SIZE = (60, 80)  # height, width


def disc(radius: int = 20, hole: int = 8) -> imaging.Rle:
    """A ring, and a square apart from it."""
    mask = np.zeros(SIZE, np.uint8)
    cv2.circle(mask, (25, 25), radius, 1, -1)
    cv2.circle(mask, (25, 25), hole, 0, -1)
    mask[50:58, 60:70] = 1
    return imaging.encode(mask)


def test_polygons_stay_as_they_are() -> None:
    polygon = [1.5, 2.25, 30, 2, 30, 40]
    parts = parts_of({"segmentation": [polygon, [0, 0, 5, 0, 5, 5]]}, SIZE)
    assert len(parts) == 2
    assert parts[0] == [[(1.5, 2.25), (30.0, 2.0), (30.0, 40.0)]]
    assert polygons(parts)[0] == polygon


def test_a_mask_gets_few_vertices_and_keeps_its_holes_and_parts() -> None:
    parts = parts_of({"segmentation": disc()}, SIZE)
    assert sorted(len(rings) for rings in parts) == [1, 2]
    assert sum(len(ring) for rings in parts for ring in rings) < 60
    assert imaging.iou([mask_of(parts, SIZE)], [disc()])[0, 0] > 0.95


def test_a_mask_too_small_to_be_simplified_is_outlined_exactly() -> None:
    speck = np.zeros(SIZE, np.uint8)
    speck[3, 4] = 1
    parts = parts_of({"segmentation": imaging.encode(speck)}, SIZE)
    assert imaging.decode(mask_of(parts, SIZE)).sum() == 1


def test_a_box_without_a_mask_is_its_corners() -> None:
    assert parts_of({"bbox": [2, 3, 10, 20]}, SIZE) == [rectangle(2, 3, 12, 23)]


def test_what_nobody_changed_is_the_mask_that_it_was() -> None:
    parts = parts_of({"segmentation": disc()}, SIZE)
    assert segmentation(parts, disc(), SIZE) == disc()
    changed = [*parts, rectangle(70, 0, 75, 5)]
    assert segmentation(changed, disc(), SIZE) == polygons(changed)
    assert segmentation(parts, None, SIZE) == polygons(parts)


def test_a_hole_is_cut_out() -> None:
    outer, hole = rectangle(10, 10, 40, 40)[0], rectangle(20, 20, 30, 30)[0]
    mask = imaging.decode(mask_of([[outer, hole]], SIZE))
    assert mask.sum() == pytest.approx(30 * 30 - 10 * 10, abs=45)
    assert not mask[25, 25]
