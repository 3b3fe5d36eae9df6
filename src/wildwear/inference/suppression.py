"""One garment, one instance: of detections on the same pixels the surest stays.

The rule was chosen on CCP-30 val and wild780 val by F1 of what is shown: `benchmarks/one_garment.py`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import area, iou
from wildwear.inference.prediction import Prediction
from wildwear.taxonomy import category

OF_ONE_NAME = 0.5  # share of the smaller mask inside the other, over which two of one name are one garment,
IN_ONE_PLACE = 0.8  # and two of other names that are worn in one place
ON_THE_BODY = ("upper body", "lower body", "whole body")  # one place: a dress is where a skirt would be


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
    """Drop every garment that is one with a surer one.

    The dropped name is not lost: it joins the surer garment's alternatives. A top and a skirt lie inside the
    dress that they would make up, so there too the surest explanation stays.

    Args:
        prediction: the surest first.
        threshold: Mask IoU above which two that are not worn in one place are the same garment.
    """
    if len(prediction) < 2:
        return prediction
    overlaps = Overlaps.of(prediction)
    alternatives = [dict(names) for names in prediction.alternatives]
    kept: list[int] = []
    for index, name in enumerate(prediction.category_ids.tolist()):
        rivals = [surer for surer in kept if one_garment(overlaps, surer, index, threshold)]
        if not rivals:
            kept.append(index)
            continue
        closest = max(rivals, key=lambda surer: float(overlaps.iou[surer, index]))
        if name != prediction.category_ids[closest]:
            names = alternatives[closest]
            names[name] = max(names.get(name, 0.0), round(float(prediction.scores[index]), 4))
    in_order = [sorted(names.items(), key=lambda name: -name[1]) for names in alternatives]
    return replace(prediction, alternatives=in_order).pick(kept)


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
