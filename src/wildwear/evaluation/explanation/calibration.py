"""Calibration: whether a score of 0.8 means that 8 of 10 such detections are right."""

from dataclasses import dataclass
from math import nan

import numpy as np

from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import FOUND, finished

BINS = 10  # of equal width over the scores 0–1, as in Guo et al.


@dataclass(frozen=True)
class Bin:
    """The detections whose score lies in [low, high), in the last bin 1 included.

    Of what is shown, `low` and `high` are the least and highest score that there are; NaN where nothing is.
    """

    low: float
    high: float
    count: int
    score: float  # their mean; NaN where there is none
    right: float  # the share of them that is right; NaN where there is none


@dataclass(frozen=True)
class Calibration:
    """How far scores are from shares of right detections.

    `error` is the expected calibration error in [0, 1]: the mean gap between mean score and share right of
    the bins, weighted by their detections; NaN without detections. Where nearly all detections have low
    scores, as among those that AP counts, it speaks of these; the bins show the rest. `shown` is what a user
    is shown, all in one bin: it may begin in the middle of one of the others, or elsewhere for each category.
    """

    error: float
    detections: int
    bins: tuple[Bin, ...]
    shown: Bin


def calibration(evidence: Evidence) -> Calibration:
    """Compare scores with the share of detections that are right: category, and mask IoU 0.5 or more.

    Detections in regions that are not judged are left out.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2; for detections
    Küppers et al., "Multivariate Confidence Calibration for Object Detection", CVPR Workshops 2020.
    """
    at_half = finished(evidence.found_masks, at=FOUND)
    found = at_half.calibration(n_bins=BINS, iou_threshold=FOUND)
    bins = tuple(
        Bin(
            low=one["bin_lower"],
            high=one["bin_upper"],
            count=one["count"],
            score=one["avg_confidence"] if one["count"] else nan,
            right=one["avg_accuracy"] if one["count"] else nan,
        )
        for one in found["bins"]
    )
    detections = found["num_detections"]
    return Calibration(
        error=found["ece"] if detections else nan, detections=detections, bins=bins, shown=_shown(evidence)
    )


def _shown(evidence: Evidence) -> Bin:
    """What a user is shown, without what lies in regions that are not judged."""
    matches = evidence.shown_matches.values()
    scores = np.concatenate([np.empty(0), *(one.scores[~one.ignored[0]] for one in matches)])
    right = np.concatenate([np.empty(0), *(one.right[0][~one.ignored[0]] for one in matches)])
    if not scores.size:
        return Bin(nan, nan, 0, nan, nan)
    ends = float(scores.min()), float(scores.max())
    return Bin(*ends, count=scores.size, score=float(scores.mean()), right=float(right.mean()))
