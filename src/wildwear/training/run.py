"""A run from its config to its folder: `config.yaml`, logs, `last.ckpt`, `best.safetensors`."""

from __future__ import annotations

import ctypes
import json
import platform
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.callbacks import (
    Callback,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
    RichProgressBar,
)
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from torch.utils.data import DataLoader

import wildwear
from wildwear import evaluation
from wildwear.datasets import Dataset
from wildwear.errors import OutputError
from wildwear.models.checkpoints import save_checkpoint
from wildwear.models.mask_rcnn import build
from wildwear.training.augmentation import scale_to, vary
from wildwear.training.config import RunConfig
from wildwear.training.module import GarmentTraining
from wildwear.training.photos import GarmentPhotos, RepeatFactorSampler, collate


def train(config: RunConfig, data: Path, out: Path, *, resume: bool = False, overwrite: bool = False) -> Path:
    """Train a model and leave everything about the run in `out`.

    Args:
        config: what to train, on what, how long.
        data: the folder that the config's relative paths start at.
        out: the run's folder.
        resume: go on from `out/last.ckpt`; without one, begin.
        overwrite: delete an earlier run in `out` first.

    Returns:
        The best checkpoint by mask AP on val, `out/best.safetensors`.

    Raises:
        DatasetError: a COCO file is missing or malformed.
        OutputError: `out` holds something and neither `resume` nor `overwrite` is given.
    """
    datasets = {split: Dataset.load(data / getattr(config.data, split)) for split in ("train", "val")}
    prepare_folder(out, resume=resume, overwrite=overwrite)
    (out / "config.yaml").write_text(
        yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8"
    )

    keep_freed_memory()
    pl.seed_everything(config.seed, workers=True)
    module = GarmentTraining(build(config.model), config)
    averaging = [EMAWeightAveraging(decay=config.ema)] if config.ema else []
    train_photos, val_photos = loaders(config, datasets, data)
    trainer = pl.Trainer(
        default_root_dir=out,
        max_epochs=config.epochs,
        precision="bf16-mixed" if wants_bfloat16(config) else "32-true",
        gradient_clip_val=config.clip,
        check_val_every_n_epoch=config.val_every,
        num_sanity_val_steps=0,
        log_every_n_steps=min(10, len(train_photos)),
        enable_model_summary=False,
        # A new version for each part of a run that was resumed: the CSV logger would delete the rows before.
        logger=[CSVLogger(out, name="csv"), TensorBoardLogger(out, name="", version="tensorboard")],
        callbacks=[
            # Before the averaging, whose end-of-validation hook takes the averaged weights away again.
            BestOnVal(datasets, out),
            *averaging,
            ModelCheckpoint(
                dirpath=out, filename="last", enable_version_counter=False, save_on_train_epoch_end=True
            ),
            LearningRateMonitor("step"),
            RichProgressBar(refresh_rate=5),
        ],
    )
    last = out / "last.ckpt"
    with warnings.catch_warnings():
        # Lightning's advice to its own users; whether the folder is ours to use has been checked above.
        warnings.filterwarnings("ignore", message="Checkpoint directory|`isinstance")
        trainer.fit(module, train_photos, val_photos, ckpt_path=last if resume and last.exists() else None)
    return out / "best.safetensors"


def prepare_folder(out: Path, *, resume: bool, overwrite: bool) -> None:
    """Make the run's folder, or refuse one that holds something."""
    if overwrite and not resume:
        shutil.rmtree(out, ignore_errors=True)
    if out.exists() and any(out.iterdir()) and not resume:
        raise OutputError(
            f"{out}: holds a run already; give --resume to go on with it, or --overwrite to delete it"
        )
    out.mkdir(parents=True, exist_ok=True)


def loaders(
    config: RunConfig, datasets: dict[str, Dataset], data: Path
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """What the trainer reads: varied training views in the sampler's order, plain val photos."""
    images = data / config.data.images
    train_photos = GarmentPhotos(datasets["train"], images, lambda sample: vary(sample, config.augmentation))
    val_photos = GarmentPhotos(
        datasets["val"], images, lambda sample: scale_to(sample, config.model.long_side)
    )
    sampler = RepeatFactorSampler(datasets["train"], config.data.repeat_threshold, config.seed)
    common: dict[str, Any] = {
        "collate_fn": collate,
        "num_workers": config.workers,
        "persistent_workers": config.workers > 0,
    }
    return (
        DataLoader(train_photos, batch_size=config.batch, sampler=sampler, drop_last=True, **common),
        DataLoader(val_photos, batch_size=1, **common),
    )


def wants_bfloat16(config: RunConfig) -> bool:
    """Whether this run computes in bfloat16: as configured, or where the hardware multiplies in it."""
    if config.precision != "auto":
        return config.precision == "bfloat16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def keep_freed_memory() -> None:
    """Have glibc keep what training frees: its large blocks come back each step, and mapping them anew costs
    page faults."""
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD, M_MMAP_MAX of mallopt(3)
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)


class BestOnVal(Callback):
    """Scores each val epoch by COCO mask AP and keeps the best weights, averaged where the run averages."""

    def __init__(self, datasets: dict[str, Dataset], out: Path) -> None:
        self.datasets = datasets
        self.out = out
        self.best = -1.0

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Score what the epoch found; a new best is written to `best.safetensors`."""
        assert isinstance(module, GarmentTraining)
        metrics = evaluation.score(self.datasets["val"], module.predictions)
        module.predictions = []
        row = {
            "mask_ap": metrics.mask.ap,
            "mask_ap50": metrics.mask.ap50,
            "box_ap": metrics.box.ap,
            "frequent_ap": metrics.mask_frequent.ap,
        }
        module.log_dict({f"val/{name}": value for name, value in row.items()}, prog_bar=True)
        line = {"epoch": trainer.current_epoch, "step": trainer.global_step, **row}
        with (self.out / "val.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if metrics.mask.ap > self.best:
            self.best = metrics.mask.ap
            save_checkpoint(
                module.model, self.out / "best.safetensors", self.facts(trainer, module, metrics.to_dict())
            )

    def facts(self, trainer: pl.Trainer, module: GarmentTraining, metrics: dict[str, Any]) -> dict[str, Any]:
        """What a checkpoint should say about itself."""
        return {
            "name": module.config.name,
            "wildwear_version": wildwear.__version__,
            "epoch": trainer.current_epoch,
            "train_instances": self.datasets["train"].instances_by_category(),
            "training_data": self.datasets["train"].document.get("info", {}).get("description", ""),
            "val": metrics,
        }

    def state_dict(self) -> dict[str, Any]:
        """The best AP so far, so that a resumed run does not overwrite a better checkpoint."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the best AP so far from a checkpoint."""
        self.best = state["best"]
