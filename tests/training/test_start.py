"""Runs that begin with somebody else's weights: a few steps, and a word on every weight."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models import detection

import zoo
from wildwear.datasets import Dataset
from wildwear.errors import ModelError
from wildwear.models import load_checkpoint
from wildwear.training import RunConfig, train
from wildwear.training.labels import Labels
from wildwear.training.start import first_model


def run_of(short_run: RunConfig, **changes: Any) -> RunConfig:
    """Three steps of a ResNet on small photos."""
    return RunConfig.model_validate(
        short_run.model_dump()
        | {"name": "tiny", "steps": 3, "val_every": 3, "pictures": 0, "ema": 0}
        | changes
    )


@pytest.mark.long
@pytest.mark.parametrize("depth", [50, 101], ids=["R50-FPN", "R101-FPN"])
def test_a_run_starts_from_a_file_of_detectron2s_zoo(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path, depth: int
) -> None:
    weights = zoo.state(depth) | zoo.anchors()
    config = run_of(
        short_run,
        start=zoo.write_pickle(tmp_path / "model_final.pkl", weights),
        model={"backbone": f"resnet{depth}", "lineage": "detectron2", "long_side": 96},
        optimizer="sgd",
        learning_rate=1e-4,
    )
    best = train(config, drawn_set, tmp_path / "run")
    assert best is not None
    lines = (tmp_path / "run" / "loaded.txt").read_text().splitlines()
    kinds = [line.split()[0] for line in lines]
    trained = load_checkpoint(best)
    assert kinds.count("made") == 6
    assert kinds.count("loaded") + 6 == len(trained.state_dict())
    assert kinds.count("loaded") + kinds.count("not") == len(weights)
    # Frozen: the stem and the first stage; learnt: the rest.
    body = trained.backbone.body
    assert torch.equal(body.layer1[0].conv1.weight, weights["backbone.bottom_up.res2.0.conv1.weight"])
    assert not torch.equal(body.layer4[0].conv1.weight, weights["backbone.bottom_up.res5.0.conv1.weight"])
    shutil.rmtree(tmp_path)  # some hundred megabytes, and pytest keeps the folders of three runs


@pytest.mark.parametrize("depth", [50, 101], ids=["R50-FPN", "R101-FPN"])
def test_a_network_of_detectron2s_weights_learns_in_a_few_steps(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path, depth: int
) -> None:
    file = zoo.write_pickle(tmp_path / "model_final.pkl", zoo.state(depth))
    config = run_of(short_run, start=file, model={"backbone": f"resnet{depth}", "lineage": "detectron2"})
    dataset = Dataset.load(drawn_set / "train.json")
    model, _ = first_model(config, Labels.of(dataset, dataset))
    model.train()
    file.unlink()  # as above
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    photo = torch.full((3, 96, 64), 150, dtype=torch.uint8)
    photo[:, 20:80, 10:40] = 30
    masks = (photo[:1] == 30).to(torch.uint8)
    target = {"boxes": torch.tensor([[10.0, 20, 40, 80]]), "labels": torch.tensor([16]), "masks": masks}
    target["regions"] = torch.zeros(0, 4)
    totals = []
    for _ in range(3):
        _, losses = model([photo], [target])
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        totals.append(total.item())
    assert totals[2] < totals[0]


def test_a_run_without_a_start_says_what_became_of_torchvisions_weights(
    short_run: RunConfig, drawn_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = dict(detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict())
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *_, **__: dict(state))
    dataset = Dataset.load(drawn_set / "train.json")
    config = run_of(short_run, model={"backbone": "resnet50"})
    model, report = first_model(config, Labels.of(dataset, dataset))
    assert report is not None
    text = report.text()
    assert text.count("loaded    ") + 6 == len(model.state_dict())
    assert "not used  roi_heads.box_predictor.cls_score.weight: the file's categories are others" in text


def test_weights_that_do_not_fit_end_the_run_before_it_begins(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    torch.save({"model": zoo.state(50)}, tmp_path / "a.pth")
    config = run_of(short_run, start=tmp_path / "a.pth", model={"backbone": "resnet50"})
    with pytest.raises(ModelError, match=r"a\.pth: is a network of detectron2"):
        train(config, drawn_set, tmp_path / "run")
