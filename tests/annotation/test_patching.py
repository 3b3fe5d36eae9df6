"""A click puts an outline right, up to where the photo's colours part."""

from functools import partial

import cv2
import numpy as np
import pytest

import made_shapes
from made_shapes import overlap, photo_of
from wildwear.annotation.patching import patched
from wildwear.annotation.snapping import Mask
from wildwear.imaging.arrays import Pixels

SIZE = HEIGHT, WIDTH = 300, 240  # pixels
shape = partial(made_shapes.shape, SIZE)

BODY, SLEEVE = (
    shape((60, 60), (150, 60), (150, 240), (60, 240)),
    shape((151, 60), (200, 60), (200, 110), (151, 110)),
)
SHIRT = BODY | SLEEVE


@pytest.fixture
def photo() -> Pixels:
    """A shirt with a sleeve, of another colour than what is around it, both with the noise of cloth."""
    return photo_of(SHIRT)


def test_a_click_beside_an_outline_adds_the_region_there_up_to_its_edges(photo: Pixels) -> None:
    assert overlap(BODY, SHIRT) < 0.9
    assert overlap(patched(photo, BODY, (175.0, 85.0)), SHIRT) > 0.98


def test_a_click_in_an_outline_takes_the_region_there_away(photo: Pixels) -> None:
    too_much = SHIRT | shape((60, 241), (150, 241), (150, 285), (60, 285))
    assert overlap(patched(photo, too_much, (105.0, 263.0)), SHIRT) > 0.98


def test_a_click_only_adds_or_only_takes_away(photo: Pixels) -> None:
    rough = shape((64, 56), (146, 66), (154, 236), (56, 244))
    assert patched(photo, rough, (175.0, 85.0))[rough].all()
    assert not (patched(photo, rough, (100.0, 150.0)) & ~rough).any()


def test_a_part_that_lies_apart_is_added(photo: Pixels) -> None:
    other = shape((180, 180), (215, 180), (215, 230), (180, 230))
    photo[other] = (30, 140, 60)
    assert overlap(patched(photo, BODY, (197.0, 205.0)), BODY | other) > 0.97


def test_a_click_beside_the_photo_means_its_border(photo: Pixels) -> None:
    assert patched(photo, BODY, (-50.0, 1e5)).shape == SIZE
    assert patched(photo, ~np.zeros(SIZE, np.bool_), (9e4, -3.0)).shape == SIZE


def test_a_large_photo_is_patched_at_its_own_size(photo: Pixels) -> None:
    def enlarged(mask: Mask) -> Mask:
        return cv2.resize(mask.astype(np.uint8), None, fx=5, fy=5, interpolation=cv2.INTER_NEAREST) > 0

    large = cv2.resize(photo, None, fx=5, fy=5, interpolation=cv2.INTER_LINEAR)
    assert overlap(patched(large, enlarged(BODY), (875.0, 425.0)), enlarged(SHIRT)) > 0.97
