"""The three dense parts of the network, as torch's exporter takes them: each to an ONNX graph of its own."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import onnx_ir as ir
import torch
from torch import Tensor, nn
from torch.export import Dim
from torchvision.models.detection.roi_heads import RoIHeads

from wildwear.errors import ModelError
from wildwear.models.anchors import UnroundedAnchors
from wildwear.models.mask_rcnn import MULTIPLE, GarmentRcnn
from wildwear.models.proposals import BoxHead, GarmentHeads, certainty

OPSET = 18
LONGEST_SIDE = 2048  # px of the network's input; a model's `long_side` is at most this
LARGEST_BATCH = 64

Shapes = tuple[dict[str, Tensor], dict[str, dict[int, Any]]]


class Dense(nn.Module):
    """Photos to feature maps and, for each pyramid level, decoded proposals with their scores."""

    def __init__(self, model: GarmentRcnn) -> None:
        super().__init__()
        self.model = model

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """(b, h, w, 3) uint8 RGB to boxes (b, n, 4) xyxy px and scores (b, n) a level, then the maps for
        RoIAlign."""
        x = (photos.permute(0, 3, 1, 2).float() - self.model.mean) / self.model.deviation
        features = self.model.backbone(x)
        levels = [level for name, level in features.items() if name != "semantic"]
        outputs = []
        laid: Any = self.model.rpn.anchor_generator
        strides = laid.strides if isinstance(laid, UnroundedAnchors) else [None] * len(levels)
        for level, logits, deltas, cell, stride in zip(
            levels, *self.model.rpn.head(levels), laid.cell_anchors, strides, strict=True
        ):
            anchors = grid_anchors(cell, level, photos, stride)
            deltas = deltas.unflatten(1, (-1, 4)).permute(0, 3, 4, 1, 2).flatten(1, 3)
            boxes = clip(decode(deltas, anchors, (1.0, 1.0, 1.0, 1.0)), photos)
            outputs += [boxes, logits.permute(0, 2, 3, 1).flatten(1)]
        maps = [features[name] for name in self.model.roi_heads.box_roi_pool.strides if name in features]
        semantic = [features["semantic"]] if "semantic" in features else []
        return (*outputs, *maps, *semantic)


class Box(nn.Module):
    """Pooled features of each box to category probabilities, refined boxes, and what the head knew of it."""

    def __init__(self, heads: RoIHeads) -> None:
        super().__init__()
        self.head, self.predictor, self.weights = heads.box_head, heads.box_predictor, heads.box_coder.weights

    def forward(self, pooled: Tensor, boxes: Tensor, photos: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(m, c, 7, 7) and (m, 4) to probabilities (m, classes), boxes (m, classes, 4) xyxy px and features
        (m, f), the head's last layer before it names the box."""
        features = self.head(pooled)
        logits, deltas = self.predictor(features)
        deltas = deltas.unflatten(1, (-1, 4)).expand(-1, logits.shape[1], -1)
        return logits.softmax(dim=1), clip(decode(deltas, boxes[:, None], self.weights), photos), features


class Mask(nn.Module):
    """Pooled features of each box to the mask of its own category, and what that makes of its score."""

    def __init__(self, heads: GarmentHeads) -> None:
        super().__init__()
        self.head, self.predictor = heads.mask_head, heads.mask_predictor
        self.counts = heads.sure_masks

    def forward(self, pooled: Tensor, category_ids: Tensor) -> tuple[Tensor, ...]:
        """(n, c, 14, 14) and (n,) to probabilities (n, 28, 28), and the share of its score that a garment
        keeps, (n,), where scores count the mask."""
        logits = self.predictor(self.head(pooled))
        index = category_ids[:, None, None, None].expand(-1, 1, logits.shape[2], logits.shape[3])
        own: Tensor = logits.gather(1, index)[:, 0].sigmoid()
        return (own, certainty(own)) if self.counts else (own,)


def grid_anchors(cell: Tensor, level: Tensor, photos: Tensor, stride: int | None) -> Tensor:
    """The anchors at every place of a level, (rows * columns * anchors, 4) xyxy px.

    Without a stride it is, as in torchvision, the photo's side over the level's, rounded down: under 64 px
    where 13 cells were halved to 7.
    """
    rows = torch.arange(level.shape[2], device=level.device) * (stride or photos.shape[1] // level.shape[2])
    columns = torch.arange(level.shape[3], device=level.device) * (
        stride or photos.shape[2] // level.shape[3]
    )
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    shifts = torch.stack([x, y, x, y], dim=2).to(cell.dtype)
    return (shifts[:, :, None] + cell).flatten(0, 2)


def decode(deltas: Tensor, boxes: Tensor, weights: Sequence[float]) -> Tensor:
    """Box deltas to boxes, as torchvision's `BoxCoder`: centre offsets in sizes, log sizes limited to a
    factor of 62.5."""
    size = boxes[..., 2:] - boxes[..., :2]
    centre = boxes[..., :2] + 0.5 * size
    scale = torch.tensor(weights)
    new_centre = centre + deltas[..., :2] / scale[:2] * size
    new_size = size * (deltas[..., 2:] / scale[2:]).clamp(max=math.log(1000.0 / 16)).exp()
    return torch.cat([new_centre - 0.5 * new_size, new_centre + 0.5 * new_size], dim=-1)


def clip(boxes: Tensor, photos: Tensor) -> Tensor:
    """Boxes cut at the edges of the (padded) photos."""
    height, width = photos.shape[1], photos.shape[2]
    x = boxes[..., 0::2].clamp(min=0, max=width)
    y = boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack([x, y], dim=-1).flatten(-2)


def photo_shapes() -> Shapes:
    """Example photos for the exporter, and which of their sides vary."""
    most = LONGEST_SIDE // MULTIPLE
    sides = {
        0: Dim("batch", max=LARGEST_BATCH),
        1: MULTIPLE * Dim("rows", max=most),
        2: MULTIPLE * Dim("columns", max=most),
    }
    return {"photos": torch.zeros(2, 4 * MULTIPLE, 3 * MULTIPLE, 3, dtype=torch.uint8)}, {"photos": sides}


def box_shapes(model: GarmentRcnn) -> Shapes:
    """Example inputs of the box part."""
    heads = model.roi_heads
    own_head = isinstance(heads.box_head, BoxHead)
    channels: int = heads.box_head.reduce.in_channels if own_head else model.backbone.out_channels
    examples, dynamic = photo_shapes()
    many = Dim("boxes", max=100_000)
    examples = {
        "pooled": torch.zeros(5, channels, 7, 7),
        "boxes": torch.tensor([[0.0, 0, 9, 9]] * 5),
        **examples,
    }
    return examples, {"pooled": {0: many}, "boxes": {0: many}, **dynamic}


def mask_shapes(model: GarmentRcnn) -> Shapes:
    """Example inputs of the mask part."""
    first = next(module for module in model.roi_heads.mask_head.modules() if isinstance(module, nn.Conv2d))
    many = Dim("boxes", max=100_000)
    examples = {
        "pooled": torch.zeros(5, first.in_channels, 14, 14),
        "category_ids": torch.ones(5, dtype=torch.int64),
    }
    return examples, {"pooled": {0: many}, "category_ids": {0: many}}


def export_part(part: nn.Module, shapes: Shapes, name: str) -> ir.Graph:
    """One part as an ONNX graph whose values are named after it."""
    examples, dynamic = shapes
    with torch.no_grad(), warnings.catch_warnings():
        # Two inputs with as many rows share one name for them; the exporter finds that worth a warning.
        warnings.filterwarnings("ignore", "# The axis name")
        program = torch.onnx.export(
            part.eval(),
            kwargs=examples,
            dynamic_shapes=dynamic,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ModelError(f"torch did not export the {name} part")
    graph: ir.Graph = program.model.graph
    for value in [
        *graph.initializers.values(),
        *(output for node in graph.all_nodes() for output in node.outputs),
    ]:
        value.name = f"{name}/{value.name}"
    for node in graph.all_nodes():
        node.name = f"{name}/{node.name}"
    return graph
