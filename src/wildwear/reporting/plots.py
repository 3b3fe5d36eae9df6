"""Figures for pages: bars, matrices and heat maps, drawn by the macros of `templates/plots.html`.

Bars and matrices are tables with shapes in them: they read well without sight, take the page's colours in
light and dark, and every name in them is escaped. `plots.css` holds their looks; a page that uses them has
`{% import "plots.html" as plots %}` and begins its style sheet list with `plots.css`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.reporting.page import data_uri

LEVELS = 10  # shades of a matrix
TILE = 120  # pixels, the longer side of a heat map


@dataclass(frozen=True)
class Bar:
    """One bar of a row.

    Attributes:
        share: its length, 0 to 1; None where there is nothing to measure, and no bar.
        text: the figure that it stands for.
        detail: what is said beside it, quietly.
    """

    share: float | None
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """A label and a bar for each series.

    Attributes:
        colour: #rrggbb of the dot before the label; empty for none.
        remark: what is odd about it: "does not occur".
        detail: what is said under the label, quietly.
    """

    label: str
    bars: Sequence[Bar]
    colour: str = ""
    remark: str = ""
    detail: str = ""


def rows(
    labels: Sequence[str], series: Sequence[Sequence[float | None]], texts: Sequence[Sequence[str]]
) -> list[Row]:
    """Rows of bars as long as their values, the longest of all filling the width.

    Args:
        labels: one a row.
        series: a value a row for each series, 0 and up; None where there is none.
        texts: the values as they are written, likewise.
    """
    longest = max((value for values in series for value in values if value is not None), default=0)
    found = []
    for row, label in enumerate(labels):
        values = [of_one[row] for of_one in series]
        lengths = [None if value is None else value / (longest or 1) for value in values]
        written = [of_one[row] for of_one in texts]
        found.append(Row(label, [Bar(*bar) for bar in zip(lengths, written, strict=True)]))
    return found


@dataclass(frozen=True)
class Matrix:
    """A table whose cells are shaded by their value.

    Attributes:
        labels: of rows and columns.
        cells: a row of cells each: the text, the shade from 0 to LEVELS, and what it means in words.
    """

    labels: Sequence[str]
    cells: Sequence[Sequence[tuple[str, int, str]]]


def level(share: float) -> int:
    """The shade of a share from 0 to 1."""
    return min(LEVELS, max(int(share > 0), round(LEVELS * share)))


def heat_map(values: NDArray[Any], aspect: float = 1.0) -> str:
    """A (rows, columns) array as a picture, dark to light from 0 to its largest, as a data URI.

    Args:
        values: 0 and up.
        aspect: width over height of the picture.
    """
    shades = np.rint(values / max(values.max(), 1e-9) * 255).astype(np.uint8)
    size = (TILE, max(1, round(TILE / aspect))) if aspect > 1 else (max(1, round(TILE * aspect)), TILE)
    smooth = cv2.resize(shades, size, interpolation=cv2.INTER_CUBIC)
    coloured = cv2.applyColorMap(smooth, cv2.COLORMAP_INFERNO)
    return data_uri(coloured[..., ::-1].astype(np.uint8, copy=False))
