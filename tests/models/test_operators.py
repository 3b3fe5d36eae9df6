"""What lies between the network's dense parts: the same as torch's, at any size that a photo asks for."""

from __future__ import annotations

import resource
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnxscript import GraphBuilder
from torchvision.ops import batched_nms

from wildwear.models import ModelConfig, build
from wildwear.models.operators import detect
from wildwear.models.parts import OPSET

Array = NDArray[Any]
PROPOSALS, CLASSES = 150, 31


@pytest.fixture(scope="module")
def detection(lite_config: ModelConfig) -> onnxruntime.InferenceSession:
    """`detect` alone: what the box head says of proposals to the detections of each photo."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name="detection")
    builder = GraphBuilder(graph)
    inputs = [
        builder.input("probabilities", ir.DataType.FLOAT, ["n", CLASSES]),
        builder.input("refined", ir.DataType.FLOAT, ["n", CLASSES, 4]),
        builder.input("batch", ir.DataType.INT64, ["n"]),
        builder.input("photos", ir.DataType.UINT8, ["photos", 32, 32, 3]),
        builder.input("min_score", ir.DataType.FLOAT, []),
    ]
    for name, value in zip(
        ("rows", "category_ids", "scores", "boxes"),
        detect(builder.op, *inputs, build(lite_config)),
        strict=True,
    ):
        builder.add_output(value, name)
    content = ir.to_proto(ir.Model(graph, ir_version=10)).SerializeToString()
    return onnxruntime.InferenceSession(content)


def named_boxes(photos: int) -> dict[str, Array]:
    """As many proposals as a photo may have, crowded enough that many overlap, with no two scores alike."""
    random = np.random.default_rng(3)
    count = photos * PROPOSALS
    corners = random.uniform(0, 500, (count, 1, 2)) + random.uniform(0, 8, (count, CLASSES, 2))
    sides = random.uniform(20, 200, (count, 1, 2))
    logits = random.normal(size=(count, CLASSES)).astype(np.float32)
    return {
        "probabilities": np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
        "refined": np.concatenate([corners, corners + sides], axis=2).astype(np.float32),
        "batch": np.repeat(np.arange(photos), PROPOSALS),
        "photos": np.zeros((photos, 32, 32, 3), np.uint8),
    }


def detections(session: onnxruntime.InferenceSession, feeds: dict[str, Array], score: float) -> list[Array]:
    found: list[Array] = session.run(None, {**feeds, "min_score": np.array(score, np.float32)})
    return found


@pytest.mark.parametrize("score", [0.0, 0.06, 0.99])
def test_each_photo_of_a_batch_keeps_its_best_detections_as_torchs_suppression_has_them(
    detection: onnxruntime.InferenceSession, score: float
) -> None:
    feeds = named_boxes(3)
    rows, category_ids, scores, boxes = detections(detection, feeds, score)
    for photo in range(3):
        own = np.flatnonzero(feeds["batch"] == photo)
        foreground = torch.from_numpy(feeds["probabilities"][own, 1:])
        place, category = torch.where(foreground > score)
        candidates = torch.from_numpy(feeds["refined"][own])[place, category + 1]
        kept = batched_nms(candidates, foreground[place, category], category, 0.5)[:100]
        mine = feeds["batch"][rows] == photo
        np.testing.assert_array_equal(rows[mine], own[place[kept]])
        np.testing.assert_array_equal(category_ids[mine], category[kept] + 1)
        np.testing.assert_array_equal(scores[mine], foreground[place, category][kept])
        np.testing.assert_array_equal(boxes[mine], candidates[kept])


def test_a_photo_that_has_no_proposal_leaves_the_others_theirs(
    detection: onnxruntime.InferenceSession,
) -> None:
    feeds = named_boxes(2)
    alone = detections(detection, {**feeds, "photos": feeds["photos"][:1]}, 1.0)
    assert [len(values) for values in alone] == [0, 0, 0, 0]
    moved = {**feeds, "batch": feeds["batch"] * 2, "photos": np.zeros((4, 32, 32, 3), np.uint8)}
    for expected, found in zip(
        detections(detection, feeds, 0.05), detections(detection, moved, 0.05), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_the_memory_of_suppression_grows_with_the_photos_and_not_with_their_square(
    detection: onnxruntime.InferenceSession,
) -> None:
    feeds = named_boxes(12)  # 54,000 candidates at score 0; a matrix of all of them would have 11.7 GB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    detections(detection, feeds, 0.0)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert kilobytes < 100_000
