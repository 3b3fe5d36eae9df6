"""Calibration: whether a score of 0.8 means that 8 of 10 such detections are right."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import Matches

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
class Reliability:
    """How far scores are from shares of right detections.

    `error` is the expected calibration error in [0, 1]: the mean gap between mean score and share right of
    the bins, weighted by their detections; NaN without detections. Where nearly all detections have low
    scores, as among those that AP counts, it speaks of these; the bins show the rest.
    """

    error: float
    detections: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Calibration(Reliability):
    """The reliability of what AP counts. `shown` is what a user is shown, all in one bin: it may begin in the
    middle of one of the others, or elsewhere for each category."""

    shown: Bin


@dataclass(frozen=True, eq=False)
class Judged:
    """Detections outside regions that are not judged; n of them.

    Attributes:
        photos: (n,) int64, a number for each photo.
        scores: (n,) float64 in [0, 1].
        right: (n,) bool: category, and mask IoU 0.5 or more with an instance that nothing surer has found.
    """

    photos: NDArray[np.int64]
    scores: NDArray[np.float64]
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, matches: Iterable[Matches]) -> "Judged":
        """Those of some categories, at the first IoU threshold."""
        kept = [(one, ~one.ignored[0]) for one in matches]
        return cls.joined([cls(one.photos[rows], one.scores[rows], one.right[0][rows]) for one, rows in kept])

    @classmethod
    def joined(cls, parts: Iterable["Judged"]) -> "Judged":
        """Several as one."""
        nothing = cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))
        parts = [nothing, *parts]
        return cls(
            np.concatenate([one.photos for one in parts]),
            np.concatenate([one.scores for one in parts]),
            np.concatenate([one.right for one in parts]),
        )


def calibration(evidence: Evidence) -> Calibration:
    """Compare scores with the share of detections that are right.

    Detections in regions that are not judged are left out.
    """
    counted, shown = Judged.of(evidence.found_matches.values()), Judged.of(evidence.shown_matches.values())
    found = reliability(counted.scores, counted.right)
    ends = (float(shown.scores.min()), float(shown.scores.max())) if shown.scores.size else (nan, nan)
    return Calibration(
        found.error, found.detections, found.bins, shown=bin_of(shown.scores, shown.right, *ends)
    )


def reliability(scores: NDArray[np.floating], right: NDArray[np.bool_]) -> Reliability:
    """Compare scores with the share of right ones.

    Args:
        scores: (n,) in [0, 1].
        right: (n,) bool.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2; for detections
    Küppers et al., "Multivariate Confidence Calibration for Object Detection", CVPR Workshops 2020.
    """
    places = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    bins = tuple(
        bin_of(scores[places == place], right[places == place], place / BINS, (place + 1) / BINS)
        for place in range(BINS)
    )
    gaps = [one.count * abs(one.score - one.right) for one in bins if one.count]
    return Reliability(sum(gaps) / len(scores) if len(scores) else nan, len(scores), bins)


def bin_of(scores: NDArray[np.floating], right: NDArray[np.bool_], low: float, high: float) -> Bin:
    """These detections as one bin."""
    if not scores.size:
        return Bin(low, high, 0, nan, nan)
    return Bin(low, high, scores.size, float(scores.mean()), float(right.mean()))
