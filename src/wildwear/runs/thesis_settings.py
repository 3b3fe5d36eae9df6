"""What `thesis-exp5` to `thesis-exp9` make of every setting of the thesis' own Detectron2 configs, and why
something is not the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import PurePath
from typing import Any

import yaml
from pydantic import Field

from wildwear.configs.strict import Strict
from wildwear.runs.folder import OURS, Run
from wildwear.runs.settings import document, value_text

NAME = re.compile(r"thesis-(exp[5-9])")
OTHERWISE = "this run is set otherwise"


class Setting(Strict):
    """A row of the table; see its head for what the fields mean."""

    theirs: Any = Field(alias="is")
    field: str | None = None
    ours: Any = None
    same: str | None = None
    differs: str | None = None


class Table(Strict):
    """All settings by their name in Detectron2, what has none, and what of Detectron2 these runs lack."""

    settings: dict[str, Setting]
    ours_alone: dict[str, Any]
    besides: dict[str, str]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One setting in the thesis and in a run of ours: as text; `why` where it is not the same."""

    name: str
    theirs: str
    ours: str
    is_same: bool
    why: str = ""


@cache
def thesis_settings() -> Table:
    """The table as the package carries it."""
    text = (resources.files("wildwear.runs") / "thesis_settings.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


def differences(run: Run) -> list[Row]:
    """Where a run is not what the thesis did; empty, if it is not one of `thesis-exp5` to `thesis-exp9`.

    Raises:
        DatasetError: its config is damaged.
    """
    experiment = NAME.fullmatch(run.facts.name)
    if experiment is None or run.facts.made_by.split(" ")[0] != OURS:
        return []
    return [row for row in beside_thesis(document(run), experiment[1]) if not row.is_same]


def beside_thesis(config: dict[str, Any], experiment: str) -> Iterator[Row]:
    """Every setting of an experiment (`exp9`) beside a config of ours, as YAML has it."""
    table = thesis_settings()
    for name, setting in table.settings.items():
        theirs = of_experiment(setting.theirs, experiment)
        text = value_text(theirs)
        if setting.field is None:
            ours = setting.same or "–"
            yield Row(name, text, ours, setting.differs is None, setting.differs or "")
        else:
            wanted = of_experiment(setting.ours, experiment) if "ours" in setting.model_fields_set else theirs
            yield compared(name, text, setting.field, wanted, config)
    for field, wanted in table.ours_alone.items():
        yield compared("–", "–", field, wanted, config)
    for name, why in table.besides.items():
        yield Row(name, "–", "–", False, why)


def compared(name: str, theirs: str, field: str, wanted: Any, config: dict[str, Any]) -> Row:
    """A setting beside the field of ours that says the same."""
    value: Any = config
    for key in field.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    # A file of weights may lie in any folder.
    is_same = value == wanted or (isinstance(value, str) and PurePath(value).name == wanted)
    return Row(name, theirs, f"{field}: {value_text(value)}", is_same, "" if is_same else OTHERWISE)


def of_experiment(value: Any, experiment: str) -> Any:
    """A value that may be another one in each experiment."""
    return value[experiment] if isinstance(value, dict) else value
