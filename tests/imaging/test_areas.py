"""Areas of many masks at once: the same numbers as one by one, through another door."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.errors import MaskError

Masks = list[list[list[float]]]


def one_by_one(masks: Masks, sizes: list[tuple[int, int]]) -> list[int]:
    return [imaging.area(imaging.from_polygons(mask, size)) for mask, size in zip(masks, sizes, strict=True)]


# Whole numbers, halves and fifths meet the middles of pixels exactly, where rounding decides.
COORDINATE = st.one_of(
    st.integers(-20, 60),
    st.sampled_from([step / 2 for step in range(-20, 120)]),
    st.sampled_from([step / 5 for step in range(0, 300)]),
    st.floats(-20, 60, allow_nan=False),
)
POLYGON = st.integers(3, 9).flatmap(lambda n: st.lists(COORDINATE, min_size=2 * n, max_size=2 * n))
MASK = st.tuples(st.lists(POLYGON, min_size=0, max_size=4), st.tuples(st.integers(1, 50), st.integers(1, 50)))


@settings(max_examples=300)
@given(st.lists(MASK, max_size=5))
def test_areas_are_those_of_the_rasterised_masks(
    masks: list[tuple[list[list[float]], tuple[int, int]]],
) -> None:
    polygons, sizes = [mask for mask, _ in masks], [size for _, size in masks]
    assert imaging.areas(polygons, sizes).tolist() == one_by_one(polygons, sizes)


def test_every_mask_of_modanets_validation_photos_has_its_area(shared: Path) -> None:
    document = json.loads((shared / "fixtures" / "modanet" / "instances_val.json").read_text())
    size = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    masks = [annotation["segmentation"] for annotation in document["annotations"]]
    sizes = [size[annotation["image_id"]] for annotation in document["annotations"]]
    assert imaging.areas(masks, sizes).tolist() == one_by_one(masks, sizes)


def test_long_edges_in_a_large_photo_do_not_run_over() -> None:
    random = np.random.default_rng(0)
    masks = [[random.uniform(0, 9000, 14).round(1).tolist() for _ in range(3)] for _ in range(4)]
    sizes = [(9000, 8000)] * 4
    assert imaging.areas(masks, sizes).tolist() == one_by_one(masks, sizes)


def test_a_mask_of_very_many_parts_counts_each_pixel_once() -> None:
    specks = [[x, 0, x + 2, 0, x + 2, 2, x, 2] for x in range(40)]
    assert imaging.areas([specks, specks[:1]], [(10, 100)] * 2).tolist() == [82, 4]


def test_masks_without_polygons_have_no_pixels() -> None:
    assert imaging.areas([], []).tolist() == []
    assert imaging.areas([[]], [(5, 5)]).tolist() == [0]


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        ([1, 1, 5, 1, 5], "odd count"),
        ([1, 1, 5, 1], "fewer than 3 points"),
        ([1, 1, 5, 1, float("nan"), 5], "NaN"),
        ([1, 1, 5, 1, 1e9, 5], "reaches farther than 16,777,216 px"),
        ([1, 1, 5, 1, 10**400, 5], "not a flat list of numbers"),
        ([1, 1, 5, 1, "a", 5], "not a flat list of numbers"),
        ([[1, 1], [5, 1], [5, 5], 1, 2, 3], "not a flat list of numbers"),
    ],
)
def test_a_malformed_polygon_is_refused(polygon: list[float], message: str) -> None:
    with pytest.raises(MaskError, match=message):
        imaging.areas([[[0, 0, 4, 0, 4, 4]], [polygon]], [(10, 10)] * 2)


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(MaskError, match="the size of a mask"):
        imaging.areas([[[0, 0, 4, 0, 4, 4]]], [(0, 10)])
