"""Photos in, masks in and out: nothing else in wildwear reads pixels.

- `find_photos`: the photos behind file names, folders and globs; `read_photo`: one of them as RGB uint8,
  upright; `photo_size`: its height and width by the header alone; `write_image`: a PNG, JPEG or WebP file.
- `photo_hash`: 64 bits that a photo's copies share; `part_hashes`: those of what cropping leaves; `FLAT`:
  those of a photo without content; `MIRROR`: those that mirroring turns.
- `Rle`: a mask; `encode`, `encode_crop`, `decode`: from and to arrays; `from_polygons`, `to_polygons`: from
  and to polygons, `tolerance_for`: how far these may stray for people to mend; `outlines`: its parts with
  their holes; `join`: one polygon out of several; `as_rle`: from what a COCO annotation holds; `area`,
  `bbox`, `runs`, `union`, `iou`: measures; `areas`: those of many polygon masks at once.
"""

from wildwear.imaging.areas import areas
from wildwear.imaging.hashing import FLAT, MIRROR, PARTS, part_hashes, photo_hash
from wildwear.imaging.masks import Rle, area, bbox, decode, encode, encode_crop, iou, runs, union
from wildwear.imaging.photo_paths import find_photos
from wildwear.imaging.photos import MAX_PIXELS, PhotoSource, photo_size, read_photo
from wildwear.imaging.polygons import (
    Polygons,
    as_rle,
    from_polygons,
    join,
    outlines,
    to_polygons,
    tolerance_for,
)
from wildwear.imaging.writing import write_image

__all__ = [
    "FLAT",
    "MAX_PIXELS",
    "MIRROR",
    "PARTS",
    "PhotoSource",
    "Polygons",
    "Rle",
    "area",
    "areas",
    "as_rle",
    "bbox",
    "decode",
    "encode",
    "encode_crop",
    "find_photos",
    "from_polygons",
    "iou",
    "join",
    "outlines",
    "part_hashes",
    "photo_hash",
    "photo_size",
    "read_photo",
    "runs",
    "to_polygons",
    "tolerance_for",
    "union",
    "write_image",
]
