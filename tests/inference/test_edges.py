"""A mask's edge lies where the photo's colours part, not where a coarse grid put it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wildwear.imaging import decode
from wildwear.inference.edges import EVEN, at_edges, guided
from wildwear.inference.pasting import paste, under_box

SIZE = (200, 160)
BOX = np.array([38.5, 29.0, 121.5, 171.0], np.float32)
FLARED = np.array([[60, 30], [100, 30], [120, 170], [40, 170]])  # a skirt, x and y of its corners


def skirt() -> NDArray[np.bool_]:
    """Where it is in the photo."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    wide = np.interp(y, [30, 170], [20, 40])
    return (np.abs(x - 80) < wide) & (y > 30) & (y < 170)


def photographed(
    garment: int | tuple[int, int, int], around: int | tuple[int, int, int]
) -> NDArray[np.uint8]:
    photo = np.full((*SIZE, 3), around, dtype=np.uint8)
    photo[skirt()] = garment
    noise = np.random.default_rng(0).integers(-8, 9, photo.shape)
    return np.clip(photo.astype(int) + noise, 0, 255).astype(np.uint8)


def coarse(mask: NDArray[np.bool_], cells: int) -> NDArray[np.float32]:
    """The share of each cell under the box that is garment, as a network would give it."""
    values = np.arange(cells * 8, dtype=np.float32) + 0.5
    rows = (BOX[1] + values * (BOX[3] - BOX[1]) / len(values)).astype(int)
    columns = (BOX[0] + values * (BOX[2] - BOX[0]) / len(values)).astype(int)
    fine = mask[np.ix_(rows, columns)].astype(np.float32)
    return fine.reshape(cells, 8, cells, 8).mean(axis=(1, 3))


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def drawn(
    photo: NDArray[np.uint8], probability: NDArray[np.float32], threshold: float = 0.5
) -> NDArray[np.bool_]:
    mask, box = at_edges(probability, BOX, photo, threshold)
    return decode(paste(mask, box, SIZE, threshold=threshold)).astype(bool)


def pasted(probability: NDArray[np.float32]) -> NDArray[np.bool_]:
    return decode(paste(probability, BOX, SIZE)).astype(bool)


@pytest.mark.parametrize(
    ("garment", "around"), [((150, 30, 30), (40, 110, 60)), (190, 120)], ids=["colour", "grey"]
)
def test_an_edge_moves_to_where_the_colours_part(
    garment: int | tuple[int, int, int], around: int | tuple[int, int, int]
) -> None:
    rough = coarse(np.roll(skirt(), 3, axis=1), 14)
    assert iou(pasted(rough), skirt()) < 0.93
    assert iou(drawn(photographed(garment, around), rough), skirt()) > 0.97


def test_a_photo_without_edges_leaves_a_mask_as_it_was() -> None:
    rough = coarse(skirt(), 28)
    assert np.array_equal(drawn(photographed(120, 120), rough), pasted(rough))


def test_a_garment_that_its_box_cut_off_is_followed_out_of_it() -> None:
    photo = photographed((150, 30, 30), (40, 110, 60))
    tight = BOX - np.array([0, 0, 0, 2], np.float32)
    mask, box = at_edges(np.ones((28, 28), np.float32), tight, photo, 0.5)
    followed = decode(paste(mask, box, SIZE)).astype(bool)
    assert followed[169, 60:100].all()
    assert not followed[172:].any()


@settings(deadline=None)
@given(
    st.floats(-60, 220, width=32),
    st.floats(-60, 220, width=32),
    st.floats(0.25, 300, width=32),
    st.floats(0.25, 300, width=32),
    st.integers(0, 9),
)
def test_a_box_anywhere_and_of_any_size_is_drawn(
    x: float, y: float, width: float, height: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    photo = random.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    box = np.array([x, y, x + width, y + height], dtype=np.float32)
    mask, window = at_edges(random.random((28, 28), dtype=np.float32), box, photo, 0.5)
    assert np.isfinite(mask).all()
    crop, top, left = under_box(mask, window, SIZE)
    assert top >= 0
    assert left >= 0
    assert crop.shape[0] <= SIZE[0]


def test_the_filter_is_that_of_the_paper() -> None:
    """Equations 14 to 16, one window at a time."""
    random, radius = np.random.default_rng(1), 2
    colours = random.random((9, 8, 3), dtype=np.float32)
    mask = (random.random((9, 8)) > 0.5).astype(np.float32)
    around = {"pad_width": radius, "mode": "symmetric"}
    wide = np.stack([np.pad(colours[..., band], **around) for band in range(3)], axis=-1)
    slopes, rests = np.zeros((9, 8, 3)), np.zeros((9, 8))
    for row in range(9):
        for column in range(8):
            window = np.s_[row : row + 2 * radius + 1, column : column + 2 * radius + 1]
            guide, values = (
                wide[window].reshape(-1, 3).astype(np.float64),
                np.pad(mask, **around)[window].ravel(),
            )
            covariance = np.cov(guide.T, bias=True) + EVEN * np.eye(3)
            shared = (guide * values[:, None]).mean(axis=0) - guide.mean(axis=0) * values.mean()
            slopes[row, column] = np.linalg.solve(covariance, shared)
            rests[row, column] = values.mean() - slopes[row, column] @ guide.mean(axis=0)
    expected = np.zeros((9, 8))
    for row in range(9):
        for column in range(8):
            window = np.s_[row : row + 2 * radius + 1, column : column + 2 * radius + 1]
            slope = [np.pad(slopes[..., band], **around)[window].mean() for band in range(3)]
            expected[row, column] = (
                np.dot(slope, colours[row, column]) + np.pad(rests, **around)[window].mean()
            )
    assert np.allclose(guided(mask, colours, radius), expected, atol=1e-4)
