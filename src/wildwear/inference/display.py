"""What a user is shown of all that a model finds: the one place where scores are calibrated and display
thresholds are applied."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wildwear.inference.card import Calibration, Thresholds
from wildwear.inference.prediction import Prediction
from wildwear.inference.suppression import suppress_duplicates

MIN_ALTERNATIVE = 0.05  # a less likely category tells nobody anything


def calibrated(found: Prediction, calibration: Calibration) -> Prediction:
    """The same garments, each as sure as such garments are right; and so what else each may be.

    Args:
        found: as the network says it.
        calibration: of the model's card.
    """
    alternatives = []
    for names in found.alternatives:
        shares = calibration.shares([sure for _, sure in names]).tolist()
        worth = zip((name for name, _ in names), shares, strict=True)
        alternatives.append([(name, round(share, 4)) for name, share in worth if share >= MIN_ALTERNATIVE])
    return replace(found, scores=calibration.shares(found.scores), alternatives=alternatives)


def shown(everything: Prediction, thresholds: Thresholds) -> Prediction:
    """What a user is shown of all that a model finds: sure enough, each garment once, and not too many.

    The model answers each box by itself, so what it finds from a higher score on is a part of what it finds
    from a lower one, and need not be asked for again.

    Args:
        everything: the surest first.
        thresholds: of the model's card, or as `Thresholds.changed` makes them.
    """
    sure = everything.pick(
        np.flatnonzero(sure_enough(everything.scores, everything.category_ids, thresholds))
    )
    if thresholds.suppress is not None:
        sure = suppress_duplicates(sure, thresholds.suppress)
    return sure.pick(np.arange(len(sure))[: thresholds.max_detections])


def sure_enough(
    scores: ArrayLike, category_ids: Sequence[int] | NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Which detections reach the display threshold of their category: those at it do.

    Args:
        scores: (n,) in [0, 1], of any float type.
        category_ids: n of them.

    Returns:
        (n,) bool.
    """
    given: NDArray[Any] = np.asarray(scores)
    least = [thresholds.score_of(int(category_id)) for category_id in category_ids]
    # In the scores' own type: 0.9 as the model's float32 is a little less than 0.9
    reached: NDArray[np.bool_] = given >= np.array(least, dtype=given.dtype)
    return reached
