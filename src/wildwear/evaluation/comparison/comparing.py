"""Results beside each other: what differs between models, and whether the photos at hand can tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets.documents import plain
from wildwear.evaluation.measures import curves, metrics
from wildwear.evaluation.measures.matching import prepare
from wildwear.evaluation.measures.metrics import DRAWS, FREQUENT, SAME, Z95, Interval
from wildwear.evaluation.result import Result
from wildwear.imaging.arrays import Floats

CHANCE = 0.05  # of calling a difference significant where there is none

MEASURES = ("AP", "AP50", "box AP", "precision", "recall", "F1")


@dataclass(frozen=True)
class Difference:
    """How far a figure lies from that of the first result on the same photos.

    `interval` holds 95 % of the differences that other photos of this kind would give; None where all photos
    agree. A difference is significant where the interval leaves out zero.
    """

    value: float
    interval: Interval | None
    significant: bool


@dataclass(frozen=True)
class Figure:
    """A measure of one result, with the interval that the result has by itself."""

    value: float  # NaN where it is not measured
    interval: Interval | None
    count: int | None  # averaged categories; of a category its instances; None where nothing is averaged
    difference: Difference | None  # to the first result; None for the first itself, and on other photos


@dataclass(frozen=True)
class PhotoChange:
    """A photo on which a user would see a difference: garments shown right, less those shown wrong."""

    image_id: int
    before: int  # by the first result
    after: int


@dataclass(frozen=True)
class Compared:
    """One of the results.

    `figures` go by `MEASURES`, `categories` (AP of masks) by the category's name. `better` and `worse` hold
    the photos that changed against the first result, most first; they are empty where the photos are others.
    """

    name: str
    dataset: str
    photos: int
    instances: int
    paired: bool  # measured on the photos of the first result
    figures: dict[str, Figure]
    categories: dict[str, Figure]
    better: tuple[PhotoChange, ...]
    worse: tuple[PhotoChange, ...]


@dataclass(frozen=True)
class Comparison:
    """Results beside each other, all against the first.

    Attributes:
        results: of each result its `figures` by measure and its `categories` by name, with their `difference`
            to the first where both saw the same photos, and the photos that came out `better` and `worse`.
        draws: how often the photos were drawn again.
        notes: what a reader has to know.
    """

    results: tuple[Compared, ...]
    draws: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers for JSON; None stands for NaN."""
        return dict(plain(self))


@dataclass(frozen=True)
class _Drawn:
    """Figures of one result, as measured and on the photos of every draw: the last axis of each."""

    figures: dict[str, Floats]  # by measure: (1 + draws,)
    categories: dict[str, Floats]  # AP of masks by name: (1 + draws,)
    gain: NDArray[np.int64]  # (photos,) shown right less shown wrong
    image_ids: list[int]  # (photos,)


def compare(
    results: Sequence[Result], names: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compare results with the first of them.

    On the same photos differences are tested by a paired bootstrap: photos are drawn again with replacement,
    the same for both, so that what makes photos hard for both cancels out. On others there are only the
    results' own intervals.

    Args:
        results: the first is what the others are compared with.
        names: what to call them; by themselves when not given.
        draws: how often to draw the photos again.
        seed: of these draws.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 12 (the interval by the
    standard error); Koehn, "Statistical Significance Tests for Machine Translation Evaluation", EMNLP 2004,
    section 4 (drawn in pairs).
    """
    names = [result.name for result in results] if names is None else names
    first = results[0]
    before: _Drawn | None = None
    compared = []
    for name, result in zip(names, results, strict=True):
        paired = result is first or is_same_truth(first, result)
        drawn = _drawn(result, draws, seed) if paired and len(results) > 1 else None
        before = before or drawn
        against = before if result is not first else None
        better, worse = _changes(against, drawn)
        compared.append(
            Compared(
                name=name,
                dataset=truth_name(result),
                photos=result.metrics.photos,
                instances=result.metrics.instances,
                paired=paired,
                figures=_figures(result, against, drawn),
                categories=_categories(result, against, drawn),
                better=better,
                worse=worse,
            )
        )
    return Comparison(tuple(compared), draws, tuple(_notes(results, compared)))


def is_same_truth(one: Result, other: Result) -> bool:
    """Whether two results were measured on the same photos and masks: those of one file."""
    files = [result.settings["dataset"]["sha256"] for result in (one, other)]
    photos = [[image["id"] for image in result.dataset.images] for result in (one, other)]
    return files[0] is not None and files[0] == files[1] and photos[0] == photos[1]


def truth_name(result: Result) -> str:
    """What to call the truth of a result: its file with its folder, and the source."""
    told = result.settings["dataset"]
    file = Path(told["file"]) if told["file"] else None
    name = "a dataset" if file is None else f"{file.parent.name}/{file.name}"
    return f"{name}, {told['source']} only" if told["source"] else name


def sentences(comparison: Comparison) -> Iterator[str]:
    """What came out, in words: a sentence or two for each result after the first."""
    first = comparison.results[0]
    for one in comparison.results[1:]:
        if not one.paired:
            continue
        ap, f1 = (one.figures[measure].difference for measure in ("AP", "F1"))
        said = [f"{_moved('AP of masks', ap)}", _moved("F1 of what is shown", f1)]
        yield f"{one.name} against {first.name}: {'; '.join(said)}."
        sure = {
            name: figure.difference.value
            for name, figure in one.categories.items()
            if figure.difference and figure.difference.significant
        }
        for word, way in (("Better", 1), ("Worse", -1)):
            moved = sorted((-way * value, name) for name, value in sure.items() if way * value > 0)
            if moved:
                yield f"{word} at {', '.join(f'{name} ({sure[name]:+.3f})' for _, name in moved)}."
        better, worse = len(one.better), len(one.worse)
        yield f"What is shown comes out better on {better:,} of {one.photos:,} photos, worse on {worse:,}."


def _moved(what: str, difference: Difference | None) -> str:
    if difference is None or difference.value != difference.value:
        return f"{what} cannot be compared"
    if difference.interval is None:
        return f"{what} is the same" if abs(difference.value) < SAME else f"{what}: {difference.value:+.3f}"
    ends = f"{difference.value:+.3f}, 95 %: {difference.interval[0]:+.3f} to {difference.interval[1]:+.3f}"
    if not difference.significant:
        return f"{what} does not differ by more than chance ({ends})"
    return f"{what} is {'higher' if difference.value > 0 else 'lower'} ({ends})"


def _drawn(result: Result, draws: int, seed: int) -> _Drawn:
    """Measure a result on its photos, and on every draw of them."""
    evidence = result.evidence
    masks, boxes = evidence.found_masks, prepare(evidence.truth, evidence.counted, "box")
    again = curves.draw_photos(len(result.dataset.images), draws, seed)
    weights = np.vstack([np.ones((1, again.shape[1]), np.int64), again])  # once as they are
    measures = list(curves.MEASURES)
    by_category = curves.by_category_redrawn(masks, weights)
    means = metrics.mean_of_known(by_category)
    box_ap = metrics.mean_of_known(curves.by_category_redrawn(boxes, weights)[:, measures.index("ap")])
    tally = metrics.tally_by_photo(evidence).sum(axis=1)
    precision, recall, f1 = metrics.shares_of(weights @ tally).T
    ap = by_category[:, measures.index("ap")]
    names = {category["id"]: category["name"] for category in result.dataset.categories}
    right, seen, _ = tally.T
    return _Drawn(
        figures={
            "AP": means[:, measures.index("ap")],
            "AP50": means[:, measures.index("ap50")],
            "box AP": box_ap,
            "precision": precision,
            "recall": recall,
            "F1": f1,
        },
        categories={names[identity]: ap[:, column] for column, identity in enumerate(masks.params.cat_ids)},
        gain=right - (seen - right),
        image_ids=list(masks.params.img_ids),
    )


def _difference(before: Floats, after: Floats, instances: int | None = None) -> Difference | None:
    """The first of the differences, with an interval by the others; None where nothing was measured.

    Args:
        before, after: (1 + draws,) as measured, and on each draw.
        instances: of the category, if it is one: fewer than `FREQUENT` are too few to be sure of anything,
            since photos drawn again bring the same few back.
    """
    moved = after - before
    value, redrawn = float(moved[0]), moved[1:][np.isfinite(moved[1:])]
    if value != value:
        return None
    if not len(redrawn) or np.ptp(redrawn) < SAME:
        return Difference(value, None, False)
    error = Z95 * float(redrawn.std())
    enough = instances is None or instances >= FREQUENT
    return Difference(value, (value - error, value + error), enough and abs(value) > error)


def _figures(result: Result, before: _Drawn | None, after: _Drawn | None) -> dict[str, Figure]:
    mask, box, shown = result.metrics.mask, result.metrics.box, result.metrics.displayed
    assert shown is not None  # a result has what is displayed
    own: dict[str, tuple[float, Interval | None, int | None]] = {
        "AP": (mask.ap, mask.intervals.get("ap"), mask.categories["ap"]),
        "AP50": (mask.ap50, mask.intervals.get("ap50"), mask.categories["ap50"]),
        "box AP": (box.ap, box.intervals.get("ap"), box.categories["ap"]),
        "precision": (shown.precision, shown.intervals.get("precision"), None),
        "recall": (shown.recall, shown.intervals.get("recall"), None),
        "F1": (shown.f1, shown.intervals.get("f1"), None),
    }
    return {
        measure: Figure(
            *own[measure],
            None
            if before is None or after is None
            else _difference(before.figures[measure], after.figures[measure]),
        )
        for measure in MEASURES
    }


def _categories(result: Result, before: _Drawn | None, after: _Drawn | None) -> dict[str, Figure]:
    return {
        row.name: Figure(
            row.ap,
            row.interval,
            row.instances,
            None
            if before is None or after is None
            else _difference(before.categories[row.name], after.categories[row.name], row.instances),
        )
        for row in result.metrics.categories
        if row.instances
    }


def _changes(
    before: _Drawn | None, after: _Drawn | None
) -> tuple[tuple[PhotoChange, ...], tuple[PhotoChange, ...]]:
    """The photos that came out better and worse, those that changed most first."""
    if before is None or after is None:
        return (), ()
    changes = [
        PhotoChange(identity, int(old), int(new))
        for identity, old, new in zip(after.image_ids, before.gain, after.gain, strict=True)
    ]
    better = sorted(
        (one for one in changes if one.after > one.before), key=lambda one: one.before - one.after
    )
    worse = sorted((one for one in changes if one.after < one.before), key=lambda one: one.after - one.before)
    return tuple(better), tuple(worse)


def _notes(results: Sequence[Result], compared: Sequence[Compared]) -> Iterator[str]:
    """What has to be known to read the figures."""
    paired = [one for one in compared[1:] if one.paired]
    if paired:
        tested = sum((row.count or 0) >= FREQUENT for row in compared[0].categories.values())
        by_chance = f": {tested} here, of which {tested * CHANCE:.1f} would get a * by chance alone"
        yield (
            f"* more than chance: the 95 % interval of the difference to {compared[0].name} leaves out zero. "
            f"Categories with {FREQUENT} instances up are tested{by_chance if tested else ', and none here'}."
        )
    for one in compared[1:]:
        if not one.paired:
            yield (
                f"{one.name} was measured on another truth ({one.dataset}) than {compared[0].name} "
                f"({compared[0].dataset}): they cannot be paired, and what differs may be the photos or "
                "their labels."
            )
    shown_from = {
        name: result.shown_from for name, result in zip([one.name for one in compared], results, strict=True)
    }
    if len(set(shown_from.values())) > 1:
        said = ", ".join(f"{name} from {score}" for name, score in shown_from.items())
        yield (
            f"What is shown starts at different scores ({said}): precision, recall and F1 depend on that, "
            "AP does not."
        )
