"""A cut-out holds its garment and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import Rle, encode
from wildwear.reporting import cut_out


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(1, 256, (60, 80, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def ring() -> Rle:
    mask = np.zeros((60, 80), dtype=bool)
    mask[10:40, 20:60] = True
    mask[20:30, 30:50] = False
    return encode(mask)


def test_it_is_cropped_to_its_garment(photo: NDArray[np.uint8], ring: Rle) -> None:
    assert cut_out(photo, ring).shape == (30, 40, 4)


def test_it_shows_the_photo_inside_and_hides_it_outside(photo: NDArray[np.uint8], ring: Rle) -> None:
    picture = cut_out(photo, ring)
    inside = np.ones((30, 40), dtype=bool)
    inside[10:20, 10:30] = False
    assert np.array_equal(picture[inside][:, :3], photo[10:40, 20:60][inside])
    assert (picture[inside][:, 3] > 0).all()
    assert (picture[~inside] == 0).all()
    assert picture[5, 5, 3] == 255
