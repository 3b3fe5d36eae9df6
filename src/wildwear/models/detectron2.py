"""Mask R-CNN R50-FPN and R101-FPN of Detectron2's model zoo, in our names and order.

The network to take them is built with `lineage: detectron2`: what is no weight (where a block strides, how
RoIAlign samples, how anchors are laid) follows from there. Here the weights themselves are translated:

- photos are BGR there, less a mean, not divided by a deviation: the first convolution takes that over;
- the background is the last row of the scores there and has none among boxes and masks; here it is the first;
- names.

Source: detectron2/modeling of https://github.com/facebookresearch/detectron2 (0.6). All this is checked
against a second writing of those layers (tests/models/test_detectron2.py), not against the zoo's own files,
which could not be had: whether these hold the names and arrays below, and whether a photo then gives what
Detectron2 gives, remains to be seen with one. After the layers the two differ on purpose: grey instead of
the mean around photos in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from wildwear.errors import ModelError
from wildwear.models.architectures import IMAGENET_NORMALISATION, RESNET_ANCHORS, detectron2_anchors
from wildwear.models.torchvision_weights import COCO_NAMES
from wildwear.models.transfer import Weights

MARK = "backbone.bottom_up."  # begins the names of its backbones

PARTS = {
    "backbone.bottom_up.stem.conv1": "backbone.body.conv1",
    "backbone.bottom_up.stem.conv1.norm": "backbone.body.bn1",
    **{f"backbone.fpn_lateral{n + 2}": f"backbone.fpn.inner_blocks.{n}.0" for n in range(4)},
    **{f"backbone.fpn_output{n + 2}": f"backbone.fpn.layer_blocks.{n}.0" for n in range(4)},
    "proposal_generator.rpn_head.conv": "rpn.head.conv.0.0",
    "proposal_generator.rpn_head.objectness_logits": "rpn.head.cls_logits",
    "proposal_generator.rpn_head.anchor_deltas": "rpn.head.bbox_pred",
    "roi_heads.box_head.fc1": "roi_heads.box_head.fc6",
    "roi_heads.box_head.fc2": "roi_heads.box_head.fc7",
    "roi_heads.box_predictor.cls_score": "roi_heads.box_predictor.cls_score",
    "roi_heads.box_predictor.bbox_pred": "roi_heads.box_predictor.bbox_pred",
    **{f"roi_heads.mask_head.mask_fcn{n + 1}": f"roi_heads.mask_head.{n}.0" for n in range(4)},
    "roi_heads.mask_head.deconv": "roi_heads.mask_predictor.conv5_mask",
    "roi_heads.mask_head.predictor": "roi_heads.mask_predictor.mask_fcn_logits",
}
BLOCK = re.compile(r"backbone\.bottom_up\.res([2-5])\.(\d+)\.(\S+)")
LAYERS = {
    "shortcut": "downsample.0",
    "shortcut.norm": "downsample.1",
    **{f"conv{n}": f"conv{n}" for n in (1, 2, 3)},
    **{f"conv{n}.norm": f"bn{n}" for n in (1, 2, 3)},
}
ANCHORS = "proposal_generator.anchor_generator.cell_anchors."

CONFIG_NAMES = ("config.yaml", "model_config.yaml")
# What a config must say for its weights to fit this lineage; what it does not say is as in the zoo.
EXPECTED: dict[str, Any] = {
    "RESNETS.STRIDE_IN_1X1": True,
    "FPN.NORM": "",
    "ANCHOR_GENERATOR.SIZES": [[size] for size in RESNET_ANCHORS],
    "ANCHOR_GENERATOR.ASPECT_RATIOS": [[0.5, 1.0, 2.0]],
    "ANCHOR_GENERATOR.OFFSET": 0.0,
    "ROI_BOX_HEAD.POOLER_TYPE": "ROIAlignV2",
    "ROI_BOX_HEAD.POOLER_SAMPLING_RATIO": 0,
    "ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG": False,
    "ROI_MASK_HEAD.POOLER_TYPE": "ROIAlignV2",
    "ROI_MASK_HEAD.POOLER_SAMPLING_RATIO": 0,
}
# Settings of the zoo that are settings of ours as well.
ZOO: dict[str, Any] = {
    "INPUT.MAX_SIZE_TEST": 1333,
    "INPUT.MIN_SIZE_TEST": 800,
    "MODEL.BACKBONE.FREEZE_AT": 2,
    "MODEL.ROI_BOX_HEAD.SMOOTH_L1_BETA": 0.0,
    "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 512,
    "MODEL.ROI_HEADS.NMS_THRESH_TEST": 0.5,
    "MODEL.ROI_HEADS.SCORE_THRESH_TEST": 0.05,
    "MODEL.RPN.BATCH_SIZE_PER_IMAGE": 256,
    "MODEL.RPN.POST_NMS_TOPK_TEST": 1000,
    "MODEL.RPN.POST_NMS_TOPK_TRAIN": 1000,
    "MODEL.RPN.PRE_NMS_TOPK_TEST": 1000,
    "MODEL.RPN.PRE_NMS_TOPK_TRAIN": 2000,
}


@dataclass(frozen=True)
class Pixels:
    """How a network of Detectron2 takes photos: the order of channels, and the mean and deviation of each."""

    mean: Sequence[float] = (103.530, 116.280, 123.675)
    deviation: Sequence[float] = (1.0, 1.0, 1.0)
    order: str = "BGR"


def convert(state: dict[str, Tensor], pixels: Pixels) -> Weights:
    """Weights under Detectron2's names as ours.

    Args:
        state: all weights of a file.
        pixels: how photos enter the network that they belong to.

    Raises:
        ModelError: photos have another mean than ImageNet's.
    """
    tensors, origin, unused = {}, {}, {}
    for name, tensor in state.items():
        own = own_name(name)
        if own is None:
            unused[name] = reason(name, tensor)
        else:
            tensors[own], origin[own] = tensor, name
    for name, tensor in tensors.items():
        if name == "backbone.body.conv1.weight":
            tensors[name] = for_rgb(tensor, pixels)
        elif name.startswith("roi_heads.box_predictor.cls_score."):
            tensors[name] = tensor.roll(1, dims=0)
        elif name.startswith("roi_heads.box_predictor.bbox_pred."):
            tensors[name] = torch.cat([torch.zeros_like(tensor[:4]), tensor])
        elif name.startswith("roi_heads.mask_predictor.mask_fcn_logits."):
            tensors[name] = torch.cat([torch.zeros_like(tensor[:1]), tensor])
    scores = tensors.get("roi_heads.box_predictor.cls_score.bias")
    is_coco = scores is not None and len(scores) == len(COCO_NAMES) + 1
    return Weights(tensors, origin, COCO_NAMES if is_coco else None, unused)


def own_name(name: str) -> str | None:
    """Our name of a weight of Detectron2; None where we have none."""
    part, _, kind = name.rpartition(".")
    if part in PARTS:
        return f"{PARTS[part]}.{kind}"
    block = BLOCK.fullmatch(part)
    if block is None or block[3] not in LAYERS:
        return None
    return f"backbone.body.layer{int(block[1]) - 1}.{block[2]}.{LAYERS[block[3]]}.{kind}"


def reason(name: str, tensor: Tensor) -> str:
    """Why we have no place for a weight."""
    if name in ("pixel_mean", "pixel_std"):
        return "the first convolution has it in it"
    if name.startswith(ANCHORS):
        own = detectron2_anchors().cell_anchors
        level = int(name.removeprefix(ANCHORS)) if name.removeprefix(ANCHORS).isdigit() else len(own)
        fits = level < len(own) and own[level].shape == tensor.shape
        is_same = fits and torch.allclose(own[level], tensor.float(), atol=0.01)
        return "laid anew" if is_same else "other anchors than ours: proposals have to be learnt anew"
    return "not a part of Mask R-CNN with ResNet and FPN"


def for_rgb(kernel: Tensor, pixels: Pixels) -> Tensor:
    """The first convolution's weights (out, 3, 7, 7), for RGB photos normalised as ours are.

    The mean is taken off before the convolution here too, since at the photo's edges the convolution sees
    zeros beyond it; only the deviation can move into the weights.
    """
    mean, deviation = torch.tensor([pixels.mean, pixels.deviation], dtype=kernel.dtype)
    if pixels.order == "BGR":
        kernel, mean, deviation = kernel.flip(1), mean.flip(0), deviation.flip(0)
    our_mean, our_deviation = torch.tensor(IMAGENET_NORMALISATION, dtype=kernel.dtype)
    if not torch.allclose(mean, our_mean, atol=0.05):
        raise ModelError(f"photos have the mean {mean.tolist()} (RGB) there; expected {our_mean.tolist()}")
    converted: Tensor = kernel * (our_deviation / deviation)[:, None, None]
    return converted


def pixels_of(path: Path, state: dict[str, Tensor]) -> Pixels:
    """How photos enter a file's network: as a config beside it says, else buffers in it, else as in the zoo.

    Raises:
        ModelError: the config beside it says that the network is another one than the zoo's R50 and R101.
    """
    found: dict[str, Any] = {
        field: state[name].flatten().tolist()
        for name, field in (("pixel_mean", "mean"), ("pixel_std", "deviation"))
        if name in state
    }
    for config, document in configs_beside(path):
        found |= from_config(config, document)
    return Pixels(**found)


def network_of(path: Path, state: dict[str, Tensor]) -> dict[str, Any]:
    """The fields of a `ModelConfig` for a file's network: from the config beside it, else as in the zoo."""
    depth = 101 if f"{MARK}res4.6.conv1.weight" in state else 50
    found: dict[str, Any] = {"MODEL": {}}
    for _, document in configs_beside(path):
        found |= document

    def said(name: str) -> Any:
        value = at(found, name)
        return ZOO[name] if value is None else value

    proposals = [
        [said(f"MODEL.RPN.{when}_NMS_TOPK_{what}") for what in ("TRAIN", "TEST")] for when in ("PRE", "POST")
    ]
    return {
        "backbone": f"resnet{depth}",
        "lineage": "detectron2",
        "pretrained": False,
        "frozen_stages": said("MODEL.BACKBONE.FREEZE_AT"),
        "long_side": said("INPUT.MAX_SIZE_TEST"),
        "short_side": said("INPUT.MIN_SIZE_TEST"),
        "anchors_learnt": said("MODEL.RPN.BATCH_SIZE_PER_IMAGE"),
        "boxes_learnt": said("MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE"),
        "candidates": proposals[0],
        "proposals": proposals[1],
        "min_score": said("MODEL.ROI_HEADS.SCORE_THRESH_TEST"),
        "same": said("MODEL.ROI_HEADS.NMS_THRESH_TEST"),
        "sure_masks": False,
        "smooth_l1": said("MODEL.ROI_BOX_HEAD.SMOOTH_L1_BETA"),
    }


def configs_beside(path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The configs of Detectron2 beside a file, which may lie beside configs of something else."""
    for config in (path.with_name(name) for name in CONFIG_NAMES):
        try:
            document = yaml.safe_load(config.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
            continue
        if isinstance(document, dict) and isinstance(document.get("MODEL"), dict):
            yield config, document


def from_config(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    """What a config of Detectron2 says about photos. Raises `ModelError` where its network is another one."""
    for name, expected in EXPECTED.items():
        found = at(document["MODEL"], name)
        if found is not None and found != expected:
            raise ModelError(f"{path}: MODEL.{name} is {found}; this network has {expected}")
    said = {
        "mean": at(document, "MODEL.PIXEL_MEAN"),
        "deviation": at(document, "MODEL.PIXEL_STD"),
        "order": at(document, "INPUT.FORMAT"),
    }
    for name, value in said.items():
        fits = value in ("BGR", "RGB") if name == "order" else is_triple(value)
        if value is not None and not fits:
            raise ModelError(f"{path}: its {name} of photos is {value!r}, which is not for three channels")
    return {name: value for name, value in said.items() if value is not None}


def is_triple(value: Any) -> bool:
    """Whether a value is a list of three numbers."""
    return isinstance(value, list) and len(value) == 3 and all(isinstance(one, int | float) for one in value)


def at(document: dict[str, Any], name: str) -> Any:
    """The value at `A.B` in a nested document; None where there is none."""
    value: Any = document
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
