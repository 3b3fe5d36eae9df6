"""What kind of errors cost how much (TIDE), and which category is taken for which (confusion matrix)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets import Dataset

# our word for it: hotcoco's
KINDS = {
    "classification": "Cls",
    "localisation": "Loc",
    "both": "Both",
    "duplicate": "Dupe",
    "background": "Bkg",
    "missed": "Miss",
}


@dataclass(frozen=True)
class ErrorShares:
    """Which kind of error costs how much AP50 (mask IoU 0.5, averaged over the categories that occur).

    Keys of `gains` and `counts`, each for detections that are not right:

    - `classification`: its mask fits an instance of another category (IoU 0.5 or more)
    - `localisation`: right category, but its mask fits badly (IoU 0.1 to 0.5)
    - `both`: fits badly, and an instance of another category
    - `duplicate`: fits an instance of its category that a surer detection has
    - `background`: fits nothing (IoU under 0.1)
    - `missed`: instances that no detection is right about, nor would be if one of the first two were mended

    The gains do not add up to what is missing: each is what mending this kind alone would win.
    """

    ap50: float
    gains: dict[str, float]  # AP50 that would be won if this kind were mended
    counts: dict[str, int]
    false_positives: float  # AP50 that would be won if nothing wrong were found
    false_negatives: float  # AP50 that would be won if no instance were missed


@dataclass(frozen=True, eq=False)
class Confusion:
    """What instances are shown as: rows are the truth, columns what is shown, at mask IoU 0.5 or more.

    The last row holds what is shown where nothing of the kind is, the last column the instances for which
    nothing is shown.
    """

    names: tuple[str, ...]  # of the K categories, in the dataset's order
    counts: NDArray[np.int64]  # (K + 1, K + 1)


def error_shares(dataset: Dataset, predictions: Iterable[dict[str, Any]]) -> ErrorShares:
    """Sort what is wrong by kind, and say what each kind costs.

    Args:
        dataset: the truth.
        predictions: COCO results, checked: all that AP counts.

    Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020,
    section 2.
    """
    raise NotImplementedError


def confusion(dataset: Dataset, displayed: Iterable[dict[str, Any]]) -> Confusion:
    """Count which category is shown for which.

    Args:
        dataset: the truth.
        displayed: COCO results, checked: what a user is shown.
    """
    raise NotImplementedError
