"""Photos on their way into the model."""

import numpy as np
import pytest

from wildwear.inference.card import Input
from wildwear.inference.preparing import prepare, stack

SHAPE = Input(long_side=64, multiple=32, pad_value=127)


def photo(height: int, width: int, value: int = 200) -> np.ndarray:
    return np.full((height, width, 3), value, dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((128, 96), (64, 48)),
        ((48, 480), (6, 64)),
        ((64, 30), (64, 30)),
        ((20, 16), (40, 32)),  # twofold at most
        ((1, 1), (2, 2)),
        ((1, 6400), (1, 64)),  # never nothing
    ],
)
def test_the_long_side_fits_the_model(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert prepare(photo(*size), 64).pixels.shape == (*expected, 3)


def test_the_scale_leads_back_to_the_photo_on_both_axes() -> None:
    prepared = prepare(photo(101, 77), 64)
    height, width = prepared.pixels.shape[:2]
    assert np.allclose(np.array([77, 101, 77, 101]) * prepared.scale, [width, height, width, height])


def test_photos_of_a_batch_lie_top_left_on_padding() -> None:
    batch = stack([prepare(photo(128, 96), 64), prepare(photo(30, 40, 10), 64)], SHAPE)
    assert batch.shape == (2, 64, 64, 3)
    assert (batch[0, :64, :48] == 200).all()
    assert (batch[0, :, 48:] == 127).all()
    assert (batch[1, :48, :64] == 10).all()
    assert (batch[1, 48:] == 127).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1200, 1600), (800, 1067)),  # the thesis' photos of 3:4,
        ((1600, 1000), (1280, 800)),
        ((800, 2000), (533, 1333)),  # and one that is too long for its short side
    ],
)
def test_a_model_that_names_a_short_side_gets_it_within_its_long_side(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert prepare(photo(*size), 1333, 800).pixels.shape == (*expected, 3)
