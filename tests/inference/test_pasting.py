"""Masks land on the pixels that they are about."""

import cv2
import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.nn.functional import grid_sample

from wildwear.imaging import decode
from wildwear.inference.pasting import paste, under_box, without_specks

FloatArray = NDArray[np.float32]


def reference(probability: FloatArray, box: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Detectron2's `_do_paste_mask`: sample the small mask at the centre of every pixel of the photo."""
    x1, y1, x2, y2 = torch.tensor(box, dtype=torch.float64)
    x = (torch.arange(size[1], dtype=torch.float64) + 0.5 - x1) / (x2 - x1) * 2 - 1
    y = (torch.arange(size[0], dtype=torch.float64) + 0.5 - y1) / (y2 - y1) * 2 - 1
    grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], dim=-1)
    mask = torch.tensor(probability, dtype=torch.float64)[None, None]
    sampled: FloatArray = grid_sample(mask, grid[None], align_corners=False)[0, 0].numpy()
    return sampled


corners = st.floats(-30, 90, width=32)
sides = st.floats(0.5, 120, width=32)


@settings(deadline=None)
@given(corners, corners, sides, sides, st.integers(0, 2**32 - 1), st.sampled_from([1, 7, 28]))
def test_a_mask_is_pasted_as_detectron2_does(
    x: float, y: float, width: float, height: float, seed: int, cells: int
) -> None:
    probability = np.random.default_rng(seed).random((cells, cells), dtype=np.float32)
    box = np.array([x, y, x + width, y + height], dtype=np.float32)
    expected = reference(probability, box, (60, 80))
    crop, top, left = under_box(probability, box, (60, 80))
    pasted = np.zeros((60, 80), dtype=np.float32)
    pasted[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
    certain = np.abs(expected - 0.5) > 1e-4  # float32 against float64
    assert np.array_equal((pasted > 0.5)[certain], (expected > 0.5)[certain])


def test_a_full_mask_covers_the_pixels_whose_centre_lies_well_inside_its_box() -> None:
    mask = decode(paste(np.ones((28, 28), np.float32), np.array([10, 20, 66, 76], np.float32), (100, 100)))
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 75, 10, 65)
    assert mask.sum() == 56 * 56


def test_moving_a_box_by_whole_pixels_moves_the_mask_by_as_many() -> None:
    probability = np.random.default_rng(0).random((28, 28), dtype=np.float32)
    box = np.array([10.3, 20.7, 60.1, 50.9], dtype=np.float32)
    here = decode(paste(probability, box, (100, 120)))
    there = decode(paste(probability, box + np.array([5, 3, 5, 3], np.float32), (100, 120)))
    assert np.array_equal(here[:-3, :-5], there[3:, 5:])


def test_a_box_outside_the_photo_gives_an_empty_mask() -> None:
    mask = paste(np.ones((28, 28), np.float32), np.array([200, 0, 220, 20], np.float32), (50, 50))
    assert mask["size"] == [50, 50]
    assert not decode(mask).any()


def test_a_box_without_area_gives_an_empty_mask() -> None:
    mask = paste(np.ones((28, 28), np.float32), np.array([10, 10, 10, 30], np.float32), (50, 50))
    assert not decode(mask).any()


def test_the_threshold_says_which_pixels_belong() -> None:
    probability = np.full((28, 28), 0.4, np.float32)
    box = np.array([0, 0, 50, 50], np.float32)
    assert not decode(paste(probability, box, (50, 50))).any()
    assert decode(paste(probability, box, (50, 50), threshold=0.3)).mean() > 0.9


def test_specks_under_a_hundredth_of_the_largest_part_go_and_no_others() -> None:
    mask = np.zeros((60, 60), dtype=bool)
    mask[:20, :20] = True
    mask[0, 0] = False  # 399 pixels
    mask[30:33, 30] = True  # 3: a speck
    mask[40:42, 40:42] = True  # 4: a hundredth, a shoe's lace say
    mask[20, 20] = True  # touches the largest at a corner: 400
    kept = without_specks(mask)
    assert (kept[30:33, 30].sum(), kept[40:42, 40:42].sum(), kept[:21, :21].sum()) == (0, 4, 400)
    assert np.array_equal(without_specks(kept), kept)


def test_a_mask_that_is_pasted_has_no_specks() -> None:
    probability = np.zeros((28, 28), np.float32)
    probability[2:16, 2:16] = 1
    probability[24, 24] = 1
    mask = decode(paste(probability, np.array([0, 0, 280, 280], np.float32), (300, 300)))
    assert mask[100, 100]
    assert not mask[200:].any()


@given(st.integers(0, 2**32 - 1), st.floats(0.6, 3), st.floats(-0.5, 2))
@settings(max_examples=50, deadline=None)
def test_specks_are_those_that_labelling_every_pixel_finds(seed: int, blur: float, level: float) -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((60, 80)), (0, 0), blur)
    mask = noise > level * noise.std()
    _, parts, measures, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = measures[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        assert not without_specks(mask).any()
    else:
        large = [part for part, area in enumerate(areas, start=1) if area >= 0.01 * areas.max()]
        assert np.array_equal(without_specks(mask), np.isin(parts, large))
