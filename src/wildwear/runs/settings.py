"""In which settings runs differ: fields of the configs in their folders, whoever wrote these."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import yaml

from wildwear.errors import DatasetError
from wildwear.runs.folder import CONFIG, Run, read_small

MOST_FIELDS = 5_000  # of a config; Detectron2's has 320
FEW = 10  # parts of a list that are all shown
SHORT = reprlib.Repr()
SHORT.maxlevel, SHORT.maxlist, SHORT.maxother = 3, 12, 80


def differing_settings(runs: Sequence[Run]) -> list[tuple[str, list[str | None]]]:
    """The fields that several runs have, and not all alike: name, and each run's value or None.

    Raises:
        DatasetError: a config is damaged.
    """
    configs = [settings(run) for run in runs]
    found = []
    for name in sorted(set().union(*configs)):
        values = [config.get(name) for config in configs]
        known = [value for value in values if value is not None]
        if len(known) > 1 and len(set(known)) > 1:
            found.append((name, values))
    return found


def settings(run: Run) -> dict[str, str]:
    """Every field of a run's config, as `model.backbone`, and its value as text; empty without a config.

    Raises:
        DatasetError: the config is damaged.
    """
    config = document(run)
    try:
        return dict(islice(fields(config), MOST_FIELDS))
    except RecursionError as error:
        raise DatasetError(f"{run.folder / CONFIG}: is nested too deeply") from error


def document(run: Run) -> Any:
    """A run's config as YAML has it; empty without one. Raises `DatasetError` where it is damaged."""
    path = run.folder / CONFIG
    try:
        return yaml.safe_load(read_small(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise DatasetError(f"{path}: cannot be read as YAML: {error}") from error


def fields(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a nested document."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from fields(part, f"{name}.{key}" if name else str(key))
    else:
        yield name, value_text(value)


def value_text(value: Any) -> str:
    """A value of a config as text."""
    parts = value if isinstance(value, list) and len(value) < FEW else [value]
    return ", ".join(part if isinstance(part, str) else SHORT.repr(part) for part in parts)
