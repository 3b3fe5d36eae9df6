"""An evaluation on one page that needs nothing else and can be mailed: figures, and mistakes to look at."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wildwear.datasets import Dataset
from wildwear.datasets.stream import Record
from wildwear.evaluation.explanation.failures import Confusion, ErrorShares
from wildwear.evaluation.explanation.names import Names
from wildwear.evaluation.explanation.slices import Slice
from wildwear.evaluation.measures import curves
from wildwear.evaluation.measures.metrics import Averages, CategoryMetrics, Displayed, Interval
from wildwear.evaluation.page.cases import MOST, Case, Kind, worst_cases
from wildwear.evaluation.page.gallery import cards
from wildwear.evaluation.page.scores import calibration_chart, score_rows
from wildwear.evaluation.page.suspects import suspects
from wildwear.evaluation.page.verdict import FAILURES, confusions, verdict
from wildwear.files import replacing
from wildwear.imaging.arrays import Floats
from wildwear.reporting import colours, counted, hexadecimal, plain_name, render
from wildwear.reporting.line_charts import Line, LineChart, Mark, line_chart
from wildwear.reporting.plots import Bar, Matrix, Row, level, rows

if TYPE_CHECKING:
    from wildwear.evaluation.result import Result

DASH = "–"  # where there is no figure
NOTHING = "nothing"  # the last row and column of the confusion matrix
TEST = re.compile("(?<![a-z])test(?![a-z])|wild30", re.IGNORECASE)  # wild30 is a test set by decree
MOST_CONFUSIONS = 12  # in the list beside the matrix

GALLERIES: dict[Kind, tuple[str, str]] = {
    "background": ("Shown where there is nothing of the kind", "the surest first"),
    "wrong_name": ("Wrong names", "the mask fits an instance of another category; the surest first"),
    "missed": ("Missed", "nothing that is shown stands for these; the largest first"),
    "poor_mask": ("Masks that fit badly", "the right name, and a mask IoU under 0.75; sure and bad first"),
    "double": ("Shown twice", "instances that another detection stands for already; the surest first"),
}
COLUMNS = ("instances", "AP", "AP50", "boundary AP", "box AP", "precision", "recall", "F1", "best F1")

Cell = dict[str, Any]


def write_report(
    path: str | Path,
    result: "Result",
    *,
    peek: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        result: what `evaluate` or `evaluate_predictions` returned, or `Result.read` read.
        peek: whether to show photos although the dataset is a test set.
        progress: called with the number of mistakes drawn, and of all.

    Raises:
        OutputError: the page cannot be written.
    """
    metrics, explanation = result.metrics, result.explanation
    hides_photos = is_test_set(result.dataset) and not peek
    page = render(
        "evaluation.html",
        style=("plots.css", "report.css", "line_charts.css", "runs.css", "description.css", "evaluation.css"),
        script=("line_charts.js", "runs.js"),
        title=f"{result.name} on {dataset_name(result)}",
        about=about(result),
        verdict=verdict(metrics, explanation),
        shown_from=result.shown_from,
        headline=headline(result),
        failures=failure_rows(explanation.errors),
        averaged=averaged_over(metrics.mask.categories["ap50"]),
        names=name_rows(explanation.names),
        name_groups=[", ".join(map(plain_name, group)) for group in explanation.names.groups],
        columns=COLUMNS,
        categories=category_rows(result),
        curves=list(precision_recall_charts(result)),
        confusion=confusion_matrix(explanation.confusion),
        confusions=confusions(explanation.confusion)[:MOST_CONFUSIONS],
        outlines=outline_rows(result),
        calibration=calibration_chart({"right": explanation.calibration}),
        scores=score_rows(explanation.calibration),
        calibration_error=figure(explanation.calibration.error),
        slices=slice_rows(explanation.slices),
        undivided=undivided(explanation.slices),
        hides_photos=hides_photos,
        galleries=[] if hides_photos else list(galleries(result, progress)),
        settings=[(name, [value]) for name, value in flat(result.settings)],
        bootstrap=metrics.bootstrap,
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page)


def is_test_set(dataset: Dataset) -> bool:
    """Whether looking at single mistakes would spoil a dataset: nobody should choose or debug on a test set.

    A dataset says so itself (`info.split`); where it names no split, the words of its file's name do, as in
    `instances_test2017.json`.
    """
    name = dataset.info.get("split") or (dataset.path.stem if dataset.path else "")
    return TEST.search(str(name)) is not None


def dataset_name(result: "Result") -> str:
    """What to call the truth: the folder and name of its file, and the part of it."""
    path = result.dataset.path
    name = "a dataset" if path is None else "/".join([*path.resolve().parent.parts[-1:], path.stem])
    source = result.settings["dataset"]["source"]
    return f"{name}, {source} only" if source else name


def about(result: "Result") -> str:
    """The size of the matter."""
    metrics = result.metrics
    occurring = sum(row.instances > 0 for row in metrics.categories)
    return (
        f"{counted(metrics.photos, 'photo')}, {counted(metrics.instances, 'instance')} of {occurring} of "
        f"{len(metrics.categories)} categories"
    )


def figure(value: float, digits: int = 3) -> str:
    """`0.324`, or a dash where nothing was measured."""
    return DASH if isnan(value) else f"{value:.{digits}f}"


def between(interval: Interval | None) -> str:
    """`0.291 to 0.352`, or nothing."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else ""


def averaged_over(categories: int) -> str:
    """How many categories a figure averages."""
    return f"over {counted(categories, 'category', 'categories')}"


def headline(result: "Result") -> list[tuple[str, str, list[str]]]:
    """The most important figures: name, value, and what is said under it."""
    metrics, explanation = result.metrics, result.explanation

    def average(averages: Averages, measure: str) -> tuple[str, list[str]]:
        details = [between(averages.intervals.get(measure)), averaged_over(averages.categories[measure])]
        return figure(getattr(averages, measure)), details

    def seen(shown: Displayed, measure: str, words: str) -> tuple[str, list[str]]:
        return figure(getattr(shown, measure)), [between(shown.intervals.get(measure)), words]

    boundary, names = explanation.boundary, explanation.names
    found: list[tuple[str, str, list[str]]] = [
        ("AP of masks, all found", *average(metrics.mask, "ap")),
        ("AP50 of masks, all found", *average(metrics.mask, "ap50")),
        ("AP of boxes, all found", *average(metrics.box, "ap")),
        ("Boundary AP", figure(boundary.ap), [averaged_over(boundary.categories)]),
    ]
    if metrics.displayed is not None:
        shown = metrics.displayed
        assert metrics.mask_displayed
        assert metrics.box_displayed
        found += [
            ("AP of masks, as shown", *average(metrics.mask_displayed, "ap")),
            ("AP of boxes, as shown", *average(metrics.box_displayed, "ap")),
            ("Precision", *seen(shown, "precision", f"{shown.right:,} of {shown.shown:,} shown are right")),
            ("Recall", *seen(shown, "recall", f"{shown.right:,} of {metrics.instances:,} are found")),
            ("F1", *seen(shown, "f1", "of both")),
        ]
    found.append(("AP, names not asked", figure(names.agnostic), ["all garments one category"]))
    return found


def failure_rows(errors: ErrorShares) -> list[Row]:
    """TIDE's errors: what mending each kind would win."""
    gains = [max(errors.gains[kind], 0) for kind in FAILURES]
    texts = [f"{errors.gains[kind]:+.3f}" for kind in FAILURES]
    bars = rows([f"{kind}: {words}" for kind, words in FAILURES.items()], [gains], [texts])
    return [
        Row(row.label, [Bar(row.bars[0].share, row.bars[0].text, f"{errors.counts[kind]:,}")])
        for row, kind in zip(bars, FAILURES, strict=True)
    ]


def name_rows(names: Names) -> list[Row]:
    """AP with wrong names forgiven."""
    figures = {
        "as it is": (names.ap, averaged_over(names.categories)),
        "look-alikes forgiven": (names.group_forgiven, averaged_over(names.categories)),
        "every wrong name forgiven": (names.all_forgiven, averaged_over(names.categories)),
        "names not asked": (names.agnostic, "all garments one category"),
    }
    return [Row(label, [bar(value)], detail=detail) for label, (value, detail) in figures.items()]


def bar(share: float, detail: str = "") -> Bar:
    """A share as a bar of its length."""
    return Bar(None, DASH, detail) if isnan(share) else Bar(share, f"{share:.3f}", detail)


def category_rows(result: "Result") -> list[tuple[str, str, list[Cell]]]:
    """Name, colour and cells of each category that occurs or is shown, the most frequent first."""
    found = []
    painted = colours([row.name for row in result.metrics.categories])
    outlines = result.explanation.boundary.by_category
    for row, colour in zip(result.metrics.categories, painted, strict=True):
        if row.instances or (row.displayed and row.displayed.shown):
            name = plain_name(row.name) + ("*" if row.learnt is False else "")
            found.append((row.instances, name, hexadecimal(colour), cells(row, outlines)))
    found.sort(key=lambda one: -one[0])
    return [(name, colour, of_row) for _, name, colour, of_row in found]


def cells(row: CategoryMetrics, outlines: dict[int, float]) -> list[Cell]:
    """The cells of a category, in the order of `COLUMNS`."""
    nan = float("nan")
    shown, best = row.displayed, row.best
    return [
        {"text": f"{row.instances:,}", "value": row.instances, "shade": 0, "remark": ""},
        cell(row.ap, between(row.interval).replace(" to ", "–")),
        cell(row.ap50),
        cell(outlines.get(row.id, nan)),
        cell(row.box_ap),
        cell(shown.precision if shown else nan, f"{shown.right} of {shown.shown}" if shown else ""),
        cell(shown.recall if shown else nan),
        cell(shown.f1 if shown else nan),
        cell(best.f1 if best else nan, f"from {best.score:.2f}" if best else ""),
    ]


def cell(value: float, remark: str = "") -> Cell:
    """A shaded figure; `value` is what the table is sorted by."""
    if isnan(value):
        return {"text": DASH, "value": "", "shade": 0, "remark": ""}
    return {"text": f"{value:.2f}", "value": value, "shade": level(value), "remark": remark}


def precision_recall_charts(result: "Result") -> Iterator[tuple[str, LineChart]]:
    """A chart for all categories together and for each that occurs, with its name."""
    drawn = result.evidence.curves
    table = curves.precision_by_recall(drawn)
    columns = {identity: column for column, identity in enumerate(drawn.category_ids)}
    occurring = sorted(
        (row for row in result.metrics.categories if row.instances), key=lambda row: -row.instances
    )
    together = table[:, :, [columns[row.id] for row in occurring]].mean(axis=2)
    yield "all categories", chart(f"mean of {len(occurring)} categories", drawn.recalls, together, None)
    for row in occurring:
        name = plain_name(row.name)
        caption = f"{name}, {counted(row.instances, 'instance')}"
        yield name, chart(caption, drawn.recalls, table[:, :, columns[row.id]], row.displayed)


def chart(caption: str, recalls: Floats, precision: Floats, shown: Displayed | None) -> LineChart:
    """Precision over recall at three strictnesses; a ring where the display threshold puts a user.

    Args:
        caption: of which category.
        recalls: (recalls,) 0 to 1.
        precision: (IoU thresholds, recalls) of the category.
        shown: what is shown of it; None for no ring.
    """
    lines = [
        Line("mask IoU 0.50", 0, recalls, precision[0]),
        Line("mask IoU 0.75", 1, recalls, precision[5]),
        Line("mean of 0.50 to 0.95", 2, recalls, precision.mean(axis=0)),
    ]
    is_known = shown is not None and not isnan(shown.precision) and not isnan(shown.recall)
    marks = [Mark(0, shown.recall, shown.precision, "as shown")] if shown and is_known else []
    return line_chart(
        f"Precision over recall: {caption}",
        lines,
        marks=marks,
        bottom=0,
        top=1,
        digits=2,
        end=1,
        across="recall",
    )


def confusion_matrix(confusion: Confusion) -> Matrix:
    """What instances are shown as, without the categories that neither occur nor are shown."""
    counts = confusion.counts
    used = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    last = len(confusion.names)
    used = np.append(used[used != last], last)
    names = [*map(plain_name, confusion.names), NOTHING]
    cells = []
    for row in used:
        total = int(counts[row].sum())
        of_row = []
        for column in used:
            count = int(counts[row, column])
            meaning = f"{names[row]}: {count:,} of {total:,} shown as {names[column]}"
            if row == last:
                meaning = f"where nothing of the kind is, {count:,} of {total:,} shown as {names[column]}"
            of_row.append((f"{count:,}" if count else "", level(count / total) if total else 0, meaning))
        cells.append(of_row)
    return Matrix([names[index] for index in used], cells)


def outline_rows(result: "Result") -> list[Row]:
    """AP of masks beside boundary AP, by category."""
    found = result.explanation.boundary.by_category
    of_both = [row for row in result.metrics.categories if row.instances and row.id in found]
    of_both.sort(key=lambda row: row.ap, reverse=True)
    return [Row(plain_name(row.name), [bar(row.ap), bar(found[row.id])]) for row in of_both]


def slice_rows(slices: Sequence[Slice]) -> list[tuple[str, list[Row]]]:
    """For each way of slicing that parts these photos, a row a slice."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for one in slices:
        of = counted(one.categories, "category", "categories")
        sizes = f"{counted(one.instances, 'instance')} of {of}, {counted(one.photos, 'photo')}"
        ends = f"{one.interval[0]:.2f}–{one.interval[1]:.2f}" if one.interval else DASH
        bars = [bar(one.ap, ends), bar(one.precision), bar(one.recall)]
        grouped[one.dimension].append(Row(one.name, bars, detail=sizes))
    return [(dimension, rows) for dimension, rows in grouped.items() if len(rows) > 1]


def undivided(slices: Sequence[Slice]) -> list[str]:
    """What is the same on all photos, and so no slice: `source (street)`."""
    often = Counter(one.dimension for one in slices)
    return [f"{one.dimension} ({one.name})" for one in slices if often[one.dimension] == 1]


def galleries(result: "Result", progress: Callable[[int, int], None]) -> Iterator[dict[str, Any]]:
    """The worst mistakes of each kind, and what may be wrong in the truth, drawn."""
    found = worst_cases(result.evidence)
    doubtful = [
        Case(
            kind=one.kind,
            image_id=one.image_id,
            annotation_id=one.annotation_id,
            prediction=one.prediction,
            iou=float("nan"),
            text=one.text,
        )
        for one in suspects(result.evidence)
    ]
    shelves: list[tuple[str, str, int, Sequence[Case]]] = [
        (title, order, found.counts[kind], found.worst[kind]) for kind, (title, order) in GALLERIES.items()
    ]
    shelves.append(
        (
            "Label errors suspected in the truth",
            "the model may be wrong instead: look, then mend the truth; the likeliest first",
            len(doubtful),
            doubtful[:MOST],
        )
    )
    total = sum(len(cases) for *_, cases in shelves)
    before = 0
    for title, order, count, cases in shelves:
        drawn = cards(
            result.dataset,
            cases,
            result.displayed,
            result.images_dir,
            partial(passed_on, progress, before, total),
        )
        before += len(cases)
        absent = sum(card.remark == "photo not found" for card in drawn)
        yield {"title": title, "order": order, "count": count, "cards": drawn, "missing": absent}


def passed_on(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    """Say how much of all galleries is drawn."""
    progress(before + done, total)


def flat(settings: Record, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Settings as lines: `model.name`, and its value."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flat(value, f"{name}.")
        elif isinstance(value, list):
            yield name, "; ".join(map(str, value)) or DASH
        else:
            yield name, DASH if value is None else str(value)
