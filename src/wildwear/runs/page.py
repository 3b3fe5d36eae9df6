"""Runs on one page that needs nothing else and can be mailed: the thesis' table, its plots, and more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wildwear.files import replacing
from wildwear.reporting import render
from wildwear.reporting.line_charts import Line, LineChart, Mark, line_chart, smoothed
from wildwear.reporting.plots import level
from wildwear.runs.comparison import DASH, HEADINGS, Summary, cells, notes, shared_remarks, steps
from wildwear.runs.folder import Run
from wildwear.runs.history import Series
from wildwear.runs.settings import differing_settings
from wildwear.runs.thesis_settings import differences

ALL = "all categories"
FIGURES = {
    "ap": ALL,
    "ap50": f"{ALL}, AP50",
    "ap75": f"{ALL}, AP75",
    "small": f"{ALL}, small garments",
    "medium": f"{ALL}, medium garments",
    "large": f"{ALL}, large garments",
}
KINDS = {"mask": "masks", "box": "boxes"}
LOSSES = {
    "train/loss": "all losses together",
    "train/classification": "box head: categories",
    "train/box": "box head: boxes",
    "train/mask": "mask head",
    "train/objectness": "proposals: objectness",
    "train/proposal_box": "proposals: boxes",
    "train/semantic": "semantic map",
}
ACCURACIES = {
    "train/mask_accuracy": ("Mask head", "share of the pixels of a mask that are right"),
    "train/box_accuracy": ("Box head", "share of the boxes whose category is right, background among them"),
    "train/box_accuracy_garments": ("Box head, garments alone", "the same, of the boxes that hold one"),
}
ERRORS = {
    "train/mask_false_positive": (
        "Mask head: too much",
        "share of the pixels beside a garment that it takes",
    ),
    "train/mask_false_negative": ("Mask head: too little", "share of a garment's pixels that it misses"),
    "train/box_false_negative": ("Box head: missed", "share of the boxes with a garment called background"),
}
SMOOTHING = 1 / 60  # of the longest run, for each mean: lines stay apart, and falls stay steep
SPIKE = 3  # times the middle one: higher losses leave the chart
AIR = 1.12  # times the highest validation loss, which is where its chart ends
OUTSIDE = (
    2  # percent of the values that may leave a chart of accuracy at the bottom, one of errors at the top
)
MOST_IN_TITLE = 6

Named = Sequence[tuple[str, Run]]


def write_report(path: Path, runs: Sequence[Run], summaries: Sequence[Summary]) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        runs: one or several.
        summaries: of each run, under different names.

    Raises:
        DatasetError: the config of a run is damaged.
        OutputError: the page cannot be written.
    """
    named = [(summary.name, run) for summary, run in zip(summaries, runs, strict=True)]
    names = [name for name, _ in named]
    page = render(
        "runs.html",
        style=("plots.css", "report.css", "line_charts.css", "runs.css"),
        script=("line_charts.js", "runs.js"),
        title=" · ".join(names)
        if len(names) <= MOST_IN_TITLE
        else f"{len(names)} runs, {names[0]} to {names[-1]}",
        names=names,
        headings=HEADINGS,
        rows=[cells(summary) for summary in summaries],
        notes=notes(runs, summaries),
        remarks=shared_remarks(summaries),
        precision=list(precision_charts(named)),
        categories=categories(runs),
        named_figures=list(enumerate(figures(runs).values())),
        together=list(category_charts(named)),
        named_kinds=list(enumerate(kinds(runs).values())),
        losses=(losses := list(loss_charts(named))),
        named_losses=[(place, name) for place, (name, _) in enumerate(losses)],
        named_heat=list(enumerate(HEAT)),
        overfitting=list(overfitting_charts(named, summaries)),
        accuracies=list(accuracy_charts(named)),
        learning_rate=learning_rate_chart(named),
        heat=[heat(title, runs, summaries, at_best) for title, at_best in HEAT.items()],
        settings=differing_settings(runs),
        facts=list(facts(runs)),
        thesis=[(name, rows) for name, run in named if (rows := differences(run))],
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page)


def kinds(runs: Sequence[Run]) -> dict[str, str]:
    """What AP was measured of, in words: `mask` and `box` on val, `SET/mask` on every further set."""
    measured = set().union(*(run.history.names("val/") for run in runs))
    sets = {name.rsplit("/", 2)[0] for name in measured if name.endswith(("/mask/ap", "/box/ap"))}
    found = {}
    for path in sorted(sets):  # val before val/SET
        of_set = path.removeprefix("val").removeprefix("/")
        for kind, words in KINDS.items():
            if f"{path}/{kind}/ap" in measured:
                found[f"{of_set}/{kind}".removeprefix("/")] = f"{words} on {of_set}" if of_set else words
    return found


def categories(runs: Sequence[Run]) -> list[str]:
    """The categories that the AP of any run was measured of, in alphabetical order."""
    prefixes = [f"val/{kind}/ap/" for kind in kinds(runs)]
    found = {
        name.removeprefix(prefix) for run in runs for prefix in prefixes for name in run.history.names(prefix)
    }
    return sorted(found)


def figures(runs: Sequence[Run]) -> dict[str, str]:
    """What AP of all categories, and of which of them, was measured: the end of its name, and words."""
    measured = set().union(*(run.history.names("val/") for run in runs))
    found = {
        end: words
        for end, words in FIGURES.items()
        if any(f"val/{kind}/{end}" in measured for kind in kinds(runs))
    }
    return found | {f"ap/{category}": category for category in categories(runs)}


def line(name: str, number: int, series: Series, times: float = 1, style: str = "") -> Line:
    """A measure as a line."""
    return Line(name, number, series.steps.astype(np.float64), times * series.values, style)


def lines(named: Named, measure: str, times: float = 1) -> list[Line]:
    """A line for each run that has the measure."""
    series = [(number, name, run.history.series(measure)) for number, (name, run) in enumerate(named)]
    return [line(name, number, one, times) for number, name, one in series if len(one)]


def noisy(drawn: Sequence[Line], end: float) -> list[Line]:
    """Lines as they were measured, faintly, and their running means before them."""
    faint = [Line(one.name, one.series, one.x, one.y, "faint") for one in drawn]
    return [*faint, *(smoothed(one, SMOOTHING * end) for one in drawn)]


def last_step(named: Named) -> float:
    """Where the axis of the longest run ends."""
    return float(max((run.history.steps for _, run in named), default=0) or 1)


def precision_charts(named: Named) -> Iterator[tuple[str, LineChart]]:
    """AP on val over the steps: of each kind, each of `figures`; with the key of each chart."""
    runs = [run for _, run in named]
    for number, (kind, words) in enumerate(kinds(runs).items()):
        for place, (figure, of) in enumerate(figures(runs).items()):
            drawn = lines(named, f"val/{kind}/{figure}")
            marks = [mark for one in drawn for mark in best(one)]
            chart = line_chart(f"AP of {words}, {of}", drawn, marks=marks, bottom=0, end=last_step(named))
            yield f"{number} {place}", chart


def category_charts(named: Named) -> Iterator[tuple[int, LineChart]]:
    """For each run the AP of masks of all categories in one chart, a colour for each category."""
    shown = list(enumerate(categories([run for _, run in named])))
    for number, (name, run) in enumerate(named):
        series = [
            (place, category, run.history.series(f"val/mask/ap/{category}")) for place, category in shown
        ]
        drawn = [
            line(category, place, one) for place, category, one in series if np.isfinite(one.values).any()
        ]
        if drawn:
            end = last_step([(name, run)])
            yield number, line_chart(name, drawn, bottom=0, end=end, are_runs=False)


def best(drawn: Line) -> Iterator[Mark]:
    """The highest point of a line, if it has any."""
    if np.isfinite(drawn.y).any():
        place = int(np.nanargmax(drawn.y))
        yield Mark(drawn.series, float(drawn.x[place]), float(drawn.y[place]))


def loss_charts(named: Named) -> Iterator[tuple[str, LineChart]]:
    """The losses of all runs together: all losses, then each; with its name."""
    measured = set().union(*(run.history.names("train/") for _, run in named)) - {*ACCURACIES, *ERRORS}
    order = [name for name in LOSSES if name in measured] + sorted(measured - set(LOSSES))
    for measure in order:
        name = LOSSES.get(measure, measure)
        end = last_step(named)
        drawn = noisy(lines(named, measure), end)
        yield name, line_chart(f"Training loss: {name}", drawn, logarithmic=True, end=end)


def overfitting_charts(named: Named, summaries: Sequence[Summary]) -> Iterator[tuple[int, LineChart, str]]:
    """For each run its training and validation loss, and where the latter is lowest."""
    for number, ((name, run), summary) in enumerate(zip(named, summaries, strict=True)):
        train, val = (run.history.series(f"{part}/loss") for part in ("train", "val"))
        if not len(train) and not len(val):
            continue
        known = val.values[np.isfinite(val.values)]
        top = min(SPIKE * float(np.median(known)), AIR * float(known.max())) if len(known) else None
        end = last_step([(name, run)])
        quiet = smoothed(line("train", number, train, style="thin"), SMOOTHING * end)
        chart = line_chart(
            name,
            [quiet, line("val", number, val)],
            marks=list(lowest(number, val, summary)),
            rules=run.facts.decays,
            bottom=0,
            top=top,
            end=end,
        )
        yield number, chart, in_words(summary)


def lowest(number: int, loss: Series, summary: Summary) -> Iterator[Mark]:
    """The point of the lowest validation loss, from which a run may overfit, unless that is its end."""
    if loss.lowest is not None and loss.lowest < len(loss) - 1:
        step = int(loss.steps[loss.lowest])
        text = f"overfits from {step:,}" if summary.overfits else f"lowest at {step:,}"
        yield Mark(number, step, float(loss.values[loss.lowest]), text)


def in_words(summary: Summary) -> str:
    """What became of a validation loss."""
    if summary.val_loss is None or not summary.lowest_val_loss or summary.lowest_val_loss_step is None:
        return "val loss was not measured"
    risen = summary.val_loss / summary.lowest_val_loss - 1
    low = f"lowest {summary.lowest_val_loss:.3f} at {summary.lowest_val_loss_step:,}"
    return f"{low}, {risen:+.1%} at the end" if risen > 0 else f"{low}, its end"


def accuracy_charts(named: Named) -> Iterator[tuple[LineChart, str]]:
    """How often the heads are right on what they learn from, and in which way wrong."""
    end = last_step(named)
    for measure, (caption, meaning) in (ACCURACIES | ERRORS).items():
        if drawn := lines(named, measure, 100):
            values = np.concatenate([one.y for one in drawn])
            low, high = 0.0, 100.0
            if np.isfinite(values).any() and measure in ACCURACIES:
                low = float(np.nanpercentile(values, OUTSIDE))
            elif np.isfinite(values).any():
                high = float(np.nanpercentile(values, 100 - OUTSIDE))
            yield (
                line_chart(caption, noisy(drawn, end), bottom=low, top=high, digits=2, end=end),
                f"%, {meaning}",
            )


def learning_rate_chart(named: Named) -> LineChart:
    """The learning rate of all runs."""
    drawn = lines(named, "learning_rate")
    return line_chart("Learning rate", drawn, logarithmic=True, digits=4, end=last_step(named))


HEAT = {"at the last measurement": False, "at each run's best": True}


@dataclass(frozen=True)
class Cell:
    """One AP of the heat map: what stands in it, its shade, what kind of figure it is, what it sorts by."""

    text: str
    remark: str = ""
    shade: int = 0
    kind: str = ""
    value: str = ""


@dataclass(frozen=True)
class Heat:
    """AP a category and run at one time: a row of cells for each category; what is zero or NaN, in words."""

    title: str
    steps: list[str]
    rows: list[tuple[str, list[Cell]]]
    words: list[str]


def heat(title: str, runs: Sequence[Run], summaries: Sequence[Summary], at_best: bool) -> Heat:
    """The heat map of mask AP by category, at the end or at the best step of each run."""
    last = [run.history.series("val/mask/ap") for run in runs]
    at = [
        summary.best_step if at_best else int(series.steps[-1]) if len(series) else None
        for series, summary in zip(last, summaries, strict=True)
    ]
    rows = [
        (
            category,
            [
                cell(run.history.series(f"val/mask/ap/{category}"), step)
                for run, step in zip(runs, at, strict=True)
            ],
        )
        for category in categories(runs)
    ]
    names = [summary.name for summary in summaries]
    words = [*told(rows, names, "zero", "AP of zero"), *told(rows, names, "absent", "NaN")]
    return Heat(title, ["" if step is None else steps(step) for step in at], rows, words)


def cell(series: Series, step: int | None) -> Cell:
    """The AP of a category at a step."""
    found = series.values[series.steps == step] if step is not None else series.values[:0]
    if not len(found):
        return Cell(DASH, kind="unmeasured")
    value = float(found[0])
    if math.isnan(value):
        return Cell("NaN", "absent", kind="absent")
    if value == 0:
        return Cell("0", "zero", kind="zero", value="0")
    return Cell(f"{value:.3f}", shade=level(value), value=f"{value:.6f}")


def told(rows: Sequence[tuple[str, list[Cell]]], names: Sequence[str], kind: str, what: str) -> Iterator[str]:
    """The categories with cells of a kind, and in which runs."""
    for category, row in rows:
        where = [name for name, one in zip(names, row, strict=True) if one.kind == kind]
        if where:
            every = "every run" if len(where) == len(names) > 1 else ", ".join(where)
            yield f"{what}: {category} in {every}"


def facts(runs: Sequence[Run]) -> Iterator[tuple[str, list[str]]]:
    """What runs say of how they were made: a label, and a text for each run."""
    environments = [run.facts.environment for run in runs]
    rows = {
        "made by": [run.facts.made_by for run in runs],
        "started": [f"{run.facts.started:%Y-%m-%d %H:%M}" if run.facts.started else "" for run in runs],
        "photos a step": [f"{run.facts.batch:,}" if run.facts.batch else "" for run in runs],
        "instances": [f"{run.facts.instances:,}" if run.facts.instances else "" for run in runs],
        "git revision": [(run.facts.git_revision or "")[:12] for run in runs],
        **{name: [one.get(name, "") for one in environments] for name in ("machine", "gpus", "torch")},
    }
    return ((label, values) for label, values in rows.items() if any(values))
