"""The model file computes what the network computes, for any batch and size, and says what it is."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnxscript import GraphBuilder

import zoo
from wildwear import inference
from wildwear.models import GarmentRcnn, ModelConfig, build, save_checkpoint
from wildwear.models.architectures import build_lite
from wildwear.models.detectron2 import Pixels, convert
from wildwear.models.export import assemble, describe, export_model, halve_weights
from wildwear.models.operators import APART
from wildwear.models.parts import LONGEST_SIDE, photo_shapes
from wildwear.models.proposals import certainty
from wildwear.models.transfer import take_weights

Array = NDArray[Any]


@pytest.fixture(scope="module")
def model(lite_config: ModelConfig) -> GarmentRcnn:
    """Random weights, with a classifier and a proposal head sharp enough that no two scores tie.

    They are rounded as a model file rounds them, so that it can be held against torch closely.
    """
    torch.manual_seed(5)
    model = build(lite_config).eval()
    with torch.no_grad():
        model.roi_heads.box_predictor.cls_score.weight *= 12
        model.rpn.head.cls_logits.weight *= 10
    zoo.round_as_a_model_file_does(model)
    return model


@pytest.fixture(scope="module")
def model_file(model: GarmentRcnn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`model.onnx` beside the checkpoint that it was exported from."""
    folder = tmp_path_factory.mktemp("export")
    facts = {"name": "mine", "train_instances": {"1": 20, "2": 19}, "training_data": "two hats"}
    save_checkpoint(model, folder / "model.safetensors", facts)
    export_model(folder / "model.safetensors", folder / "model.onnx")
    return folder / "model.onnx"


@pytest.fixture(scope="module")
def session(model_file: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model_file)


def photos(count: int, height: int, width: int) -> Array:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def run(session: onnxruntime.InferenceSession, **feeds: Array) -> dict[str, Array]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


@pytest.mark.parametrize(("count", "height", "width"), [(1, 96, 64), (3, 64, 128), (1, 416, 352)])
def test_the_graph_finds_what_the_network_finds(
    model: GarmentRcnn, session: onnxruntime.InferenceSession, count: int, height: int, width: int
) -> None:
    assert_same_detections(model, session, photos(count, height, width))


def assert_same_detections(model: GarmentRcnn, session: onnxruntime.InferenceSession, batch: Array) -> None:
    found = run(session, photos=batch)
    with torch.no_grad():
        expected, _ = model([torch.from_numpy(photo).permute(2, 0, 1) for photo in batch])
    for index, detections in enumerate(expected):
        mine = {name: values[found["batch"] == index] for name, values in found.items()}
        pairs = [(i, match(mine, detections, i)) for i in range(len(detections["scores"]))]
        matched = [(i, j) for i, j in pairs if j is not None]
        # Overlaps of almost exactly one half may fall to either side in float32.
        assert len(matched) >= 0.97 * max(len(pairs), len(mine["scores"])) > 10
        for i, j in matched:
            np.testing.assert_allclose(mine["scores"][j], detections["scores"][i], atol=1e-3)
            np.testing.assert_allclose(mine["masks"][j], detections["masks"][i, 0], atol=1e-2)


def match(found: dict[str, Array], expected: dict[str, torch.Tensor], index: int) -> int | None:
    """The found detection with the category and the box (to 0.05 px) of an expected one, if there is one."""
    same = found["category_ids"] == int(expected["labels"][index])
    near = np.abs(found["boxes"] - expected["boxes"][index].numpy()).max(axis=1) < 0.05
    hits = np.flatnonzero(same & near)
    return int(hits[0]) if len(hits) else None


def test_a_higher_minimal_score_leaves_the_rest_as_it_is(session: onnxruntime.InferenceSession) -> None:
    everything = run(session, photos=photos(1, 96, 64))
    threshold = np.float32(np.median(everything["scores"]))
    surer = run(session, photos=photos(1, 96, 64), min_score=np.array(threshold))
    np.testing.assert_allclose(
        surer["scores"], everything["scores"][everything["scores"] > threshold], atol=1e-6
    )


def test_boxes_from_outside_come_last_unchanged_and_named(session: onnxruntime.InferenceSession) -> None:
    boxes = np.array([[1, 5, 6, 40, 60], [0, 2, 3, 30, 50]], np.float32)
    found = run(session, photos=photos(2, 96, 64), extra_boxes=boxes, min_score=np.array(2, np.float32))
    np.testing.assert_array_equal(found["boxes"], boxes[:, 1:])
    np.testing.assert_array_equal(found["batch"], [1, 0])
    best = found["probabilities"][:, 1:].argmax(axis=1)
    np.testing.assert_array_equal(found["category_ids"], best + 1)
    np.testing.assert_allclose(found["scores"], found["probabilities"][[0, 1], best + 1])
    np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, atol=1e-5)


def test_photos_of_a_batch_do_not_disturb_each_other(session: onnxruntime.InferenceSession) -> None:
    batch = photos(2, 96, 64)
    together, alone = run(session, photos=batch), run(session, photos=batch[1:])
    np.testing.assert_allclose(together["scores"][together["batch"] == 1], alone["scores"], atol=1e-4)


def test_a_photo_gets_the_same_at_the_end_of_a_long_batch(session: onnxruntime.InferenceSession) -> None:
    photo = photos(1, 64, 64)
    alone = run(session, photos=photo)
    together = run(session, photos=np.repeat(photo, 12, axis=0))
    last = together["batch"] == 11
    assert together["category_ids"][last].tolist() == alone["category_ids"].tolist()
    np.testing.assert_allclose(together["boxes"][last], alone["boxes"], atol=1e-2)


def test_boxes_of_different_photos_and_categories_cannot_overlap_after_the_shift() -> None:
    _, dynamic = photo_shapes()
    assert dynamic["photos"][1].max <= LONGEST_SIDE < APART


@pytest.mark.parametrize("box", [[30, 40, 10, 50], [5, 5, 5, 5], [0, 0, 0, 90]])
def test_a_box_without_an_inside_does_not_break_the_graph(
    session: onnxruntime.InferenceSession, box: list[float]
) -> None:
    found = run(session, photos=photos(1, 96, 64), extra_boxes=np.array([[0, *box]], np.float32))
    np.testing.assert_array_equal(found["boxes"][-1], box)


def test_a_model_file_halves_its_weights_and_carries_its_card(
    lite_config: ModelConfig, model_file: Path
) -> None:
    assert model_file.stat().st_size < 0.6 * model_file.with_suffix(".safetensors").stat().st_size
    segmenter = inference.load(model_file)
    assert (segmenter.card.name, segmenter.card.learnt) == ("mine", (1,))
    assert len(segmenter.batch([photos(1, 50, 70)[0]], score=0.01, strict=True)) == 1
    photo, boxes = photos(1, 50, 70)[0], np.array([[0, 0, 70, 50], [5, 5, 30, 30]], np.float32)
    features = segmenter.features(photo, boxes)
    assert features.shape == (3, 64)
    np.testing.assert_array_equal(features[0], features[1])  # a photo is the box around it
    np.testing.assert_array_equal(segmenter.features(photo), features[:1])
    proto = onnx.load(model_file)
    onnx.checker.check_model(proto)
    assert json.loads({p.key: p.value for p in proto.metadata_props}["wildwear"])[
        "config"
    ] == lite_config.model_dump(mode="json")


@pytest.mark.parametrize(("ap50", "learnt"), [(0.3, (1,)), (0.04, ()), (None, ())])
def test_a_network_that_finds_next_to_nothing_on_val_claims_to_have_learnt_nothing(
    lite_config: ModelConfig, ap50: float | None, learnt: tuple[int, ...]
) -> None:
    facts = {"train_instances": {"1": 900}, "val": {"mask": {"ap50": ap50}}, "config": {}}
    assert describe(build_lite(lite_config), facts).learnt == learnt


def test_features_are_what_the_box_head_knows_of_a_box_before_it_names_it(
    model: GarmentRcnn, session: onnxruntime.InferenceSession
) -> None:
    batch = photos(2, 96, 64)
    boxes = np.array([[1, 5, 6, 40, 60], [0, 2, 3, 30, 50]], np.float32)
    found = run(session, photos=batch, extra_boxes=boxes)
    with torch.no_grad():
        photo = torch.from_numpy(batch).permute(0, 3, 1, 2)
        maps = model.backbone((photo - model.mean) / model.deviation)
        by_photo = [torch.from_numpy(boxes[1:, 1:]), torch.from_numpy(boxes[:1, 1:])]
        heads = model.roi_heads
        expected = heads.box_head(heads.pool_boxes(maps, by_photo, []))
        logits, _ = heads.box_predictor(torch.from_numpy(found["features"]))
    np.testing.assert_allclose(found["features"][-2:], expected.flip(0), atol=1e-3)
    # Those of what was found are of the box that was named, in its row.
    sure = certainty(torch.from_numpy(found["masks"]))[:, None]
    np.testing.assert_allclose(found["probabilities"][:, 1:], logits.softmax(dim=1)[:, 1:] * sure, atol=1e-5)
    np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("lineage", ["detectron2", pytest.param("torchvision", marks=pytest.mark.long)])
def test_the_graph_of_a_resnet_finds_what_the_network_finds(lineage: Any) -> None:
    torch.manual_seed(5)
    model = build(ModelConfig(backbone="resnet50", lineage=lineage, pretrained=False)).eval()
    take_weights(model, convert(zoo.state(50), Pixels()), [])
    with torch.no_grad():
        model.roi_heads.box_predictor.cls_score.weight.normal_(std=0.05)
    content = ir.to_proto(assemble(model)).SerializeToString()
    session = onnxruntime.InferenceSession(content)
    for count, height, width in [(1, 96, 64), (2, 64, 160), (1, 416, 352)]:
        assert_same_detections(model, session, photos(count, height, width))

    boxes = np.array([[0, 30, 40, 10, 50], [0, -9e6, -9e6, 9e6, 9e6], [0, 5, 5, 5, 5]], np.float32)
    found = run(session, photos=photos(1, 96, 64), extra_boxes=boxes, min_score=np.array(2, np.float32))
    np.testing.assert_array_equal(found["boxes"], boxes[:, 1:])
    assert np.isfinite(found["masks"]).all()


def test_variances_smaller_than_float16_knows_survive_in_a_model_file() -> None:
    graph = ir.Graph([], [], nodes=[], opset_imports={"": 18})
    op = GraphBuilder(graph).op
    kernel, variance = np.ones((300, 2), np.float32), np.full((1, 300, 1), 1e-9, np.float32)
    for name, array in (("kernel", kernel), ("variance", variance)):
        graph.register_initializer(ir.Value(name=name, const_value=ir.tensor(array, name=name)))
    op.MatMul(op.Identity(graph.initializers["variance"]), op.Identity(graph.initializers["kernel"]))
    halve_weights(graph)
    assert {name: str(value.const_value.dtype) for name, value in graph.initializers.items()} == {
        "kernel/float16": "FLOAT16",
        "variance": "FLOAT",
    }
