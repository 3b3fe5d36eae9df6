"""torchvision's weights, of its `MaskRCNN` or `ResNet`, in our names."""

from __future__ import annotations

import re

from torch import Tensor
from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights

from wildwear.models.transfer import BODY, Weights

# Labels 1 … 90 by COCO's own ids, of which ten stand for nothing ("N/A"), and the 80 that occur.
COCO_LABELS: list[str] = MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"][1:]
COCO_NAMES = [name for name in COCO_LABELS if name != "N/A"]

# Names of torchvision before 0.13, in which its COCO weights of 2019 are written; its modules rename them as
# they load, but only a whole network at once.
RENAMED = (
    (re.compile(r"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.(\w+)$"), r"\1.0.\2"),
    (re.compile(r"^(rpn\.head\.conv)\.(\w+)$"), r"\1.0.0.\2"),
)
MASK_LAYER = re.compile(r"^roi_heads\.mask_head\.mask_fcn(\d)\.")


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
