"""`GarmentRcnn`: Mask R-CNN put together from torchvision's parts, in the shapes that `ModelConfig` names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import detection
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from wildwear.errors import ModelError
from wildwear.models.anchors import UnroundedAnchors
from wildwear.models.backbones import EfficientNetLite, stride_in_first_convolutions
from wildwear.models.config import ModelConfig
from wildwear.models.pooling import PyramidPool
from wildwear.models.proposals import (
    BoxHead,
    BoxPredictor,
    GarmentHeads,
    RegionAwareRpn,
    SemanticBranch,
    Target,
)
from wildwear.models.torchvision_weights import download, has_published_weights
from wildwear.models.transfer import Transfer, take_weights

RESNET_STRIDES = {"0": 4, "1": 8, "2": 16, "3": 32}
RESNET_ANCHORS = (32, 64, 128, 256, 512)  # px a side, on strides 4 to 64
MULTIPLE = 32  # the coarsest backbone stride: photos are padded to it
PAD_VALUE = 127  # grey: near zero after normalisation

# mean and deviation of the input, on the 0–255 scale, as the pretrained weights expect them
LITE_NORMALISATION = ((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
IMAGENET_NORMALISATION = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))

RPN: dict[str, Any] = {
    "fg_iou_thresh": 0.6, "bg_iou_thresh": 0.3, "batch_size_per_image": 128, "positive_fraction": 0.5,
    "pre_nms_top_n": {"training": 600, "testing": 500}, "post_nms_top_n": {"training": 400, "testing": 150},
    "nms_thresh": 0.7,
}  # fmt: skip
ROI: dict[str, Any] = {
    "fg_iou_thresh": 0.5, "bg_iou_thresh": 0.5, "batch_size_per_image": 64, "positive_fraction": 0.25,
    "bbox_reg_weights": None, "score_thresh": 0.01, "nms_thresh": 0.5, "detections_per_img": 100,
}  # fmt: skip


class PyramidBackbone(nn.Module):
    """A Lite backbone, a feature pyramid at strides 8 to 64 and, if wanted, the semantic map at stride 4."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.body = EfficientNetLite(config.backbone, config.pretrained, config.frozen_stages)
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
        self, config: ModelConfig, backbone: nn.Module, rpn: RegionAwareRpn, roi_heads: GarmentHeads
    ) -> None:
        super().__init__()
        self.config = config
        self.backbone = backbone
        self.rpn = rpn
        self.roi_heads = roi_heads
        mean, deviation = LITE_NORMALISATION if "lite" in config.backbone else IMAGENET_NORMALISATION
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
            Detections a photo (empty in training) and the losses by name (empty otherwise).
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


def build(config: ModelConfig) -> GarmentRcnn:
    """The network that a config describes, with its pretrained weights where the config asks for them."""
    return build_lite(config) if "lite" in config.backbone else build_resnet(config)


def build_lite(config: ModelConfig) -> GarmentRcnn:
    """`wildwear-s`: anchors at two scales an octave from stride 8 on, small heads."""
    backbone = PyramidBackbone(config)
    anchors = AnchorGenerator(
        sizes=((24, 40), (64, 96), (136, 190), (270, 380)), aspect_ratios=((0.5, 1.0, 2.0),) * 4
    )
    rpn = RegionAwareRpn(anchors, RPNHead(config.fpn_channels, anchors.num_anchors_per_location()[0]), **RPN)
    strides = {"0": 8, "1": 16, "2": 32}
    mask_in = config.semantic_channels or config.fpn_channels
    roi_heads = GarmentHeads(
        semantic=config.semantic_channels > 0,
        box_roi_pool=PyramidPool(strides, output_size=7, sampling_ratio=2),
        box_head=BoxHead(config.fpn_channels + config.semantic_channels, 96, config.box_features),
        box_predictor=BoxPredictor(config.box_features, config.num_classes),
        mask_roi_pool=PyramidPool(strides, output_size=14, sampling_ratio=2),
        mask_head=MaskRCNNHeads(mask_in, (config.mask_channels,) * 3, dilation=1),
        mask_predictor=MaskRCNNPredictor(config.mask_channels, config.mask_channels, config.num_classes),
        **ROI,
    )
    return GarmentRcnn(config, backbone, rpn, roi_heads)


def build_resnet(config: ModelConfig) -> GarmentRcnn:
    """torchvision's own Mask R-CNN (R50-FPN, R101-FPN, or its v2 recipe) with region-aware sampling; keys
    stay theirs.

    What the lineage decides besides: where blocks stride, how anchors are laid, how RoIAlign samples.
    """
    is_detectron2 = config.lineage == "detectron2"
    if config.backbone == "resnet50_v2":
        whole = detection.maskrcnn_resnet50_fpn_v2(
            weights=None, weights_backbone=None, num_classes=config.num_classes
        )
    else:
        body = resnet_fpn_backbone(
            backbone_name=config.backbone, weights=None, trainable_layers=max(0, 5 - config.frozen_stages)
        )
        whole = detection.MaskRCNN(body, num_classes=config.num_classes)
        if is_detectron2:
            stride_in_first_convolutions(body.body)
        elif config.backbone == "resnet50":
            overwrite_eps(whole, 0.0)  # the published COCO weights were trained so

    heads = whole.roi_heads
    anchors = detectron2_anchors() if is_detectron2 else whole.rpn.anchor_generator
    rpn = RegionAwareRpn(anchors, whole.rpn.head, **(RPN | {"fg_iou_thresh": 0.7}))
    sampling: dict[str, Any] = {"sampling_ratio": 0 if is_detectron2 else 2, "aligned": is_detectron2}
    roi_heads = GarmentHeads(
        box_roi_pool=PyramidPool(RESNET_STRIDES, output_size=7, **sampling),
        box_head=heads.box_head,
        box_predictor=heads.box_predictor,
        mask_roi_pool=PyramidPool(RESNET_STRIDES, output_size=14, **sampling),
        mask_head=heads.mask_head,
        mask_predictor=heads.mask_predictor,
        **ROI,
    )
    model = GarmentRcnn(config, whole.backbone, rpn, roi_heads)
    if config.pretrained:
        load_published_weights(model)
    return model


def detectron2_anchors() -> UnroundedAnchors:
    """The anchors of Detectron2's FPN configs."""
    return UnroundedAnchors(RESNET_ANCHORS, [4 * 2**level for level in range(len(RESNET_ANCHORS))])


def load_published_weights(model: GarmentRcnn, categories: Sequence[str] = ()) -> Transfer:
    """Download torchvision's weights for a ResNet and load them.

    Args:
        model: changed in place.
        categories: what its labels 1 … n stand for; its predictors are made anew unless all are COCO's.

    Raises:
        ModelError: there are none for this network.
    """
    config = model.config
    if not has_published_weights(config):
        raise ModelError(
            f"there are no weights to download for {config.backbone} of {config.lineage}: "
            "name a file as `start`, or set model.pretrained=false"
        )
    return take_weights(model, download(config.backbone), categories)
