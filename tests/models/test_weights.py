"""Weights from files of every kind, and a word on each of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor
from torchvision.models import detection, resnet101

import zoo
from wildwear import imaging
from wildwear.errors import ModelError
from wildwear.inference.session import find_model, open_session
from wildwear.models import GarmentRcnn, ModelConfig, build, load_checkpoint, save_checkpoint
from wildwear.models.architectures import load_published_weights
from wildwear.models.torchvision_weights import COCO_LABELS, from_torchvision
from wildwear.models.transfer import Transfer, take_weights
from wildwear.models.weights import load_weights
from wildwear.taxonomy import coco_categories

DEEPFASHION = [{"id": 5 * number, "name": f"category {number}"} for number in range(1, 14)]
PREDICTORS = {
    f"roi_heads.{layer}.{kind}"
    for layer in ("box_predictor.cls_score", "box_predictor.bbox_pred", "mask_predictor.mask_fcn_logits")
    for kind in ("weight", "bias")
}


def resnet(**fields: Any) -> GarmentRcnn:
    return build(ModelConfig.model_validate({"backbone": "resnet50", "pretrained": False, **fields}))


def assert_complete(report: Transfer, model: GarmentRcnn, file: set[str]) -> None:
    """Every weight of the network and of the file is accounted for, once, and written down."""
    assert sorted([*report.loaded, *report.new]) == sorted(model.state_dict())
    assert sorted([*report.loaded.values(), *report.unused]) == sorted(file)
    lines = report.text().splitlines()
    assert len(lines) == len(report.loaded) + len(report.new) + len(report.unused)


def own_checkpoint(path: Path, config: ModelConfig, categories: list[dict[str, Any]]) -> dict[str, Tensor]:
    torch.manual_seed(7)
    model = build(config.model_copy(update={"num_classes": len(categories) + 1}))
    save_checkpoint(model, path, {"categories": categories})
    return safetensors.torch.load_file(path)


@pytest.mark.parametrize("backwards", [False, True], ids=["13 to 30", "30 to 13"])
def test_our_own_checkpoint_keeps_all_but_its_heads_for_other_categories(
    lite_config: ModelConfig, tmp_path: Path, backwards: bool
) -> None:
    known, wanted = (coco_categories(), DEEPFASHION) if backwards else (DEEPFASHION, coco_categories())
    saved = own_checkpoint(tmp_path / "a.safetensors", lite_config, known)
    torch.manual_seed(8)
    model = build(lite_config.model_copy(update={"num_classes": len(wanted) + 1}))
    fresh = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    report = load_weights(model, tmp_path / "a.safetensors", wanted)
    by_category = {
        f"{layer}.{kind}"
        for layer in (
            "roi_heads.box_predictor.cls_score",
            "roi_heads.mask_predictor.mask_fcn_logits",
            "backbone.semantic.logits",
        )
        for kind in ("weight", "bias")
    }  # the Lite family has one box for all categories
    assert_complete(report, model, set(saved))
    assert report.new == report.unused == dict.fromkeys(by_category, "the file's categories are others")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, fresh[name] if name in by_category else saved[name]), name
    _, losses = model.train()([torch.zeros(3, 64, 64, dtype=torch.uint8)], [empty_target()])
    assert all(torch.isfinite(loss) for loss in losses.values())


def empty_target() -> dict[str, Any]:
    return {
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "masks": torch.zeros(0, 64, 64, dtype=torch.uint8),
        "regions": torch.zeros(0, 4),
        "semantic": torch.zeros(64, 64, dtype=torch.uint8),
    }


def test_a_checkpoint_that_knows_every_category_keeps_its_heads_row_by_row(
    lite_config: ModelConfig, tmp_path: Path
) -> None:
    saved = own_checkpoint(tmp_path / "a.safetensors", lite_config, coco_categories())
    model = build(lite_config.model_copy(update={"num_classes": 4}))
    wanted = [{"id": 1, "name": name} for name in ("top", "hat", "shirt")]  # ids 30, 1 and 29 of the 30
    report = load_weights(model, tmp_path / "a.safetensors", wanted)
    assert report.new == {}
    scores = saved["roi_heads.box_predictor.cls_score.weight"]
    assert torch.equal(model.roi_heads.box_predictor.cls_score.weight, scores[[0, 30, 1, 29]])


def test_a_model_file_gives_the_network_that_it_was_made_of_but_for_what_only_training_needs() -> None:
    session, card = open_session(find_model("default"), providers=None, threads=1)
    model = build(ModelConfig.model_validate(card.config | {"pretrained": False})).eval()
    report = load_weights(model, "default", coco_categories())
    assert set(report.new) == {"backbone.semantic.logits.weight", "backbone.semantic.logits.bias"}
    portrait = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    photo = imaging.read_photo(portrait)[:576, :512]
    with torch.no_grad():
        (own,), _ = model([torch.tensor(photo).permute(2, 0, 1)])
    boxes, scores = session.run(["boxes", "scores"], {"photos": photo[None]})
    assert np.allclose(own["scores"].numpy(), scores, atol=1e-4)
    sure = scores > 0.05  # faint ones tie, and may come in another order
    assert sure.any()
    assert np.allclose(own["boxes"].numpy()[sure], boxes[sure], atol=0.01)


def test_what_is_neither_a_file_nor_a_bundled_model_is_named() -> None:
    model = build(ModelConfig(backbone="efficientnet_lite0", pretrained=False))
    with pytest.raises(ModelError, match="no-such-model: no such file"):
        load_weights(model, "no-such-model", coco_categories())


def test_a_model_file_of_another_shape_is_refused(lite_config: ModelConfig) -> None:
    model = build(lite_config)
    with pytest.raises(ModelError, match="is of another shape: backbone efficientnet_lite2 instead of"):
        load_weights(model, "default", coco_categories())


def test_checkpoints_from_before_there_were_lineages_are_torchvisions_with_the_30(tmp_path: Path) -> None:
    config = ModelConfig(backbone="resnet50", pretrained=False)
    saved = own_checkpoint(tmp_path / "new.safetensors", config, coco_categories())
    fields = config.model_dump()
    del fields["lineage"]
    header = {"wildwear": json.dumps({"config": fields})}
    safetensors.torch.save_file(saved, tmp_path / "old.safetensors", metadata=header)
    assert load_checkpoint(tmp_path / "old.safetensors").config.lineage == "torchvision"
    report = load_weights(resnet(), tmp_path / "old.safetensors", coco_categories())
    assert len(report.loaded) == len(saved)
    with pytest.raises(ModelError, match="another shape: lineage torchvision instead of detectron2"):
        load_weights(resnet(lineage="detectron2"), tmp_path / "old.safetensors", coco_categories())


def test_a_lineage_is_kept_in_its_checkpoint(tmp_path: Path) -> None:
    model = resnet(lineage="detectron2")
    save_checkpoint(model, tmp_path / "a.safetensors", {})
    again = load_checkpoint(tmp_path / "a.safetensors")
    assert again.config.lineage == "detectron2"
    assert again.backbone.body.layer3[0].conv1.stride == (2, 2)
    assert (again.roi_heads.box_roi_pool.aligned, again.roi_heads.mask_roi_pool.sampling_ratio) == (True, 0)


@pytest.mark.parametrize("backbone", ["resnet50_v2", "efficientnet_lite0"])
def test_only_the_zoos_backbones_can_be_of_detectron2(backbone: str) -> None:
    with pytest.raises(ValueError, match=f"lineage detectron2 is for resnet50 and resnet101, not {backbone}"):
        ModelConfig.model_validate({"backbone": backbone, "lineage": "detectron2"})


def test_nothing_can_be_downloaded_for_detectron2() -> None:
    with pytest.raises(ModelError, match="no weights to download for resnet101 of detectron2"):
        build(ModelConfig(backbone="resnet101", lineage="detectron2", pretrained=True))


def torchvision_state() -> dict[str, Tensor]:
    torch.manual_seed(3)
    whole = detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    # Published with frozen normalisation, which counts no batches.
    return {name: tensor for name, tensor in whole.state_dict().items() if "num_batches" not in name}


def as_of_2019(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The names in which torchvision's COCO weights of 2019 are written."""
    names = {}
    for name in state:
        old = re.sub(r"_blocks\.(\d)\.0\.", r"_blocks.\1.", name)
        old = old.replace("rpn.head.conv.0.0.", "rpn.head.conv.")
        names[name] = re.sub(r"mask_head\.(\d)\.0\.", lambda m: f"mask_head.mask_fcn{int(m[1]) + 1}.", old)
    assert sum(name != old for name, old in names.items()) == 26
    return {names[name]: tensor for name, tensor in state.items()}


def test_names_of_2019_mean_what_torchvision_takes_them_for() -> None:
    state = torchvision_state()
    whole = detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    missing, unexpected = whole.load_state_dict(as_of_2019(state), strict=False)  # it renames them
    assert not unexpected
    assert all("num_batches" in name for name in missing)
    expected = {name: tensor for name, tensor in whole.state_dict().items() if name in state}
    found = from_torchvision(as_of_2019(state)).tensors
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize("form", ["bare", "in a checkpoint", "names of 2019"])
def test_a_file_of_torchvision_is_loaded_and_the_loss_of_its_heads_is_accounted_for(
    tmp_path: Path, form: str
) -> None:
    state = as_of_2019(torchvision_state()) if form == "names of 2019" else torchvision_state()
    document = {"model": state, "epoch": 3} if form == "in a checkpoint" else state
    torch.save(document, tmp_path / "some_torchvision.pth")
    model = resnet()
    report = load_weights(model, tmp_path / "some_torchvision.pth", coco_categories())
    assert_complete(report, model, set(state))
    assert report.new == report.unused == dict.fromkeys(PREDICTORS, "the file's categories are others")
    assert report.loaded["roi_heads.mask_predictor.conv5_mask.weight"] == (
        "roi_heads.mask_predictor.conv5_mask.weight"
    )
    own = model.state_dict()
    assert all(torch.equal(own[name], state[origin]) for name, origin in report.loaded.items())


def test_cocos_90_labels_of_torchvision_are_its_80_categories_by_name(tmp_path: Path) -> None:
    assert len(COCO_LABELS) == 90
    assert COCO_LABELS[12] == "stop sign"  # whose COCO id is 13
    state = torchvision_state()
    torch.save(state, tmp_path / "a.pth")
    names = [name for name in COCO_LABELS if name != "N/A"]
    model = resnet(num_classes=81)
    report = load_weights(model, tmp_path / "a.pth", [{"id": 0, "name": name} for name in names])
    assert (report.new, report.unused) == ({}, {})
    boxes = state["roi_heads.box_predictor.bbox_pred.bias"].reshape(91, 4)
    assert torch.equal(model.roi_heads.box_predictor.bbox_pred.bias.reshape(81, 4)[12], boxes[13])


def test_published_weights_are_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    imagenet = dict(resnet101(weights=None).state_dict())
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *_, **__: dict(imagenet))
    model = resnet(backbone="resnet101")
    report = load_published_weights(model)
    assert_complete(report, model, set(imagenet))
    assert report.loaded["backbone.body.layer3.22.conv1.weight"] == "layer3.22.conv1.weight"
    assert report.unused["fc.weight"] == "ImageNet's categories"
    assert all(not name.startswith("backbone.body") for name in report.new)


def test_an_imagenet_backbone_of_another_depth_is_refused(tmp_path: Path) -> None:
    torch.save(resnet101(weights=None).state_dict(), tmp_path / "r101.pth")
    with pytest.raises(ModelError, match=r"r101\.pth: its backbone is another one: it has besides layer3"):
        load_weights(resnet(), tmp_path / "r101.pth", coco_categories())


@pytest.mark.parametrize("suffix", [".pkl", ".pth"])
def test_a_file_of_detectron2_is_loaded_whole(tmp_path: Path, suffix: str) -> None:
    weights = zoo.state(50) | zoo.anchors()
    path = tmp_path / f"model_final{suffix}"
    if suffix == ".pkl":
        zoo.write_pickle(path, weights)
    else:
        torch.save({"model": weights, "optimizer": {"state": {0: {}}}, "iteration": 4999}, path)
    model = resnet(lineage="detectron2")
    report = load_weights(model, path, coco_categories())
    assert_complete(report, model, set(weights))
    assert set(report.new) == PREDICTORS
    fc1 = weights["roi_heads.box_head.fc1.weight"]
    assert torch.equal(model.roi_heads.box_head.fc6.weight, fc1)
    assert report.summary() == f"{len(report.loaded)} weights loaded, 6 made anew, 11 not used"


def test_a_detectron2_file_of_somebody_elses_categories_gives_all_but_the_heads(tmp_path: Path) -> None:
    weights = zoo.state(50, classes=30)
    torch.save({"model": weights}, tmp_path / "a.pth")
    report = load_weights(resnet(lineage="detectron2"), tmp_path / "a.pth", coco_categories())
    assert report.new == dict.fromkeys(PREDICTORS, "the file does not say which categories it knows")


@pytest.mark.parametrize(
    ("fields", "made_by", "message"),
    [
        ({}, "detectron2", "detectron2; it fits .* with model.lineage=detectron2, not resnet50 with"),
        ({"lineage": "detectron2"}, "torchvision", "torchvision; .* not resnet50 with detectron2"),
        ({"backbone": "efficientnet_lite0"}, "torchvision", "torchvision; .* not efficientnet_lite0 with"),
    ],
)
def test_weights_of_the_other_lineage_are_refused(
    tmp_path: Path, fields: dict[str, Any], made_by: str, message: str
) -> None:
    torch.save(zoo.state(50) if made_by == "detectron2" else torchvision_state(), tmp_path / "a.pth")
    with pytest.raises(ModelError, match=rf"a\.pth: is a network of {message}"):
        load_weights(resnet(**fields), tmp_path / "a.pth", coco_categories())


class Calls:
    def __reduce__(self) -> Any:
        return exec, ("open('ran', 'w')",)


def test_a_pth_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": torchvision_state(), "more": Calls()}, tmp_path / "a.pth")
    with pytest.raises(ModelError, match=r"a\.pth: is no readable file of weights: Weights only load failed"):
        load_weights(resnet(), tmp_path / "a.pth", coco_categories())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([1], 'expected weights by name, or these as its "model"'),
        ({}, "expected weights by name"),
        ({"model": []}, "expected weights by name"),
        ({"model": {"a": 1}}, "'a' is int; expected an array"),
        ({"model": {1: torch.zeros(1)}}, "1 is Tensor; expected an array"),
        ({"model": {"a": torch.zeros(1)}}, "its backbone is another one: it has no conv1.weight"),
    ],
)
def test_a_file_without_weights_is_refused(tmp_path: Path, document: Any, message: str) -> None:
    torch.save(document, tmp_path / "a.pth")
    with pytest.raises(ModelError, match=rf"a\.pth: {message}"):
        load_weights(resnet(), tmp_path / "a.pth", coco_categories())


@pytest.mark.parametrize("name", ["a.pth", "a.pkl", "a.safetensors", "a.onnx"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no weights at all"])
def test_a_file_that_is_damaged_or_of_another_kind_is_named(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        ModelError, match=rf"{name}: (is no|holds the instr|expected|not an ONNX|an ONNX model, but)"
    ):
        load_weights(resnet(), tmp_path / name, coco_categories())


def test_a_network_is_not_touched_where_a_weight_is_of_another_shape() -> None:
    state = torchvision_state() | {"rpn.head.cls_logits.bias": torch.zeros(7)}
    model = resnet()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(ModelError, match=r"rpn\.head\.cls_logits\.bias: expected \(3,\), found \(7,\)"):
        take_weights(model, from_torchvision(state), [])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("form", ["zip", "of old"])
def test_a_pth_that_would_keep_torch_busy_for_ever_is_refused_at_once(tmp_path: Path, form: str) -> None:
    key: Any = (1,)
    for _ in range(20):  # a million parts, which Python can still add up when it writes them
        key = (key, key)
    torch.save(
        {"model": torchvision_like(), "more": {key: 1}},
        tmp_path / "a.pth",
        _use_new_zipfile_serialization=form == "zip",
    )
    with pytest.raises(ModelError, match=r"a\.pth: holds a tuple of more than 100,000 parts"):
        load_weights(resnet(), tmp_path / "a.pth", coco_categories())


def torchvision_like() -> dict[str, Tensor]:
    return {"backbone.body.conv1.weight": torch.zeros(2, 2)}
