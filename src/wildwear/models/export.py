"""From a checkpoint to the model file: one ONNX graph from photos to masks, with all a user needs to know in
its metadata.

The network's three dense parts (backbone with proposal head, box head, mask head) go through torch's
exporter; what lies between them (top-k, suppression, RoIAlign) has data-dependent sizes that the exporter
refuses, and is written here in ONNX
operators. The result has batches, dynamic photo sizes, and a second way in: boxes that a person drew.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from onnxscript import GraphBuilder, OpBuilder
from torch import Tensor, nn
from torch.export import Dim
from torchvision.models.detection.roi_heads import RoIHeads

import wildwear
from wildwear import taxonomy
from wildwear.errors import ModelError
from wildwear.files import write_atomically
from wildwear.models.checkpoints import load_checkpoint, read_facts
from wildwear.models.mask_rcnn import MULTIPLE, PAD_VALUE, GarmentRcnn
from wildwear.models.proposals import BoxHead

OPSET = 18
FORMAT = 1
SEMANTIC_STRIDE = 4
# px; boxes of different photos or categories are moved this far apart, so that one suppression serves all.
APART = 5_000.0
LEARNT_FROM = 20  # training instances from which on a category counts as learnt
SMALL_TENSOR = 256  # elements; smaller ones stay float32 in the file


def export_model(checkpoint: str | Path, out: str | Path, *, metrics: dict[str, Any] | None = None) -> None:
    """Write the model file of a checkpoint: weights float16, cast to float32 when it is loaded.

    Args:
        checkpoint: a `.safetensors` file that `wildwear train` wrote.
        out: the `.onnx` file.
        metrics: measured figures for the metadata, beside the checkpoint's own on val.

    Raises:
        ModelError: the checkpoint is not ours or does not fit its config.
    """
    facts = read_facts(checkpoint)
    model = load_checkpoint(checkpoint).eval()
    graph_model = assemble(model)
    halve_weights(graph_model.graph)
    graph_model.metadata_props["wildwear"] = json.dumps(describe(model, facts, metrics or {}))
    write_atomically(out, ir.to_proto(graph_model).SerializeToString())


def describe(model: GarmentRcnn, facts: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a model file; `wildwear.inference.ModelCard` reads it."""
    counts = facts.get("train_instances", {})
    return {
        "format": FORMAT,
        "name": facts.get("name", "unnamed"),
        "version": facts.get("wildwear_version", wildwear.__version__),
        "family": model.config.backbone,
        "categories": [{"id": category.id, "name": category.name} for category in taxonomy.CATEGORIES],
        "train_instances": counts,
        "learnt": [int(category) for category, count in counts.items() if count >= LEARNT_FROM],
        "input": {"long_side": model.config.long_side, "multiple": MULTIPLE, "pad_value": PAD_VALUE},
        "normalisation": {
            "mean": model.mean.flatten().tolist(),
            "deviation": model.deviation.flatten().tolist(),
            "where": "in the graph",
        },
        "thresholds": {
            "score": 0.5,
            "min_score": model.roi_heads.score_thresh,
            "mask": 0.5,
            "suppress": 0.7,
            "max_detections": model.roi_heads.detections_per_img,
        },
        "training_data": facts.get("training_data", ""),
        "licence": "Apache-2.0",
        "metrics": {"val": facts.get("val", {}).get("mask", {}), **metrics},
        "config": model.config.model_dump(),
    }


class Dense(nn.Module):
    """Photos to feature maps and, for each pyramid level, decoded proposals with their scores."""

    def __init__(self, model: GarmentRcnn) -> None:
        super().__init__()
        self.model = model
        self.strides = proposal_strides(model)

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """(b, h, w, 3) uint8 RGB to boxes (b, n, 4) xyxy px and scores (b, n) a level, then the maps for
        RoIAlign."""
        x = (photos.permute(0, 3, 1, 2).float() - self.model.mean) / self.model.deviation
        features = self.model.backbone(x)
        levels = [level for name, level in features.items() if name != "semantic"]
        outputs = []
        for level, logits, deltas, stride, cell in zip(
            levels,
            *self.model.rpn.head(levels),
            self.strides,
            self.model.rpn.anchor_generator.cell_anchors,
            strict=True,
        ):
            anchors = grid_anchors(cell, level, stride)
            deltas = deltas.unflatten(1, (-1, 4)).permute(0, 3, 4, 1, 2).flatten(1, 3)
            boxes = clip(decode(deltas, anchors, (1.0, 1.0, 1.0, 1.0)), photos)
            outputs += [boxes, logits.permute(0, 2, 3, 1).flatten(1)]
        maps = [
            features[name] for name in self.model.roi_heads.box_roi_pool.featmap_names if name in features
        ]
        semantic = [features["semantic"]] if "semantic" in features else []
        return (*outputs, *maps, *semantic)


class Box(nn.Module):
    """Pooled features of each box to category probabilities and refined boxes."""

    def __init__(self, heads: RoIHeads) -> None:
        super().__init__()
        self.head, self.predictor, self.weights = heads.box_head, heads.box_predictor, heads.box_coder.weights

    def forward(self, pooled: Tensor, boxes: Tensor, photos: Tensor) -> tuple[Tensor, Tensor]:
        """(m, c, 7, 7) and (m, 4) to probabilities (m, classes) and boxes (m, classes, 4) xyxy px."""
        logits, deltas = self.predictor(self.head(pooled))
        deltas = deltas.unflatten(1, (-1, 4)).expand(-1, logits.shape[1], -1)
        return logits.softmax(dim=1), clip(decode(deltas, boxes[:, None], self.weights), photos)


class Mask(nn.Module):
    """Pooled features of each box to the mask of its own category."""

    def __init__(self, heads: RoIHeads) -> None:
        super().__init__()
        self.head, self.predictor = heads.mask_head, heads.mask_predictor

    def forward(self, pooled: Tensor, category_ids: Tensor) -> Tensor:
        """(n, c, 14, 14) and (n,) to probabilities (n, 28, 28)."""
        logits = self.predictor(self.head(pooled))
        index = category_ids[:, None, None, None].expand(-1, 1, logits.shape[2], logits.shape[3])
        own: Tensor = logits.gather(1, index)[:, 0].sigmoid()
        return own


def proposal_strides(model: GarmentRcnn) -> list[int]:
    """Pixels a cell of each level that proposals come from."""
    finest = 8 if "lite" in model.config.backbone else 4
    return [finest * 2**level for level in range(len(model.rpn.anchor_generator.sizes))]


def grid_anchors(cell: Tensor, level: Tensor, stride: int) -> Tensor:
    """torchvision's anchors at every place of a level, (rows * columns * anchors, 4) xyxy px."""
    rows = torch.arange(level.shape[2], device=level.device) * stride
    columns = torch.arange(level.shape[3], device=level.device) * stride
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


def assemble(model: GarmentRcnn) -> ir.Model:
    """The whole graph: three exported parts and the operators between them, in the order they run."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name="wildwear")
    builder = GraphBuilder(graph)
    op = builder.op
    photos = builder.input("photos", ir.DataType.UINT8, ["batch", "height", "width", 3])
    min_score = builder.input("min_score", ir.DataType.FLOAT, [])
    extra_boxes = builder.input("extra_boxes", ir.DataType.FLOAT, ["extra", 5])

    strides = proposal_strides(model)
    outputs = inline(builder, export_part(Dense(model), photo_shapes(), "dense"), [photos])
    levels, maps = outputs[: 2 * len(strides)], outputs[2 * len(strides) :]
    semantic = maps.pop() if model.roi_heads.semantic_mask_pool is not None else None

    found, found_batch = propose(op, levels[0::2], levels[1::2], model)
    extra_xyxy = op.Slice(extra_boxes, [1], [5], [1])
    extra_batch = op.Cast(op.Gather(extra_boxes, 0, axis=1), to=ir.DataType.INT64)
    boxes, batch = op.Concat(found, extra_xyxy, axis=0), op.Concat(found_batch, extra_batch, axis=0)
    pooled = pool_levels(op, maps, strides, boxes, batch, 7)
    if semantic is not None:
        pooled = op.Concat(pooled, pool(op, semantic, SEMANTIC_STRIDE, boxes, batch, 7, sampling=1), axis=1)
    box_part = export_part(Box(model.roi_heads), box_shapes(model), "box")
    probabilities, refined = inline(builder, box_part, [pooled, boxes, photos])

    rows, category_ids, scores, kept_boxes = detect(op, probabilities, refined, found_batch, min_score, model)
    named = extra_names(op, probabilities, found)
    final = {
        "batch": op.Concat(op.Gather(found_batch, rows, axis=0), extra_batch, axis=0),
        "boxes": op.Concat(kept_boxes, extra_xyxy, axis=0),
        "scores": op.Concat(scores, named["scores"], axis=0),
        "category_ids": op.Concat(category_ids, named["category_ids"], axis=0),
        "probabilities": op.Concat(op.Gather(probabilities, rows, axis=0), named["probabilities"], axis=0),
    }
    if semantic is not None:
        pooled = pool(op, semantic, SEMANTIC_STRIDE, final["boxes"], final["batch"], 14, sampling=2)
    else:
        pooled = pool_levels(op, maps, strides, final["boxes"], final["batch"], 14)
    mask_part = export_part(Mask(model.roi_heads), mask_shapes(model), "mask")
    (final["masks"],) = inline(builder, mask_part, [pooled, final["category_ids"]])

    shapes: dict[str, list[int | str]] = {
        "batch": ["n"],
        "boxes": ["n", 4],
        "scores": ["n"],
        "category_ids": ["n"],
        "masks": ["n", 28, 28],
    }
    for name, value in final.items():
        output = op.Identity(value)
        output.shape = ir.Shape(shapes.get(name, ["n", model.config.num_classes]))
        output.dtype = ir.DataType.INT64 if name in ("batch", "category_ids") else ir.DataType.FLOAT
        builder.add_output(output, name)
    # Defaults come last: while the graph is built they would be taken for constants and folded into it.
    set_default(graph, min_score, np.array(model.roi_heads.score_thresh, np.float32))
    set_default(graph, extra_boxes, np.zeros((0, 5), np.float32))
    return ir.Model(graph, ir_version=10, producer_name="wildwear", producer_version=wildwear.__version__)


def set_default(graph: ir.Graph, value: ir.Value, default: np.ndarray[Any, Any]) -> None:
    """Make an input optional."""
    value.const_value = ir.tensor(default, name=value.name)
    graph.register_initializer(value)


Shapes = tuple[dict[str, Tensor], dict[str, dict[int, Any]]]


def photo_shapes() -> Shapes:
    """Example photos for the exporter, and which of their sides vary."""
    sides = {0: Dim("batch", max=64), 1: MULTIPLE * Dim("rows", max=64), 2: MULTIPLE * Dim("columns", max=64)}
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


def inline(builder: GraphBuilder, part: ir.Graph, inputs: Sequence[ir.Value]) -> list[ir.Value]:
    """Append a part's nodes and weights to the graph being built; its inputs become these values."""
    for formal, actual in zip(list(part.inputs), inputs, strict=True):
        ir.convenience.replace_all_uses_with(formal, actual)
    outputs, nodes, weights = list(part.outputs), list(part), list(part.initializers.values())
    part.outputs.clear()
    part.remove(nodes)
    part.initializers.clear()
    for weight in weights:
        builder.graph.register_initializer(weight)
    builder.graph.extend(nodes)
    return outputs


def propose(
    op: OpBuilder, boxes: list[ir.Value], scores: list[ir.Value], model: GarmentRcnn
) -> tuple[ir.Value, ir.Value]:
    """The best boxes of all levels after suppression within each level: (m, 4) xyxy px, and the photo of each
    (m,)."""
    rpn = model.rpn
    best_boxes, best_scores, apart_boxes = [], [], []
    for level, (level_boxes, level_scores) in enumerate(zip(boxes, scores, strict=True)):
        count = op.Min([rpn._pre_nms_top_n["testing"]], op.Shape(level_scores, start=1, end=2))
        values, order = op.TopK(level_scores, count, axis=1, _outputs=2)
        index = op.Expand(op.Unsqueeze(order, [2]), op.Concat(op.Shape(order), [4], axis=0))
        chosen = op.GatherElements(level_boxes, index, axis=1)
        best_boxes.append(chosen)
        best_scores.append(values)
        apart_boxes.append(op.Add(chosen, APART * level))
    kept = op.NonMaxSuppression(
        op.Concat(*apart_boxes, axis=1),
        op.Unsqueeze(op.Concat(*best_scores, axis=1), [1]),
        [rpn._post_nms_top_n["testing"]],
        [float(rpn.nms_thresh)],
    )
    photo_and_box = op.Gather(kept, [0, 2], axis=1)
    return op.GatherND(op.Concat(*best_boxes, axis=1), photo_and_box), op.Gather(kept, 0, axis=1)


def pool(
    op: OpBuilder,
    features: ir.Value,
    stride: int,
    boxes: ir.Value,
    batch: ir.Value,
    size: int,
    *,
    sampling: int,
) -> ir.Value:
    """torchvision's RoIAlign (unaligned, as its Mask R-CNN uses it) over one map: (n, c, size, size)."""
    pooled: ir.Value = op.RoiAlign(
        features, boxes, batch,
        coordinate_transformation_mode="output_half_pixel",
        mode="avg", output_height=size, output_width=size,
        sampling_ratio=sampling, spatial_scale=1.0 / stride,
    )  # fmt: skip
    return pooled


def pool_levels(
    op: OpBuilder, maps: list[ir.Value], strides: list[int], boxes: ir.Value, batch: ir.Value, size: int
) -> ir.Value:
    """RoIAlign over the pyramid, each box on the level of its size: Lin et al., "Feature Pyramid Networks",
    equation 1."""
    finest = int(math.log2(strides[0]))
    sides = op.Sub(op.Slice(boxes, [2], [4], [1]), op.Slice(boxes, [0], [2], [1]))
    area = op.ReduceProd(sides, [1], keepdims=0)
    octave = op.Div(op.Log(op.Div(op.Sqrt(area), 224.0)), math.log(2.0))
    level = op.Sub(
        op.Clip(op.Floor(op.Add(octave, 4.0 + 1e-6)), float(finest), float(finest + len(maps) - 1)),
        float(finest),
    )
    pooled, order = [], []
    for index, (features, stride) in enumerate(zip(maps, strides, strict=False)):
        chosen = op.Squeeze(op.NonZero(op.Equal(level, float(index))), [0])
        chosen_boxes, chosen_batch = op.Gather(boxes, chosen, axis=0), op.Gather(batch, chosen, axis=0)
        pooled.append(pool(op, features, stride, chosen_boxes, chosen_batch, size, sampling=2))
        order.append(chosen)
    # Back from level by level to the order the boxes came in.
    sorted_to_given = op.Concat(*order, axis=0)
    places = op.Range(0, op.Squeeze(op.Shape(sorted_to_given), [0]), 1)
    given_to_sorted = op.ScatterElements(sorted_to_given, sorted_to_given, places, axis=0)
    given: ir.Value = op.Gather(op.Concat(*pooled, axis=0), given_to_sorted, axis=0)
    return given


def detect(
    op: OpBuilder,
    probabilities: ir.Value,
    refined: ir.Value,
    batch: ir.Value,
    min_score: ir.Value,
    model: GarmentRcnn,
) -> tuple[ir.Value, ir.Value, ir.Value, ir.Value]:
    """Suppression within each photo and category, and the best of each photo.

    Returns:
        The proposal of each detection (n,), its category id (n,), score (n,) and box (n, 4), best first
        within each photo.
    """
    count = op.Shape(batch)
    foreground = op.Slice(
        probabilities,
        op.Concat([0], [1], axis=0),
        op.Concat(count, [model.config.num_classes], axis=0),
        [0, 1],
    )
    candidates = op.NonZero(op.Greater(foreground, min_score))
    row, category = op.Gather(candidates, 0, axis=0), op.Add(op.Gather(candidates, 1, axis=0), 1)
    place = op.Concat(op.Unsqueeze(row, [1]), op.Unsqueeze(category, [1]), axis=1)
    scores, boxes = op.GatherND(probabilities, place), op.GatherND(refined, place)

    group = op.Add(op.Mul(op.Gather(batch, row, axis=0), model.config.num_classes), category)
    apart = op.Add(boxes, op.Unsqueeze(op.Mul(op.Cast(group, to=ir.DataType.FLOAT), APART), [1]))
    kept = op.NonMaxSuppression(
        op.Unsqueeze(apart, [0]),
        op.Unsqueeze(scores, [0, 1]),
        op.Shape(scores),
        [float(model.roi_heads.nms_thresh)],
    )
    kept = op.Gather(kept, 2, axis=1)
    # The rank of each detection within its photo: detections come best first, so it is the count of those
    # before it.
    photo = op.Gather(batch, op.Gather(row, kept, axis=0), axis=0)
    same = op.Cast(op.Equal(op.Unsqueeze(photo, [0]), op.Unsqueeze(photo, [1])), to=ir.DataType.FLOAT)
    rank = op.ReduceSum(op.Trilu(same, upper=0), [1], keepdims=0)
    kept = op.Compress(kept, op.LessOrEqual(rank, float(model.roi_heads.detections_per_img)), axis=0)
    return (
        op.Gather(row, kept, axis=0),
        op.Gather(category, kept, axis=0),
        op.Gather(scores, kept, axis=0),
        op.Gather(boxes, kept, axis=0),
    )


def extra_names(op: OpBuilder, probabilities: ir.Value, found: ir.Value) -> dict[str, ir.Value]:
    """Probabilities, best category and its score of the boxes that came in from outside: the rows after the
    found ones."""
    given = op.Slice(probabilities, op.Shape(found, start=0, end=1), [2**31], [0])
    foreground = op.Slice(given, [1], [2**31], [1])
    return {
        "probabilities": given,
        "scores": op.ReduceMax(foreground, [1], keepdims=0),
        "category_ids": op.Add(op.ArgMax(foreground, axis=1, keepdims=0), 1),
    }


def halve_weights(graph: ir.Graph) -> None:
    """Store large float32 weights as float16 with a cast behind each; onnxruntime folds the casts when it
    loads the file."""
    for name, weight in list(graph.initializers.items()):
        tensor = weight.const_value
        if (
            weight in graph.inputs
            or tensor is None
            or tensor.dtype != ir.DataType.FLOAT
            or tensor.size < SMALL_TENSOR
        ):
            continue
        half = ir.Value(
            name=f"{name}/float16",
            const_value=ir.tensor(tensor.numpy().astype(np.float16), name=f"{name}/float16"),
        )
        cast = ir.node("Cast", [half], {"to": ir.DataType.FLOAT})
        ir.convenience.replace_all_uses_with(weight, cast.outputs[0])
        del graph.initializers[name]
        cast.outputs[0].name = name
        graph.register_initializer(half)
        graph.insert_before(graph[0], cast)
