"""Average precision of each category: as measured, and on photos drawn again with replacement (bootstrap)."""

from collections import defaultdict
from typing import Any

import numpy as np
from hotcoco import COCOeval
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# measure: (which of the ten IoU thresholds 0.50, 0.55 … 0.95, which of the areas all, small, medium, large)
MEASURES: dict[str, tuple[slice, int]] = {
    "ap": (slice(None), 0),
    "ap50": (slice(0, 1), 0),
    "ap75": (slice(5, 6), 0),
    "small": (slice(None), 1),
    "medium": (slice(None), 2),
    "large": (slice(None), 3),
}


def by_category(evaluation: COCOeval) -> FloatArray:
    """Every measure of every category.

    Returns:
        (measures, categories), NaN where a category has no instance; categories as in `params.cat_ids`.
    """
    assert evaluation.eval is not None
    precision = evaluation.eval[
        "precision"
    ]  # (thresholds, recalls, categories, areas, limits), -1 where undefined
    table = [
        precision[thresholds, :, :, area, -1].mean(axis=(0, 1)) for thresholds, area in MEASURES.values()
    ]
    return np.where(np.array(table) < 0, np.nan, table)


def draw_photos(photos: int, draws: int, seed: int = 0) -> NDArray[np.int64]:
    """How often each photo occurs in each of `draws` samples with replacement: (draws, photos)."""
    return np.random.default_rng(seed).multinomial(photos, np.full(photos, 1 / photos), size=draws)


def by_category_redrawn(evaluation: COCOeval, weights: NDArray[np.int64]) -> FloatArray:
    """`by_category` for datasets in which photo p occurs `weights[·, p]` times, from one matching.

    Matching never looks across photos, so a photo that occurs twice brings its matches twice: only the curve
    is new.

    Args:
        evaluation: a finished evaluation.
        weights: (draws, photos), photos in the order of `params.img_ids`.

    Returns:
        (draws, measures, categories), NaN where a category has no instance in the draw.
    """
    categories = {identity: column for column, identity in enumerate(evaluation.params.cat_ids)}
    areas = {tuple(limits): index for index, limits in enumerate(evaluation.params.area_rng)}
    groups: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for entry in evaluation.eval_imgs:
        if entry is not None:
            groups[areas[tuple(entry["aRng"])], categories[entry["category_id"]]].append(entry)

    table = np.full((len(weights), len(MEASURES), len(categories)), np.nan)
    for (area, column), entries in groups.items():
        precision = _average_precision(entries, evaluation, weights)
        for row, (thresholds, measured) in enumerate(MEASURES.values()):
            if measured == area:
                table[:, row, column] = precision[:, thresholds].mean(axis=1)
    return table


def _average_precision(
    entries: list[dict[str, Any]], evaluation: COCOeval, weights: NDArray[np.int64]
) -> FloatArray:
    """(draws, thresholds) AP of one category and area; NaN where the draw holds no instance."""
    photos = {identity: row for row, identity in enumerate(evaluation.params.img_ids)}
    scores = np.concatenate([entry["dtScores"] for entry in entries])
    order = np.argsort(-scores, kind="stable")
    photo = np.repeat(
        [photos[entry["image_id"]] for entry in entries], [len(entry["dtScores"]) for entry in entries]
    )
    photo = photo[order]
    matched = np.concatenate([np.array(entry["dtMatched"], bool) for entry in entries], axis=1)[:, order]
    ignored = np.concatenate([np.array(entry["dtIgnore"], bool) for entry in entries], axis=1)[:, order]
    there = [np.count_nonzero(~np.array(entry["gtIgnore"], bool)) for entry in entries]
    instances = weights[:, [photos[entry["image_id"]] for entry in entries]] @ np.array(there)

    result = np.zeros((len(weights), len(matched)))
    for threshold in range(len(matched)):
        kept = np.flatnonzero(~ignored[threshold])
        hits = np.flatnonzero(matched[threshold, kept])  # positions within `kept`
        # Precision peaks at the hits: the curve is needed there alone.
        detected = np.cumsum(weights[:, photo[kept]], axis=1)[:, hits]
        found = np.cumsum(weights[:, photo[kept[hits]]], axis=1)
        precision = found / (detected + np.spacing(1))
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recall = found / np.maximum(instances, 1)[:, None]
        reached = np.searchsorted(evaluation.params.rec_thrs, recall, side="right")
        result[:, threshold] = (envelope * np.diff(reached, axis=1, prepend=0)).sum(axis=1)
    result /= len(evaluation.params.rec_thrs)
    return np.where(instances[:, None] > 0, result, np.nan)
