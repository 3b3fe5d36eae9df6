"""Rough outlines end where the photo's colours part."""

from functools import partial

import cv2
import numpy as np
import pytest

import made_shapes
from made_shapes import overlap, photo_of
from wildwear.annotation.snapping import Mask, snapped
from wildwear.imaging.arrays import Pixels

HEIGHT, WIDTH = 600, 480  # pixels
NOTHING = np.zeros((HEIGHT, WIDTH), np.bool_)
shape = partial(made_shapes.shape, (HEIGHT, WIDTH))

GARMENT = shape((120, 100), (360, 100), (360, 500), (120, 500))
ROUGH = shape((124, 103), (356, 96), (364, 497), (116, 496))


@pytest.fixture
def photo() -> Pixels:
    """A garment of another colour than what is around it, both with the noise of cloth."""
    return photo_of(GARMENT)


def test_an_outline_moves_to_the_edges_around_it(photo: Pixels) -> None:
    assert overlap(ROUGH, GARMENT) < 0.975
    assert overlap(snapped(photo, ROUGH, NOTHING), GARMENT) > 0.985


def test_no_outline_moves_farther_than_its_band(photo: Pixels) -> None:
    far = shape((120, 100), (360, 100), (360, 440), (120, 440))  # ends 60 px above the hem
    moved = snapped(photo, far, NOTHING)
    rows = np.flatnonzero(moved.any(axis=1))
    assert rows[-1] < 447


def test_what_lies_on_top_is_left_out_and_stays_as_it_was_drawn(photo: Pixels) -> None:
    bag = shape((300, 240), (460, 240), (460, 400), (300, 400))
    photo[bag] = (20, 20, 20)
    moved = snapped(photo, ROUGH, bag)
    assert np.array_equal(moved[bag], ROUGH[bag])
    assert overlap(moved & ~bag, GARMENT & ~bag) > 0.98


def test_what_is_wholly_covered_or_has_no_edge_near_stays(photo: Pixels) -> None:
    assert np.array_equal(snapped(photo, ROUGH, ~NOTHING), ROUGH)
    assert np.array_equal(snapped(photo, NOTHING, NOTHING), NOTHING)
    even = np.full_like(photo, 128)
    assert overlap(snapped(even, ROUGH, NOTHING), ROUGH) > 0.95


def test_thin_small_and_parted_garments_keep_their_parts(photo: Pixels) -> None:
    belt = shape((60, 150), (180, 150), (180, 152), (60, 152))
    speck = shape((10, 10), (12, 10), (12, 12), (10, 12))
    moved = snapped(photo, belt | speck, NOTHING)
    assert moved[belt].any()
    assert moved[speck].any()


def test_a_garment_at_the_photos_border_stays_at_it() -> None:
    photo = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    garment = shape((0, 200), (240, 200), (240, 599), (0, 599))
    photo[garment] = (30, 60, 90)
    moved = snapped(photo, shape((0, 204), (236, 203), (243, 599), (0, 599)), NOTHING)
    assert moved[599, 50]
    assert moved[400, 0]
    assert overlap(moved, garment) > 0.985


def test_large_photos_are_snapped_at_their_own_size(photo: Pixels) -> None:
    large = cv2.resize(photo, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)

    def enlarged(mask: Mask) -> Mask:
        return cv2.resize(mask.astype(np.uint8), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST) > 0

    moved = snapped(large, enlarged(ROUGH), enlarged(NOTHING))
    assert moved.shape == large.shape[:2]
    assert overlap(moved, enlarged(GARMENT)) > 0.98
