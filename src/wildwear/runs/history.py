"""What a run measured, step by step: `metrics.jsonl`, one JSON object a line.

Every row has `step`, the number of steps done when it was measured; the rest goes by names such as
`train/loss`, `learning_rate`, `val/loss`, `val/mask/ap` and `val/mask/ap/jacket`. AP is in [0, 1]. A null is
a figure that was looked for and does not exist (the AP of a category without instances), which JSON cannot
call NaN.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.errors import DatasetError

Row = dict[str, Any]


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

    def series(self, name: str) -> Series:
        """One measure by its name; empty where it was never measured."""
        rows = [row for row in self.rows if name in row]
        values = [math.nan if row[name] is None else float(row[name]) for row in rows]
        return Series(name, np.array([row["step"] for row in rows], np.int64), np.array(values, np.float64))

    def names(self, prefix: str = "") -> list[str]:
        """What was measured, in alphabetical order."""
        return sorted({name for row in self.rows for name in row if name.startswith(prefix)})


def read_lines(path: Path, step: str) -> list[Row]:
    """The objects of a JSON-lines file that have a whole number called `step`; NaN may occur."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                break
            raise DatasetError(f"{path}:{number}: is not JSON: {error}") from error
        if not isinstance(row, dict) or type(row.get(step)) is not int:
            raise DatasetError(f"{path}:{number}: expected an object with a whole number {step!r}")
        rows.append(row)
    return rows


def to_line(row: Row) -> str:
    """A row as one line of JSON; what is not finite becomes null."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
    return json.dumps(finite, ensure_ascii=False) + "\n"
