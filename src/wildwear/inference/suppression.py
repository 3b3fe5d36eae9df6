"""One instance a garment: several names on the same pixels become one garment with alternatives."""

from dataclasses import replace

import numpy as np

from wildwear.imaging import iou
from wildwear.inference.prediction import Prediction


def suppress_duplicates(prediction: Prediction, threshold: float) -> Prediction:
    """Drop every garment whose mask is that of a surer one with another name.

    The dropped name is not lost: it joins the surer garment's alternatives.

    Args:
        prediction: The surest first.
        threshold: Mask IoU above which two detections are the same garment.
    """
    if len(prediction) < 2:
        return prediction
    overlaps = iou(prediction.masks, prediction.masks)
    category_ids = prediction.category_ids
    alternatives = [dict(names) for names in prediction.alternatives]
    kept: list[int] = []
    for index in range(len(prediction)):
        rivals = [
            surer
            for surer in kept
            if overlaps[surer, index] > threshold and category_ids[surer] != category_ids[index]
        ]
        if not rivals:
            kept.append(index)
            continue
        names = alternatives[max(rivals, key=lambda surer: overlaps[surer, index])]
        name = int(category_ids[index])
        names[name] = max(names.get(name, 0.0), float(prediction.scores[index]))
    in_order = [sorted(names.items(), key=lambda name: -name[1]) for names in alternatives]
    return replace(prediction, alternatives=in_order).pick(np.array(kept, dtype=np.int64))
