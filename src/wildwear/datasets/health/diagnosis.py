"""What a check says of one dataset."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.health.photo_problems import Photos
from wildwear.datasets.health.problems import NOWHERE, Kind, Place, Problem, Remedy, Severity


@dataclass
class Report:
    """What is wrong with one dataset."""

    dataset: Dataset
    format_name: str
    problems: list[Problem]
    photos: Photos = field(default_factory=Photos)
    mended: list[Problem] = field(default_factory=list)  # what a repair that made this dataset treated
    notes: Counter[str] = field(default_factory=Counter)  # what the reader of its format had to say

    @property
    def path(self) -> Path:
        """The file or folder of the dataset."""
        assert self.dataset.path is not None
        return self.dataset.path

    @property
    def instances(self) -> int:
        """Annotations but for regions that are not judged."""
        records = self.dataset.annotations
        return sum(isinstance(record, dict) and not record.get("iscrowd") for record in records)

    def count(self, severity: Severity) -> int:
        """Problems of one severity."""
        return sum(problem.severity is severity for problem in self.problems)

    @property
    def not_judged(self) -> int:
        """Regions that are not judged. One that may be any category stands in the file once in each."""
        records = (record for record in self.dataset.annotations if isinstance(record, dict))
        regions = (record for record in records if record.get("iscrowd"))
        return len({repr((one.get("image_id"), one.get("bbox") or ("id", one.get("id")))) for one in regions})

    @property
    def remedies(self) -> set[Remedy]:
        """What a repair would do."""
        return {problem.remedy for problem in self.problems if problem.remedy is not None}

    def whose(self, place: Place) -> str:
        """Whom a place belongs to, by the names that a person knows: "id 88, 000012.jpg"; "" for nobody."""
        if place.position == NOWHERE:
            return ""
        record = self.dataset.document[place.section][place.position]
        if not isinstance(record, dict):
            return ""
        names = [f"id {record['id']}"] if "id" in record else []
        if place.section == "annotations" and isinstance(record.get("image_id"), int):
            record = self._images.get(record["image_id"], {})
        if file_name := record.get("file_name") or record.get("name"):
            names.append(str(file_name))
        return ", ".join(names)

    def to_dict(self) -> dict[str, Any]:
        """For JSON, every problem in it."""
        return {
            "file": str(self.path),
            "format": self.format_name,
            "photos": len(self.dataset.images),
            "instances": self.instances,
            "not_judged": self.not_judged,
            **{f"{severity}s": self.count(severity) for severity in (Severity.ERROR, Severity.WARNING)},
            "mended": {kind.name.lower(): len(found) for kind, found in by_kind(self.mended).items()},
            "problems": [
                {
                    "kind": kind.name.lower(),
                    "severity": kind.severity,
                    "place": str(found.place),
                    "whose": self.whose(found.place),
                    "message": found.message,
                    "fix": found.remedy,
                }
                for kind, problems in by_kind(self.problems).items()
                for found in problems
            ],
        }

    @cached_property
    def _images(self) -> dict[int, dict[str, Any]]:
        records = [record for record in self.dataset.images if isinstance(record, dict)]
        return {record["id"]: record for record in records if isinstance(record.get("id"), int)}


def by_kind(problems: Iterable[Problem]) -> dict[Kind, list[Problem]]:
    """Problems grouped by their kind, errors first."""
    grouped: dict[Kind, list[Problem]] = defaultdict(list)
    for found in problems:
        grouped[found.kind].append(found)
    severities = list(Severity)
    kinds = sorted(Kind, key=lambda kind: severities.index(kind.severity))
    return {kind: grouped[kind] for kind in kinds if kind in grouped}
