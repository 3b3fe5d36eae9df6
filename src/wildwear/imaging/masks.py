"""Masks as COCO run-length encodings (RLE): to and from arrays and polygons, areas, boxes, overlaps."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from hotcoco import mask as coco
from numpy.typing import NDArray

from wildwear.errors import MaskError


class Rle(TypedDict):
    """A mask in COCO's compressed run-length encoding."""

    size: list[int]  # [height, width] in pixels
    counts: str


def encode(mask: NDArray[Any]) -> Rle:
    """Encode a (height, width) mask, true or non-zero where the object is."""
    if mask.ndim != 2:
        raise MaskError(f"a mask has shape (height, width); this array has shape {mask.shape}.")
    return _rle(coco.encode(np.asfortranarray(mask.astype(bool, copy=False))))


def decode(rle: Rle) -> NDArray[np.bool_]:
    """Decode to a (height, width) bool array."""
    return coco.decode(rle).view(np.bool_)


def area(rle: Rle) -> int:
    """Number of pixels."""
    return int(coco.area(rle))


def bbox(rle: Rle) -> list[float]:
    """Box around the pixels as [x, y, width, height]."""
    return [float(value) for value in coco.to_bbox(rle)]


def from_polygons(polygons: list[list[float]], size: Sequence[int]) -> Rle:
    """Rasterise polygons ([x1, y1, x2, y2, ...] each) as pycocotools does; their union is the mask."""
    height, width = size
    return union([_rle(coco.fr_poly(polygon, height, width)) for polygon in polygons])


def as_rle(segmentation: Any, size: Sequence[int]) -> Rle:
    """The RLE of whatever a COCO annotation holds: polygons, or RLE compressed or not."""
    if isinstance(segmentation, list):
        return from_polygons(segmentation, size)
    height, width = size
    return _rle(coco.fr_py_objects(segmentation, height, width))


def union(rles: Sequence[Rle]) -> Rle:
    """Every pixel of any of the masks; they have one size."""
    return _rle(coco.merge(list(rles)))


def _rle(encoded: dict[str, Any]) -> Rle:
    return Rle(size=[int(side) for side in encoded["size"]], counts=encoded["counts"].decode("ascii"))
