"""Masks to and from the polygons of COCO, [x1, y1, x2, y2, ...] in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from hotcoco import mask as hotcoco_mask
from numpy.typing import NDArray

from wildwear.errors import MaskError
from wildwear.imaging.masks import Rle, area, check_size, decode, from_mapping, from_runs, union

FEW_CORNERS_SIDE = 578  # pixels, of a photo whose outlines may stray by one, for people to mend

Ring = NDArray[np.int32]
"""(n, 2) x and y of the corners of a closed outline, on the grid between the pixels."""


@dataclass(frozen=True)
class Polygons:
    """A mask as polygons, and what they could not hold."""

    polygons: list[list[float]]  # one [x1, y1, x2, y2, ...] a part; their union is the mask
    holes: int  # holes that are cut out by a bridge of no width from the outline and back
    missing: int  # pixels of the mask that the polygons leave out; 0 for exact outlines
    added: int  # pixels that the polygons hold beyond the mask; 0 for exact outlines


def from_polygons(polygons: Sequence[Sequence[float]], size: Sequence[int]) -> Rle:
    """Rasterise polygons as pycocotools does.

    Args:
        polygons: [x1, y1, x2, y2, ...] each, closed by itself, in pixels; may reach outside the photo. Their
            union is the mask; of none it is empty.
        size: (height, width) of the photo.

    Raises:
        MaskError: it says which polygon is malformed, and how.
    """
    height, width = check_size(size)
    if not len(polygons):
        return from_runs([height * width], size)
    parts = []
    for index, polygon in enumerate(polygons):
        _check_polygon(polygon, f"polygon {index}")
        part = hotcoco_mask.fr_poly([float(value) for value in polygon], height, width)
        parts.append(Rle(size=[height, width], counts=part["counts"].decode("ascii")))
    return parts[0] if len(parts) == 1 else union(parts)


def as_rle(segmentation: Any, size: Sequence[int]) -> Rle:
    """The RLE of what the `segmentation` of a COCO annotation holds: polygons, or an RLE, compressed or not.

    Args:
        segmentation: what the JSON holds.
        size: (height, width) of the photo, which an RLE must agree with.
    """
    if isinstance(segmentation, list):
        return from_polygons(segmentation, size)
    if not isinstance(segmentation, dict):
        raise MaskError(f"a segmentation is a list of polygons or an RLE, not {type(segmentation).__name__}.")
    rle = from_mapping(segmentation)
    height, width = check_size(size)
    if rle["size"] != [height, width]:
        raise MaskError(
            f"the RLE has the size {rle['size']}, but its photo has {[height, width]} (height, width)."
        )
    return rle


def tolerance_for(size: Sequence[int]) -> float:
    """How far an outline may stray for the sake of few corners, in pixels of a photo of this size.

    Args:
        size: (height, width) of the photo in pixels.
    """
    return max(1.0, max(size) / FEW_CORNERS_SIDE)


def to_polygons(rle: Rle, *, tolerance: float = 0.0) -> Polygons:
    """Outline every part of a mask.

    With no tolerance the outlines follow the edges of the pixels, and `from_polygons` gives exactly the same
    mask again, also one with holes: a bridge of no width joins them to the outline around them.

    Args:
        rle: the mask.
        tolerance: how far in pixels a simplified outline may stray from the exact one, for fewer points;
            parts and holes may then vanish, and `missing` and `added` say what that cost.

    Source: D. Douglas, T. Peucker, "Algorithms for the reduction of the number of points", 1973.
    """
    parts = outlines(rle, tolerance=tolerance)
    polygons = [_without_repeats(_joined(rings)).ravel().astype(float).tolist() for rings in parts]
    holes = sum(len(rings) - 1 for rings in parts)
    if tolerance <= 0:
        return Polygons(polygons, holes, missing=0, added=0)
    drawn = from_polygons(polygons, rle["size"])
    both = area(union([rle, drawn]))
    return Polygons(polygons, holes, missing=both - area(drawn), added=both - area(rle))


def outlines(rle: Rle, *, tolerance: float = 0.0) -> list[list[Ring]]:
    """The outlines of a mask: for each part its outer ring, then those of its holes.

    Args:
        rle: the mask.
        tolerance: as `to_polygons` takes it; a part or hole that is smaller may vanish.
    """
    parts = _parts(decode(rle))
    if tolerance > 0:
        parts = [[_simplified(ring, tolerance) for ring in rings] for rings in parts]
        parts = [[ring for ring in rings if len(ring) >= 3] for rings in parts if len(rings[0]) >= 3]
    return parts


def join(polygons: Sequence[Sequence[float]]) -> list[float]:
    """One polygon out of several, for formats that hold no more: bridges of no width lead from the first to
    each of the others, and back.

    Filled by the even-odd rule, as COCO's polygons are, it covers the pixels that lie in an odd number of
    them: exactly their union, where they do not overlap. One polygon comes back as it is.
    """
    joined: list[float] = _joined([np.reshape(polygon, (-1, 2)) for polygon in polygons]).ravel().tolist()
    return joined


def _check_polygon(polygon: Any, name: str) -> None:
    try:
        coordinates = np.asarray(polygon, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        coordinates = np.empty((0, 0))
    if coordinates.ndim != 1:
        raise MaskError(f"{name} is not a flat list of numbers [x1, y1, x2, y2, ...].")
    if coordinates.size % 2:
        raise MaskError(f"{name} has {coordinates.size} numbers, an odd count; a point is an x and a y.")
    if coordinates.size < 6:
        raise MaskError(f"{name} has {coordinates.size // 2} points; a polygon needs at least 3.")
    if not np.isfinite(coordinates).all():
        raise MaskError(f"{name} holds NaN or infinity.")


def _parts(mask: NDArray[np.bool_]) -> list[list[Ring]]:
    """The exact outlines of a (height, width) mask: for each part its outer ring, then those of its holes.

    OpenCV's outlines run through the middles of pixels. In a mask of twice the size, those of the four
    quarters of a pixel round to its four corners, for the outside of parts and of holes alike.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return []
    top, left = int(rows[0]), int(columns[0])
    crop = mask[top : rows[-1] + 1, left : columns[-1] + 1].astype(np.uint8, order="C")
    doubled = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    outlines, hierarchy = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parts: dict[int, list[Ring]] = {}
    around = hierarchy[0, :, 3]  # of a hole: the part that it is in; of a part: -1
    for index in np.argsort(around >= 0, kind="stable"):  # parts before holes
        ring = _without_repeats((outlines[index][:, 0] + 1) // 2) + np.array([left, top], np.int32)
        parts.setdefault(int(index if around[index] < 0 else around[index]), []).append(ring)
    return list(parts.values())


def _simplified(ring: Ring, tolerance: float) -> Ring:
    return cv2.approxPolyDP(ring, tolerance, True)[:, 0].astype(np.int32, copy=False)


def _joined(rings: list[NDArray[Any]]) -> NDArray[Any]:
    """One ring out of an outer ring and others, such as its holes: a bridge leads from its nearest corner to
    each, and back.

    A bridge is passed twice, which cancels out where polygons are filled by the even-odd rule, as COCO's
    are; so it does not matter if it crosses something.
    """
    outer, *holes = rings
    if not holes:
        return outer
    from scipy.spatial import KDTree

    _, corners = KDTree(outer).query([hole[0] for hole in holes])
    order = np.argsort(corners, kind="stable")
    pieces, start = [], 0
    for corner, index in zip(corners[order], order, strict=True):
        hole = holes[index]
        pieces += [outer[start : corner + 1], hole, hole[:1]]  # and on from the same corner
        start = corner
    pieces.append(outer[start:])
    return np.concatenate(pieces)


def _without_repeats(ring: NDArray[Any]) -> NDArray[Any]:
    moves: NDArray[np.bool_] = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    return ring[moves]
