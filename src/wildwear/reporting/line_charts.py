"""Lines over steps or shares, drawn by the macro of `templates/line_charts.html` as SVG that fits any width.

A page that has them puts `line_charts.css` behind `plots.css`, which holds the colours, and runs
`line_charts.js` for figures under the pointer and by arrow keys; without it the lines are there all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from wildwear.imaging.arrays import Floats

MOST_POINTS = 400  # of a line: a screen shows no more
COLOURS = 10  # in plots.css; further series are dashed
SIDE = 1000  # of the square that lines are drawn in before the page stretches it
ROUND_STEPS = (1, 2, 2.5, 5, 10)
ACROSS, UP = 4, 6  # steps between ticks, about
MANY_DECADES = 3  # over which only powers of ten are labelled
LEAST = 1e-30  # less is nothing on an axis
MOST_DECADES = 5  # on an axis: what is lower, the end of a cosine, leaves it


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        name: what the pointer says of it.
        series: the number of its colour.
        x: (n,) rising.
        y: (n,) NaN where there is none: the line is broken there.
        style: "", "thin" beside a bold one, or "faint" for what lies behind and is not spoken of.
    """

    name: str
    series: int
    x: Floats
    y: Floats
    style: str = ""


@dataclass(frozen=True)
class Mark:
    """A point of a line that is pointed out."""

    series: int
    x: float
    y: float
    text: str = ""


@dataclass(frozen=True)
class Axis:
    """From a value to its place, 0 to 1.

    Attributes:
        start: the value at 0.
        stop: the value at 1.
        logarithmic: whether equal ratios are equally long.
    """

    start: float
    stop: float
    logarithmic: bool = False

    def place(self, values: Floats | float) -> Floats:
        """The places of values; NaN where a logarithm does not exist."""
        ends = np.array([self.start, self.stop])
        values = np.asarray(values, np.float64)
        if self.logarithmic:
            ends, values = np.log(ends), np.log(np.where(values > 0, values, np.nan))
        return np.asarray((values - ends[0]) / (ends[1] - ends[0]))

    def ticks(self, number: int) -> list[float]:
        """Round values on it, with about so many steps between them."""
        if not self.logarithmic:
            return list(round_values(self.start, self.stop, number))
        decades = range(math.floor(math.log10(self.start)), math.ceil(math.log10(self.stop)) + 1)
        within = (1,) if self.stop / self.start > 10**MANY_DECADES else (1, 2, 5)
        values = [digit * 10.0**power for power in decades for digit in within]
        return [value for value in values if self.start <= value <= self.stop]


@dataclass(frozen=True)
class LineChart:
    """A chart as the page has it: places are in percent of its width and height.

    Attributes:
        words: what the lines do, for who does not see them.
        paths: series, style and SVG path of each line.
        across: place and text of each tick of the x axis; `up`: of the y axis.
        rules: places of upright lines.
        marks: series, places, text, and whether the text stands to the left.
        points: what the script reads: decimals, and of each line its series, name, x and y.
        is_clipped: whether lines are cut off where they leave it.
        across_name: what the x axis is of.
    """

    caption: str
    words: str
    paths: list[tuple[int, str, str]]
    across: list[tuple[str, str]]
    up: list[tuple[str, str]]
    rules: list[str]
    marks: list[tuple[int, str, str, str, bool]]
    points: dict[str, Any]
    is_clipped: bool
    across_name: str


def line_chart(
    caption: str,
    lines: Sequence[Line],
    *,
    marks: Sequence[Mark] = (),
    rules: Sequence[float] = (),
    bottom: float | None = None,
    top: float | None = None,
    logarithmic: bool = False,
    digits: int = 3,
    end: float | None = None,
    across: str = "step",
    are_runs: bool = True,
) -> LineChart:
    """Draw a chart.

    Args:
        caption: what it shows.
        lines: in the order they are painted.
        marks: points to point out.
        rules: values of x with an upright line.
        bottom: where the y axis begins; at the lowest value if not given. Not for a logarithmic one.
        top: where it ends, and lines are cut off; at the highest value if not given.
        logarithmic: whether the y axis is.
        digits: decimals of a value under the pointer.
        end: where the x axis, which begins at 0, ends; at the last x if not given.
        across: what the x axis is of.
        are_runs: whether lines are put away with what has their number among the keys of the page.
    """
    values = np.concatenate([line.y for line in lines] or [np.zeros(0)])
    horizontal = Axis(0, end or max((float(line.x[-1]) for line in lines if len(line.x)), default=1) or 1)
    vertical = y_axis(values, bottom, top, logarithmic)
    drawn = [thinned(line) for line in lines]
    spoken = [line for line in drawn if line.style != "faint"]
    return LineChart(
        caption=caption,
        words="; ".join(in_words(line, digits) for line in spoken) or "nothing was measured",
        paths=[(line.series, line.style, path(line, horizontal, vertical)) for line in drawn],
        across=[(percent(horizontal.place(value)), written(value)) for value in horizontal.ticks(ACROSS)],
        up=[(percent(1 - vertical.place(value)), written(value)) for value in vertical.ticks(UP)],
        rules=[percent(horizontal.place(value)) for value in rules if 0 <= value <= horizontal.stop],
        marks=[
            (
                mark.series,
                percent(horizontal.place(mark.x)),
                percent(1 - vertical.place(mark.y)),
                mark.text,
                bool(horizontal.place(mark.x) > 0.5),
            )
            for mark in marks
        ],
        points={
            "digits": digits,
            "end": horizontal.stop,
            "over": across,
            "lines": [points(line, digits) for line in spoken],
            "areRuns": are_runs,
        },
        is_clipped=top is not None or logarithmic,
        across_name=across,
    )


def y_axis(values: Floats, bottom: float | None, top: float | None, logarithmic: bool) -> Axis:
    """An axis that holds the values, a little air above them, and is no point."""
    if logarithmic:
        values = values[values > LEAST]
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
    if logarithmic:
        return Axis(max(low / 1.1, high / 10**MOST_DECADES), (top or high) * 1.1, logarithmic=True)
    start = low if bottom is None else bottom
    stop = top if top is not None else high + 0.04 * (high - start)
    is_point = stop - start <= max(LEAST, 1e-9 * abs(start))
    return Axis(start, start + max(1, abs(start)) if is_point else stop)


def smoothed(line: Line, span: float) -> Line:
    """The same line as a running mean.

    Args:
        line: NaN in it do not count.
        span: of x, that a mean is over; at the beginning, where lines are steep, less.
    """
    size = len(line.x)
    if size < 3:
        return line
    places = np.arange(size)
    halves = np.minimum(int(span / (line.x[-1] - line.x[0]) * size / 2), places)
    first, behind = places - halves, np.minimum(places + halves + 1, size)
    known = np.isfinite(line.y)
    sums, counts = (np.concatenate([[0], np.cumsum(part)]) for part in (np.where(known, line.y, 0), known))
    means = (sums[behind] - sums[first]) / np.maximum(counts[behind] - counts[first], 1)
    return Line(line.name, line.series, line.x, np.where(known, means, np.nan), line.style)


def thinned(line: Line) -> Line:
    """The same line of no more than `MOST_POINTS` of its points, both ends among them."""
    if len(line.x) <= MOST_POINTS:
        return line
    kept = np.linspace(0, len(line.x) - 1, MOST_POINTS).round().astype(int)
    return Line(line.name, line.series, line.x[kept], line.y[kept], line.style)


def path(line: Line, horizontal: Axis, vertical: Axis) -> str:
    """An SVG path in a square of `SIDE`; a point that stands alone is a line of no length."""
    across, down = SIDE * horizontal.place(line.x), SIDE * (1 - vertical.place(line.y))
    parts, pen_is_up = [], True
    for x, y in zip(across.tolist(), down.tolist(), strict=True):
        if not math.isfinite(y):
            pen_is_up = True
            continue
        parts.append(f"M{x:.1f} {y:.1f}h0" if pen_is_up else f"L{x:.1f} {y:.1f}")
        pen_is_up = False
    return "".join(parts)


def points(line: Line, digits: int) -> dict[str, Any]:
    """A line for the script: null where there is no value."""
    return {
        "series": line.series,
        "name": line.name,
        "x": [float(f"{x:.12g}") for x in line.x.tolist()],
        "y": [round(y, digits + 2) if math.isfinite(y) else None for y in line.y.tolist()],
    }


def in_words(line: Line, digits: int) -> str:
    """A line in words: where it begins, ends, and turns."""
    known = line.y[np.isfinite(line.y)]
    if not len(known):
        return f"{line.name}: nothing"
    ends = f"{line.name}: from {known[0]:.{digits}f} to {known[-1]:.{digits}f}"
    return f"{ends}, between {known.min():.{digits}f} and {known.max():.{digits}f}"


def round_values(start: float, stop: float, number: int) -> Iterator[float]:
    """Round values from `start` to `stop`, with about so many steps between them."""
    rough = (stop - start) / number
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in ROUND_STEPS if power * factor >= rough * 0.999)
    first = math.ceil(start / step - 1e-9)
    for number in count(first):
        if number * step > stop + 1e-9 * step:
            return
        yield number * step


def written(value: float) -> str:
    """A tick's text: 0, 0.25, 20, 7,500, 1e-05."""
    if value and abs(value) < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"


def percent(place: Floats | float) -> str:
    """A place from 0 to 1 as SVG has it."""
    return f"{100 * float(place):.2f}%"
