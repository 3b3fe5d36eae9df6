"""From a checkpoint to the model file: one ONNX graph from photos to masks, with its card in the metadata.

The network's three dense parts (see `parts`) go through torch's exporter, and what lies between them (see
`operators`) is written in ONNX. The result takes batches, photos of any size, and a second kind of input:
boxes that a person drew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from onnxscript import GraphBuilder

from wildwear.datasets.documents import read_json
from wildwear.errors import ModelError
from wildwear.files import write_atomically
from wildwear.inference.card import METADATA_KEY, Calibration, CardCategory, Input, ModelCard, Thresholds
from wildwear.models.checkpoints import load_checkpoint, read_facts
from wildwear.models.mask_rcnn import MULTIPLE, PAD_VALUE, GarmentRcnn
from wildwear.models.model_files import open_model_file
from wildwear.models.operators import (
    detect,
    extra_names,
    inline,
    of_extra,
    pool,
    pool_levels,
    propose,
    reduced,
    set_default,
)
from wildwear.models.parts import (
    OPSET,
    Box,
    Dense,
    Mask,
    box_shapes,
    export_part,
    mask_shapes,
    photo_shapes,
)
from wildwear.models.proposals import TAKEN
from wildwear.taxonomy import CATEGORIES, coco_categories
from wildwear.version import __version__

SEMANTIC_STRIDE = 4
LEARNT_FROM = 20  # training instances from which on a category counts as learnt
KNOWS_NOTHING = (
    0.05  # mask AP50 on val, under which a network has learnt no category, however many it was shown
)
SMALL_TENSOR = 256  # elements; smaller ones stay float32 in the file


def export_model(
    checkpoint: str | Path, out: str | Path, *, name: str | None = None, val: dict[str, Any] | None = None
) -> None:
    """Write the model file of a checkpoint: weights float16, cast to float32 when it is loaded.

    Args:
        checkpoint: a `.safetensors` file that `wildwear train` wrote.
        out: the `.onnx` file.
        name: of the model, where it is not to be its run's.
        val: figures on val, as `Metrics.to_dict` gives them, where they are not those of the training.

    Raises:
        ModelError: the checkpoint is not ours, does not fit its config, or has other categories than the 30.
    """
    given = {"name": name, "val": val}
    facts = read_facts(checkpoint) | {key: value for key, value in given.items() if value is not None}
    known = [category["name"] for category in facts.get("categories", coco_categories())]
    if known != [category.name for category in CATEGORIES]:
        raise ModelError(
            f"{checkpoint}: knows {len(known)} categories of its own ({', '.join(known[:3])} …); a model "
            "file holds wildwear's 30"
        )
    model = load_checkpoint(checkpoint).eval()
    graph_model = assemble(model)
    halve_weights(graph_model.graph)
    graph_model.metadata_props[METADATA_KEY] = describe(model, facts).model_dump_json()
    write_atomically(out, ir.to_proto(graph_model).SerializeToString())


def figures_in(metrics: Path) -> dict[str, Any]:
    """What `wildwear evaluate` wrote into a `metrics.json`, for `export_model`.

    Raises:
        DatasetError: it cannot be read.
        ModelError: it says no AP of masks.
    """
    figures: dict[str, Any] = read_json(metrics)
    match figures:
        case {"mask": {"ap": float() | int() | None, "ap50": float() | int() | None}}:
            return figures
    raise ModelError(f"{metrics}: is no metrics.json of `wildwear evaluate`: it says no AP of masks")


def with_display(
    model_file: str | Path, calibration: Calibration, thresholds: Thresholds, out: str | Path
) -> None:
    """Write a model file again with another calibration and other thresholds in its card; its graph stays.

    Raises:
        ModelError: it is no model file of wildwear.
    """
    model, card = open_model_file(model_file)
    entry = next(entry for entry in model.metadata_props if entry.key == METADATA_KEY)
    display = {"calibration": calibration, "thresholds": thresholds}
    entry.value = card.model_copy(update=display).model_dump_json()
    write_atomically(out, model.SerializeToString())


def describe(model: GarmentRcnn, facts: dict[str, Any]) -> ModelCard:
    """The card of a model, from its checkpoint's facts."""
    counts = {int(category): count for category, count in facts.get("train_instances", {}).items()}
    learnt = [category for category, count in counts.items() if count >= LEARNT_FROM]
    if "train_instances" not in facts:  # of a network from elsewhere nobody has said what it saw how often
        learnt = [category.id for category in CATEGORIES]
    val = facts.get("val", {}).get("mask", {})
    if val and (val["ap50"] or 0) < KNOWS_NOTHING:
        learnt = []
    heads = model.roi_heads
    return ModelCard(
        format=1,
        name=facts.get("name", "unnamed"),
        version=facts.get("wildwear_version", __version__),
        family=model.config.backbone,
        categories=tuple(CardCategory(id=category.id, name=category.name) for category in CATEGORIES),
        train_instances=counts,
        learnt=tuple(learnt),
        input=Input(
            long_side=model.config.long_side,
            short_side=model.config.short_side,
            multiple=MULTIPLE,
            pad_value=PAD_VALUE,
        ),
        thresholds=Thresholds(
            score=0.5,
            min_score=heads.score_thresh,
            mask=TAKEN,
            suppress=0.7,
            max_detections=heads.detections_per_img,
        ),
        training_data=facts.get("training_data", "not stated"),
        licence=facts.get("licence", "not stated"),
        metrics={"val": val},
        config=model.config.model_dump(mode="json"),
        # Said for readers; the graph does it itself.
        normalisation={
            "mean": model.mean.flatten().tolist(),
            "deviation": model.deviation.flatten().tolist(),
        },
    )


def assemble(model: GarmentRcnn) -> ir.Model:
    """The whole graph: three exported parts and the operators between them, in the order they run."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name="wildwear")
    builder = GraphBuilder(graph)
    op = builder.op
    photos = builder.input("photos", ir.DataType.UINT8, ["batch", "height", "width", 3])
    min_score = builder.input("min_score", ir.DataType.FLOAT, [])
    extra_boxes = builder.input("extra_boxes", ir.DataType.FLOAT, ["extra", 5])

    outputs = inline(builder, export_part(Dense(model), photo_shapes(), "dense"), [photos])
    of_proposals = 2 * len(model.rpn.anchor_generator.sizes)  # boxes and scores of each level
    levels, maps = outputs[:of_proposals], outputs[of_proposals:]
    semantic = maps.pop() if model.roi_heads.semantic_mask_pool is not None else None

    found, found_batch = propose(op, levels[0::2], levels[1::2], model)
    extra_xyxy = op.Slice(extra_boxes, [1], [5], [1])
    extra_batch = op.Cast(op.Gather(extra_boxes, 0, axis=1), to=ir.DataType.INT64)
    boxes, batch = op.Concat(found, extra_xyxy, axis=0), op.Concat(found_batch, extra_batch, axis=0)
    heads = model.roi_heads
    pooled = pool_levels(op, maps, boxes, batch, heads.box_roi_pool)
    if semantic is not None and heads.semantic_box_pool is not None:
        of_semantic = pool(op, semantic, SEMANTIC_STRIDE, boxes, batch, heads.semantic_box_pool)
        pooled = op.Concat(pooled, of_semantic, axis=1)
    box_part = export_part(Box(heads), box_shapes(model), "box")
    probabilities, refined, features = inline(builder, box_part, [pooled, boxes, photos])

    rows, category_ids, scores, kept_boxes = detect(
        op, probabilities, refined, found_batch, photos, min_score, model
    )
    named = extra_names(op, probabilities, found)
    final = {
        "batch": op.Concat(op.Gather(found_batch, rows, axis=0), extra_batch, axis=0),
        "boxes": op.Concat(kept_boxes, extra_xyxy, axis=0),
        "scores": op.Concat(scores, named["scores"], axis=0),
        "category_ids": op.Concat(category_ids, named["category_ids"], axis=0),
        "probabilities": op.Concat(op.Gather(probabilities, rows, axis=0), named["probabilities"], axis=0),
        "features": op.Concat(op.Gather(features, rows, axis=0), of_extra(op, features, found), axis=0),
    }
    if semantic is not None and heads.semantic_mask_pool is not None:
        pooled = pool(op, semantic, SEMANTIC_STRIDE, final["boxes"], final["batch"], heads.semantic_mask_pool)
    else:
        pooled = pool_levels(op, maps, final["boxes"], final["batch"], heads.mask_roi_pool)
    mask_part = export_part(Mask(heads), mask_shapes(model), "mask")
    final["masks"], *share = inline(builder, mask_part, [pooled, final["category_ids"]])
    if share:
        final = reduced(op, final, share[0], min_score, op.Shape(rows))

    shapes: dict[str, list[int | str]] = {
        "batch": ["n"],
        "boxes": ["n", 4],
        "scores": ["n"],
        "category_ids": ["n"],
        "masks": ["n", 28, 28],
        "features": ["n", heads.box_predictor.cls_score.in_features],
    }
    for name, value in final.items():
        output = op.Identity(value)
        output.shape = ir.Shape(shapes.get(name, ["n", model.config.num_classes]))
        output.dtype = ir.DataType.INT64 if name in ("batch", "category_ids") else ir.DataType.FLOAT
        builder.add_output(output, name)
    # Defaults come last: while the graph is built they would be taken for constants and folded into it.
    set_default(graph, min_score, np.array(model.roi_heads.score_thresh, np.float32))
    set_default(graph, extra_boxes, np.zeros((0, 5), np.float32))
    return ir.Model(graph, ir_version=10, producer_name="wildwear", producer_version=__version__)


def halve_weights(graph: ir.Graph) -> None:
    """Store large float32 weights as float16 with a cast behind each; onnxruntime folds the casts when it
    loads the file.

    Vectors stay as they are: the variances of frozen normalisation can be smaller than float16 knows.
    """
    for name, weight in list(graph.initializers.items()):
        tensor = weight.const_value
        if (
            weight in graph.inputs
            or tensor is None
            or tensor.dtype != ir.DataType.FLOAT
            or tensor.size < SMALL_TENSOR
            or sum(side > 1 for side in tensor.shape.numpy()) < 2
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
