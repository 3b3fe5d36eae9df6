"""Where masks lie in their photos, and how large they are, for many at once and without drawing one.

Not for the exact pixels of a mask: see `imaging`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.stream import Record
from wildwear.errors import MaskError
from wildwear.imaging.arrays import Floats, Integers

GRID = 32  # cells of a photo, each way
LEAST_NUMBERS = 6  # of a polygon: three points


@dataclass(frozen=True)
class Rings:
    """The polygons of many instances, one after the other.

    Attributes:
        x, y: (points,) float64, in pixels.
        starts: (rings,) where each ring starts among the points.
        owners: (rings,) the instance of each, by its place in the sequence given.
        without: the instances that have no ring.
    """

    x: Floats
    y: Floats
    starts: Integers
    owners: Integers
    without: list[int]

    @classmethod
    def of(cls, instances: Sequence[Record]) -> Rings:
        """Those of annotation records. An instance without a segmentation has its box; one whose mask is an
        RLE has none.

        Raises:
            MaskError: a polygon holds something else than numbers.
        """
        outlines = [polygons_of(instance) for instance in instances]
        parts = np.fromiter(map(len, outlines), np.int64, len(outlines))
        owners = np.repeat(np.arange(parts.size), parts)
        polygons = list(chain.from_iterable(outlines))
        lengths = np.fromiter(map(len, polygons), np.int64, len(polygons))
        if (short := lengths < LEAST_NUMBERS).any():
            polygons = [polygons[index] for index in np.flatnonzero(~short)]
            owners, lengths = owners[~short], lengths[~short]
        try:
            numbers = np.fromiter(chain.from_iterable(polygons), np.float64, lengths.sum())
        except (TypeError, ValueError, OverflowError) as error:
            raise MaskError("a polygon holds something else than numbers.") from error
        if not np.isfinite(numbers).all():
            raise MaskError("a polygon holds NaN or infinity.")
        starts = (np.cumsum(lengths) - lengths) // 2
        x, y = np.ascontiguousarray(numbers[0::2]), np.ascontiguousarray(numbers[1::2])
        without = np.flatnonzero(np.bincount(owners, minlength=parts.size) == 0)
        return cls(x, y, starts, owners, without.tolist())

    @property
    def lengths(self) -> Integers:
        """(rings,) points of each."""
        return np.diff(self.starts, append=self.x.size)

    def following(self, values: NDArray[Any]) -> NDArray[Any]:
        """A value of each point's follower on its ring."""
        shifted = np.empty_like(values)
        shifted[:-1] = values[1:]
        shifted[(self.starts + self.lengths - 1)] = values[self.starts]
        return shifted

    @cached_property
    def signed_areas(self) -> Floats:
        """(rings,) area inside each, square pixels; negative where it runs the other way round."""
        if not self.starts.size:
            return np.zeros(0)
        crossed = self.x * self.following(self.y)
        crossed -= self.following(self.x) * self.y
        return np.add.reduceat(crossed, self.starts) / 2


def polygons_of(instance: Record) -> list[list[float]]:
    """What outlines an instance: its polygons, or its box where it has no mask; nothing for an RLE."""
    mask = instance.get("segmentation")
    if mask:
        return mask if isinstance(mask, list) else []
    if instance.get("bbox") is None:
        return []
    x, y, width, height = instance["bbox"]
    return [[x, y, x + width, y, x + width, y + height, x, y + height]]


def areas(instances: Sequence[Record], rings: Rings) -> Floats:
    """The area of each mask, (n,) float64 square pixels: of an RLE its pixels, of polygons what they enclose
    (parts that overlap count twice), of neither its box; NaN where there is nothing.

    Args:
        instances: n annotation records.
        rings: theirs.

    Raises:
        MaskError: a mask is malformed.
    """
    found: Floats = np.bincount(rings.owners, np.abs(rings.signed_areas), len(instances)).astype(np.float64)
    for index in rings.without:
        if isinstance(mask := instances[index].get("segmentation"), dict):
            found[index] = imaging.runs(mask)[1::2].sum()
        elif not polygons_of(instances[index]):
            found[index] = np.nan
    return found


def coverage(
    instances: Sequence[Record],
    rings: Rings,
    widths: Floats,
    heights: Floats,
    groups: Integers,
    group_count: int,
) -> Integers:
    """How many masks cover the middle of each cell of a grid laid over their photos.

    Args:
        instances: n annotation records.
        rings: theirs.
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
    begins = np.zeros((group_count, GRID, GRID + 1))
    _add_rings(begins, rings, widths, heights, groups)
    of_polygons = np.cumsum(begins, axis=2)[:, :, :GRID]
    begins = np.zeros((group_count, GRID * GRID + 1))
    _add_runs(begins, ((instances[index], int(groups[index])) for index in rings.without))
    of_rles = np.cumsum(begins, axis=1)[:, :-1].reshape(group_count, GRID, GRID).swapaxes(1, 2)
    return np.rint(of_polygons + of_rles).astype(np.int64)


def _add_rings(begins: Floats, rings: Rings, widths: Floats, heights: Floats, groups: Integers) -> None:
    """Count where polygons cross the rows through the middles of cells."""
    if not rings.starts.size:
        return
    known = np.isfinite(widths) & np.isfinite(heights)
    # In cells, with the middle of cell (column i, row j) at (i, j). In an endless photo nothing meets a row.
    y = rings.y / np.repeat(np.where(known, heights, np.inf)[rings.owners], rings.lengths)
    y *= GRID
    y -= 0.5
    row = np.ceil(y)  # the first at this height or below
    row.clip(0, GRID, out=row)
    # Most edges lie between two rows: only the others are looked at.
    edge = np.flatnonzero(row != rings.following(row))
    ring = np.repeat(np.arange(rings.starts.size), rings.lengths)[edge]
    behind = edge + 1
    last = behind == (rings.starts + rings.lengths)[ring]
    behind[last] = rings.starts[ring[last]]
    upwards = row[behind] < row[edge]
    # An edge is the same line whichever way it is passed: bridges to holes cancel out to the last bit.
    top, foot = np.where(upwards, behind, edge), np.where(upwards, edge, behind)
    width = widths[rings.owners[ring]]
    x_top, x_foot = (rings.x[end] / width * GRID - 0.5 for end in (top, foot))
    slope = (x_foot - x_top) / (y[foot] - y[top])
    weight = np.sign(rings.signed_areas)[ring] * np.where(upwards, 1, -1)  # a positive ring begins upwards
    group = groups[rings.owners[ring]]
    first, crossed = row[top].astype(np.int64), (row[foot] - row[top]).astype(np.int64)

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(values, crossed)  # for each row that an edge crosses

    at = np.arange(crossed.sum()) + each(first - np.cumsum(crossed) + crossed)
    column = (at - each(y[top])) * each(slope)
    column += each(x_top)
    place = np.ceil(column, out=column).clip(0, GRID, out=column).astype(np.int64)
    place += at * (GRID + 1)
    place += each(group * (GRID * (GRID + 1)))
    begins += np.bincount(place, each(weight), begins.size).reshape(begins.shape)


def _add_runs(begins: Floats, grouped: Iterable[tuple[Record, int]]) -> None:
    """Count where runs of pixels begin and end among the pixels in the middles of cells."""
    for instance, group in grouped:
        if not isinstance(mask := instance.get("segmentation"), dict):
            continue
        edges = np.cumsum(imaging.runs(mask))  # a run that is off, one that is on, ...
        height, width = mask["size"]
        middles = np.floor((np.arange(GRID) + 0.5) / GRID * [[height], [width]]).astype(np.int64)
        pixels = (middles[1][:, None] * height + middles[0]).ravel()  # down one column after the other
        inside = np.searchsorted(edges, pixels, side="right") % 2
        begins[group] += np.diff(inside, prepend=0, append=0)
