"""`score`: predictions against the truth; every average says how many categories it averages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from hotcoco import COCOeval
from numpy.typing import NDArray

from wildwear.datasets import Dataset
from wildwear.datasets.documents import one_collection, plain
from wildwear.evaluation.measures import curves
from wildwear.evaluation.measures.curves import Curves
from wildwear.evaluation.measures.evidence import Evidence, checked
from wildwear.evaluation.measures.matching import finished, prepare
from wildwear.evaluation.measures.thresholds import BestThreshold, best_thresholds
from wildwear.imaging.arrays import Floats

if TYPE_CHECKING:
    import polars as pl

FREQUENT = 10  # instances; AP of a category with fewer says more about these few photos than about the model

DRAWS = 1000  # of photos; a standard error from so many is itself right within some 4 %
Z95 = 1.96  # standard errors to each side of a 95 % interval
SAME = 1e-9  # draws closer than this differ by rounding alone
AVERAGED = (*curves.MEASURES, *curves.RECALLS)

Interval = tuple[float, float]


@dataclass(frozen=True)
class Averages:
    """Average precision and recall in [0, 1], averaged over the categories that occur; NaN where none does.

    `categories` holds how many categories each measure averages, `intervals` its 95 % interval: how far it
    would move on another set of as many photos of this kind. Both go by the measure's name; an interval is
    absent without a bootstrap, and where these photos cannot tell. A category counts in `small` only where it
    has small instances, and so on: small is under 32², large over 96² px of the photo as stored.
    The twelve measures are those of COCO's summary, in its order; average recall has no intervals.
    """

    ap: float  # over the IoU thresholds 0.50, 0.55 … 0.95
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float
    ar1: float  # average recall, with the surest detection of a photo and category
    ar10: float
    ar100: float  # with all that AP counts; so the three by size
    ar_small: float
    ar_medium: float
    ar_large: float
    categories: dict[str, int]
    intervals: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Displayed:
    """What a user sees at the display threshold: garments found, and how many of those shown are right.

    Of the `shown` instances (those in regions that are not judged left out), `right` have the category and,
    at mask IoU 0.5 or more, the mask of one garment each. `recall` is their share of all instances,
    `precision` of those shown (NaN where there is none), `f1` the harmonic mean of both (NaN without an
    instance, else 0 where nothing shown is right).
    """

    precision: float
    recall: float
    f1: float
    shown: int
    right: int
    intervals: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class CategoryMetrics:
    """The row of one category. `ap`, `ap50`, `ap75` go by masks; NaN where the category has no instance."""

    id: int
    name: str
    instances: int
    learnt: bool | None  # None: nobody said which categories the model has learnt
    ap: float
    ap50: float
    ap75: float
    box_ap: float
    interval: Interval | None  # of `ap`
    displayed: Displayed | None
    best: BestThreshold | None  # None: no detection of the category is right


@dataclass(frozen=True)
class Metrics:
    """How well predictions agree with a dataset.

    `mask` and `box` average all categories that occur, `mask_frequent` and `box_frequent` those with at least
    `FREQUENT` instances: all four are of all that is found, as COCO has it. `mask_displayed` and
    `box_displayed` are of what a user is shown alone, as where Detectron2 cuts by `SCORE_THRESH_TEST` before
    it measures: mostly lower, since what is right but unsure is missing. They are None where nobody says what
    is shown. Rows of `categories` come in the dataset's order.
    """

    photos: int
    instances: int
    mask: Averages
    box: Averages
    mask_frequent: Averages
    box_frequent: Averages
    mask_displayed: Averages | None
    box_displayed: Averages | None
    displayed: Displayed | None
    categories: tuple[CategoryMetrics, ...]
    bootstrap: int  # how often photos were drawn again for the intervals; 0: there are none

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers for JSON; None stands for NaN."""
        document: dict[str, Any] = plain(self)
        return document

    def table(self) -> pl.DataFrame:
        """A row for each category, in the dataset's order; null where something is not measured.

        `ap_low` and `ap_high` bound the 95 % interval of `ap`; `precision` to `right` are those at the
        display threshold; `best_score` is the threshold that would suit these photos best, with `best_f1`.
        """
        import polars as pl

        rows = []
        for row in self.categories:
            low, high = row.interval or (None, None)
            shown, best = row.displayed, row.best
            rows.append(
                {
                    "id": row.id,
                    "name": row.name,
                    "instances": row.instances,
                    "learnt": row.learnt,
                    "ap": row.ap,
                    "ap_low": low,
                    "ap_high": high,
                    "ap50": row.ap50,
                    "ap75": row.ap75,
                    "box_ap": row.box_ap,
                    "precision": shown and shown.precision,
                    "recall": shown and shown.recall,
                    "f1": shown and shown.f1,
                    "shown": shown and shown.shown,
                    "right": shown and shown.right,
                    "best_score": best and best.score,
                    "best_f1": best and best.f1,
                }
            )
        whole = {"id", "instances", "shown", "right"}
        types: dict[str, Any] = {name: pl.Int64 if name in whole else pl.Float64 for name in rows[0]}
        return pl.DataFrame(plain(rows), types | {"name": pl.String, "learnt": pl.Boolean})


def score(
    dataset: Dataset,
    predictions: Iterable[dict[str, Any]],
    *,
    displayed: Iterable[dict[str, Any]] | None = None,
    learnt: Collection[int] | None = None,
    bootstrap: int = 0,
    seed: int = 0,
) -> Metrics:
    """Score predictions against a dataset, with the semantics of pycocotools.

    Args:
        dataset: the truth. `iscrowd` regions are not judged: detections inside count neither for nor against.
        predictions: COCO results, each with `image_id`, `category_id`, `score`, `bbox` (xywh, px) and
            `segmentation` (RLE of the photo's size). AP counts at most 100 a photo, the surest.
        displayed: the results that a user would be shown, for precision and recall.
        learnt: ids of the categories that the model has learnt, to mark the others.
        bootstrap: how often to draw the photos again for 95 % intervals. 1,000 take a second on fifty photos.
        seed: of these draws.

    Raises:
        DatasetError: the dataset has no instance; an annotation or prediction lacks a field; a prediction
            names an unknown image or category; a score or box is not finite; a mask has not its photo's size.
    """
    return measure(checked(dataset, predictions, displayed), learnt=learnt, bootstrap=bootstrap, seed=seed)


@one_collection()
def measure(
    evidence: Evidence, *, learnt: Collection[int] | None = None, bootstrap: int = 0, seed: int = 0
) -> Metrics:
    """`score`, of evidence that several things are to be read from."""
    dataset = evidence.dataset
    weights = curves.draw_photos(len(dataset.images), bootstrap, seed)
    mask = _table(evidence.found_masks, weights, evidence.curves)
    box = _table(prepare(evidence.truth, evidence.counted, "box"), weights)
    best = best_thresholds(evidence)
    shown, displayed = None, {}
    if evidence.displayed is not None:
        shown = tally_by_photo(evidence)
        displayed = {
            "mask": _averages(*_table(evidence.shown_masks, weights)),
            "box": _averages(*_table(prepare(evidence.truth, evidence.displayed, "box"), weights)),
        }
    columns = {
        identity: column for column, identity in enumerate(sorted(one["id"] for one in dataset.categories))
    }
    counts = dataset.instances_by_category()
    frequent = np.array([counts[identity] >= FREQUENT for identity in columns])
    mask_ap, mask_redrawn = mask
    rows = []
    for category in dataset.categories:
        column = columns[category["id"]]
        measured = dict(zip(AVERAGED, mask_ap[:, column].tolist(), strict=True))
        rows.append(
            CategoryMetrics(
                id=category["id"],
                name=category["name"],
                instances=counts[category["id"]],
                learnt=None if learnt is None else category["id"] in learnt,
                ap=measured["ap"],
                ap50=measured["ap50"],
                ap75=measured["ap75"],
                box_ap=float(box[0][0, column]),
                interval=None
                if mask_redrawn is None
                else interval_around(measured["ap"], mask_redrawn[:, 0, column]),
                displayed=None if shown is None else displayed_of(shown[:, [column]], weights),
                best=best.get(category["id"]),
            )
        )
    return Metrics(
        photos=len(dataset.images),
        instances=len(dataset.instances()),
        mask=_averages(*mask),
        box=_averages(*box),
        mask_frequent=_averages(*mask, frequent),
        box_frequent=_averages(*box, frequent),
        mask_displayed=displayed.get("mask"),
        box_displayed=displayed.get("box"),
        displayed=None if shown is None else displayed_of(shown, weights),
        categories=tuple(rows),
        bootstrap=bootstrap,
    )


def _table(
    evaluation: COCOeval, weights: NDArray[np.int64], drawn: Curves | None = None
) -> tuple[Floats, Floats | None]:
    """All of `AVERAGED` by category; and `curves.MEASURES` on every draw, if photos were redrawn.

    Args:
        evaluation: not matched yet: of 300,000 instances its matches take gigabytes, and are let go at once.
        weights: (draws, photos).
        drawn: its curves, where they are known.
    """
    drawn = drawn or curves.curves_of(finished(evaluation))
    table = np.concatenate([curves.by_category(drawn), curves.recall_by_category(drawn)])
    return table, curves.by_category_redrawn(evaluation, weights) if len(weights) else None


def _averages(table: Floats, redrawn: Floats | None, chosen: NDArray[np.bool_] | None = None) -> Averages:
    """Average tables of `AVERAGED` by category, as measured and redrawn, over the chosen that occur."""
    if chosen is not None:
        table, redrawn = table[:, chosen], None if redrawn is None else redrawn[:, :, chosen]
    means = dict(zip(AVERAGED, mean_of_known(table).tolist(), strict=True))
    numbers = dict(zip(AVERAGED, np.isfinite(table).sum(axis=1).tolist(), strict=True))
    intervals: dict[str, Interval] = {}
    if redrawn is not None:
        draws = dict(zip(curves.MEASURES, mean_of_known(redrawn).T, strict=True))
        found = {measure: interval_around(means[measure], draws[measure]) for measure in curves.MEASURES}
        intervals = {measure: interval for measure, interval in found.items() if interval}
    return Averages(**means, categories=numbers, intervals=intervals)


def mean_of_known(table: Floats) -> Floats:
    """Mean over the last axis without its NaN; NaN where nothing else is left."""
    known = np.isfinite(table)
    number = known.sum(axis=-1)
    total = np.where(known, table, 0).sum(axis=-1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def interval_around(value: float, draws: Floats) -> Interval | None:
    """The value and 1.96 standard errors to both sides, within [0, 1]; None where the draws do not differ.

    Not the percentiles of the draws: AP comes out too high on few photos, and once more too high on draws
    from these. In a simulation of 25 categories (AP 0.24 on 4,000 photos, on average 0.28 on sets of 85 and
    0.26 on sets of 300) this interval held the average of the sets of its size in 94 of 100 cases, the
    percentiles in 93 and 86.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 6 and 12.
    """
    draws = draws[np.isfinite(draws)]
    if not len(draws) or np.ptp(draws) < SAME:
        return None
    error = Z95 * float(draws.std())
    return max(0.0, value - error), min(1.0, value + error)


def tally_by_photo(evidence: Evidence) -> NDArray[np.int64]:
    """Count what is right, shown and there to find, at mask IoU 0.5: (photos, categories, 3), both by id."""
    categories = sorted(category["id"] for category in evidence.dataset.categories)
    columns = {identity: column for column, identity in enumerate(categories)}
    photos = len(evidence.dataset.images)
    counts = np.zeros((photos, len(columns), 3), np.int64)
    for category, found in evidence.shown_matches.items():
        shown = ~found.ignored[0]
        right = shown & found.right[0]
        counts[:, columns[category], 0] = np.bincount(found.photos[right], minlength=photos)
        counts[:, columns[category], 1] = np.bincount(found.photos[shown], minlength=photos)
        counts[:, columns[category], 2] = found.there
    return counts


def displayed_of(tally: NDArray[np.int64], weights: NDArray[np.int64]) -> Displayed:
    """Precision, recall and F1 of a `tally_by_photo`, with intervals if photos were redrawn."""
    by_photo = tally.sum(axis=1)
    total = by_photo.sum(axis=0)
    names = ("precision", "recall", "f1")
    ratios = dict(zip(names, shares_of(total).tolist(), strict=True))
    redrawn = shares_of(weights @ by_photo)
    found = {name: interval_around(ratios[name], redrawn[:, column]) for column, name in enumerate(names)}
    intervals = {name: interval for name, interval in found.items() if interval}
    return Displayed(**ratios, shown=int(total[1]), right=int(total[0]), intervals=intervals)


def shares_of(counts: NDArray[np.int64]) -> Floats:
    """(..., 3) right, shown, there → (..., 3) precision, recall, F1; NaN where nothing is there to share."""
    right, shown, there = np.moveaxis(counts, -1, 0)
    shares = ((right, shown), (right, there), (2 * right, np.where(there > 0, shown + there, 0)))
    return np.stack(
        [np.where(whole > 0, part / np.maximum(whole, 1), np.nan) for part, whole in shares], axis=-1
    )
