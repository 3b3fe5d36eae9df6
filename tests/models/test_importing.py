"""What Detectron2 trained becomes a checkpoint and a model file of ours, and finds what it found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch import Tensor
from typer.testing import CliRunner

import zoo
from wildwear import inference
from wildwear.cli.app import app
from wildwear.errors import ModelError
from wildwear.models import (
    GarmentRcnn,
    ModelConfig,
    build,
    detectron2,
    export_model,
    load_checkpoint,
    save_checkpoint,
)
from wildwear.models.checkpoints import read_facts
from wildwear.models.importing import import_detectron2, labels_of, read_category_names
from wildwear.models.transfer import take_weights
from wildwear.models.weights import load_weights, names_of, with_categories
from wildwear.taxonomy import CATEGORIES

BACKWARDS = [category.name for category in reversed(CATEGORIES)]  # no order of ours


def sharp_state(depth: int, classes: int = 30) -> dict[str, Tensor]:
    """Weights under Detectron2's names whose heads are sure of something, with no two scores alike."""
    weights = zoo.state(depth, classes)
    generator = torch.Generator().manual_seed(7)
    for name, scale in (("box_predictor.cls_score", 0.2), ("mask_head.predictor", 0.3)):
        shape = weights[f"roi_heads.{name}.weight"].shape
        weights[f"roi_heads.{name}.weight"] = scale * torch.randn(shape, generator=generator)
    return weights


def model_final(folder: Path, weights: dict[str, Tensor]) -> Path:
    """A file as Detectron2's checkpointer writes it at the end of a training."""
    document = {"model": weights, "optimizer": {"state": {}}, "scheduler": {"last_epoch": 14999}}
    torch.save({**document, "iteration": 14999}, folder / "model_final.pth")
    return folder / "model_final.pth"


@torch.no_grad()
@pytest.mark.parametrize("depth", [101, pytest.param(50, marks=pytest.mark.long)])
def test_a_trained_network_of_detectron2_finds_through_our_model_file_what_it_finds_in_torch(
    tmp_path: Path, depth: int
) -> None:
    weights = sharp_state(depth)
    file, checkpoint, onnx_file = (
        model_final(tmp_path, weights),
        tmp_path / "a.safetensors",
        tmp_path / "a.onnx",
    )
    config = {"INPUT": {"MIN_SIZE_TEST": 160, "MAX_SIZE_TEST": 224}, "MODEL": {"ROI_HEADS": {}}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    command = ["model", "import-detectron2", str(file), "--categories", ",".join(BACKWARDS)]
    done = CliRunner().invoke(app, [*command, "--out", str(checkpoint)], catch_exceptions=False)
    export_model(checkpoint, onnx_file)

    model = load_checkpoint(checkpoint).eval()
    assert f"{len(model.state_dict())} weights loaded, 0 made anew" in done.output
    assert model.config.proposals == (1000, 1000)
    # Known heads: the score of a coat is the row that stood at the coat's place in their order.
    for category in CATEGORIES:
        row = weights["roi_heads.box_predictor.cls_score.weight"][BACKWARDS.index(category.name)]
        assert torch.equal(model.roi_heads.box_predictor.cls_score.weight[category.id], row)
    zoo.round_as_a_model_file_does(model)
    photo = np.random.default_rng(2).integers(0, 256, (160, 192, 3), dtype=np.uint8)
    segmenter = inference.load(onnx_file)
    assert (segmenter.card.input.short_side, segmenter.card.input.long_side) == (160, 224)
    assert (segmenter.card.thresholds.min_score, len(segmenter.card.learnt)) == (0.05, 30)
    found = segmenter._session.run(["boxes", "scores", "category_ids", "masks"], {"photos": photo[None]})
    assert_alike(found, model([torch.from_numpy(photo).permute(2, 0, 1)])[0][0])
    assert len(segmenter(photo, score=0.1, suppress=None)) > 5
    shutil.rmtree(tmp_path)  # some hundred megabytes, and pytest keeps the folders of three runs


def assert_alike(found: list[Any], expected: dict[str, Tensor]) -> None:
    """Scores and mask probabilities to a thousandth, boxes to a tenth of a pixel."""
    boxes, scores, category_ids, masks = found
    matched = 0
    for box, label, score, mask in zip(
        expected["boxes"], expected["labels"], expected["scores"], expected["masks"], strict=True
    ):
        near = np.abs(boxes - box.numpy()).max(axis=1) < 0.1
        hits = np.flatnonzero(near & (category_ids == int(label)) & (np.abs(scores - float(score)) < 1e-3))
        if len(hits):
            matched += 1
            np.testing.assert_allclose(masks[hits[0]], mask[0], atol=1e-3)
    # Overlaps of almost exactly one half may fall to either side in float32.
    assert matched >= 0.97 * max(len(scores), len(expected["scores"])) > 10


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """An R50 of Detectron2 that tells 30 categories apart."""
    return zoo.state(50, classes=30)


@pytest.fixture
def read(weights: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """These weights, as if they had been read: files of theirs take their time."""
    own = dict(weights)
    monkeypatch.setattr("wildwear.models.importing.read_state", lambda _: own)
    return own


@pytest.mark.usefixtures("read")
def test_the_config_beside_a_network_says_how_it_works_and_a_model_file_is_for_the_30_alone(
    tmp_path: Path, shared: Path
) -> None:
    from wildwear.training import load_config

    config = shared / "seed" / "experiments" / "exp9" / "model_config.yaml"
    (tmp_path / "config.yaml").write_bytes(config.read_bytes())
    names = [f"thing {number}" for number in range(30)]
    import_detectron2(tmp_path / "model_final.pth", tmp_path / "a.safetensors", names)
    facts = read_facts(tmp_path / "a.safetensors")
    assert facts["categories"][29] == {"id": 30, "name": "thing 29"}
    thesis = load_config("thesis-exp9").model.model_copy(update={"backbone": "resnet50"})
    assert ModelConfig.model_validate(facts["config"]) == thesis
    with pytest.raises(ModelError, match=r"a\.safetensors: knows 30 categories of its own \(thing 0, "):
        export_model(tmp_path / "a.safetensors", tmp_path / "a.onnx")


def test_a_network_whose_categories_are_named_keeps_its_heads(weights: dict[str, Tensor]) -> None:
    converted = detectron2.convert(dict(weights), detectron2.Pixels())
    model = build(ModelConfig(backbone="resnet50", lineage="detectron2", pretrained=False))
    report = take_weights(model, with_categories(converted, BACKWARDS), names_of(labels_of(BACKWARDS)))
    assert report.new == {}
    boxes = weights["roi_heads.box_predictor.bbox_pred.bias"].reshape(30, 4)
    hat = BACKWARDS.index("hat")
    assert torch.equal(model.roi_heads.box_predictor.bbox_pred.bias.reshape(31, 4)[1], boxes[hat])
    with pytest.raises(ModelError, match="tells 30 categories apart; 29 are named"):
        with_categories(converted, BACKWARDS[1:])


def test_a_file_that_is_no_whole_network_of_detectron2_is_refused(
    tmp_path: Path, read: dict[str, Tensor]
) -> None:
    file, out = tmp_path / "model_final.pth", tmp_path / "a.safetensors"
    (tmp_path / "config.yaml").write_text("MODEL: {}\nINPUT: {MIN_SIZE_TEST: 8}\n")
    with pytest.raises(ModelError, match="the config beside it asks for short_side 8: Input should be"):
        import_detectron2(file, out, BACKWARDS)
    (tmp_path / "config.yaml").unlink()
    for name in [name for name in read if "mask_head" in name]:
        del read[name]
    with pytest.raises(ModelError, match=r"model_final\.pth: lacks \d+ weights of Mask R-CNN, such as roi_"):
        import_detectron2(file, out, BACKWARDS)
    read.clear()
    with pytest.raises(ModelError, match=r"model_final\.pth: is no network of Detectron2"):
        import_detectron2(file, out, BACKWARDS)
    assert not out.exists()


def test_a_file_that_says_its_categories_itself_is_not_told_them(lite: GarmentRcnn, tmp_path: Path) -> None:
    save_checkpoint(lite, tmp_path / "a.safetensors", {})
    with pytest.raises(ModelError, match=r"a\.safetensors: says itself which categories it knows"):
        load_weights(lite, tmp_path / "a.safetensors", labels_of(BACKWARDS), known=BACKWARDS)


def test_categories_are_named_by_a_list_a_text_file_or_a_coco_file(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Flat shoe\n\n rucksack \n")
    categories = [{"id": 7, "name": "rucksack"}, {"id": 2, "name": "flat-shoes"}]
    document = {"images": [], "annotations": [], "categories": categories}
    (tmp_path / "train.json").write_text(json.dumps(document))
    for given in ("Flat shoe, rucksack", tmp_path / "names.txt", tmp_path / "train.json"):
        assert read_category_names(given) == ["flat_shoes", "rucksack"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("none.txt", r"none\.txt: cannot be read as text: .*No such file"),
        ("none.json", r"none\.json"),
        (" , ", "names no category"),
        ("hat,coat,Hats", "names hat twice"),
    ],
)
def test_categories_that_are_not_named_are_an_error(given: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_category_names(given)
