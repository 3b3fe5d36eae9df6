"""One garment, one instance: of detections on the same pixels the likelier explanation stays.

The rule was chosen on CCP-30 val and wild780 val by F1 of what is shown: `benchmarks/one_garment.py`.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import area, iou
from wildwear.inference.prediction import Prediction
from wildwear.taxonomy import category

OF_ONE_NAME = 0.5  # share of the smaller mask inside the other, over which two of one name are one garment,
IN_ONE_PLACE = 0.8  # two of the names that are worn in one place,
PART_OF_WHOLE = 0.7  # and a top or a skirt is a part of a dress
ON_THE_BODY = ("upper body", "lower body", "whole body")  # one place: a dress is where a skirt would be
WHOLES = ("dress", "jumpsuit", "swimsuit", "bathrobe", "robe", "pyjama", "underwear", "cover_ups")  # no coat


@dataclass(frozen=True)
class Overlaps:
    """How n garments of a photo lie on each other.

    Attributes:
        category_ids: (n,)
        iou: (n, n) of their masks.
        inside: (n, n) share of the first mask that lies inside the second.
    """

    category_ids: NDArray[np.int64]
    iou: NDArray[np.float64]
    inside: NDArray[np.float64]

    @classmethod
    def of(cls, prediction: Prediction) -> "Overlaps":
        """Those of a prediction."""
        overlaps = iou(prediction.masks, prediction.masks)
        areas = np.array([area(mask) for mask in prediction.masks], dtype=np.float64)
        # union = a + b - shared and iou = shared / union
        shared = overlaps * (areas[:, None] + areas) / (1 + overlaps)
        return cls(prediction.category_ids, overlaps, shared / np.maximum(areas, 1)[:, None])


def suppress_duplicates(prediction: Prediction, threshold: float) -> Prediction:
    """Drop every garment whose pixels a likelier one explains.

    The dropped name is not lost: it joins the alternatives of what explains it.

    Args:
        prediction: The surest first.
        threshold: Mask IoU above which a bag and a shoe, say, are the same garment; what is worn in one place
            is by how far one lies inside the other.
    """
    if len(prediction) < 2:
        return prediction
    overlaps = Overlaps.of(prediction)
    explained = parts_or_whole(prediction, overlaps)  # each that goes, by those that stay in its place
    kept: list[int] = []
    for index in range(len(prediction)):
        if index in explained:
            continue
        rivals = [surer for surer in kept if one_garment(overlaps, surer, index, threshold)]
        if rivals:
            explained[index] = [max(rivals, key=lambda surer: float(overlaps.iou[surer, index]))]
        else:
            kept.append(index)
    alternatives = [dict(names) for names in prediction.alternatives]
    for index, others in explained.items():
        name = int(prediction.category_ids[index])
        for other in others:
            if name != prediction.category_ids[other]:
                likeliest = max(alternatives[other].get(name, 0.0), float(prediction.scores[index]))
                alternatives[other][name] = likeliest
    in_order = [sorted(names.items(), key=lambda name: -name[1]) for names in alternatives]
    return replace(prediction, alternatives=in_order).pick(np.array(kept, dtype=np.int64))


def one_garment(overlaps: Overlaps, first: int, second: int, threshold: float) -> bool:
    """Whether two detections are the same garment.

    Masks are of visible pixels, so what belongs together hardly overlaps: a shirt and the open jacket over
    it, two people in the same dress. The mask of a coat may run through the bag before it all the same: what
    is not worn in one place is told by IoU alone.
    """
    names = [category(int(overlaps.category_ids[index])) for index in (first, second)]
    contained = max(overlaps.inside[first, second], overlaps.inside[second, first])
    if names[0] == names[1]:
        return bool(contained > OF_ONE_NAME)
    places = ["body" if name.group in ON_THE_BODY else name.group for name in names]
    if places[0] == places[1]:
        return bool(contained > IN_ONE_PLACE)
    return bool(overlaps.iou[first, second] > threshold)


def parts_or_whole(prediction: Prediction, overlaps: Overlaps) -> dict[int, list[int]]:
    """Where a whole and its parts compete, a dress against top and skirt, say which of them go.

    The likelier explanation stays: the parts, if the surest upper and the surest lower one are on average
    surer than the whole.

    Returns:
        Each garment that goes, with those that stay in its place.
    """
    names = prediction.categories
    explained: dict[int, list[int]] = {}
    for whole, name in enumerate(names):
        if name.name not in WHOLES:
            continue
        parts = defaultdict(list)
        for part, other in enumerate(names):
            if overlaps.inside[part, whole] > PART_OF_WHOLE and overlaps.inside[whole, part] <= IN_ONE_PLACE:
                parts[other.group].append(part)
        uppers, lowers = parts["upper body"], parts["lower body"]
        if not (uppers and lowers):
            continue
        if (prediction.scores[uppers[0]] + prediction.scores[lowers[0]]) / 2 > prediction.scores[whole]:
            explained[whole] = [uppers[0], lowers[0]]
        else:
            explained |= {part: [whole] for part in uppers + lowers}
    return explained
