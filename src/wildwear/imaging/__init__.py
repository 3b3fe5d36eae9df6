"""Photos in, masks in and out: nothing else in wildwear reads pixels."""

from wildwear.imaging.masks import Rle, area, as_rle, bbox, decode, encode, from_polygons, union
from wildwear.imaging.photos import MAX_PIXELS, PhotoSource, photo_size, read_photo

__all__ = [
    "MAX_PIXELS",
    "PhotoSource",
    "Rle",
    "area",
    "as_rle",
    "bbox",
    "decode",
    "encode",
    "from_polygons",
    "photo_size",
    "read_photo",
    "union",
]
