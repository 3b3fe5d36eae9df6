"""Stand-ins for Detectron2's model zoo: files with its names, shapes and layout, and random values.

The names are written down here a second time, from the lists that Detectron2 prints when it loads a
checkpoint, so that the translation is held against something else than itself.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wildwear.models.export import SMALL_TENSOR

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
# Photos reach from -128 to 127, stages add up, and boxes are to stay in the photo.
CALMER = {
    "backbone.bottom_up.stem.conv1": 1 / 60,
    **{f"backbone.fpn_lateral{stage}": 0.1 for stage in (2, 3, 4, 5)},
    "proposal_generator.rpn_head.objectness_logits": 0.1,
    "proposal_generator.rpn_head.anchor_deltas": 0.01,
    "roi_heads.box_predictor.cls_score": 0.3,
    "roi_heads.box_predictor.bbox_pred": 0.1,
}
NORM = ("weight", "bias", "running_mean", "running_var")


def shapes(depth: int, classes: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of Mask R-CNN with FPN, without its anchors."""
    found: dict[str, tuple[int, ...]] = {}

    def convolution(name: str, into: int, out: int, size: int, *, norm: bool) -> None:
        found[f"{name}.weight"] = (out, into, size, size)
        if norm:
            found.update({f"{name}.norm.{kind}": (out,) for kind in NORM})
        else:
            found[f"{name}.bias"] = (out,)

    convolution("backbone.bottom_up.stem.conv1", 3, 64, 7, norm=True)
    into = 64
    for stage, blocks in enumerate(BLOCKS[depth], start=2):
        narrow = 64 * 2 ** (stage - 2)
        for block in range(blocks):
            name = f"backbone.bottom_up.res{stage}.{block}"
            if block == 0:
                convolution(f"{name}.shortcut", into, 4 * narrow, 1, norm=True)
            convolution(f"{name}.conv1", into, narrow, 1, norm=True)
            convolution(f"{name}.conv2", narrow, narrow, 3, norm=True)
            convolution(f"{name}.conv3", narrow, 4 * narrow, 1, norm=True)
            into = 4 * narrow
        convolution(f"backbone.fpn_lateral{stage}", into, 256, 1, norm=False)
        convolution(f"backbone.fpn_output{stage}", 256, 256, 3, norm=False)
    convolution("proposal_generator.rpn_head.conv", 256, 256, 3, norm=False)
    convolution("proposal_generator.rpn_head.objectness_logits", 256, 3, 1, norm=False)
    convolution("proposal_generator.rpn_head.anchor_deltas", 256, 12, 1, norm=False)
    for name, out, count in (
        ("box_head.fc1", 1024, 256 * 7 * 7),
        ("box_head.fc2", 1024, 1024),
        ("box_predictor.cls_score", classes + 1, 1024),
        ("box_predictor.bbox_pred", 4 * classes, 1024),
    ):
        found[f"roi_heads.{name}.weight"], found[f"roi_heads.{name}.bias"] = (out, count), (out,)
    for layer in range(1, 5):
        convolution(f"roi_heads.mask_head.mask_fcn{layer}", 256, 256, 3, norm=False)
    convolution("roi_heads.mask_head.deconv", 256, 256, 2, norm=False)
    convolution("roi_heads.mask_head.predictor", 256, classes, 1, norm=False)
    return found


def anchors() -> dict[str, Tensor]:
    """The anchors that zoo files of 2019 hold: of one area, height over width 0.5, 1 and 2."""
    found = {}
    for level, side in enumerate((32, 64, 128, 256, 512)):
        sizes = [((side * side / ratio) ** 0.5, (side * side * ratio) ** 0.5) for ratio in (0.5, 1.0, 2.0)]
        found[f"proposal_generator.anchor_generator.cell_anchors.{level}"] = torch.tensor(
            [(-w / 2, -h / 2, w / 2, h / 2) for w, h in sizes]
        )
    return found


def state(depth: int, classes: int = 80) -> dict[str, Tensor]:
    """Random weights that keep maps at a size of about one, and boxes near their anchors."""
    generator = torch.Generator().manual_seed(depth)
    found = {}
    for name, shape in shapes(depth, classes).items():
        noise = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            # Some so small that the epsilon of the normalisation counts.
            found[name] = noise.abs() * 1e-3 if "conv3" in name else noise.abs() + 0.5
        elif ".norm." in name:
            scale = 5e-3 if "conv3" in name and name.endswith("norm.weight") else 0.1
            found[name] = noise * scale + (
                1.0 if name.endswith("norm.weight") and "conv3" not in name else 0.0
            )
        elif name.endswith("bias"):
            found[name] = noise * 0.1
        else:
            found[name] = noise * (2 / torch.Size(shape[1:]).numel()) ** 0.5
    for name, factor in CALMER.items():
        found[f"{name}.weight"] *= factor
    return found


def write_pickle(path: Path, weights: dict[str, Tensor], protocol: int = 4) -> Path:
    """A file as the zoo has them."""
    arrays: dict[str, np.ndarray[Any, Any]] = {name: tensor.numpy() for name, tensor in weights.items()}
    with path.open("wb") as file:
        pickle.dump({"model": arrays, "__author__": "Detectron2 Model Zoo"}, file, protocol)
    return path


def round_as_a_model_file_does(model: nn.Module) -> None:
    """Bring weights to what float16 knows, vectors stay as they are."""
    for tensor in model.state_dict().values():
        if tensor.numel() >= SMALL_TENSOR and sum(side > 1 for side in tensor.shape) >= 2:
            tensor.copy_(tensor.half().float())
