"""Masks that look odd."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.datasets.health import pixels
from wildwear.datasets.health.chunk import Chunk
from wildwear.datasets.health.outlines import check_polygons
from wildwear.datasets.health.pixels import MANY_SPECKS, SPECK, check_pixels, draw_all
from wildwear.datasets.health.problems import Kind

SIZE = (100, 120)


def kinds_of(mask: Any, *, polygons: bool, iscrowd: int = 0) -> list[Kind]:
    rle = imaging.encode(mask)
    segmentation = imaging.to_polygons(rle).polygons if polygons else rle
    annotation = {"image_id": 1, "category_id": 1, "iscrowd": iscrowd, "segmentation": segmentation}
    chunk = Chunk({0: annotation}, {0: SIZE}, [])
    check_pixels(chunk, draw_all(chunk, check_polygons(chunk)), {})
    return [problem.kind for problem in chunk.found]


def empty() -> np.ndarray[Any, Any]:
    return np.zeros(SIZE, np.uint8)


@pytest.mark.parametrize("polygons", [True, False])
def test_a_mask_of_nearly_the_whole_photo_is_odd_and_a_large_one_is_not(polygons: bool) -> None:
    mask = empty()
    mask[:, :100] = 1
    assert kinds_of(mask, polygons=polygons) == []
    mask[:, 100:115] = 1
    assert kinds_of(mask, polygons=polygons) == [Kind.WHOLE_PHOTO]
    assert kinds_of(mask, polygons=polygons, iscrowd=1) == []


@pytest.mark.parametrize("polygons", [True, False])
def test_many_specks_are_odd_and_several_parts_are_not(polygons: bool) -> None:
    mask = empty()
    mask[10:60, 10:60] = 1
    mask[70:90:4, 10:90:20] = 1  # 20 specks
    assert kinds_of(mask, polygons=polygons) == [Kind.SPECKS]
    assert kinds_of(mask, polygons=polygons, iscrowd=1) == []
    halves = empty()
    halves[10:60, 10:90] = 1
    halves[:, 20:90:10] = 0  # a fence in front
    assert kinds_of(halves, polygons=polygons) == []


@given(st.integers(0, 2**32 - 1), st.floats(0.4, 3), st.floats(-2, 3))
@settings(max_examples=100, deadline=None)
def test_specks_of_an_rle_are_those_that_labelling_every_pixel_finds(
    seed: int, blur: float, level: float
) -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(SIZE), (0, 0), blur)
    mask = noise > level * noise.std()
    measures = cv2.connectedComponentsWithStats(mask.view(np.uint8))[2][1:, cv2.CC_STAT_AREA]
    many = (measures < SPECK * mask.sum()).sum() >= MANY_SPECKS
    assert (Kind.SPECKS in kinds_of(mask, polygons=False)) == many


def test_no_rle_of_few_parts_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    decode = pixels.hotcoco_mask.decode
    monkeypatch.setattr(pixels.hotcoco_mask, "decode", lambda rle: drawn.append(1) or decode(rle))
    mask = empty()
    mask[10:60, 10:60] = mask[70:90, 20:100] = 1
    assert kinds_of(mask, polygons=False) == []
    assert not drawn
    mask[5, 1:119:2] = 1
    assert kinds_of(mask, polygons=False) == [Kind.SPECKS]
    assert drawn


@pytest.mark.parametrize("polygons", [True, False])
def test_a_few_pixels_are_odd(polygons: bool) -> None:
    mask = empty()
    mask[5:9, 5:9] = 1
    assert kinds_of(mask, polygons=polygons) == [Kind.TINY]
    mask[5:12, 5:12] = 1
    assert kinds_of(mask, polygons=polygons) == []


def test_a_mask_without_a_pixel_is_only_that() -> None:
    assert kinds_of(empty(), polygons=False) == [Kind.EMPTY_MASK]
