"""The display threshold that would suit each category best. Nothing here sets it: that is the user's part."""

from dataclasses import dataclass

import numpy as np

from wildwear.evaluation.measures.evidence import Evidence


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
        By category id.
    """
    best = {}
    for category, found in evidence.found_matches.items():
        judged = ~found.ignored[0]
        instances = int(found.there.sum())
        if not instances or not (found.right[0] & judged).any():
            continue
        order = np.argsort(-found.scores[judged], kind="stable")
        scores = found.scores[judged][order]
        right = np.cumsum(found.right[0][judged][order])
        shown = np.arange(1, len(scores) + 1)
        f1 = 2 * right / (shown + instances)
        last = np.append(scores[1:] < scores[:-1], True)  # a threshold shows all detections of one score
        at = int(np.argmax(np.where(last, f1, -1)))  # the first of several: the highest score
        best[category] = BestThreshold(
            score=float(scores[at]),
            precision=float(right[at] / shown[at]),
            recall=float(right[at] / instances),
            f1=float(f1[at]),
        )
    return best
