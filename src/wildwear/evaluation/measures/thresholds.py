"""The display threshold that would suit each category best. Nothing here sets it: see `choosing`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import Matches


@dataclass(frozen=True)
class BestThreshold:
    """The least score to show a category from, so that F1 at mask IoU 0.5 is highest on these photos.

    Optimistic, since it is chosen on the photos that it is measured on: choose on val, measure on test.
    """

    score: float  # a detection is shown where its score is this or more
    precision: float
    recall: float
    f1: float


def best_thresholds(evidence: Evidence) -> dict[int, BestThreshold]:
    """The threshold with the highest F1 of each category; of several, the highest score.

    A category is absent where it has no instance or no detection of it is right: then no threshold is best.

    Returns:
        by category id.
    """
    best = {category: best_threshold([found]) for category, found in evidence.found_matches.items()}
    return {category: one for category, one in best.items() if one}


def best_threshold(found: Sequence[Matches]) -> BestThreshold | None:
    """The best threshold of one category over the photos of one dataset, or of several."""
    judged = [~one.ignored[0] for one in found]
    instances = sum(int(one.there.sum()) for one in found)
    scores = np.concatenate([one.scores[kept] for one, kept in zip(found, judged, strict=True)])
    is_right = np.concatenate([one.right[0][kept] for one, kept in zip(found, judged, strict=True)])
    if not instances or not is_right.any():
        return None
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    right = np.cumsum(is_right[order])
    shown = np.arange(1, len(scores) + 1)
    f1 = 2 * right / (shown + instances)
    last = np.append(scores[1:] < scores[:-1], True)  # a threshold shows all detections of one score
    at = int(np.argmax(np.where(last, f1, -1)))  # the first of several: the highest score
    return BestThreshold(
        score=float(scores[at]),
        precision=float(right[at] / shown[at]),
        recall=float(right[at] / instances),
        f1=float(f1[at]),
    )
