"""A run from its config to its folder: `config.yaml`, logs, `last.ckpt`, `best.safetensors`."""

from __future__ import annotations

import ctypes
import json
import logging
import platform
import shutil
import signal
import warnings
from functools import partial
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
from wildwear.datasets.ready import require_ready
from wildwear.errors import DatasetError, ModelError, OutputError
from wildwear.files import write_atomically
from wildwear.models.checkpoints import load_checkpoint, save_checkpoint
from wildwear.models.mask_rcnn import GarmentRcnn, build
from wildwear.training.augmentation import scale_to, vary
from wildwear.training.config import RunConfig, load_config
from wildwear.training.module import GarmentTraining
from wildwear.training.photos import GarmentPhotos, RepeatFactorSampler, collate

BEST = "best.safetensors"
RUN_FILES = (BEST, "last.ckpt", "val.jsonl", "config.yaml")
RUN_FOLDERS = ("csv", "tensorboard")
TERMINATED = 128 + signal.SIGTERM  # a shell's exit code for it


def train(config: RunConfig, data: Path, out: Path, *, resume: bool = False, overwrite: bool = False) -> Path:
    """Train a model and leave everything about the run in `out`.

    Args:
        config: what to train, on what, how long.
        data: the folder that the config's relative paths start at.
        out: the run's folder.
        resume: go on from `out/last.ckpt`; without one, begin.
        overwrite: delete an earlier run in `out` first, and nothing else there.

    Returns:
        The best checkpoint by mask AP on val, `out/best.safetensors`.

    Raises:
        DatasetError: a COCO file is missing or malformed, has other categories, or photos are missing.
        OutputError: `out` holds something and neither `resume` nor `overwrite` is given, or the run to resume
            had another config.
    """
    datasets = {split: Dataset.load(data / getattr(config.data, split)) for split in ("train", "val")}
    for dataset in datasets.values():
        require_ready(dataset, data / config.data.images)
    prepare_folder(out, config, resume=resume, overwrite=overwrite)

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # it advertises
    keep_freed_memory()
    pl.seed_everything(config.seed, workers=True)
    module = GarmentTraining(first_model(config), config)
    averaging = [EMAWeightAveraging(decay=config.ema)] if config.ema else []
    train_photos, val_photos = loaders(config, datasets, data)
    trainer = pl.Trainer(
        default_root_dir=out,
        max_epochs=config.epochs,
        devices=1,
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
        try:
            trainer.fit(
                module, train_photos, val_photos, ckpt_path=last if resume and last.exists() else None
            )
        except SystemExit as ended:
            # On SIGTERM Lightning leaves with code 0, and the next command of a script would run.
            raise SystemExit(TERMINATED) from ended
    return out / BEST


def first_model(config: RunConfig) -> GarmentRcnn:
    """The network that a run begins with: a checkpoint or new. Raises `ModelError` for another shape."""
    if config.start is None:
        return build(config.model)
    model = load_checkpoint(config.start)
    wanted = config.model.model_copy(update={"pretrained": model.config.pretrained})
    if model.config != wanted:
        raise ModelError(f"{config.start}: is of another shape: {model.config} instead of {wanted}")
    return model


def prepare_folder(out: Path, config: RunConfig, *, resume: bool, overwrite: bool) -> None:
    """Make the run's folder with its config, or refuse one that holds something else."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is a file; name a folder for the run")
    written = out / "config.yaml"
    if overwrite:
        for name in RUN_FILES:
            (out / name).unlink(missing_ok=True)
        for name in RUN_FOLDERS:
            shutil.rmtree(out / name, ignore_errors=True)
    elif resume and written.exists() and load_config(written) != config:
        raise OutputError(f"{written}: the run to resume had another config; resume with that file")
    if out.exists() and any(out.iterdir()) and not (resume and written.exists()):
        raise OutputError(
            f"{out}: is not empty; --resume goes on with a run, --overwrite deletes one, and nothing else"
        )
    out.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    write_atomically(written, text.encode("utf-8"))


def loaders(
    config: RunConfig, datasets: dict[str, Dataset], data: Path
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """What the trainer reads: varied training views in the sampler's order, plain val photos."""
    images = data / config.data.images
    train_photos = GarmentPhotos(datasets["train"], images, partial(vary, config=config.augmentation))
    val_photos = GarmentPhotos(datasets["val"], images, partial(scale_to, long_side=config.model.long_side))
    if len(train_photos) < config.batch:
        raise DatasetError(f"{config.data.train}: {len(train_photos)} photos make no batch of {config.batch}")
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
            save_checkpoint(module.model, self.out / BEST, self.facts(trainer, module, metrics.to_dict()))

    def facts(self, trainer: pl.Trainer, module: GarmentTraining, metrics: dict[str, Any]) -> dict[str, Any]:
        """What a checkpoint should say about itself."""
        return {
            "name": module.config.name,
            "wildwear_version": wildwear.__version__,
            "epoch": trainer.current_epoch,
            "train_instances": self.datasets["train"].instances_by_category(),
            **origin(self.datasets["train"]),
            "val": metrics,
        }

    def state_dict(self) -> dict[str, Any]:
        """The best AP so far, so that a resumed run does not overwrite a better checkpoint."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the best AP so far from a checkpoint."""
        self.best = state["best"]


def origin(dataset: Dataset) -> dict[str, str]:
    """What a dataset says of itself and its licences, for the models that learn from it."""
    info, licences = dataset.document.get("info"), dataset.document.get("licenses")
    description = info.get("description") if isinstance(info, dict) else info
    names = [licence.get("name") for licence in licences or [] if isinstance(licence, dict)]
    return {
        "training_data": str(description or "not stated"),
        "licence": ", ".join(name for name in names if name) or "not stated",
    }
