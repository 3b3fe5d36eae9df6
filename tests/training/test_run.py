"""A run from its config to its folder, broken off and resumed."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from wildwear.errors import OutputError
from wildwear.models import load_checkpoint
from wildwear.models.checkpoints import read_facts
from wildwear.training import RunConfig, load_config, train
from wildwear.training.module import GarmentTraining


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


def test_a_folder_with_a_run_is_left_alone_unless_told(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "val.jsonl").write_text("precious")
    with pytest.raises(OutputError, match="--resume to go on with it, or --overwrite"):
        train(short_run, drawn_set, tmp_path)
    assert (tmp_path / "val.jsonl").read_text() == "precious"
