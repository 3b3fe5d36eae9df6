"""What lies between the network's dense parts, in ONNX operators: top-k, suppression, RoIAlign.

Their sizes depend on what a photo holds, which torch's exporter refuses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from onnxscript import GraphBuilder, OpBuilder

from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.models.pooling import PyramidPool

# px; boxes of different levels or categories are moved this far apart, so that one suppression serves all.
APART = 2_100.0
EMPTY = -1.0  # the score of a place where there is no candidate


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


def set_default(graph: ir.Graph, value: ir.Value, default: np.ndarray[Any, Any]) -> None:
    """Make an input optional."""
    value.const_value = ir.tensor(default, name=value.name)
    graph.register_initializer(value)


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
    pooling: PyramidPool,
) -> ir.Value:
    """RoIAlign over one map: (n, c, size, size)."""
    if pooling.aligned:
        # Samples grow with the box. One turned inside out would get less than none, one that a person drew
        # far beyond the photo millions; unaligned boxes have one cell at least, and always as many samples.
        boxes = op.Clip(boxes, -APART, 2 * APART)
        corner, opposite = op.Slice(boxes, [0], [2], [1]), op.Slice(boxes, [2], [4], [1])
        boxes = op.Concat(corner, op.Max(corner, opposite), axis=1)
    size = pooling.output_size
    pooled: ir.Value = op.RoiAlign(
        features, boxes, batch,
        coordinate_transformation_mode="half_pixel" if pooling.aligned else "output_half_pixel",
        mode="avg", output_height=size, output_width=size,
        sampling_ratio=pooling.sampling_ratio, spatial_scale=1.0 / stride,
    )  # fmt: skip
    return pooled


def pool_levels(
    op: OpBuilder, maps: list[ir.Value], boxes: ir.Value, batch: ir.Value, pooling: PyramidPool
) -> ir.Value:
    """RoIAlign over the pyramid, each box on the level of its size: Lin et al., "Feature Pyramid Networks",
    equation 1."""
    strides = list(pooling.strides.values())
    finest = int(math.log2(strides[0]))
    sides = op.Sub(op.Slice(boxes, [2], [4], [1]), op.Slice(boxes, [0], [2], [1]))
    # A box turned inside out has no level of its own; it goes with the smallest.
    area = op.Max(op.ReduceProd(op.Max(sides, 0.0), [1], keepdims=0), 1e-6)
    octave = op.Div(op.Log(op.Div(op.Sqrt(area), 224.0)), math.log(2.0))
    level = op.Sub(
        op.Clip(op.Floor(op.Add(octave, 4.0 + 1e-6)), float(finest), float(finest + len(maps) - 1)),
        float(finest),
    )
    pooled, order = [], []
    for index, (features, stride) in enumerate(zip(maps, strides, strict=True)):
        chosen = op.Squeeze(op.NonZero(op.Equal(level, float(index))), [0])
        chosen_boxes, chosen_batch = op.Gather(boxes, chosen, axis=0), op.Gather(batch, chosen, axis=0)
        pooled.append(pool(op, features, stride, chosen_boxes, chosen_batch, pooling))
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
    photos: ir.Value,
    min_score: ir.Value,
    model: GarmentRcnn,
) -> tuple[ir.Value, ir.Value, ir.Value, ir.Value]:
    """Suppression within each photo and category, and the best of each photo.

    Args:
        probabilities: (m, classes) of every proposal, and maybe more rows that are not looked at.
        refined: (m, classes, 4) xyxy px, likewise.
        batch: (m,) the photo of each proposal, in the order of the photos.
        photos: (b, h, w, 3), of which only their number counts.
        min_score: () what is less sure, or as sure, is not found.
        model: whose thresholds these are.

    Returns:
        the proposal of each detection (n,), its category id (n,), score (n,) and box (n, 4), best first
        within each photo.
    """
    foreground = op.Slice(
        probabilities,
        op.Concat([0], [1], axis=0),
        op.Concat(op.Shape(batch), [model.config.num_classes], axis=0),
        [0, 1],
    )
    candidates = op.NonZero(op.Greater(foreground, min_score))
    row, category = op.Gather(candidates, 0, axis=0), op.Add(op.Gather(candidates, 1, axis=0), 1)
    named = op.Concat(op.Unsqueeze(row, [1]), op.Unsqueeze(category, [1]), axis=1)
    scores, boxes = op.GatherND(probabilities, named), op.GatherND(refined, named)

    # A row for each photo, as wide as the fullest needs it, with its candidates in their order.
    photo = op.Gather(batch, row, axis=0)
    none = op.Expand(op.CastLike(0, photo), op.Shape(photos, start=0, end=1))
    counts = op.ScatterElements(
        none, photo, op.Expand(op.CastLike(1, photo), op.Shape(photo)), reduction="add"
    )
    first = op.CumSum(counts, 0, exclusive=1)
    within = op.Sub(op.Range(0, op.Squeeze(op.Shape(row), [0]), 1), op.Gather(first, photo, axis=0))
    place = op.Concat(op.Unsqueeze(photo, [1]), op.Unsqueeze(within, [1]), axis=1)
    table = op.Concat(op.Shape(photos, start=0, end=1), op.ReduceMax(counts, keepdims=1), axis=0)
    shift = op.Mul(op.Cast(op.Unsqueeze(category, [1]), to=ir.DataType.FLOAT), [0.0, APART, 0.0, APART])
    apart = op.Add(boxes, shift)
    kept = op.NonMaxSuppression(
        op.ScatterND(op.Expand(0.0, op.Concat(table, [4], axis=0)), place, apart),
        op.Unsqueeze(op.ScatterND(op.Expand(EMPTY, table), place, scores), [1]),
        [model.roi_heads.detections_per_img],
        [float(model.roi_heads.nms_thresh)],
        [EMPTY],
    )
    kept = op.Add(op.Gather(first, op.Gather(kept, 0, axis=1), axis=0), op.Gather(kept, 2, axis=1))
    return (
        op.Gather(row, kept, axis=0),
        op.Gather(category, kept, axis=0),
        op.Gather(scores, kept, axis=0),
        op.Gather(boxes, kept, axis=0),
    )


def reduced(
    op: OpBuilder, final: dict[str, ir.Value], share: ir.Value, min_score: ir.Value, count: ir.Value
) -> dict[str, ir.Value]:
    """The outputs when scores and probabilities keep a share, without those whose score is then too low; the
    best of each photo first, as they were.

    Args:
        final: the outputs by name, of `n` garments each.
        share: (n,) in [0, 1]; what the categories lose falls to the background, column 0.
        min_score: () what is less sure, or as sure, is not found.
        count: (1,) of those that were found; boxes that came in from outside follow, and all stay.
    """
    named = op.Mul(op.Slice(final["probabilities"], [1], [2**31], [1]), op.Unsqueeze(share, [1]))
    background = op.Sub(1.0, op.ReduceSum(named, [1], keepdims=1))
    scores = op.Mul(final["scores"], share)
    final = final | {"scores": scores, "probabilities": op.Concat(background, named, axis=1)}

    own = op.Slice(scores, [0], count)
    photo = op.Cast(op.Slice(final["batch"], [0], count), to=ir.DataType.FLOAT)
    places = op.Sub(own, op.Mul(photo, 2.0))  # by photos, and within each by scores, which are at most 1
    _, order = op.TopK(places, count, _outputs=2)
    order = op.Compress(order, op.Greater(op.Gather(own, order, axis=0), min_score), axis=0)
    outside = op.Range(op.Squeeze(count), op.Squeeze(op.Shape(share)), 1)
    rows = op.Concat(order, outside, axis=0)
    return {name: op.Gather(value, rows, axis=0) for name, value in final.items()}


def of_extra(op: OpBuilder, values: ir.Value, found: ir.Value) -> ir.Value:
    """The rows of the boxes that came in from outside: those after the found ones."""
    given: ir.Value = op.Slice(values, op.Shape(found, start=0, end=1), [2**31], [0])
    return given


def extra_names(op: OpBuilder, probabilities: ir.Value, found: ir.Value) -> dict[str, ir.Value]:
    """Probabilities, best category and its score of the boxes that came in from outside."""
    given = of_extra(op, probabilities, found)
    foreground = op.Slice(given, [1], [2**31], [1])
    return {
        "probabilities": given,
        "scores": op.ReduceMax(foreground, [1], keepdims=0),
        "category_ids": op.Add(op.ArgMax(foreground, axis=1, keepdims=0), 1),
    }
