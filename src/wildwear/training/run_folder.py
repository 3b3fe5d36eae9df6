"""The folder that a run is about to be written to: refused, emptied or gone on with; its config and facts."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
import yaml

from wildwear.datasets import Dataset
from wildwear.errors import OutputError
from wildwear.files import sha256, write_atomically
from wildwear.runs.folder import BEST, CONFIG, FACTS, METRICS, Run, RunFacts
from wildwear.training.callbacks import LAST, origin
from wildwear.training.config import RunConfig, load_config
from wildwear.training.start import REPORT
from wildwear.version import __version__

UNREADABLE, MODEL_FILE, PROFILE = "unreadable.jsonl", "model.onnx", "profile"
# All that a run writes; a file that a kill has cut off ends in `.part`.
WRITTEN = (
    *(BEST, LAST, METRICS, FACTS, CONFIG, UNREADABLE, MODEL_FILE, REPORT),
    *(f"fit-{PROFILE}.txt", "tensorboard/*", "pictures/step_*/*.jpg", "*.part"),
)
PACKAGES = ("torch", "torchvision", "pytorch-lightning", "timm", "numpy")


def prepare_folder(out: Path, config: RunConfig, *, resume: bool, overwrite: bool) -> None:
    """Make the run's folder with its config, or refuse one that holds something else and leave it as it is.

    Raises:
        OutputError: `out` is a file, holds a run and neither `resume` nor `overwrite` is given, or the run to
            resume had another config; or what is to be overwritten holds more than a run, or its start.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is a file; name a folder for the run")
    written = out / CONFIG
    if overwrite:
        delete(out, earlier_run(out, config))
    elif resume and written.exists():
        if not same_run(load_config(written), config):
            raise OutputError(f"{written}: the run to resume had another config; resume with that file")
    elif out.exists() and any(out.iterdir()):
        raise OutputError(
            f"{out}: is not empty; --resume goes on with a run, --overwrite deletes one, and nothing else"
        )
    out.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    write_atomically(written, text.encode("utf-8"))


def earlier_run(out: Path, config: RunConfig) -> list[Path]:
    """The files of an earlier run in a folder. Raises `OutputError` where they are not all that lies there,
    or where the new run begins with one of them."""
    ours = {file for pattern in WRITTEN for file in out.glob(pattern) if file.is_symlink() or file.is_file()}
    for path in sorted(out.rglob("*")):
        if path not in ours and (path.is_symlink() or not path.is_dir()):
            raise OutputError(
                f"{out}: holds {path.relative_to(out)}, which no training wrote; move it away, or name "
                "another folder with --out. Nothing was deleted."
            )
    if config.start and config.start.resolve() in {file.resolve() for file in ours}:
        raise OutputError(
            f"{config.start}: the run starts from it, and --overwrite would delete it; name another folder "
            "with --out"
        )
    return sorted(ours)


def delete(out: Path, files: list[Path]) -> None:
    """Delete files below a folder, and the folders that they leave empty. Raises `OutputError`."""
    try:
        for file in files:
            file.unlink()
        for folder in sorted({file.parent for file in files} - {out}, reverse=True):
            while folder != out and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be deleted ({error.strerror})") from error


def same_run(first: RunConfig, second: RunConfig) -> bool:
    """Whether two configs ask for the same steps; how many processes do the work may differ."""
    hardware = {"devices", "nodes", "workers", "accumulate", "checkpoint_minutes", "log_every", "pictures"}
    return first.model_dump(exclude=hardware) == second.model_dump(exclude=hardware)


def fingerprints(config: RunConfig, datasets: dict[str, Dataset], data: Path) -> dict[str, dict[str, str]]:
    """Which files a run learns from and is measured on, and what is in them."""
    return {
        split: {"file": str(dataset.path), "sha256": sha256(data / getattr(config.data, split))}
        for split, dataset in datasets.items()
    }


def write_facts(
    config: RunConfig,
    datasets: dict[str, Dataset],
    data: Path,
    out: Path,
    steps_an_epoch: int,
    command: str | None,
) -> None:
    """Write `run.json`, unless a part of the run that came before has done so.

    Raises:
        OutputError: that part learnt from other labels, or was measured on others.
        DatasetError: what it wrote is damaged.
    """
    labels = fingerprints(config, datasets, data)
    if (out / FACTS).exists():
        before = Run.read(out).facts.data
        for split, label in labels.items():
            if split in before and before[split]["sha256"] != label["sha256"]:
                raise OutputError(
                    f"{label['file']}: is not what the run in {out} began with ({before[split]['file']}); "
                    "give that --data, or another --out"
                )
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
            **({"command": command} if command else {}),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "gpus": ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
            or "none",
            **{package: version(package) for package in PACKAGES},
        },
        data=labels,
    )
    write_atomically(out / FACTS, facts.to_json())


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
