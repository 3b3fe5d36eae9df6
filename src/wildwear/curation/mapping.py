"""Photos on a plane, those that look alike near one another; how alike, see `signals/embedding.py`."""

import numpy as np
import polars as pl

from wildwear.imaging.arrays import FloatArray, Floats

MOST = 400  # photos on a plane; more would cover one another


def mapped(photos: pl.DataFrame) -> list[tuple[str, float, float]]:
    """Names of photos and where they lie, from 0, left and top, to 1; of more than `MOST` as many at random.

    Args:
        photos: rows of a catalog with `embedding`; those without one are left out.
    """
    known = photos.select("photo", "embedding").drop_nulls()
    some = known.sample(min(MOST, len(known)), seed=1)
    if len(some) < 3:
        return []
    places = on_a_plane(some["embedding"].to_numpy())
    return [(name, float(x), float(y)) for name, (x, y) in zip(some["photo"], places, strict=True)]


def on_a_plane(embeddings: FloatArray) -> Floats:
    """(n, 2) places in [0, 1] of (n, d) embeddings: by their two principal components.

    Along each axis photos lie in its order, equally far apart: most are much alike, and would make a heap.

    Source: Pearson, "On lines and planes of closest fit to systems of points in space", 1901.
    """
    centred = embeddings - embeddings.mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    along = centred @ components[:2].T
    ranks: Floats = np.argsort(np.argsort(along, axis=0, kind="stable"), axis=0) / (len(along) - 1)
    return ranks
