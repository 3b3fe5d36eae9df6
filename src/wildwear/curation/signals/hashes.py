"""What copies of a photo have in common: the same bytes, or nearly the same waves.

Source: FIPS 180-4 (SHA-256); `imaging.photo_hash`, `imaging.part_hashes`. Which photos are copies of which is
seen over all of them: see `curation/duplicates.py`.
"""

import hashlib

import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values
from wildwear.imaging import PARTS, hashing


def measure(photo: Photo) -> Values:
    """The hashes of the file, the photo and its parts."""
    whole, *parts = hashing.hashes(photo.luma).tolist()
    return {
        "sha256": hashlib.sha256(photo.content).hexdigest(),
        "photo_hash": whole,
        "part_hashes": parts,
    }


SIGNAL = Signal(
    name="hashes",
    version=4,
    columns=(
        Column("sha256", pl.String(), "of the file's bytes, hexadecimal"),
        Column("photo_hash", pl.UInt64(), "64 bits, to be compared by how many differ; 0 without content"),
        Column("part_hashes", pl.Array(pl.UInt64, PARTS), "those of what is left with a tenth cut off"),
    ),
    measure=measure,
)
