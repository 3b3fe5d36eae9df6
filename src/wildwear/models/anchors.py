"""Anchors as Detectron2 lays them: of the very sizes asked for, at strides that are known.

torchvision rounds the corners of its anchors to whole pixels, and takes the photo's side over the map's,
rounded down, as the stride, which is another one where a map's side was odd.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList


class UnroundedAnchors(AnchorGenerator):
    """One size a level, in three shapes (height over width 0.5, 1, 2), centred on the cells' first corners.

    Args:
        sizes: square root of an anchor's area, px, for each level.
        strides: px of the network's input a cell of each level spans.

    Source: detectron2/modeling/anchor_generator.py, `DefaultAnchorGenerator` with an offset of 0.
    """

    def __init__(self, sizes: Sequence[int], strides: Sequence[int]) -> None:
        self.strides = tuple(strides)
        super().__init__(tuple((size,) for size in sizes), ((0.5, 1.0, 2.0),) * len(sizes))

    def generate_anchors(
        self,
        scales: Sequence[float],
        aspect_ratios: Sequence[float],
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
    ) -> Tensor:
        """Anchors around zero, (scales * ratios, 4) xyxy px."""
        halves = [(s / r**0.5 / 2, s * r**0.5 / 2) for s in scales for r in aspect_ratios]
        return torch.tensor([(-x, -y, x, y) for x, y in halves], dtype=dtype, device=device)

    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        """All anchors of each photo, (n, 4) xyxy px."""
        self.set_cell_anchors(feature_maps[0].dtype, feature_maps[0].device)
        sides = [list(level.shape[-2:]) for level in feature_maps]
        strides = [[feature_maps[0].new_full((), stride)] * 2 for stride in self.strides]
        anchors = torch.cat(self.grid_anchors(sides, strides))
        return [anchors] * len(image_list.image_sizes)
