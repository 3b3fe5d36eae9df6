"""Average precision of each category: as measured, and on photos drawn again with replacement (bootstrap)."""

from dataclasses import dataclass

import numpy as np
from hotcoco import COCOeval
from numpy.typing import NDArray
from scipy.sparse import csr_array

from wildwear.evaluation.measures.matching import Matches, matches
from wildwear.imaging.arrays import Floats

AT_ONCE = 2_000_000  # hits times draws of which curves are in memory: 100 MB, however many there are

# measure: (which of the ten IoU thresholds 0.50, 0.55 … 0.95, which of the areas all, small, medium, large)
MEASURES: dict[str, tuple[slice, int]] = {
    "ap": (slice(None), 0),
    "ap50": (slice(0, 1), 0),
    "ap75": (slice(5, 6), 0),
    "small": (slice(None), 1),
    "medium": (slice(None), 2),
    "large": (slice(None), 3),
}

# average recall: (which of the areas, which of the limits 1, 10, 100 of detections a photo and category)
RECALLS: dict[str, tuple[int, int]] = {
    "ar1": (0, 0),
    "ar10": (0, 1),
    "ar100": (0, 2),
    "ar_small": (1, 2),
    "ar_medium": (2, 2),
    "ar_large": (3, 2),
}


@dataclass(frozen=True, eq=False)
class Curves:
    """What a finished evaluation says of K categories, without the matches behind it, which take gigabytes.

    Attributes:
        category_ids: the K ids, rising.
        recalls: (101,) 0, 0.01 … 1, at which precision is read.
        precision: (10 IoU thresholds, recalls, K, 4 areas, 3 limits), the best that is left from a recall up;
            -1 where there is no instance.
        recall: (10, K, 4, 3) likewise.
    """

    category_ids: list[int]
    recalls: Floats
    precision: Floats
    recall: Floats


def curves_of(evaluation: COCOeval) -> Curves:
    """Keep the curves of a finished evaluation."""
    assert evaluation.eval is not None
    return Curves(
        category_ids=list(evaluation.params.cat_ids),
        recalls=np.array(evaluation.params.rec_thrs, np.float64),
        precision=evaluation.eval["precision"],
        recall=evaluation.eval["recall"],
    )


def by_category(curves: Curves) -> Floats:
    """Every measure of average precision of every category.

    Returns:
        (`MEASURES`, categories) in [0, 1], NaN where a category has no instance.
    """
    table = [
        curves.precision[thresholds, :, :, area, -1].mean(axis=(0, 1))
        for thresholds, area in MEASURES.values()
    ]
    return np.where(np.array(table) < 0, np.nan, table)


def recall_by_category(curves: Curves) -> Floats:
    """Every measure of average recall of every category.

    Returns:
        (`RECALLS`, categories) in [0, 1], NaN where a category has no instance.
    """
    table = np.array([curves.recall[:, :, area, limit].mean(axis=0) for area, limit in RECALLS.values()])
    return np.where(table < 0, np.nan, table)


def precision_by_recall(curves: Curves) -> Floats:
    """The curves behind AP: the best precision that is left from each recall up.

    Returns:
        (IoU thresholds 0.50, 0.55 … 0.95, recalls 0, 0.01 … 1, categories) in [0, 1], NaN where a category
        has no instance.
    """
    precision = curves.precision[:, :, :, 0, -1]
    return np.where(precision < 0, np.nan, precision)


def draw_photos(photos: int, draws: int, seed: int = 0) -> NDArray[np.int64]:
    """How often each photo occurs in each of `draws` samples with replacement: (draws, photos)."""
    return np.random.default_rng(seed).multinomial(photos, np.full(photos, 1 / photos), size=draws)


def by_category_redrawn(evaluation: COCOeval, weights: NDArray[np.int64]) -> Floats:
    """`by_category` for datasets in which photo p occurs `weights[·, p]` times, from one matching.

    Matching never looks across photos, so a photo that occurs twice brings its matches twice: only the curve
    is new.

    Args:
        evaluation: truth and detections, matched or not.
        weights: (draws, photos), photos in the order of `params.img_ids`.

    Returns:
        (draws, measures, categories), NaN where a category has no instance in the draw.
    """
    columns = {identity: column for column, identity in enumerate(evaluation.params.cat_ids)}
    table = np.full((len(weights), len(MEASURES), len(columns)), np.nan)
    drawn = np.ascontiguousarray(weights.T)
    for (area, category), found in matches(evaluation).items():
        precision = _average_precision(found, np.array(evaluation.params.rec_thrs), drawn)
        for row, (thresholds, measured) in enumerate(MEASURES.values()):
            if measured == area:
                table[:, row, columns[category]] = precision[thresholds].mean(axis=0)
    return table


def _average_precision(found: Matches, recalls: Floats, drawn: NDArray[np.int64]) -> Floats:
    """AP of one category and area; NaN where the draw holds no instance.

    Args:
        found: its matches.
        recalls: at which precision is averaged.
        drawn: (photos, draws) how often each photo occurs.

    Returns:
        (thresholds, draws)
    """
    order = np.argsort(-found.scores, kind="stable")
    photo, right, ignored = found.photos[order], found.right[:, order], found.ignored[:, order]
    result = np.zeros((len(right), drawn.shape[1]))
    step = 1 + AT_ONCE // (1 + int(right.sum(axis=1).max()))
    for start in range(0, drawn.shape[1], step):
        some = slice(start, start + step)
        times = np.ascontiguousarray(drawn[:, some])
        instances = found.there @ times
        for threshold in range(len(right)):
            counted = photo[~ignored[threshold]]
            hits = np.flatnonzero(right[threshold, ~ignored[threshold]])
            # Precision peaks at the hits: the curve is needed there alone. Each is a row of this matrix, with
            # a one for every detection since the one before, in the column of its photo.
            ends = np.append(0, hits + 1)
            since = csr_array(
                (np.ones(ends[-1], np.int64), counted[: ends[-1]], ends), (len(hits), len(times))
            )
            detected = np.cumsum(since @ times, axis=0)
            correct = np.cumsum(times[counted[hits]], axis=0)
            precision = correct / (detected + np.spacing(1))
            envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
            recall = correct / np.maximum(instances, 1)
            reached = np.searchsorted(recalls, recall, side="right")
            result[threshold, some] = (envelope * np.diff(reached, axis=0, prepend=0)).sum(axis=0)
        result[:, some][:, instances == 0] = np.nan
    return result / len(recalls)
