"""A comparison on one page that needs nothing else and can be mailed: figures, photos before and after."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path

from wildwear.datasets.stream import Record
from wildwear.evaluation.comparison.comparing import (
    MEASURES,
    Compared,
    Comparison,
    Difference,
    Figure,
    PhotoChange,
    sentences,
)
from wildwear.evaluation.page.gallery import Card, side_by_side
from wildwear.evaluation.page.report import between, figure, flat, is_test_set
from wildwear.evaluation.page.verdict import FAILURES
from wildwear.evaluation.result import Result
from wildwear.files import replacing
from wildwear.reporting import plain_name, render
from wildwear.reporting.plots import Row, level, rows

MOST = 12  # photos that came out better, and as many that came out worse
PICTURE = 360  # pixels, the longer side


@dataclass(frozen=True)
class Cell:
    """One AP of the table of categories: what stands in it, under it, its shade, and what it sorts by."""

    text: str
    remark: str = ""
    shade: int = 0
    value: str = ""
    is_sure: bool = False


@dataclass(frozen=True)
class Gallery:
    """Photos on which one result differs from the first, in one direction."""

    title: str
    count: int
    cards: list[tuple[Card, str]]  # with what changed, in words


def write_report(
    path: str | Path,
    comparison: Comparison,
    results: Sequence[Result],
    *,
    peek: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        comparison: of the results.
        results: in its order.
        peek: whether to show photos of a test set, too.
        progress: called with the number of photos drawn, and of all.

    Raises:
        OutputError: the page cannot be written.
    """
    compared = comparison.results
    names = [one.name for one in compared]
    hidden = sorted(
        {one.dataset for one, result in zip(compared, results, strict=True) if is_test_set(result.dataset)}
    )
    page = render(
        "comparison.html",
        style=("plots.css", "report.css", "runs.css", "description.css", "comparison.css"),
        script="runs.js",
        title=f"{names[1]} against {names[0]}" if len(names) == 2 else ", ".join(names),
        names=names,
        about=[
            f"{one.name}: {one.dataset}, {one.photos:,} photos, {one.instances:,} instances"
            for one in compared
        ],
        sentences=list(sentences(comparison)),
        notes=comparison.notes,
        figures=[(measure, [figure_cell(one.figures[measure]) for one in compared]) for measure in MEASURES],
        categories=list(category_rows(compared)),
        failures=failure_rows(results),
        forgiven=forgiven_rows(results),
        slices=list(slice_rows(results)),
        hidden=[] if peek else hidden,
        galleries=list(galleries(comparison, results, peek, progress)),
        settings=settings(results),
        draws=comparison.draws,
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page)


def figure_cell(one: Figure) -> tuple[str, str, str, bool]:
    """A measure of a result: value, interval with what it averages, difference, and if that is sure."""
    over = f" over {one.count}" if one.count is not None else ""
    return figure(one.value), f"{between(one.interval)}{over}", *moved(one.difference)


def moved(difference: Difference | None) -> tuple[str, bool]:
    """A difference with its interval, in words, and whether it is more than chance."""
    if difference is None:
        return "", False
    ends = difference.interval
    said = f" ({ends[0]:+.3f} to {ends[1]:+.3f})" if ends else ""
    return f"{difference.value:+.3f}{'*' if difference.significant else ''}{said}", difference.significant


def category_rows(compared: Sequence[Compared]) -> Iterator[tuple[str, str, list[Cell]]]:
    """Name, instances and AP of each category that occurs anywhere, the most frequent first."""
    counts = {
        name: [one.categories[name].count or 0 if name in one.categories else 0 for one in compared]
        for name in dict.fromkeys(name for one in compared for name in one.categories)
    }
    for name in sorted(counts, key=lambda name: -max(counts[name])):
        of_all = sorted(set(counts[name]))
        cells = [category_cell(one.categories.get(name)) for one in compared]
        yield (
            plain_name(name),
            " / ".join(f"{count:,}" for count in (of_all if len(of_all) == 1 else counts[name])),
            cells,
        )


def category_cell(one: Figure | None) -> Cell:
    """AP of a category, shaded, with its difference."""
    if one is None or isnan(one.value):
        return Cell("–", "does not occur")
    said, is_sure = moved(one.difference)
    remark = said if one.difference else between(one.interval)
    return Cell(f"{one.value:.3f}", remark, level(one.value), f"{one.value:.6f}", is_sure)


def failure_rows(results: Sequence[Result]) -> list[Row]:
    """What mending each kind of error alone would win, by TIDE, for each result."""
    gains = [[max(result.explanation.errors.gains[kind], 0) for kind in FAILURES] for result in results]
    texts = [[f"{result.explanation.errors.gains[kind]:+.3f}" for kind in FAILURES] for result in results]
    return rows([f"{kind}: {words}" for kind, words in FAILURES.items()], gains, texts)


def forgiven_rows(results: Sequence[Result]) -> list[Row]:
    """AP of masks as it is, with outlines asked, with names forgiven, for each result."""
    labels = (
        "as it is",
        "outlines count too",
        "look-alikes forgiven",
        "every wrong name forgiven",
        "names not asked",
    )
    values = [
        [
            (names.ap, names.categories),
            (outlines.ap, outlines.categories),
            (names.group_forgiven, names.categories),
            (names.all_forgiven, names.categories),
            (names.agnostic, 1),
        ]
        for names, outlines in ((one.explanation.names, one.explanation.boundary) for one in results)
    ]
    return bars(labels, values)


def slice_rows(results: Sequence[Result]) -> Iterator[tuple[str, list[Row]]]:
    """AP of masks on each slice, for each result that has it, by what is sliced by."""
    found = [{(one.dimension, one.name): one for one in result.explanation.slices} for result in results]
    keys = list(dict.fromkeys(key for of_one in found for key in of_one))
    for dimension in dict.fromkeys(dimension for dimension, _ in keys):
        names = [name for of, name in keys if of == dimension]
        parts = [[of.get((dimension, name)) for name in names] for of in found]
        values = [[(one.ap, one.categories) if one else (nan, 0) for one in of_one] for of_one in parts]
        yield dimension, bars(names, values)


def bars(labels: Sequence[str], series: Sequence[Sequence[tuple[float, int]]]) -> list[Row]:
    """Rows of bars, each figure with the number of categories it averages; a dash where it is NaN."""
    known = [[None if isnan(value) else value for value, _ in values] for values in series]
    texts = [[f"{figure(value)} ({number})" for value, number in values] for values in series]
    return rows(labels, known, texts)


def galleries(
    comparison: Comparison, results: Sequence[Result], peek: bool, progress: Callable[[int, int], None]
) -> Iterator[Gallery]:
    """Photos that came out better, then worse, for each result on these: truth, before, after."""
    first = results[0]
    if is_test_set(first.dataset) and not peek:
        return
    shelves: list[tuple[str, Compared, Result, tuple[PhotoChange, ...]]] = []
    for one, result in zip(comparison.results[1:], results[1:], strict=True):
        shelves += [(f"Better with {one.name}", one, result, one.better)]
        shelves += [(f"Worse with {one.name}", one, result, one.worse)]
    total = sum(len(changes[:MOST]) for *_, changes in shelves)
    images = {image["id"]: image for image in first.dataset.images}
    truth = of_photos(first.dataset.instances())
    before = of_photos(first.displayed)
    done = 0
    for title, one, result, changes in shelves:
        if not one.paired:
            continue
        after = of_photos(result.displayed)
        drawn = []
        for change in changes[:MOST]:
            progress(done, total)
            identity = change.image_id
            sets = (
                ("truth", truth.get(identity, [])),
                (comparison.results[0].name, before.get(identity, [])),
                (one.name, after.get(identity, [])),
            )
            card = side_by_side(first.dataset, images[identity], sets, first.images_dir, PICTURE)
            drawn.append((card, in_words(change)))
            done += 1
        yield Gallery(title, len(changes), drawn)
    progress(done, total)


def of_photos(records: Sequence[Record]) -> dict[int, list[Record]]:
    """Records by the photo that they are of."""
    grouped: dict[int, list[Record]] = {}
    for record in records:
        grouped.setdefault(record["image_id"], []).append(record)
    return grouped


def in_words(change: PhotoChange) -> str:
    """`right less wrong: 1 before, 3 after`."""
    return f"shown right less shown wrong: {change.before} before, {change.after} after"


def settings(results: Sequence[Result]) -> list[tuple[str, list[str | None]]]:
    """How the results came about: a setting, and its value in each."""
    of_each = [dict(flat(result.settings)) for result in results]
    names = dict.fromkeys(name for of_one in of_each for name in of_one)
    return [(name, [of_one.get(name) for of_one in of_each]) for name in names]
