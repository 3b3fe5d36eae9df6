"""How bright, how sharp, how much of it is a margin: what a photo is like before anyone asks what it shows.

Source: `imaging.quality`, which evaluation's slices are made of as well.
"""

import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values
from wildwear.imaging import quality


def measure(photo: Photo) -> Values:
    """All of them: light and detail off one small copy of the photo."""
    return (
        quality.properties(photo.luma)
        | quality.exposure(photo.luma)
        | {"border": quality.border(photo.pixels)}
    )


SIGNAL = Signal(
    name="quality",
    version=2,
    columns=(
        Column("brightness", pl.Float32(), "mean luma, 0 black to 1 white"),
        Column("contrast", pl.Float32(), "standard deviation of luma, in [0, 0.5]"),
        Column(
            "sharpness", pl.Float32(), "log10 of the Laplacian's variance over luma's; null for one colour"
        ),
        Column("dark_share", pl.Float32(), "of the pixels, that are all but black"),
        Column("light_share", pl.Float32(), "of the pixels, that are all but white"),
        Column("border", pl.Float32(), "of the photo, that is a margin of one colour"),
    ),
    measure=measure,
)
