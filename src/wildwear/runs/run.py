"""A run as it lies on disk: what it was asked to do, what it says of itself, what it measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from wildwear.errors import DatasetError
from wildwear.runs.history import History

FACTS, METRICS, CONFIG = "run.json", "metrics.jsonl", "config.yaml"


class RunFacts(BaseModel):
    """What a run says of itself in `run.json`."""

    model_config = ConfigDict(extra="allow")

    name: str
    made_by: str  # the program, with its version
    trained_on: str | None = None  # the dataset, in words
    photos: int | None = None  # to train on
    instances: int | None = None
    batch: int | None = None  # photos a step
    steps: int | None = None  # planned
    decays: list[int] = []  # steps at which the learning rate falls
    started: datetime | None = None
    published: str | None = None  # key in published.yaml, where this is one of those runs
    remarks: list[str] = []  # what a reader should know: contradictions, changes
    git_revision: str | None = None
    environment: dict[str, str] = {}  # versions, machine, command
    data: dict[str, Any] = {}  # fingerprints of the datasets


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
        try:
            text = (folder / FACTS).read_text(encoding="utf-8")
        except OSError as error:
            raise DatasetError(f"{folder}: is no run; it has no {FACTS} ({error.strerror})") from error
        try:
            facts = RunFacts.model_validate_json(text)
        except ValidationError as error:
            raise DatasetError(f"{folder / FACTS}: {error}") from error
        metrics = folder / METRICS
        return cls(folder, facts, History.read(metrics) if metrics.exists() else History([]))

    @property
    def name(self) -> str:
        """The folder's name: unique beside its neighbours, which the config's name may not be."""
        return self.folder.resolve().name

    @property
    def seconds(self) -> float | None:
        """How long it trained, validation included, over all its parts; None where it does not say."""
        series = self.history.series("seconds")
        return series.last if len(series) else None

    @property
    def steps_done(self) -> int:
        """The last step that was measured."""
        return int(self.history.rows[-1]["step"]) if self.history.rows else 0


def find_runs(root: Path) -> list[Run]:
    """The runs in a folder and the folders below it, by name."""
    return [Run.read(path.parent) for path in sorted(root.rglob(FACTS))]
