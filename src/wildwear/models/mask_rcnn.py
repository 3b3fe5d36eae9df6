"""`GarmentRcnn`: Mask R-CNN of torchvision's parts, which `architectures` puts together."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from wildwear.models.backbones import EfficientNetLite
from wildwear.models.proposals import GarmentHeads, RegionAwareRpn, SemanticBranch, Target

if TYPE_CHECKING:
    from wildwear.models.config import ModelConfig

Normalisation = tuple[tuple[float, float, float], tuple[float, float, float]]

MULTIPLE = 32  # the coarsest backbone stride: photos are padded to it
PAD_VALUE = 127  # grey: near zero after normalisation


class PyramidBackbone(nn.Module):
    """A Lite backbone, a feature pyramid at strides 8 to 64 and, if wanted, the semantic map at stride 4."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.body = EfficientNetLite(
            config.backbone, config.pretrained, config.frozen_stages, config.pointwise_only
        )
        fine, *coarse = self.body.channels
        self.fpn = FeaturePyramidNetwork(coarse, config.fpn_channels, LastLevelMaxPool())
        self.semantic = (
            SemanticBranch(
                [fine] + [config.fpn_channels] * len(coarse), config.semantic_channels, config.num_classes
            )
            if config.semantic_channels
            else None
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(b, 3, h, w) to pyramid levels `0`, `1`, `2`, `pool` and `semantic`."""
        fine, *coarse = self.body(x)
        levels: dict[str, Tensor] = self.fpn(
            OrderedDict((str(index), level) for index, level in enumerate(coarse))
        )
        if self.semantic is not None:
            levels["semantic"] = self.semantic([fine, levels["0"], levels["1"], levels["2"]])
        return levels


class GarmentRcnn(nn.Module):
    """Photos in, losses (with targets, in training) or detections out; keys are torchvision's."""

    mean: Tensor
    deviation: Tensor
    backbone: Any  # PyramidBackbone, or torchvision's BackboneWithFPN

    def __init__(
        self,
        config: ModelConfig,
        backbone: nn.Module,
        rpn: RegionAwareRpn,
        roi_heads: GarmentHeads,
        normalisation: Normalisation,
    ) -> None:
        super().__init__()
        self.config = config
        self.backbone = backbone
        self.rpn = rpn
        self.roi_heads = roi_heads
        mean, deviation = normalisation
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1), persistent=False)

    def forward(
        self, photos: list[Tensor], targets: list[Target] | None = None
    ) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
        """Run over photos of any size.

        Args:
            photos: (3, h, w) uint8 RGB each.
            targets: for training, a photo each: `boxes` (n, 4) float32 xyxy px, `labels` (n,) int64,
                `masks` (n, h, w) uint8, `regions` (k, 4) float32 xyxy px that are not judged, `semantic` (h,
                w) uint8 with 255 for not
                judged.

        Returns:
            detections a photo (empty in training) and the losses by name (empty otherwise).
        """
        batch = pad_to_batch(photos)
        sizes = [(photo.shape[1], photo.shape[2]) for photo in photos]
        features = self.backbone(
            ((batch - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        )
        levels = [level for name, level in features.items() if name != "semantic"]
        proposals, rpn_losses = self.rpn(ImageList(batch, sizes), OrderedDict(enumerate(levels)), targets)
        detections, losses = self.roi_heads(features, proposals, sizes, targets)
        if not self.training or targets is None:
            return detections, {}
        losses |= {
            "objectness": rpn_losses["loss_objectness"],
            "proposal_box": rpn_losses["loss_rpn_box_reg"],
        }
        if "semantic" in features:
            losses["semantic"] = self.backbone.semantic.loss(
                features["semantic"], semantic_batch(targets, batch)
            )
        return detections, losses


def pad_to_batch(photos: list[Tensor]) -> Tensor:
    """Photos of several sizes top-left in one (b, 3, h, w) float32 batch whose sides are multiples of 32."""
    height, width = (-(-max(photo.shape[axis] for photo in photos) // MULTIPLE) * MULTIPLE for axis in (1, 2))
    batch = torch.full((len(photos), 3, height, width), float(PAD_VALUE), device=photos[0].device)
    for place, photo in zip(batch, photos, strict=True):
        place[:, : photo.shape[1], : photo.shape[2]] = photo
    return batch


def semantic_batch(targets: list[Target], batch: Tensor) -> Tensor:
    """The semantic targets at stride 4, padded with 255 (not judged) to the batch's size. (b, h/4, w/4)
    int64."""
    height, width = batch.shape[2], batch.shape[3]
    padded = [
        F.pad(
            t["semantic"], (0, width - t["semantic"].shape[1], 0, height - t["semantic"].shape[0]), value=255
        )
        for t in targets
    ]
    return torch.stack(padded)[:, 2::4, 2::4].long()
