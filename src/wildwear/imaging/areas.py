"""Areas of many polygon masks at once. Not for the masks themselves: see `polygons.py`.

COCO's rasteriser walks along the edges of a polygon on a grid five times finer than the pixels, notes in
which row it passes the middle of a column of pixels, and fills the column from its first such row to the
second, from the third to the fourth, and so on. Here these rows, and nothing else, are computed for all edges
of all masks in the same few array operations. The arithmetic is the original's, and so are the pixels.

Source: rleFrPoly in cocoapi's common/maskApi.c, https://github.com/cocodataset/cocoapi.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wildwear.errors import MaskError
from wildwear.imaging.arrays import Integers
from wildwear.imaging.masks import area, check_size
from wildwear.imaging.polygons import from_polygons

FINER = 5
LEFT, RIGHT = 2, 3  # the fine columns on both sides of the middle of a pixel
BATCH = 64  # masks at a time, so that the arrays stay in the processor's cache
MOST_PARTS = 31  # of a mask: the bits of an int32
LEAST_NUMBERS = 6  # of a polygon: three points
FARTHEST = 2**24  # px; what reaches farther is a mistake
SHORT_OF_ONE = 1 - 1e-7  # by less than a steep edge can pass a middle between two rows

Mask = Sequence[Sequence[float]]
Rows = NDArray[np.int32]

# glibc hands memory over 128 KB back to the system when an array is freed, and to get it again page by page
# takes longer than all the arithmetic here. Once a larger block was freed, it keeps what it has.
np.empty(2**24, np.uint8)


class Edges(NamedTuple):
    """Edges on the fine grid that pass the middle of a column of pixels, all shallow and to the right, or all
    steep and down. Each array is (n,) int64."""

    x: Integers
    y: Integers
    to_x: Integers
    to_y: Integers
    polygon: Integers
    column: Integers  # the first whose middle it passes
    columns: Integers  # how many it passes, from there on


def areas(masks: Sequence[Mask], sizes: Sequence[tuple[int, int]]) -> Integers:
    """The number of pixels of each mask: `area(from_polygons(mask, size))`, many times faster.

    Args:
        masks: n lists of polygons, [x1, y1, x2, y2, ...] in pixels.
        sizes: (height, width) of the n photos in pixels; what lies outside is not counted.

    Returns:
        (n,) int64.

    Raises:
        MaskError: a polygon is malformed, or reaches farther than any photo.
    """
    found = [np.zeros(0, np.int64)]
    for first in range(0, len(masks), BATCH):
        found.append(_areas(masks[first : first + BATCH], sizes[first : first + BATCH]))
    return np.concatenate(found)


def _areas(masks: Sequence[Mask], sizes: Sequence[tuple[int, int]]) -> Integers:
    for size in set(sizes):
        check_size(size)
    parts = np.array([len(mask) for mask in masks])
    if not parts.any():
        return np.zeros(len(masks), np.int64)
    owner = np.repeat(np.arange(parts.size), parts)
    heights, widths = np.array(sizes).T
    height, width = heights[owner], widths[owner]
    shallow, steep = _edges(list(chain.from_iterable(masks)), width)
    if parts.max() > MOST_PARTS:
        counted = [area(from_polygons(mask, size)) for mask, size in zip(masks, sizes, strict=True)]
        return np.array(counted, np.int64)
    # A place is a number for each edge between two pixels of a column, mask after mask, column after column;
    # its last bits say which part of the mask begins or ends there.
    behind: Integers = np.cumsum((heights + 1) * (widths + 1))
    bits = int(parts.max() - 1).bit_length()
    kind = np.int32 if behind[-1] << bits < 2**31 else np.int64
    part: Integers = np.arange(owner.size) - (np.cumsum(parts) - parts)[owner]
    begin = (behind[owner] - (height + 1) * (width + 1)) << bits | part
    step = (height + 1) << bits
    places = []
    for edges, (nth, rows) in ((shallow, _rows_of_shallow(shallow)), (steep, _rows_of_steep(steep))):
        rows += LEFT  # to the next place between two pixels
        rows //= FINER
        np.maximum(rows, 0, out=rows)
        np.minimum(rows, _each(height[edges.polygon], edges, np.int32), out=rows)
        found = nth * _each(step[edges.polygon], edges, kind)
        found += np.left_shift(rows, bits, dtype=kind)
        found += _each(begin[edges.polygon] + edges.column * step[edges.polygon], edges, kind)
        places.append(found)
    place = np.sort(np.concatenate(places))
    inside = np.bitwise_xor.accumulate(1 << (place & (1 << bits) - 1).astype(np.int32, copy=False))
    place >>= bits
    covered = np.cumsum((place[1:] - place[:-1]) * (inside[:-1] != 0), dtype=np.int64)
    ends = np.searchsorted(place, behind)
    return np.diff(np.concatenate([[0, 0], covered])[ends], prepend=0)


def _edges(polygons: list[Sequence[float]], width: Integers) -> tuple[Edges, Edges]:
    """The shallow and the steep edges of polygons in photos of these widths.

    Raises:
        MaskError: a polygon is malformed.
    """
    numbers = np.array([len(polygon) for polygon in polygons])
    try:
        values = np.array(list(chain.from_iterable(polygons)), np.float64)
    except (TypeError, ValueError, OverflowError):
        raise MaskError("a polygon is not a flat list of numbers [x1, y1, x2, y2, ...].") from None
    if (numbers % 2).any() or numbers.min() < LEAST_NUMBERS:
        raise MaskError("a polygon has an odd count of numbers, or fewer than 3 points.")
    if not (np.abs(values) <= FARTHEST).all():
        raise MaskError(f"a polygon holds NaN, or reaches farther than {FARTHEST:,} px.")
    fine = (FINER * values + 0.5).astype(np.int64)  # towards zero, as in C
    x, y = fine[0::2], fine[1::2]
    points = numbers // 2
    ends = np.cumsum(points)
    following = np.arange(1, x.size + 1)
    following[ends - 1] = ends - points
    to_x, to_y = x[following], y[following]
    steep = np.abs(to_y - y) > np.abs(to_x - x)
    turned = np.where(steep, y > to_y, x > to_x)
    x, to_x = np.where(turned, to_x, x), np.where(turned, x, to_x)
    y, to_y = np.where(turned, to_y, y), np.where(turned, y, to_y)
    polygon = np.repeat(np.arange(points.size), points)
    column = np.maximum((np.minimum(x, to_x) + LEFT) // FINER, 0)
    columns = np.minimum((np.maximum(x, to_x) + LEFT) // FINER, width[polygon]) - column
    edges = (x, y, to_x, to_y, polygon, column, columns)
    shallow, steep = np.flatnonzero(~steep & (columns > 0)), np.flatnonzero(steep & (columns > 0))
    return Edges(*(values[shallow] for values in edges)), Edges(*(values[steep] for values in edges))


def _rows_of_shallow(edges: Edges) -> tuple[Rows, Rows]:
    """The columns that edges pass, 0 for the first of each, and in which fine rows: of the two on both sides
    of the middle the upper one."""
    slope = (edges.to_y - edges.y) / (edges.to_x - edges.x)
    nth = _counted(edges)
    steps = nth * np.int32(FINER)
    steps += _each(FINER * edges.column + LEFT + (slope < 0) - edges.x, edges, np.int32)
    rows = _each(slope, edges, np.float64) * steps
    rows += _each(edges.y, edges, np.float64)
    rows += 0.5
    return nth, rows.astype(np.int32)


def _rows_of_steep(edges: Edges) -> tuple[Rows, Rows]:
    """As `_rows_of_shallow`; here it is the last row before they are past the middle."""
    slope = (edges.to_x - edges.x) / (edges.to_y - edges.y)
    nth = _counted(edges)
    right = nth * float(FINER)
    right += _each(FINER * edges.column + RIGHT, edges, np.float64)
    start = _each(edges.x, edges, np.float64)
    steps = right - start
    steps -= 0.5
    steps *= _each(1 / slope, edges, np.float64)
    steps += SHORT_OF_ONE
    rows = steps.astype(np.int32)
    # Exactly on the middle, rounding in the original decides whether it is past; or else one row later.
    reached = _each(slope, edges, np.float64) * rows
    reached += start
    reached += 0.5
    rows += ((reached >= right) == _each(slope < 0, edges, np.bool_)).view(np.int8)
    rows += _each(edges.y - 1, edges, np.int32)
    return nth, rows


def _counted(edges: Edges) -> Rows:
    """0, 1, 2, ... for the columns of each edge."""
    nth = np.arange(edges.columns.sum(), dtype=np.int32)
    nth -= _each(np.cumsum(edges.columns) - edges.columns, edges, np.int32)
    return nth


def _each(values: NDArray[Any], edges: Edges, kind: type) -> NDArray[Any]:
    """A value of each edge for each of its columns."""
    return np.repeat(values.astype(kind, copy=False), edges.columns)
