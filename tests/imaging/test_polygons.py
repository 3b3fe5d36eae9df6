"""Masks and polygons: exact outlines with holes and several parts, COCO's rasterisation, honest losses."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from pycocotools import mask as pycocotools_mask

from wildwear.errors import MaskError
from wildwear.imaging import area, as_rle, decode, encode, from_polygons, join, outlines, to_polygons, union

Mask = NDArray[np.bool_]

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 16), st.integers(1, 16)))


def belt() -> Mask:
    """A ring with a buckle inside and a speck beside it."""
    canvas = np.zeros((120, 160), np.uint8)
    cv2.ellipse(canvas, (70, 60), (60, 50), 0, 0, 360, 1, -1)
    cv2.ellipse(canvas, (70, 60), (40, 30), 0, 0, 360, 0, -1)
    cv2.rectangle(canvas, (60, 50), (80, 70), 1, -1)
    canvas[5, 150] = 1
    return canvas.astype(np.bool_)


@given(mask=masks)
def test_outlines_give_exactly_the_mask_again(mask: Mask) -> None:
    rle = encode(mask)
    outlines = to_polygons(rle)
    assert from_polygons(outlines.polygons, rle["size"]) == rle
    assert (outlines.missing, outlines.added) == (0, 0)


@given(mask=masks)
def test_outlines_have_no_corner_too_many(mask: Mask) -> None:
    outlines = to_polygons(encode(mask))
    for polygon in outlines.polygons:
        corners = np.reshape(polygon, (-1, 2))
        steps = np.roll(corners, -1, axis=0) - corners
        assert (steps != 0).any(axis=1).all()
        if not outlines.holes:
            across = steps[:, 1] == 0
            assert (across != np.roll(across, 1)).all()  # across and down in turn


def test_holes_are_cut_out_and_parts_kept_apart() -> None:
    found = to_polygons(encode(belt()))
    assert len(found.polygons) == 3  # the ring, the buckle, the speck
    assert found.holes == 1
    assert [150, 5, 150, 6, 151, 6, 151, 5] in found.polygons


def test_each_part_comes_with_its_holes() -> None:
    parts = outlines(encode(belt()))
    assert sorted(len(rings) for rings in parts) == [1, 1, 2]
    for tolerance in (0.0, 1.0):
        whole = sum(len(ring) for rings in outlines(encode(belt()), tolerance=tolerance) for ring in rings)
        assert whole <= sum(len(ring) for rings in parts for ring in rings)


def test_an_empty_mask_has_no_polygons_and_none_are_an_empty_mask() -> None:
    empty = encode(np.zeros((4, 5)))
    assert to_polygons(empty).polygons == []
    assert from_polygons([], (4, 5)) == empty == as_rle([], (4, 5))


@pytest.mark.parametrize("tolerance", [0.5, 1, 2, 5])
def test_simplified_outlines_say_how_many_pixels_they_cost(tolerance: float) -> None:
    mask = belt()
    outlines = to_polygons(encode(mask), tolerance=tolerance)
    drawn = decode(from_polygons(outlines.polygons, mask.shape))
    assert outlines.missing == (mask & ~drawn).sum()
    assert outlines.added == (drawn & ~mask).sum()
    exact = sum(map(len, to_polygons(encode(mask)).polygons))
    assert sum(map(len, outlines.polygons)) < exact


def test_a_speck_that_simplifying_drops_is_counted_as_missing() -> None:
    mask = np.zeros((20, 20), np.bool_)
    mask[5, 5] = True
    outlines = to_polygons(encode(mask), tolerance=3)
    assert (outlines.polygons, outlines.missing, outlines.added) == ([], 1, 0)


def test_real_masks_are_simplified_to_few_points_at_little_cost(shared: Path) -> None:
    document = json.loads((shared / "data/wild30/wild30.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    garments = [annotation for annotation in document["annotations"] if not annotation["iscrowd"]]
    assert len(garments) == 158
    wrong = exact_points = points = 0
    for garment in garments:
        rle = as_rle(garment["segmentation"], sizes[garment["image_id"]])
        outlines = to_polygons(rle)
        assert from_polygons(outlines.polygons, rle["size"]) == rle
        simple = to_polygons(rle, tolerance=1)
        exact_points += sum(map(len, outlines.polygons))
        points += sum(map(len, simple.polygons))
        wrong += simple.missing + simple.added
    assert points < exact_points / 3
    assert wrong < 0.03 * sum(garment["area"] for garment in garments)


def test_every_polygon_of_modanet_is_rasterised_as_by_pycocotools(shared: Path) -> None:
    document = json.loads((shared / "fixtures/modanet/instances_val.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    for annotation in document["annotations"][::5]:
        height, width = sizes[annotation["image_id"]]
        polygons = annotation["segmentation"]
        expected = pycocotools_mask.merge(pycocotools_mask.frPyObjects(polygons, height, width))
        assert as_rle(polygons, (height, width))["counts"] == expected["counts"].decode()


@given(
    polygons=st.lists(
        st.lists(st.tuples(st.floats(-30, 60), st.floats(-30, 60)), min_size=3, max_size=8),
        min_size=1,
        max_size=3,
    )
)
def test_any_polygons_are_rasterised_as_by_pycocotools(polygons: list[list[tuple[float, float]]]) -> None:
    flat = [[coordinate for point in polygon for coordinate in point] for polygon in polygons]
    expected = pycocotools_mask.merge(pycocotools_mask.frPyObjects(flat, 25, 35))
    assert from_polygons(flat, (25, 35))["counts"] == expected["counts"].decode()


def test_several_polygons_are_one_mask() -> None:
    left, right = [1.0, 1, 4, 1, 4, 4, 1, 4], [3.0, 3, 8, 3, 8, 8, 3, 8]
    size = (10, 10)
    both = from_polygons([left, right], size)
    assert both == union([from_polygons([left], size), from_polygons([right], size)])
    assert area(both) == 9 + 25 - 1


@pytest.mark.parametrize(
    ("polygon", "reason"),
    [
        ([1, 1, 5, 1, 5], "polygon 1 has 5 numbers, an odd count"),
        ([1, 1, 5, 5], "polygon 1 has 2 points; a polygon needs at least 3"),
        ([], "polygon 1 has 0 points"),
        ([1, 1, 5, float("nan"), 5, 5], "polygon 1 holds NaN or infinity"),
        ([1, 1, 5, float("inf"), 5, 5], "polygon 1 holds NaN or infinity"),
        ([[1, 1], [5, 1], [5, 5]], "polygon 1 is not a flat list of numbers"),
        ([1, 1, 5, "five", 5, 5], "polygon 1 is not a flat list of numbers"),
        (None, "polygon 1 is not a flat list of numbers"),
        ({"x": 1}, "polygon 1 is not a flat list of numbers"),
    ],
)
def test_a_malformed_polygon_is_refused_with_its_reason(polygon: Any, reason: str) -> None:
    with pytest.raises(MaskError, match=reason):
        as_rle([[1, 1, 5, 1, 5, 5], polygon], (10, 10))


@pytest.mark.parametrize("segmentation", [None, 7, "P137"])
def test_a_segmentation_of_another_type_is_refused(segmentation: Any) -> None:
    with pytest.raises(MaskError, match="is a list of polygons or an RLE, not"):
        as_rle(segmentation, (10, 10))


def test_an_rle_of_another_size_than_its_photo_is_refused() -> None:
    with pytest.raises(MaskError, match=r"size \[4, 5\], but its photo has \[5, 4\]"):
        as_rle(encode(np.ones((4, 5))), (5, 4))


def test_coordinates_far_outside_the_photo_cost_no_memory() -> None:
    far = 1e12
    assert area(from_polygons([[-far, -far, far, -far, far, far, -far, far]], (10, 10))) == 100


POLYGON = st.lists(st.floats(0, 40), min_size=6, max_size=16).filter(lambda numbers: len(numbers) % 2 == 0)


@given(polygons=st.lists(POLYGON, min_size=1, max_size=5))
def test_joined_polygons_cover_what_lies_in_an_odd_number_of_them(polygons: list[list[float]]) -> None:
    odd = np.logical_xor.reduce([decode(from_polygons([polygon], (40, 40))) for polygon in polygons])
    np.testing.assert_array_equal(decode(from_polygons([join(polygons)], (40, 40))), odd)


def test_one_polygon_alone_is_joined_as_it_is() -> None:
    assert join([[1, 1, 5, 1, 5, 5, 5, 5]]) == [1, 1, 5, 1, 5, 5, 5, 5]
