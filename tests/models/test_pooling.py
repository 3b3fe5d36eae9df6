"""RoIAlign against what can be worked out by hand, and its level of the pyramid."""

import pytest
import torch

from wildwear.models.pooling import PyramidPool
from wildwear.models.proposals import cut_masks


def ramp(height: int, width: int, stride: int) -> torch.Tensor:
    """A map whose cells hold the x of their own centres in the photo, (1, 1, h, w)."""
    centres = (torch.arange(width) + 0.5) * stride
    return centres.expand(1, 1, height, width).clone()


@pytest.mark.parametrize("sampling_ratio", [0, 2])
def test_aligned_cells_hold_the_mean_of_what_they_cover(sampling_ratio: int) -> None:
    pool = PyramidPool({"0": 4}, 7, sampling_ratio, aligned=True)
    box = torch.tensor([[10.0, 8, 59, 50]])
    (found,) = pool({"0": ramp(16, 24, 4)}, [box])
    # The mean of a ramp over a cell is the ramp at its centre: 10 px and (k + ½) of 7 px.
    expected = 10 + (torch.arange(7) + 0.5) * 7
    torch.testing.assert_close(found[0], expected.expand(7, 7))


def test_unaligned_cells_lie_half_a_cell_of_the_map_further_right() -> None:
    box = torch.tensor([[10.0, 8, 59, 50]])
    aligned, unaligned = (
        PyramidPool({"0": 4}, 7, 2, aligned=aligned)({"0": ramp(16, 24, 4)}, [box])
        for aligned in (True, False)
    )
    torch.testing.assert_close(unaligned, aligned + 2.0)


def test_without_a_ratio_there_are_as_many_samples_as_cells_of_the_map() -> None:
    # One bright column in a box of 32 cells, cut into 2: two samples a side step over it, sixteen do not.
    feature = torch.zeros(1, 1, 32, 32)
    feature[..., 8] = 1
    box = torch.tensor([[0.0, 0, 32, 32]])
    sparse, dense = (
        PyramidPool({"0": 1}, 2, ratio, aligned=True)({"0": feature}, [box])[0, 0] for ratio in (2, 0)
    )
    assert sparse[0, 0] == 0
    torch.testing.assert_close(dense[0], torch.tensor([1 / 16, 0.0]))


def test_a_box_is_cut_from_the_level_of_its_size() -> None:
    strides = {"0": 4, "1": 8, "2": 16, "3": 32}
    levels = {
        name: torch.full((2, 1, 512 // stride, 512 // stride), float(stride))
        for name, stride in strides.items()
    }
    sides = [20.0, 111.0, 112.0, 223.0, 224.0, 447.0, 448.0]
    boxes = torch.tensor([[0, 0, side, side] for side in sides])
    pooled = PyramidPool(strides, 7, 2)(levels, [boxes[:3], boxes[3:]])
    assert pooled[:, 0, 3, 3].tolist() == [4, 4, 8, 8, 16, 16, 32]


def test_an_aligned_mask_target_is_the_mask_itself_pixel_by_pixel() -> None:
    masks = torch.zeros(2, 40, 40, dtype=torch.uint8)
    masks[1, 15:30, 12:20] = 1
    box = torch.tensor([[10.0, 10, 38, 38]])
    matched = torch.tensor([1])
    assert torch.equal(cut_masks(masks, matched, box, 28, aligned=True)[0], masks[1, 10:38, 10:38].float())
    half = cut_masks(masks, matched, box, 28, aligned=False)[0]
    assert half[10, 1] == 0.5  # the column left of the mask's first: it lies half a pixel too far left
    assert half[10, 9] == 0.5
