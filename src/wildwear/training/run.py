"""A run from its config to its folder: settings, facts, journal, checkpoints, the best model and its file."""

from __future__ import annotations

import ctypes
import logging
import platform
import signal
import warnings
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.profilers import SimpleProfiler
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities import rank_zero_only
from torch.optim.swa_utils import get_ema_multi_avg_fn

from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.errors import ModelError, OutputError
from wildwear.files import alone_with, write_atomically
from wildwear.models.export import export_model
from wildwear.runs.folder import BEST, METRICS
from wildwear.training.callbacks import (
    LAST,
    BestOnVal,
    CheckGradients,
    Journal,
    KeepLast,
    TimeIsUpError,
    checkpoint_facts,
)
from wildwear.training.config import RunConfig
from wildwear.training.labels import Labels
from wildwear.training.loading import GarmentData
from wildwear.training.module import GarmentTraining
from wildwear.training.progress import ShowProgress
from wildwear.training.run_folder import MODEL_FILE, PROFILE, UNREADABLE, prepare_folder, write_facts
from wildwear.training.start import REPORT, first_model

TERMINATED = 128 + signal.SIGTERM  # a shell's exit code for it


def train(
    config: RunConfig,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    max_time: timedelta | None = None,
    profile: bool = False,
    command: str | None = None,
) -> Path | None:
    """Train a model and leave everything about the run in `out`.

    Args:
        config: what to train, on what, how long.
        data: the folder that the config's relative paths start at.
        out: the run's folder.
        resume: go on from `out/last.ckpt`; without one, begin.
        overwrite: delete an earlier run in `out` first; refused where something else lies there.
        max_time: stop after so long, with a checkpoint to resume from.
        profile: write where the time went to `out/fit-profile.txt`.
        command: what was typed, for `run.json`.

    Returns:
        the best checkpoint by mask AP on val, `out/best.safetensors`; None where `max_time` ended the run.

    Raises:
        DatasetError: a COCO file is missing or malformed, has other categories, or photos are missing.
        OutputError: as `prepare_folder`, or another run is writing there.
        ModelError: the weights to start from do not fit, the processes cannot share a batch, or the loss is
            not finite for many steps.
    """
    # Lightning starts the other processes of a machine with this same command.
    is_first = getattr(rank_zero_only, "rank", 0) == 0
    with alone_with(out) if is_first else nullcontext():
        return _train(config, data, out, resume, overwrite, max_time, profile, command, is_first)


def _train(
    config: RunConfig,
    data: Path,
    out: Path,
    resume: bool,
    overwrite: bool,
    max_time: timedelta | None,
    profile: bool,
    command: str | None,
    is_first: bool,
) -> Path | None:
    prepare_process(config.seed)
    # Whatever is to be refused is refused before the folder is touched.
    world = process_count(config)
    images = data / config.data.images
    datasets = read_datasets(config, data)
    labels = Labels.of(datasets["train"], datasets["val"])
    photos = GarmentData(config, datasets["train"], datasets["val"], images, labels, out / UNREADABLE)
    model, loaded = first_model(config, labels)
    module = GarmentTraining(model, config, labels)
    if is_first:
        prepare_folder(out, config, resume=resume, overwrite=overwrite)
        write_facts(config, datasets, data, out, len(photos.batches) // config.accumulate, command)
        if loaded is not None:
            write_atomically(out / REPORT, loaded.text().encode())
    last = checkpoint_to_resume(out / LAST) if resume else None
    journal = Journal(out / METRICS, config.log_every)
    facts = checkpoint_facts(config.name, datasets["train"], labels)
    # Lightning's own EMAWeightAveraging averages tensor by tensor, in twice the time.
    averaging = [WeightAveraging(multi_avg_fn=get_ema_multi_avg_fn(config.ema))] if config.ema else []  # type: ignore[no-untyped-call]
    trainer = pl.Trainer(
        default_root_dir=out,
        **length(config),
        accumulate_grad_batches=config.accumulate,
        devices=world // config.nodes,
        num_nodes=config.nodes,
        strategy=strategy(world),
        use_distributed_sampler=False,  # GarmentData shares the photos itself
        precision=precision(config),
        num_sanity_val_steps=0,
        log_every_n_steps=config.log_every,
        enable_model_summary=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        logger=TensorBoardLogger(out, name="", version="tensorboard"),
        profiler=SimpleProfiler(dirpath=out, filename=PROFILE) if profile else None,
        callbacks=[
            journal,
            CheckGradients(config.clip),
            # Before the averaging, whose end-of-validation hook takes the averaged weights away again.
            BestOnVal(datasets["val"], labels, facts, out, journal, config.pictures, images),
            *averaging,
            KeepLast(out / LAST, photos.batches, config.checkpoint_minutes, max_time),
            ShowProgress(),
        ],
    )
    try:
        # A checkpoint of ours holds settings and numbers beside tensors; load only your own.
        trainer.fit(module, photos, ckpt_path=last, weights_only=False)
    except TimeIsUpError:
        return None
    except SystemExit as ended:
        # On SIGTERM Lightning leaves with code 0, and the next command of a script would run.
        raise SystemExit(TERMINATED) from ended
    if trainer.is_global_zero and config.model_file and labels.are_ours:
        export_model(out / BEST, out / MODEL_FILE)
    return out / BEST


def checkpoint_to_resume(last: Path) -> Path | None:
    """The checkpoint to go on from, if there is one. Raises `OutputError` where a part of it is lost."""
    if not last.exists():
        return None
    if not is_zipfile(last):
        raise OutputError(
            f"{last}: is damaged; put back a whole one, or begin anew with --overwrite, which deletes the run"
        )
    return last


def prepare_process(seed: int) -> None:
    """Set what holds as long as the process lasts: silence of Lightning, memory that is kept, the seed."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    # Lightning's advice to its own users.
    warnings.filterwarnings("ignore", message=".*(isinstance|not resumable|does not have many workers)")
    keep_freed_memory()
    pl.seed_everything(seed, workers=True, verbose=False)


def keep_freed_memory() -> None:
    """Have glibc keep what training frees: its large blocks come back each step, and mapping them anew costs
    page faults."""
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD, M_MMAP_MAX of mallopt(3)
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)


def process_count(config: RunConfig) -> int:
    """How many processes train together. Raises `ModelError` where they cannot share a step."""
    own = config.devices if config.devices != "auto" else max(1, torch.cuda.device_count())
    world = own * config.nodes
    if config.batch % (config.accumulate * world):
        raise ModelError(
            f"a batch of {config.batch} photos cannot be shared by {world} processes in "
            f"{config.accumulate} parts; choose a multiple of {config.accumulate * world}"
        )
    return world


def read_datasets(config: RunConfig, data: Path) -> dict[str, Dataset]:
    """What to learn from and what to choose the best checkpoint by: `train` and `val`.

    Raises:
        DatasetError: a COCO file is missing or malformed, or photos are.
    """
    datasets = {split: Dataset.load(data / getattr(config.data, split)) for split in ("train", "val")}
    for dataset in datasets.values():
        require_ready(dataset, data / config.data.images, any_categories=True)
    if not config.data.negatives:
        datasets["train"] = without_negatives(datasets["train"])
    return datasets


def without_negatives(dataset: Dataset) -> Dataset:
    """The dataset with only the photos that have garments."""
    present = {instance["image_id"] for instance in dataset.instances()}
    return dataset.restricted_to([image for image in dataset.images if image["id"] in present])


def length(config: RunConfig) -> dict[str, Any]:
    """How long Lightning trains, and when it measures on val."""
    if config.steps is None:
        return {"max_epochs": config.epochs, "check_val_every_n_epoch": config.val_every}
    return {
        "max_epochs": -1,
        "max_steps": config.steps,
        "check_val_every_n_epoch": None,
        "val_check_interval": config.val_every * config.accumulate,
    }


def strategy(world: int) -> DDPStrategy | str:
    """One process alone, or several that average their gradients."""
    if world == 1:
        return "auto"
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    # No layer gathers statistics, so there are no buffers to keep alike.
    return DDPStrategy(process_group_backend=backend, broadcast_buffers=False)


def precision(config: RunConfig) -> Any:
    """Lightning's name of the precision: as configured, or bfloat16 where the hardware multiplies in it."""
    if config.precision == "auto":
        return "bf16-mixed" if has_bfloat16() else "32-true"
    return {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}[config.precision]


def has_bfloat16() -> bool:
    """Whether the GPU, or else the processor, multiplies in bfloat16."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
