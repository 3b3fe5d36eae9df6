"""Where masks lie in their photos, and how large they are, for many at once and without drawing one.

Not for the exact pixels of a mask: see `imaging`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.stream import Record
from wildwear.errors import MaskError

GRID = 32  # cells of a photo, each way
LEAST_NUMBERS = 6  # of a polygon: three points

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Rings:
    """The polygons of many instances, one after the other.

    Attributes:
        x, y: (points,) float64, in pixels.
        starts: (rings,) where each ring starts among the points.
        owners: (rings,) the instance of each, by its place in the sequence given.
    """

    x: Floats
    y: Floats
    starts: Integers
    owners: Integers

    @classmethod
    def of(cls, instances: Sequence[Record]) -> Rings:
        """Those of annotation records. An instance without a segmentation has its box; one whose mask is an
        RLE has none.

        Raises:
            MaskError: a polygon holds something else than numbers.
        """
        polygons, owners = [], []
        for index, instance in enumerate(instances):
            for polygon in polygons_of(instance):
                if len(polygon) >= LEAST_NUMBERS:
                    polygons.append(polygon)
                    owners.append(index)
        lengths = np.fromiter(map(len, polygons), np.int64, len(polygons))
        try:
            numbers = np.fromiter(chain.from_iterable(polygons), np.float64, lengths.sum())
        except (TypeError, ValueError, OverflowError) as error:
            raise MaskError("a polygon holds something else than numbers.") from error
        if not np.isfinite(numbers).all():
            raise MaskError("a polygon holds NaN or infinity.")
        starts = (np.cumsum(lengths) - lengths) // 2
        return cls(numbers[0::2], numbers[1::2], starts, np.asarray(owners, np.int64))

    @property
    def lengths(self) -> Integers:
        """(rings,) points of each."""
        return np.diff(self.starts, append=self.x.size)

    def following(self, values: NDArray[Any]) -> NDArray[Any]:
        """A value of each point's follower on its ring."""
        shifted = np.roll(values, -1)
        shifted[(self.starts + self.lengths - 1)] = values[self.starts]
        return shifted

    def signed_areas(self) -> Floats:
        """(rings,) area inside each, square pixels; negative where it runs the other way round."""
        if not self.starts.size:
            return np.zeros(0)
        crossed = self.x * self.following(self.y) - self.following(self.x) * self.y
        return np.add.reduceat(crossed, self.starts) / 2


def polygons_of(instance: Record) -> list[list[float]]:
    """What outlines an instance: its polygons, or its box where it has no mask; nothing for an RLE."""
    mask = instance.get("segmentation")
    if not mask and instance.get("bbox") is not None:
        x, y, width, height = instance["bbox"]
        return [[x, y, x + width, y, x + width, y + height, x, y + height]]
    return mask if isinstance(mask, list) else []


def areas(instances: Sequence[Record]) -> Floats:
    """The area of each mask, (n,) float64 square pixels: of an RLE its pixels, of polygons what they enclose
    (parts that overlap count twice), of neither its box; NaN where there is nothing.

    Raises:
        MaskError: a mask is malformed.
    """
    rings = Rings.of(instances)
    found: Floats = np.bincount(rings.owners, np.abs(rings.signed_areas()), len(instances)).astype(np.float64)
    for index, instance in enumerate(instances):
        if isinstance(mask := instance.get("segmentation"), dict):
            found[index] = imaging.runs(mask)[1::2].sum()
        elif not polygons_of(instance):
            found[index] = np.nan
    return found


def coverage(
    instances: Sequence[Record], widths: Floats, heights: Floats, groups: Integers, group_count: int
) -> Integers:
    """How many masks cover the middle of each cell of a grid laid over their photos.

    Args:
        instances: n annotation records.
        widths, heights: (n,) of their photos, in pixels; masks in photos of unknown size (NaN) are left out.
        groups: (n,) which map each mask is counted in, 0 to group_count - 1.
        group_count: number of maps.

    Returns:
        (group_count, GRID, GRID) int64, rows from the top of the photo to its foot.

    Raises:
        MaskError: a mask is malformed.

    A mask enters as the places where it begins and ends along a row (polygons) or column (RLE): plus one and
    minus one. Their running sum tells for every cell how many masks it lies in.
    """
    rings = Rings.of(instances)
    begins = np.zeros((group_count, GRID, GRID + 1))
    _add_rings(begins, rings, widths, heights, groups)
    of_polygons = np.cumsum(begins, axis=2)[:, :, :GRID]
    begins = np.zeros((group_count, GRID * GRID + 1))
    _add_runs(begins, instances, groups)
    of_rles = np.cumsum(begins, axis=1)[:, :-1].reshape(group_count, GRID, GRID).swapaxes(1, 2)
    return np.rint(of_polygons + of_rles).astype(np.int64)


def _add_rings(begins: Floats, rings: Rings, widths: Floats, heights: Floats, groups: Integers) -> None:
    """Count where polygons cross the rows through the middles of cells."""
    if not rings.starts.size:
        return
    owner = np.repeat(rings.owners, rings.lengths)
    # In cells, with the middle of cell (column i, row j) at (i, j)
    x = rings.x / widths[owner] * GRID - 0.5
    y = rings.y / heights[owner] * GRID - 0.5
    way = np.repeat(np.sign(rings.signed_areas()), rings.lengths)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(known, x, 0), np.where(known, y, 0)
    x_next, y_next = rings.following(x), rings.following(y)
    upwards = y_next < y
    # An edge is the same line whichever way it is passed: bridges to holes cancel out to the last bit.
    x_top, y_top = np.where(upwards, x_next, x), np.where(upwards, y_next, y)
    x_foot, y_foot = np.where(upwards, x, x_next), np.where(upwards, y, y_next)
    first = np.ceil(y_top).clip(0, GRID).astype(np.int64)
    crossed = np.ceil(y_foot).clip(0, GRID).astype(np.int64) - first  # rows, by edge
    edge = np.repeat(np.arange(crossed.size), crossed)
    row = first[edge] + np.arange(edge.size) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    slope = (x_foot[edge] - x_top[edge]) / (y_foot[edge] - y_top[edge])
    column = np.ceil(x_top[edge] + (row - y_top[edge]) * slope).clip(0, GRID).astype(np.int64)
    begin_or_end = np.where(upwards, 1, -1)[edge]  # a ring of positive area goes up on its left
    place = (groups[owner[edge]] * GRID + row) * (GRID + 1) + column
    begins += np.bincount(place, begin_or_end * way[edge], begins.size).reshape(begins.shape)


def _add_runs(begins: Floats, instances: Iterable[Record], groups: Integers) -> None:
    """Count where runs of pixels begin and end among the pixels in the middles of cells."""
    for instance, group in zip(instances, groups, strict=True):
        if not isinstance(mask := instance.get("segmentation"), dict):
            continue
        edges = np.cumsum(imaging.runs(mask))  # a run that is off, one that is on, ...
        height, width = mask["size"]
        middles = np.floor((np.arange(GRID) + 0.5) / GRID * [[height], [width]]).astype(np.int64)
        pixels = (middles[1][:, None] * height + middles[0]).ravel()  # down one column after the other
        inside = np.searchsorted(edges, pixels, side="right") % 2
        begins[group] += np.diff(inside, prepend=0, append=0)
