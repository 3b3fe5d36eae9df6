"""torchvision's weights: those that it publishes, and files with the names of its `MaskRCNN` or `ResNet`."""

from __future__ import annotations

import re

from torch import Tensor
from torchvision.models import ResNet101_Weights, detection

from wildwear.models.config import ModelConfig
from wildwear.models.transfer import BODY, Weights

PUBLISHED = {
    "resnet50": detection.MaskRCNN_ResNet50_FPN_Weights.COCO_V1,
    "resnet50_v2": detection.MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1,
    "resnet101": ResNet101_Weights.IMAGENET1K_V2,
}
# Labels 1 … 90 by COCO's own ids, of which ten stand for nothing ("N/A"), and the 80 that occur.
COCO_LABELS: list[str] = PUBLISHED["resnet50"].meta["categories"][1:]
COCO_NAMES = [name for name in COCO_LABELS if name != "N/A"]

# Names of torchvision before 0.13, in which its COCO weights of 2019 are written; its modules rename them as
# they load, but only a whole network at once.
RENAMED = (
    (re.compile(r"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.(\w+)$"), r"\1.0.\2"),
    (re.compile(r"^(rpn\.head\.conv)\.(\w+)$"), r"\1.0.0.\2"),
)
MASK_LAYER = re.compile(r"^roi_heads\.mask_head\.mask_fcn(\d)\.")


def has_published_weights(config: ModelConfig) -> bool:
    """Whether there is something to download for a network."""
    return config.backbone in PUBLISHED and config.lineage == "torchvision"


def download(backbone: str) -> Weights:
    """torchvision's weights: COCO's for R50-FPN and v2; ImageNet's, of the backbone alone, for R101."""
    return from_torchvision(PUBLISHED[backbone].get_state_dict(progress=True, check_hash=True))


def from_torchvision(state: dict[str, Tensor]) -> Weights:
    """A state dict of torchvision's `MaskRCNN`, or of its `ResNet`, as weights.

    Categories are COCO's where there are as many as in torchvision's own; else they are not known.
    """
    whole = any(name.startswith("backbone.") for name in state)
    tensors, origin, unused = {}, {}, {}
    for name, tensor in state.items():
        own = current_name(name) if whole else f"{BODY}{name}"
        if own.startswith(f"{BODY}fc."):
            unused[name] = "ImageNet's categories"
            continue
        tensors[own], origin[own] = tensor, name
    scores = tensors.get("roi_heads.box_predictor.cls_score.bias")
    is_coco = scores is not None and len(scores) == len(COCO_LABELS) + 1
    return Weights(tensors, origin, COCO_LABELS if is_coco else None, unused)


def current_name(name: str) -> str:
    """A weight's name in torchvision today."""
    for old, new in RENAMED:
        name = old.sub(new, name)
    return MASK_LAYER.sub(lambda match: f"roi_heads.mask_head.{int(match[1]) - 1}.0.", name)
