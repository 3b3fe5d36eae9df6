"""Flips: how far the model finds the same garments in a mirror. Where it does not, it is unsure of them,
however sure it says it is: such photos are worth annotating.

Source: the idea is that of Yu et al., "Consistency-based Active Learning for Object Detection", CVPR
workshops 2022; the measure is ours.
"""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

if TYPE_CHECKING:
    from wildwear.inference import Prediction


def measure(photo: Photo) -> Values:
    """The agreement of what is found in the photo and in its mirror."""
    straight, _ = photo.seen
    mirrored = photo.models.segmenter(np.ascontiguousarray(photo.pixels[:, ::-1]))
    return {"flip_agreement": agreement(straight, mirrored)}


def agreement(straight: "Prediction", mirrored: "Prediction") -> float:
    """The mean IoU of each garment's box with the best of its name in the other view; 1 without garments."""
    from wildwear.inference.views import box_iou  # the rest of a scan does without what looks at photos

    if not len(straight) or not len(mirrored):
        return float(len(straight) == len(mirrored))
    back = mirrored.boxes.copy()
    back[:, [0, 2]] = straight.size[1] - back[:, [2, 0]]
    names = np.array([garment.name for garment in straight]), np.array([garment.name for garment in mirrored])
    overlaps = box_iou(straight.boxes, back) * (names[0][:, None] == names[1])
    return float(np.concatenate([overlaps.max(axis=1), overlaps.max(axis=0)]).mean())


SIGNAL = Signal(
    name="flips",
    version=1,
    columns=(Column("flip_agreement", pl.Float32(), "of garments with those in a mirror, in [0, 1]"),),
    measure=measure,
    needs="flips",
)
