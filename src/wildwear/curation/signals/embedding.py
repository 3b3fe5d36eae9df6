"""What a photo looks like to the model that finds garments: for photos like this one, and for diversity.

Source: the box head's last layer over the whole photo (`Segmenter.with_features`, by the run that finds its
garments), brought to length 1, so that the product of two is their cosine.
"""

import numpy as np
import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

LENGTH = 512  # of the bundled models' features


def measure(photo: Photo) -> Values:
    """The vector of the whole photo; not known of a model that has none, or one of another length."""
    _, features = photo.seen
    if features is None or len(features) != LENGTH:
        return {"embedding": None}
    length = float(np.linalg.norm(features))
    return {"embedding": features / length if length else None}


SIGNAL = Signal(
    name="embedding",
    version=1,
    columns=(Column("embedding", pl.Array(pl.Float32, LENGTH), "of the whole photo, of length 1"),),
    measure=measure,
    needs="garments",
)
