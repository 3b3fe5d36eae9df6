"""A run from its config to its folder: settings, facts, journal, checkpoints, the best model and its file."""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.callbacks import RichProgressBar, WeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.profilers import SimpleProfiler
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities import rank_zero_only
from torch.optim.swa_utils import get_ema_multi_avg_fn

from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.errors import ModelError, OutputError
from wildwear.files import sha256, write_atomically
from wildwear.models.export import export_model
from wildwear.runs.folder import CONFIG, FACTS, METRICS, RunFacts
from wildwear.training.callbacks import (
    BEST,
    LAST,
    BestOnVal,
    CheckGradients,
    Journal,
    KeepLast,
    TimeIsUpError,
    checkpoint_facts,
    origin,
)
from wildwear.training.config import RunConfig, load_config
from wildwear.training.labels import Labels
from wildwear.training.loading import GarmentData
from wildwear.training.module import GarmentTraining
from wildwear.training.start import REPORT, first_model
from wildwear.version import __version__

UNREADABLE, MODEL_FILE, PROFILE = "unreadable.jsonl", "model.onnx", "profile"
RUN_FILES = (BEST, LAST, METRICS, FACTS, CONFIG, UNREADABLE, MODEL_FILE, f"fit-{PROFILE}.txt", REPORT)
RUN_FOLDERS = ("tensorboard", "pictures")
PACKAGES = ("torch", "torchvision", "pytorch-lightning", "timm", "numpy")
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
) -> Path | None:
    """Train a model and leave everything about the run in `out`.

    Args:
        config: what to train, on what, how long.
        data: the folder that the config's relative paths start at.
        out: the run's folder.
        resume: go on from `out/last.ckpt`; without one, begin.
        overwrite: delete an earlier run in `out` first, and nothing else there.
        max_time: stop after so long, with a checkpoint to resume from.
        profile: write where the time went to `out/fit-profile.txt`.

    Returns:
        The best checkpoint by mask AP on val, `out/best.safetensors`; None where `max_time` ended the run.

    Raises:
        DatasetError: a COCO file is missing or malformed, has other categories, or photos are missing.
        OutputError: `out` holds something and neither `resume` nor `overwrite` is given, or the run to resume
            had another config.
        ModelError: the weights to start from do not fit, or the loss is not finite for many steps.
    """
    datasets = {split: Dataset.load(data / getattr(config.data, split)) for split in ("train", "val")}
    images = data / config.data.images
    for dataset in datasets.values():
        require_ready(dataset, images, any_categories=True)
    labels = Labels.of(datasets["train"], datasets["val"])
    if not config.data.negatives:
        datasets["train"] = without_negatives(datasets["train"])
    # Lightning starts the other processes of a machine with this same command.
    is_first = getattr(rank_zero_only, "rank", 0) == 0
    if is_first:
        prepare_folder(out, config, resume=resume, overwrite=overwrite)
    last = out / LAST if resume and (out / LAST).exists() else None

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # it advertises
    keep_freed_memory()
    pl.seed_everything(config.seed, workers=True)
    module = GarmentTraining(first_model(config, labels, out), config, labels)
    world = process_count(config)
    photos = GarmentData(config, datasets["train"], datasets["val"], images, labels, out / UNREADABLE)
    if is_first:
        write_facts(config, datasets, data, out, len(photos.batches) // config.accumulate)
    journal = Journal(out / METRICS, config.log_every)
    # Lightning's own EMAWeightAveraging averages tensor by tensor, in twice the time.
    averaging = [WeightAveraging(multi_avg_fn=get_ema_multi_avg_fn(config.ema))] if config.ema else []  # type: ignore[no-untyped-call]
    facts = checkpoint_facts(config.name, datasets["train"], labels)
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
            RichProgressBar(refresh_rate=5),
        ],
    )
    with warnings.catch_warnings():
        # Lightning's advice to its own users.
        warnings.filterwarnings("ignore", message=".*(isinstance|not resumable|does not have many workers)")
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


def strategy(world: int) -> DDPStrategy | str:
    """One process alone, or several that average their gradients."""
    if world == 1:
        return "auto"
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    # No layer gathers statistics, so there are no buffers to keep alike.
    return DDPStrategy(process_group_backend=backend, broadcast_buffers=False)


def without_negatives(dataset: Dataset) -> Dataset:
    """The dataset with only the photos that have garments."""
    present = {instance["image_id"] for instance in dataset.instances()}
    return dataset.restricted_to([image for image in dataset.images if image["id"] in present])


def prepare_folder(out: Path, config: RunConfig, *, resume: bool, overwrite: bool) -> None:
    """Make the run's folder with its config, or refuse one that holds something else."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is a file; name a folder for the run")
    written = out / CONFIG
    if overwrite:
        for name in RUN_FILES:
            (out / name).unlink(missing_ok=True)
        for name in RUN_FOLDERS:
            shutil.rmtree(out / name, ignore_errors=True)
    elif resume and written.exists() and not same_run(load_config(written), config):
        raise OutputError(f"{written}: the run to resume had another config; resume with that file")
    if out.exists() and any(out.iterdir()) and not (resume and written.exists()):
        raise OutputError(
            f"{out}: is not empty; --resume goes on with a run, --overwrite deletes one, and nothing else"
        )
    out.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    write_atomically(written, text.encode("utf-8"))


def same_run(first: RunConfig, second: RunConfig) -> bool:
    """Whether two configs ask for the same steps; how many processes do the work may differ."""
    hardware = {"devices", "nodes", "workers", "accumulate", "checkpoint_minutes", "log_every", "pictures"}
    return first.model_dump(exclude=hardware) == second.model_dump(exclude=hardware)


def write_facts(
    config: RunConfig, datasets: dict[str, Dataset], data: Path, out: Path, steps_an_epoch: int
) -> None:
    """Write `run.json`, unless a part of the run that came before has done so."""
    if (out / FACTS).exists():
        return
    train, steps = datasets["train"], config.steps or config.epochs * steps_an_epoch
    learnt = train.instances_by_category()
    names = {category["id"]: category["name"] for category in train.categories}
    absent = [names[category_id] for category_id, count in learnt.items() if count == 0]
    remarks = [config.remark] if config.remark else []
    if absent:
        remarks.append(f"without any instance to learn from: {', '.join(absent)}")
        print(
            f"{train.path}: no instance of {', '.join(absent)}: the model will not know them", file=sys.stderr
        )
    facts = RunFacts(
        name=config.name,
        made_by=f"wildwear {__version__}",
        trained_on=origin(train)["training_data"],
        photos=len(train.images),
        instances=sum(learnt.values()),
        batch=config.batch,
        steps=steps,
        decays=[round(share * steps) for share in config.decays] if config.schedule == "step" else [],
        started=datetime.now(UTC).replace(microsecond=0),
        remarks=remarks,
        git_revision=git_revision(),
        data_folder=str(data.resolve()),
        environment={
            "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "gpus": ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
            or "none",
            **{package: version(package) for package in PACKAGES},
        },
        data={
            split: {"file": str(dataset.path), "sha256": sha256(data / getattr(config.data, split))}
            for split, dataset in datasets.items()
        },
    )
    write_atomically(out / FACTS, facts.model_dump_json(indent=1, exclude_defaults=True).encode("utf-8"))


def git_revision() -> str | None:
    """The commit of the folder that the run was started in, if it is a repository; marked where changed."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


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


def keep_freed_memory() -> None:
    """Have glibc keep what training frees: its large blocks come back each step, and mapping them anew costs
    page faults."""
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD, M_MMAP_MAX of mallopt(3)
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)
