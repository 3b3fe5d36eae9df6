"""What kind of errors cost how much (TIDE), and which category is taken for which (confusion matrix)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets import Dataset
from wildwear.datasets.documents import one_collection
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import FOUND, match
from wildwear.evaluation.measures.overlaps import matched_with

TOUCHES = 0.1  # mask IoU from which a detection is about an instance at all

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


@one_collection()
def error_shares(evidence: Evidence) -> ErrorShares:
    """Sort what is wrong among all that counts by kind, and say what each kind costs.

    Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020,
    section 2.
    """
    # hotcoco takes a detection that reaches into a region for a badly fitting mask of it.
    instances, predictions = _without_regions(evidence)
    found = match(instances, predictions, "mask", at=FOUND).tide_errors(pos_thr=FOUND, bg_thr=TOUCHES)
    return ErrorShares(
        ap50=found["ap_base"],
        gains={kind: found["delta_ap"][theirs] for kind, theirs in KINDS.items()},
        counts={kind: found["counts"][theirs] for kind, theirs in KINDS.items()},
        false_positives=found["delta_ap"]["FP"],
        false_negatives=found["delta_ap"]["FN"],
    )


def confusion(evidence: Evidence) -> Confusion:
    """Count which category is shown for which.

    What is right is matched first, as for precision and recall, which the diagonal therefore agrees with.
    Then what is left is matched across categories, greedily from the highest score. (hotcoco's matrix gives
    an instance to the surest detection of whatever category, and counts what lies in regions as wrong.)
    """
    categories = evidence.dataset.categories
    place = {category["id"]: row for row, category in enumerate(categories)}
    nothing = len(place)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    for photo in evidence.shown_overlaps:
        shown, true = (
            np.array([place[name] for name in names.tolist()], np.int64)
            for names in (photo.found_names, photo.true_names)
        )
        right = photo.right(FOUND)
        judged = (right >= 0) | (photo.unjudged < FOUND)
        left = photo.iou * (judged & (right < 0))[:, None]
        left[:, right[right >= 0]] = 0
        means = np.where(right >= 0, right, matched_with(left, FOUND))
        # What means none (-1) takes the last name, nothing.
        np.add.at(counts, (np.append(true, nothing)[means[judged]], shown[judged]), 1)
        missed = np.delete(true, means[means >= 0])
        counts[:, nothing] += np.bincount(missed, minlength=nothing + 1)
    return Confusion(tuple(category["name"] for category in categories), counts)


def _without_regions(evidence: Evidence) -> tuple[Dataset, list[dict[str, Any]]]:
    """The dataset without its regions that are not judged, and what counts without what lies inside them."""
    inside: set[int] = set()
    for found in evidence.found_matches.values():
        inside.update(found.predictions[found.ignored[0]].tolist())
    judged = [prediction for row, prediction in enumerate(evidence.counted) if row not in inside]
    dataset = evidence.dataset
    return Dataset({**dataset.document, "annotations": dataset.instances()}, dataset.path), judged
