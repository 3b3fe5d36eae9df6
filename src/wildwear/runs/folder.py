"""A run as it lies on disk: what it was asked to do, what it says of itself, what it measured."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wildwear.errors import DatasetError, ModelError
from wildwear.runs.history import MOST_STEPS, History

FACTS, METRICS, CONFIG, BEST = "run.json", "metrics.jsonl", "config.yaml", "best.safetensors"
MOST_BYTES = 2**20  # of facts and of a config
OURS = "wildwear"  # the first word of `made_by` in a run that `wildwear train` can go on with

Count = Annotated[int, Field(ge=0, lt=MOST_STEPS)]


class RunFacts(BaseModel):
    """What a run says of itself in `run.json`."""

    model_config = ConfigDict(extra="allow")

    name: str
    made_by: str  # the program, with its version
    trained_on: str | None = None  # the dataset, in words
    validated_on: str | None = None  # likewise
    photos: Count | None = None  # to train on
    instances: Count | None = None
    batch: Count | None = None  # photos a step
    steps: Count | None = None  # planned
    decays: list[Count] = []  # steps at which the learning rate falls
    started: datetime | None = None
    published: str | None = None  # key in thesis.yaml, where this is one of those runs
    remarks: list[str] = []  # what a reader should know: contradictions, changes
    git_revision: str | None = None
    environment: dict[str, str] = {}  # versions, machine, command
    data_folder: str | None = None  # where the config's relative paths start
    data: dict[str, dict[str, str]] = {}  # by split: file and sha256 of what it learnt from

    def to_json(self) -> bytes:
        """What `run.json` holds, with ? for what UTF-8 cannot hold, such as a folder's name in another
        encoding."""
        known = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(known, ensure_ascii=False, indent=1).encode(errors="replace")


@dataclass(frozen=True)
class Run:
    """One run."""

    folder: Path
    facts: RunFacts
    history: History

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Read a run's folder; one that was killed before it measured anything has an empty history.

        Raises:
            DatasetError: it is no run, or one of its files is damaged.
        """
        path = folder / FACTS
        try:
            facts = RunFacts.model_validate_json(read_small(path))
        except FileNotFoundError as error:
            raise DatasetError(f"{folder}: is no run; it has no {FACTS}") from error
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise DatasetError(f"{path}: {in_one_line(error)}") from error
        metrics = folder / METRICS
        return cls(folder, facts, History.read(metrics) if metrics.exists() else History([]))

    @property
    def name(self) -> str:
        """The folder's name: unique beside its neighbours, which the config's name may not be."""
        return self.folder.resolve().name

    @property
    def seconds(self) -> float | None:
        """How long it trained, over all its parts; None where it does not say."""
        series = self.history.series("seconds")
        return series.last if len(series) else None

    @property
    def begun(self) -> datetime:
        """When it was started, or else when its folder was made."""
        began = self.facts.started or datetime.fromtimestamp((self.folder / FACTS).stat().st_mtime, UTC)
        return began if began.tzinfo else began.replace(tzinfo=UTC)

    @property
    def last_sign(self) -> datetime:
        """When it last wrote a measurement, or else began."""
        metrics = self.folder / METRICS
        return datetime.fromtimestamp(metrics.stat().st_mtime, UTC) if metrics.exists() else self.begun

    @property
    def is_unfinished(self) -> bool:
        """Whether it has done fewer steps than it was asked for."""
        return self.facts.steps is not None and self.history.steps < self.facts.steps

    @property
    def resume_command(self) -> str | None:
        """What goes on with it; None for a run that is not of `wildwear train`."""
        if self.facts.made_by.split(" ")[0] != OURS:
            return None
        parts = [
            self.folder / CONFIG,
            "--data",
            self.facts.data_folder or "DATA",
            "--out",
            self.folder,
            "--resume",
        ]
        return f"wildwear train {shlex.join(map(str, parts))}"


def find_runs(root: Path) -> tuple[list[Run], list[DatasetError]]:
    """The runs in a folder and the folders below it, by path; and what is wrong with those that are damaged.

    Raises:
        DatasetError: there is no such folder.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder; where are the runs?")
    runs, damaged = [], []
    for place, folders, files in os.walk(root):
        folders.sort()
        if FACTS in files:
            folders.clear()  # what lies in a run is its own
            try:
                runs.append(Run.read(Path(place)))
            except DatasetError as error:
                damaged.append(error)
    return runs, damaged


def best_checkpoint(path: Path) -> Path:
    """The checkpoint that a path names: the best one of a run by its folder, or a file as it is.

    Raises:
        DatasetError: the folder is no run.
        ModelError: the run has no best checkpoint yet.
    """
    if not path.is_dir():
        return path
    run, best = Run.read(path), path / BEST
    if not best.exists():
        raise ModelError(
            f"{path}: has no best checkpoint yet, after {run.history.steps:,} steps; the first one is "
            "written when the run has measured on val"
        )
    return best


def read_small(path: Path) -> bytes:
    """A file that a person could have written. Raises `DatasetError` for a large one, and `OSError`."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise DatasetError(f"{path}: has {size:,} bytes; expected at most {MOST_BYTES:,}")
    return path.read_bytes()


def in_one_line(error: ValidationError) -> str:
    """What is wrong with a document, and where in it."""
    problems = error.errors(include_input=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'all of it'}: {one['msg']}" for one in problems[:3])
