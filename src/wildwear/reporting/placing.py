"""Where to write the name of each garment, so that a picture stays a picture.

Every position on a coarse grid gets a price, and each label takes the cheapest one that is still free: on its
own garment where that is large, beside it and with a leader line where it is small, never on another label,
never outside the photo, and on other garments only when nothing else is left.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from wildwear.imaging.arrays import FloatArray

GRID = 160
"""Cells along the long side of a photo."""

HIDES_ITS_GARMENT = 2.0  # price of hiding all of the garment that it names
HIDES_ANOTHER = 1.2  # of lying wholly on other garments
HIDES_A_WEARER = 0.6  # of lying wholly where faces and limbs are
LEAVES_ITS_GARMENT = 0.12  # of lying wholly outside, which takes a leader line
FAR_AWAY = 1.5  # of each photo diagonal between label and garment
REACH = 2.5  # label heights between a garment and its label, at most
NEEDS_LEADER = 0.25  # a label with less of itself on its garment gets a line to it,
LEADS_AMONG_EQUALS = 0.9  # or less than this, where another garment is of its kind


@dataclass(frozen=True)
class Place:
    """A label's place, in grid cells.

    Attributes:
        left: first column.
        top: first row.
        pointer: the cell (x, y) in the garment that a leader line ends at; None where it lies on its garment.
    """

    left: int
    top: int
    pointer: tuple[float, float] | None


def place_labels(
    garments: Sequence[FloatArray], sizes: Sequence[tuple[int, int]], kinds: Sequence[object] | None = None
) -> list[Place | None]:
    """Find a place for the label of each garment.

    Args:
        garments: for each, the share of every grid cell that it covers: (rows, columns) float32 in [0, 1].
        sizes: for each, the (width, height) of its label in cells, with the gap wanted around it.
        kinds: for each, what it may share with others: then its label lies on it or leads there.

    Returns:
        a place for each, or None where no room was left.
    """
    if not garments:
        return []
    rows, columns = garments[0].shape
    everything = np.sum(garments, axis=0, dtype=np.float32)
    people = wearers(garments)
    kinds = range(len(garments)) if kinds is None else kinds
    counts = Counter(kinds)
    taken = np.zeros((rows, columns), dtype=np.float32)
    places: list[Place | None] = [None] * len(garments)
    smallest_first = sorted(range(len(garments)), key=lambda index: float(garments[index].sum()))
    for index in smallest_first:
        width, height = sizes[index]
        if width > columns or height > rows:
            continue
        garment = garments[index]
        others = np.minimum(everything - garment, 1) * (1 - garment)  # on its own garment it may hide them
        hidden = np.maximum(HIDES_ANOTHER * others, HIDES_A_WEARER * people * (1 - np.minimum(everything, 1)))
        price = prices(garment, hidden, (width, height))
        price[window_sums(taken, width, height) > 0] = np.inf
        price[window_sums(around(garment, REACH * height), width, height) == 0] = np.inf
        top, left = np.unravel_index(int(price.argmin()), price.shape)
        if not np.isfinite(price[top, left]):
            continue
        taken[top : top + height, left : left + width] = 1
        covered = garment[top : top + height, left : left + width].mean()
        enough = LEADS_AMONG_EQUALS if counts[kinds[index]] > 1 else NEEDS_LEADER
        seen = garment.copy()
        seen[top : top + height, left : left + width] = 0
        pointer = heart_of(seen) if covered <= enough and seen.any() else None
        places[index] = Place(int(left), int(top), pointer)
    return places


def prices(garment: FloatArray, elsewhere: FloatArray, size: tuple[int, int]) -> FloatArray:
    """(corners down, corners across) what a label costs at each upper left corner at which it fits into the
    photo.

    Args:
        garment: as for `place_labels`.
        elsewhere: what it costs to hide a cell that is not of this garment, (rows, columns).
        size: (width, height) of the label in cells.
    """
    width, height = size
    own = window_sums(garment, width, height)
    y, x = np.mgrid[: own.shape[0], : own.shape[1]].astype(np.float32)
    heart_x, heart_y = heart_of(garment)
    distance = np.hypot(x + width / 2 - heart_x, y + height / 2 - heart_y)
    price: FloatArray = (
        HIDES_ITS_GARMENT * own / max(float(garment.sum()), 1)
        + LEAVES_ITS_GARMENT * (1 - own / (width * height))
        + window_sums(elsewhere, width, height) / (width * height)
        + FAR_AWAY * distance / math.hypot(*garment.shape)
    )
    return price


def around(garment: FloatArray, cells: float) -> FloatArray:
    """(rows, columns) 1 where the garment is at most so many cells away, 0 elsewhere."""
    distance = cv2.distanceTransform((garment < 0.5 * garment.max()).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(distance <= cells, dtype=np.float32)


def wearers(garments: Sequence[FloatArray]) -> FloatArray:
    """Guess where faces, hands and legs are: above and below the garments, about as far as these are wide."""
    guess = np.zeros_like(garments[0])
    for garment in garments:
        rows, columns = (np.flatnonzero(garment.max(axis=axis) > 0.5) for axis in (1, 0))
        if len(rows) and len(columns):
            width = columns[-1] - columns[0] + 1
            margin, reach = width // 6, round(0.7 * width)
            above, below = max(0, rows[0] - reach), rows[-1] + reach
            guess[above:below, columns[0] + margin : columns[-1] + 1 - margin] = 1
    return guess


def window_sums(values: FloatArray, width: int, height: int) -> FloatArray:
    """(corners down, corners across) sum of the values under a window, for each upper left corner at which it
    fits."""
    table = cv2.integral(values, sdepth=cv2.CV_64F)
    columns = table[height:] - table[:-height]
    return np.asarray((columns[:, width:] - columns[:, :-width]).round(6), dtype=np.float32)


def heart_of(garment: FloatArray) -> tuple[float, float]:
    """The place (x, y), in cells, that lies deepest inside the garment."""
    inside = np.pad(garment > 0.5 * garment.max(), 1).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return x + 0.5, y + 0.5
