"""A model file of the shape that wildwear exports, made without training: its answers are constants."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CARD = {
    "format": 1,
    "name": "tiny",
    "version": "1",
    "family": "tiny",
    "categories": [{"id": 1, "name": "hat"}, {"id": 2, "name": "bag"}, {"id": 16, "name": "coat"}],
    "train_instances": {"1": 80, "2": 3, "16": 44},
    "learnt": [1, 16],
    "input": {"long_side": 64, "multiple": 32, "pad_value": 127},
    "thresholds": {"score": 0.5, "min_score": 0.01, "mask": 0.5, "suppress": 0.7, "max_detections": 100},
    "training_data": "none: its answers are constants",
    "licence": "Apache-2.0",
}


def build_tiny_model(card: dict[str, object] | None) -> bytes:
    """Write the graph of `tiny_model`, with this card or without one."""
    category_ids = np.array([23, 16, 18, 2, 1], dtype=np.int64)
    scores = np.array([0.94, 0.80, 0.90, 0, 0.03], dtype=np.float32)
    probabilities = np.zeros((5, 31), dtype=np.float32)
    probabilities[range(5), category_ids] = scores
    probabilities[0, [24, 26]] = 0.04, 0.01  # blazer, cardigan
    probabilities[2, [17, 22]] = 0.06, 0.03  # pants, joggers
    masks = np.full((5, 28, 28), 0.9, dtype=np.float32)
    masks[3, 14:] = 0.1  # the lower half of the bag's box is no bag
    constants = {
        "edges": np.array(  # of the boxes, as shares of the input
            [
                [0.1, 0.1, 0.6, 0.5],
                [0.1, 0.1, 0.6, 0.5],
                [0.1, 0.5, 0.6, 0.95],
                [0.65, 0.4, 0.95, 0.7],
                [0, 0, 0.2, 0.1],
            ],
            dtype=np.float32,
        ),
        "fixed_ids": category_ids,
        "fixed_scores": scores,
        "fixed_probabilities": probabilities,
        "fixed_masks": masks,
        "is_bag": np.array([0, 0, 0, 1, 0], dtype=np.float32),
        "extra_probabilities": np.eye(31, dtype=np.float32)[[29]] * 0.6
        + np.eye(31, dtype=np.float32)[[30]] * 0.3,
        "extra_mask": np.full((1, 28, 28), 0.8, dtype=np.float32),
        "extra_score": np.array([0.6], dtype=np.float32),
        "extra_id": np.array([29], dtype=np.int64),
        "zero": np.array(0, dtype=np.int64),
        "one": np.array([1], dtype=np.int64),
        "one_scalar": np.array(1, dtype=np.int64),
        "all_but_batch": np.array([1, 2, 3], dtype=np.int64),
        "white": np.array(255, dtype=np.float32),
        "flat": np.array([-1], dtype=np.int64),
        "flat4": np.array([-1, 4], dtype=np.int64),
        "flat31": np.array([-1, 31], dtype=np.int64),
        "flat28": np.array([-1, 28, 28], dtype=np.int64),
        "whxy": np.array([2, 1, 2, 1], dtype=np.int64),  # width, height, width, height of the shape
        "to_1": np.array([1], dtype=np.int64),
        "to_5": np.array([5], dtype=np.int64),
        "first": np.array([0], dtype=np.int64),
        "extra_first": np.array([1], dtype=np.int64),
        "extra_last": np.array([5], dtype=np.int64),
        "min_score": np.array(0.01, dtype=np.float32),
        "extra_boxes": np.zeros((0, 5), dtype=np.float32),
    }

    def node(operator: str, inputs: str, outputs: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)

    nodes = [
        node("Shape", "photos", "shape"),
        node("Gather", "shape zero", "photo_count"),
        node("Cast", "photos", "pixels", to=TensorProto.FLOAT),
        node("ReduceMean", "pixels all_but_batch", "mean", keepdims=0),
        node("Div", "mean white", "brightness"),
        node("Unsqueeze", "brightness one", "brightness_column"),
        node("Mul", "brightness_column is_bag", "bag_scores"),
        node("Add", "bag_scores fixed_scores", "score_table"),
        node("Reshape", "score_table flat", "all_scores"),
        node("Range", "zero photo_count one_scalar", "photo_numbers"),
        node("Unsqueeze", "photo_numbers one", "photo_column"),
        node("Unsqueeze", "photo_count first", "photo_count_1"),
        node("Concat", "photo_count_1 to_5", "table_shape", axis=0),
        node("Expand", "photo_column table_shape", "photo_table"),
        node("Reshape", "photo_table flat", "all_photos"),
        node("Gather", "shape whxy", "sides"),
        node("Cast", "sides", "sides_float", to=TensorProto.FLOAT),
        node("Mul", "edges sides_float", "photo_boxes"),
        node("Concat", "photo_count_1 to_1", "tile_2", axis=0),
        node("Concat", "tile_2 to_1", "tile_3", axis=0),
        node("Tile", "photo_boxes tile_2", "all_boxes"),
        node("Tile", "fixed_ids photo_count_1", "all_ids"),
        node("Tile", "fixed_probabilities tile_2", "all_probabilities"),
        node("Tile", "fixed_masks tile_3", "all_masks"),
        node("GreaterOrEqual", "all_scores min_score", "kept"),
        *[
            node("Compress", f"all_{name} kept", f"kept_{name}", axis=0)
            for name in ("photos", "boxes", "scores", "ids", "probabilities", "masks")
        ],
        node("Shape", "extra_boxes", "extra_shape"),
        node("Gather", "extra_shape first", "extra_count"),
        node("Slice", "extra_boxes extra_first extra_last one", "extra_corners"),
        node("Gather", "extra_boxes zero", "extra_photo_float", axis=1),
        node("Cast", "extra_photo_float", "extra_photos", to=TensorProto.INT64),
        node("Concat", "extra_count to_1", "extra_tile_2", axis=0),
        node("Concat", "extra_tile_2 to_1", "extra_tile_3", axis=0),
        node("Tile", "extra_score extra_count", "extra_scores"),
        node("Tile", "extra_id extra_count", "extra_ids"),
        node("Tile", "extra_probabilities extra_tile_2", "extra_rows"),
        node("Tile", "extra_mask extra_tile_3", "extra_masks"),
        node("Concat", "kept_photos extra_photos", "batch", axis=0),
        node("Concat", "kept_boxes extra_corners", "boxes", axis=0),
        node("Concat", "kept_scores extra_scores", "scores", axis=0),
        node("Concat", "kept_ids extra_ids", "category_ids", axis=0),
        node("Concat", "kept_probabilities extra_rows", "probabilities", axis=0),
        node("Concat", "kept_masks extra_masks", "masks", axis=0),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            value("photos", TensorProto.UINT8, ["batch", "height", "width", 3]),
            value("min_score", TensorProto.FLOAT, []),
            value("extra_boxes", TensorProto.FLOAT, ["k", 5]),
        ],
        [
            value("batch", TensorProto.INT64, ["n"]),
            value("boxes", TensorProto.FLOAT, ["n", 4]),
            value("scores", TensorProto.FLOAT, ["n"]),
            value("category_ids", TensorProto.INT64, ["n"]),
            value("probabilities", TensorProto.FLOAT, ["n", 31]),
            value("masks", TensorProto.FLOAT, ["n", 28, 28]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, {"wildwear": json.dumps(card)})
    return bytes(model.SerializeToString())
