"""What a run measured, step by step: `metrics.jsonl`, one JSON object a line.

Every row has `step`, the number of steps done when it was measured; the rest goes by names such as
`train/loss`, `learning_rate`, `val/loss`, `val/mask/ap` and `val/mask/ap/jacket`. AP is in [0, 1]. A null is
a figure that was looked for and does not exist (the AP of a category without instances), which JSON cannot
call NaN. A second set that was measured on has its name after `val`: `val/wild/mask/ap`.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.errors import DatasetError

Row = dict[str, Any]  # numbers and None

MOST_BYTES = 2**27  # of a file: a million steps with a row for every ten
EXPLODED = 1e100  # what is larger than this is infinite for us
MOST_STEPS = 2**53  # and largest figure: what every reader of JSON can tell apart


@dataclass(frozen=True)
class Series:
    """One measure over a run: `steps` (n,) int64 rising, `values` (n,) float64, NaN where there was none."""

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def last(self) -> float:
        """The last value; NaN where nothing was measured."""
        return float(self.values[-1]) if len(self) else math.nan

    @property
    def highest(self) -> int | None:
        """The place of the highest value, the first of several; None where there is no value."""
        return None if np.isnan(self.values).all() else int(np.nanargmax(self.values))

    @property
    def lowest(self) -> int | None:
        """The place of the lowest value, the first of several; None where there is no value."""
        return None if np.isnan(self.values).all() else int(np.nanargmin(self.values))


@dataclass(frozen=True)
class History:
    """The rows of a run in the order of their steps."""

    rows: list[Row]

    @classmethod
    def of(cls, rows: list[Row]) -> History:
        """Put rows in order, as evaluations may have been written after later steps."""
        return cls(sorted(rows, key=lambda row: int(row["step"])))

    @classmethod
    def read(cls, path: Path) -> History:
        """Read `metrics.jsonl`; a last line that a kill has cut off is left out.

        Raises:
            DatasetError: the file cannot be read, or one of its lines is no row.
        """
        return cls.of(read_lines(path, "step"))

    @property
    def steps(self) -> int:
        """The last step that was measured; 0 where none was."""
        return int(self.rows[-1]["step"]) if self.rows else 0

    def series(self, name: str) -> Series:
        """One measure by its name; empty where it was never measured.

        A step that was measured twice, before a run was broken off and after, counts as the second time.
        """
        found = self.measures.get(name, {})
        values = np.array([math.nan if value is None else value for value in found.values()], np.float64)
        values[np.abs(values) > EXPLODED] = math.nan
        return Series(name, np.array(list(found), np.int64), values)

    def names(self, prefix: str = "") -> list[str]:
        """What was measured, in alphabetical order."""
        return sorted(name for name in self.measures if name.startswith(prefix))

    @cached_property
    def measures(self) -> dict[str, dict[int, float | None]]:
        """The values of each measure by step."""
        found: defaultdict[str, dict[int, float | None]] = defaultdict(dict)
        for row in self.rows:
            for name, value in row.items():
                found[name][row["step"]] = value
        return dict(found)


def read_lines(path: Path, step: str) -> list[Row]:
    """The rows of a JSON-lines file: objects of numbers and nulls, with a whole number called `step`.

    NaN may occur. A last line without an end that is no JSON was cut off by a kill: it is left out.

    Raises:
        DatasetError: the file cannot be read or is too large; one of its lines is no such object.
    """
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise DatasetError(f"{path}: has {size:,} bytes; expected at most {MOST_BYTES:,}")
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                break
            raise DatasetError(f"{path}:{number}: is not JSON: {error}") from error
        check(row, step, f"{path}:{number}")
        rows.append(row)
    return rows


def check(row: object, step: str, where: str) -> None:
    """Raise `DatasetError` where something read from JSON is no row."""
    if not isinstance(row, dict) or type(row.get(step)) is not int or not 0 <= row[step] < MOST_STEPS:
        raise DatasetError(f"{where}: expected an object with a whole number {step!r}, 0 or more")
    for name, value in row.items():
        is_number = type(value) is float or (type(value) is int and abs(value) < MOST_STEPS)
        if not (is_number or value is None):
            raise DatasetError(f"{where}: {name!r} is {str(value)[:40]!r}; expected a number")


def to_line(row: Row) -> str:
    """A row as one line of JSON; what is not finite becomes null."""
    finite = {
        name: None if value is None or not math.isfinite(value) else value for name, value in row.items()
    }
    return json.dumps(finite) + "\n"
