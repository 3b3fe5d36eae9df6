"""Garments: how many, which, how sure; also those that nobody wears, which faces cannot tell of.

Source: the model of wildwear that is given, with the thresholds of its card, as `wildwear segment` has them.
"""

import numpy as np
import polars as pl

from wildwear import imaging
from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values


def measure(photo: Photo) -> Values:
    """What is shown of the garments of a photo, the surest first."""
    found, _ = photo.seen
    height, width = found.size
    scores = [garment.score for garment in found]
    return {
        "garments": len(found),
        "garment_categories": [garment.name for garment in found],
        "garment_scores": scores,
        "garment_sureness": float(np.mean(scores)) if scores else None,
        "garment_share": imaging.area(imaging.union(found.masks)) / (height * width) if scores else 0.0,
    }


SIGNAL = Signal(
    name="garments",
    version=1,
    columns=(
        Column("garments", pl.Int16(), "count, as `wildwear segment` shows them"),
        Column("garment_categories", pl.List(pl.String), "their names, the surest first"),
        Column("garment_scores", pl.List(pl.Float32), "of each, in [0, 1]"),
        Column("garment_sureness", pl.Float32(), "mean of the scores; null without garments"),
        Column("garment_share", pl.Float32(), "of the photo, that all masks cover together"),
    ),
    measure=measure,
    needs="garments",
)
