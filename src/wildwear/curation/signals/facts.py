"""What the file says of a photo: format, dimensions, how it is stored, when it was taken.

Source: the header as Pillow reads it; EXIF by CIPA DC-008, tags 0x0112, 0x9003 and 0x0132.
"""

import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values


def measure(photo: Photo) -> Values:
    """Read them off the header, and the dimensions off the pixels, which are upright."""
    height, width = photo.pixels.shape[:2]
    return {
        "format": photo.header.format,
        "width": width,
        "height": height,
        "megapixels": width * height / 1e6,
        "channels": photo.header.channels,
        "orientation": photo.header.orientation,
        "taken": photo.header.taken,
    }


SIGNAL = Signal(
    name="facts",
    version=1,
    columns=(
        Column("format", pl.String(), "JPEG, PNG, …, as Pillow calls it"),
        Column("width", pl.Int32(), "px, upright"),
        Column("height", pl.Int32(), "px, upright"),
        Column("megapixels", pl.Float32(), "width x height / 10^6"),
        Column("channels", pl.Int8(), "as stored: 1 grey or palette, 3 colour, 4 with alpha or CMYK"),
        Column("orientation", pl.Int8(), "EXIF, 1 to 8; 1 is upright"),
        Column("taken", pl.Datetime("us"), "EXIF, by the camera's clock"),
    ),
    measure=measure,
)
