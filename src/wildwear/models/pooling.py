"""RoIAlign over a feature pyramid whose strides are known.

torchvision's `MultiScaleRoIAlign` guesses the strides from the first batch that it sees, which goes wrong for
small photos in a padded batch; and it cannot align the half pixel that Detectron2 aligns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torchvision.ops import roi_align
from torchvision.ops.poolers import LevelMapper, _convert_to_roi_format


class PyramidPool(nn.Module):
    """Cuts each box out of the level that suits its size, as an output of one size.

    Args:
        strides: pixels of the network's input a cell of each level spans, by the level's name, finest first.
        output_size: cells a side of what comes out.
        sampling_ratio: samples a cell and side; 0: as many as the box has cells of the map.
        aligned: whether the centre of the first pixel lies at one half, as in Detectron2's "ROIAlignV2", and
            not at zero, as torchvision's published weights expect it.

    Source: Lin et al., "Feature Pyramid Networks", CVPR 2017, section 4.2, equation 1 (levels); He et al.,
    "Mask R-CNN", ICCV 2017, section 3 (RoIAlign).
    """

    def __init__(
        self, strides: Mapping[str, int], output_size: int, sampling_ratio: int, *, aligned: bool = False
    ) -> None:
        super().__init__()
        self.strides = dict(strides)
        self.output_size = output_size
        self.sampling_ratio = sampling_ratio
        self.aligned = aligned
        finest, coarsest = min(strides.values()), max(strides.values())
        self.level_of = LevelMapper(int(math.log2(finest)), int(math.log2(coarsest)))

    def forward(
        self, features: Mapping[str, Tensor], boxes: list[Tensor], _: Sequence[tuple[int, int]] = ()
    ) -> Tensor:
        """Levels (b, c, h, w) by name and boxes (n_i, 4) xyxy px a photo to (sum of n_i, c, m, m)."""
        rois = _convert_to_roi_format(boxes)
        if len(self.strides) == 1:
            ((name, stride),) = self.strides.items()
            return self.cut(features[name], rois, stride)
        levels = self.level_of(boxes)
        pooled = None
        for level, (name, stride) in enumerate(self.strides.items()):
            here = levels == level
            cut = self.cut(features[name], rois[here], stride)
            if pooled is None:
                pooled = cut.new_zeros((len(rois), *cut.shape[1:]))
            pooled[here] = cut.to(pooled.dtype)
        assert pooled is not None
        return pooled

    def cut(self, feature: Tensor, rois: Tensor, stride: int) -> Tensor:
        """RoIAlign on one level: rois (n, 5) of the photo's place in the batch and xyxy px."""
        cut: Tensor = roi_align(
            feature, rois, self.output_size, 1 / stride, self.sampling_ratio, aligned=self.aligned
        )
        return cut
