"""A run from its config to its folder, broken off and resumed."""

import math
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import wildwear
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, ModelError, OutputError
from wildwear.files import alone_with, sha256
from wildwear.models import load_checkpoint
from wildwear.models.checkpoints import read_facts
from wildwear.runs import History, Run
from wildwear.training import RunConfig, load_config, train
from wildwear.training.callbacks import CheckGradients, origin
from wildwear.training.module import GarmentTraining
from wildwear.training.run import without_negatives


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    """The rows of `metrics.jsonl` that hold a measure."""
    return [row for row in History.read(out / "metrics.jsonl").rows if name in row]


def test_a_run_leaves_its_config_its_facts_its_measurements_and_its_best_model(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    best = train(short_run, drawn_set, tmp_path / "run")
    assert best == tmp_path / "run" / "best.safetensors"
    run = Run.read(tmp_path / "run")
    assert load_config(tmp_path / "run" / "config.yaml") == short_run
    assert (run.facts.photos, run.facts.instances, run.facts.steps, run.facts.batch) == (4, 8, 4, 2)
    assert run.facts.data["train"]["sha256"] == sha256(drawn_set / "train.json")
    assert "without any instance to learn from: hat, boots" in run.facts.remarks[0]
    assert [row["step"] for row in rows(run.folder, "train/loss")] == [1, 2, 3, 4]
    assert [(row["epoch"], row["step"]) for row in rows(run.folder, "val/mask/ap")] == [(0, 2), (1, 4)]
    last = rows(run.folder, "val/loss")[-1]
    assert math.isfinite(last["val/loss"])
    assert last["val/mask/ap/hat"] is None  # no hat to find
    assert "val/box/ap/coat" in last
    measured = {"train/mask", "train/mask_accuracy", "train/box_accuracy", "learning_rate", "seconds"}
    assert measured <= set(run.history.names())
    facts = read_facts(best)
    assert facts["name"] == "short"
    assert facts["train_instances"]["16"] == facts["train_instances"]["2"] == 4
    assert load_checkpoint(best).config.backbone == "efficientnet_lite0"
    assert list((run.folder / "tensorboard").glob("events*"))
    assert [path.name for path in sorted((run.folder / "pictures").iterdir())] == [
        "step_0000002",
        "step_0000004",
    ]


def test_a_run_learns_to_find_what_was_drawn_in_photos_that_it_has_not_seen(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    plain = {"crop_person": 0, "crop_half": 0, "colour": 0, "degrade": 0, "long_side": [96, 96]}
    rates = {"learning_rate": 2e-3, "backbone_rate": 1.0, "ema": 0, "precision": "float32"}
    run = RunConfig.model_validate(
        short_run.model_dump()
        | {"augmentation": plain, "steps": 60, "val_every": 60, "pictures": 0, "model_file": True}
        | rates
    )
    best = train(run, drawn_set, tmp_path / "run")
    assert best is not None
    assert read_facts(best)["val"]["mask"]["ap"] > 0.3
    segmenter = wildwear.load(tmp_path / "run" / "model.onnx")
    found = segmenter(drawn_set / "images" / "5.png", score=0.5)
    assert "coat" in [category.name for category in found.categories]
    coat = found.mask([category.name for category in found.categories].index("coat"))
    drawn = np.zeros((120, 80), bool)
    drawn[20:90, 25:55] = True
    assert (coat & drawn).sum() / (coat | drawn).sum() > 0.7


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from wildwear.training import load_config, train
from wildwear.training.module import GarmentTraining

step, data, config, out, resume = int(sys.argv[1]), *map(Path, sys.argv[2:5]), len(sys.argv) > 5
learn = GarmentTraining.training_step

def dying(module, batch, number):
    if module.trainer.global_step == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return learn(module, batch, number)

GarmentTraining.training_step = dying
train(load_config(config), data, out, resume=resume)
"""


def test_a_run_that_is_killed_twice_ends_as_an_unbroken_one(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    run = short_run.model_copy(update={"checkpoint_minutes": 1e-6, "epochs": 3, "precision": "float32"})
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run.model_dump(mode="json")))
    train(run, drawn_set, tmp_path / "whole")
    for step, *resume in ((1,), (4, "resume")):  # within the first epoch, and at the start of the third
        command = [sys.executable, "-c", KILLED_AT, step, drawn_set, tmp_path / "run.yaml", tmp_path / "cut"]
        done = subprocess.run([*map(str, command), *resume], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    train(run, drawn_set, tmp_path / "cut", resume=True)
    for name in ("train/loss", "val/loss"):
        whole, cut = (Run.read(tmp_path / part).history.series(name) for part in ("whole", "cut"))
        assert cut.steps.tolist() == whole.steps.tolist()
        assert cut.values == pytest.approx(whole.values, rel=1e-4)


def test_a_run_that_has_had_its_time_is_resumed_where_it_stopped(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    run = short_run.model_copy(update={"pictures": 0})
    assert train(run, drawn_set, tmp_path / "run", max_time=timedelta(0)) is None
    assert [row["step"] for row in rows(tmp_path / "run", "train/loss")] == [1]
    assert train(run, drawn_set, tmp_path / "run", resume=True) is not None
    assert [row["step"] for row in rows(tmp_path / "run", "train/loss")] == [1, 2, 3, 4]


def test_two_processes_learn_what_one_does(short_run: RunConfig, drawn_set: Path, tmp_path: Path) -> None:
    run = short_run.model_copy(
        update={"precision": "float32", "learning_rate": 1e-4, "ema": 0, "pictures": 0, "epochs": 3}
    )
    train(run, drawn_set, tmp_path / "1")
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run.model_dump(mode="json")))
    # The program itself, which Lightning starts once more for the second process.
    command = [Path(sys.executable).with_name("wildwear"), "train", tmp_path / "run.yaml", "devices=2"]
    command += ["--data", drawn_set, "--out", tmp_path / "2"]
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    for name in ("train/loss", "val/loss"):
        one, two = (Run.read(tmp_path / devices).history.series(name) for devices in "12")
        assert two.steps.tolist() == one.steps.tolist()
        assert two.values == pytest.approx(one.values, rel=0.05)


class EnoughError(Exception):
    """What a test has come to see."""


def first_gradient(run: RunConfig, data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """All gradients before the first step of a run, as one vector."""
    found: list[torch.Tensor] = []

    def record(_: Any, trainer: Any, module: Any, optimizer: torch.optim.Optimizer) -> None:
        parameters = [one for group in optimizer.param_groups for one in group["params"]]
        found.extend(one.grad.flatten().clone() for one in parameters if one.grad is not None)
        raise EnoughError

    monkeypatch.setattr(CheckGradients, "on_before_optimizer_step", record)
    with pytest.raises(EnoughError):
        train(run, data, out)
    return torch.cat(found)


def test_a_step_in_parts_has_the_gradient_that_it_has_at_once(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = short_run.model_copy(update={"precision": "float32", "batch": 4})
    parts = whole.model_copy(update={"accumulate": 2})
    at_once, added_up = (
        first_gradient(run, drawn_set, tmp_path / str(run.accumulate), monkeypatch) for run in (whole, parts)
    )
    # Not the same to a digit: a loss is the mean over the boxes of a part, and parts have several many. Not
    # divided by the number of parts, it would be twice as long.
    assert float(added_up.norm()) == pytest.approx(float(at_once.norm()), rel=0.25)
    assert float((added_up - at_once).norm()) < 0.4 * float(at_once.norm())


def test_a_run_may_be_as_long_as_a_number_of_steps(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    train(short_run.model_copy(update={"steps": 3, "val_every": 3}), drawn_set, tmp_path / "run")
    assert [row["step"] for row in rows(tmp_path / "run", "train/loss")] == [1, 2, 3]
    assert [row["step"] for row in rows(tmp_path / "run", "val/loss")] == [3]


def test_steps_whose_loss_is_not_finite_are_left_out_and_too_many_end_the_run(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = GarmentTraining.training_step

    def spoilt(module: GarmentTraining, batch: Any, number: int) -> torch.Tensor:
        return learn(module, batch, number) * (math.nan if module.trainer.global_step == 1 else 1)

    with monkeypatch.context() as patch:
        patch.setattr(GarmentTraining, "training_step", spoilt)
        best = train(short_run.model_copy(update={"pictures": 0}), drawn_set, tmp_path / "run")
    assert best is not None
    assert all(torch.isfinite(weight).all() for weight in load_checkpoint(best).state_dict().values())
    monkeypatch.setattr("wildwear.training.callbacks.HOPELESS", 1)
    monkeypatch.setattr(GarmentTraining, "training_step", spoilt)
    with pytest.raises(ModelError, match="has not been finite for 1 steps, up to step 1; try a lower"):
        train(short_run, drawn_set, tmp_path / "again")


def test_other_categories_are_learnt_under_their_own_names(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "images").symlink_to(drawn_set / "images")
    for split in ("train", "val"):
        dataset = Dataset.load(drawn_set / f"{split}.json")
        for annotation in dataset.annotations:
            annotation["category_id"] = {16: 700, 2: 5}[annotation["category_id"]]
        dataset.document["categories"] = [
            {"id": 700, "name": "long sleeve outwear"},
            {"id": 5, "name": "sac"},
        ]
        dataset.save(tmp_path / f"{split}.json")
    best = train(short_run, tmp_path, tmp_path / "run")
    assert best is not None
    assert load_checkpoint(best).config.num_classes == 3
    assert [one["name"] for one in read_facts(best)["categories"]] == ["long sleeve outwear", "sac"]
    assert "val/mask/ap/sac" in Run.read(tmp_path / "run").history.names()
    ours = short_run.model_copy(update={"start": best, "epochs": 1})
    again = train(ours, drawn_set, tmp_path / "ours")
    assert again is not None
    assert load_checkpoint(again).config.num_classes == 31
    report = (tmp_path / "ours" / "loaded.txt").read_text()
    assert "made anew roi_heads.box_predictor.cls_score.weight: the file's categories are others" in report
    assert "loaded    rpn.head.cls_logits.weight" in report


def test_the_kept_model_is_the_averaged_one_at_its_best_epoch(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    run = short_run.model_copy(update={"ema": 0.5, "val_every": 2})
    train(run, drawn_set, tmp_path / "run")
    best = load_checkpoint(tmp_path / "run" / "best.safetensors").state_dict()
    last = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    averaged, current = last["state_dict"], last["current_model_state"]
    assert all(torch.equal(best[key], averaged[f"model.{key}"]) for key in best)
    assert any(not torch.equal(best[key], current[f"model.{key}"]) for key in best)


def test_val_in_other_categories_than_train_is_refused_before_the_first_step(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "images").symlink_to(drawn_set / "images")
    text = (drawn_set / "val.json").read_text()
    (tmp_path / "train.json").write_bytes((drawn_set / "train.json").read_bytes())
    (tmp_path / "val.json").write_text(text.replace('"name":"coat"', '"name":"long sleeve outwear"'))
    with pytest.raises(DatasetError, match=r"val\.json: category 16 is 'long sleeve outwear'"):
        train(short_run, tmp_path, tmp_path / "run")


def test_a_batch_that_the_processes_cannot_share_is_refused(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    run = short_run.model_copy(update={"devices": 3})
    with pytest.raises(ModelError, match="a batch of 2 photos cannot be shared by 3 processes"):
        train(run, drawn_set, tmp_path / "run")


def test_photos_without_garments_may_be_left_out(
    short_run: RunConfig, drawn_set: Path, tmp_path: Path
) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    first = dataset.images[0]["id"]
    dataset.document["annotations"] = [one for one in dataset.annotations if one["image_id"] != first]
    assert [image["id"] for image in without_negatives(dataset).images] == [2, 3, 4]


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


def test_a_folder_that_another_run_is_writing_is_refused(short_run: RunConfig, tmp_path: Path) -> None:
    with alone_with(tmp_path / "run"), pytest.raises(OutputError, match="run: another run is writing there"):
        train(short_run, tmp_path, tmp_path / "run", overwrite=True)
    assert not (tmp_path / "run").exists()
