"""A run from its config to its folder, broken off and resumed."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.models import load_checkpoint
from wildwear.models.checkpoints import read_facts
from wildwear.training import RunConfig, load_config, train
from wildwear.training.module import GarmentTraining
from wildwear.training.run import origin


def val_rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "val.jsonl").read_text().splitlines()]


def val_losses(out: Path) -> list[float]:
    """All that the CSV logs hold, over all parts of a run."""
    parts = sorted((out / "csv").glob("*/metrics.csv"))
    rows = [row for part in parts for row in csv.DictReader(part.read_text().splitlines())]
    return [float(row["val/loss"]) for row in rows if row["val/loss"]]


def test_a_run_leaves_its_config_its_measurements_and_its_best_model(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    best = train(short_run, drawn_set, tmp_path / "run")
    assert load_config(tmp_path / "run" / "config.yaml") == short_run
    assert [(row["epoch"], row["step"]) for row in val_rows(tmp_path / "run")] == [(0, 2), (1, 4)]
    facts = read_facts(best)
    assert facts["name"] == "short"
    assert facts["train_instances"]["16"] == facts["train_instances"]["2"] == 4
    assert load_checkpoint(best).config.backbone == "efficientnet_lite0"
    losses = val_losses(tmp_path / "run")
    assert len(losses) == 2
    assert all(math.isfinite(loss) for loss in losses)
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))


class PowerCutError(Exception):
    """Stands for whatever ends a run without asking."""


def test_a_run_that_was_cut_off_goes_on_from_its_last_epoch(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(module: GarmentTraining) -> None:
        if module.current_epoch == 1:
            raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(GarmentTraining, "on_train_epoch_start", cut)
        with pytest.raises(PowerCutError):
            train(short_run, drawn_set, tmp_path / "run")
    assert [row["step"] for row in val_rows(tmp_path / "run")] == [2]
    train(short_run, drawn_set, tmp_path / "run", resume=True)
    assert [(row["epoch"], row["step"]) for row in val_rows(tmp_path / "run")] == [(0, 2), (1, 4)]
    assert len(val_losses(tmp_path / "run")) == 2


def test_the_kept_model_is_the_averaged_one_at_its_best_epoch(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    run = short_run.model_copy(update={"ema": 0.5, "val_every": 2})
    best = load_checkpoint(train(run, drawn_set, tmp_path / "run")).state_dict()
    last = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    averaged, current = last["state_dict"], last["current_model_state"]
    assert all(torch.equal(best[key], averaged[f"model.{key}"]) for key in best)
    assert any(not torch.equal(best[key], current[f"model.{key}"]) for key in best)


def test_a_run_is_resumed_with_its_own_config_only(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    train(short_run, drawn_set, tmp_path / "run")
    with pytest.raises(OutputError, match="had another config"):
        train(short_run.model_copy(update={"epochs": 4}), drawn_set, tmp_path / "run", resume=True)


def test_overwriting_deletes_what_a_run_wrote_and_nothing_else(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "val.jsonl").write_text("old")
    with pytest.raises(OutputError, match="is not empty"):
        train(short_run, drawn_set, tmp_path, overwrite=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_dataset_in_other_categories_is_refused_before_the_first_step(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "images").symlink_to(drawn_set / "images")
    for split in ("train", "val"):
        text = (drawn_set / f"{split}.json").read_text()
        (tmp_path / f"{split}.json").write_text(text.replace('"name":"coat"', '"name":"long sleeve outwear"'))
    with pytest.raises(DatasetError, match="16 'long sleeve outwear': not wildwear's ids and names"):
        train(short_run, tmp_path, tmp_path / "run")


def test_missing_photos_are_counted_before_the_first_step(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        (tmp_path / f"{split}.json").write_bytes((drawn_set / f"{split}.json").read_bytes())
    with pytest.raises(DatasetError, match="4 of 4 photos are missing"):
        train(short_run, tmp_path, tmp_path / "run")


def test_a_model_says_what_it_learnt_from_whatever_the_dataset_holds(drawn_set: Path) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    assert origin(dataset) == {"training_data": "not stated", "licence": "not stated"}
    dataset.document |= {"info": "a string, as in DeepFashion2", "licenses": [{"name": "CC-BY-4.0"}]}
    assert origin(dataset) == {"training_data": "a string, as in DeepFashion2", "licence": "CC-BY-4.0"}


def test_a_folder_with_a_run_is_left_alone_unless_told(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "val.jsonl").write_text("precious")
    with pytest.raises(OutputError, match="--resume goes on with a run, --overwrite deletes one"):
        train(short_run, drawn_set, tmp_path)
    assert (tmp_path / "val.jsonl").read_text() == "precious"
