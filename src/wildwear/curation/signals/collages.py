"""Collages: whether a photo is put together of several, side by side.

Source: ours. Where two photos meet, brightness steps from one pixel to the next all along a straight line,
and not before and behind it; or a line of one grey lies between them. Of 40 collages that were made (two to
six photos, two thirds with gutters) 34 score 0.7 or more, and so do all of 40 screenshots; of the 3,996
photos of wild-pool and Clothing Co-Parsing 30: a net, a wall, a kerb.
"""

import cv2
import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

INSIDE = 0.1  # of a side: nearer to an edge no photo ends
STEP = 12  # grey levels
ALONE = 1.2  # times as high is a step as those `NEAR` it
NEAR = np.array([[1], [1], [1], [0], [0], [0], [1], [1], [1]], np.uint8)
"""Lines before and behind a step; those next to it are part of it where a photo was scaled down."""
LIMITS = np.clip(ALONE * np.arange(256), STEP, 255).astype(np.uint8)
"""What a step must exceed, by the highest near it: a table, as a product would be one of float64."""
PLAIN = 4.0  # grey levels, standard deviation of a line between photos
CONTENT = 12.0  # of the lines beside it, at least
WIDE = 0.06  # of a side, at most, are lines between photos


def measure(photo: Photo) -> Values:
    """The clearest line, across or down."""
    across = np.asarray(cv2.transpose(photo.luma), np.uint8)
    return {"collage": max(clearest_line(photo.luma), clearest_line(across))}


def clearest_line(lines: NDArray[np.uint8]) -> float:
    """The share of the clearest line, of (lines, pixels) luma, along which two photos seem to meet."""
    return 1.0 if has_gutter(lines) else longest_step(lines)


def longest_step(lines: NDArray[np.uint8]) -> float:
    """The largest share of a line over which brightness steps there, and not near it."""
    if len(lines) < 2:
        return 0.0
    steps = cv2.absdiff(lines[1:], lines[:-1])
    stands_out = steps > cv2.LUT(cv2.dilate(steps, NEAR), LIMITS)
    shares = cv2.reduce(stands_out.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[:, 0] / lines.shape[1]
    edge = int(INSIDE * len(steps))
    return float(shares[edge : len(steps) - edge].max(initial=0))


def has_gutter(lines: NDArray[np.uint8]) -> bool:
    """Whether a few lines of one grey lie between others that have many."""
    values, count = lines.astype(np.float32), lines.shape[1]  # exact for the squares of so few pixels
    sums = (values @ np.ones(count, np.float32)).astype(float)
    spread = np.sqrt(count * np.einsum("ij,ij->i", values, values).astype(float) - sums**2) / count
    ends = np.flatnonzero(np.diff(np.concatenate([[False], spread <= PLAIN, [False]])))
    return any(
        end - begin <= WIDE * len(lines) and min(spread[begin - 2], spread[end + 1]) >= CONTENT
        for begin, end in ends.reshape(-1, 2)
        if begin >= 2 and end + 1 < len(lines)  # beside it lies one more line, that is half of it
    )


SIGNAL = Signal(
    name="collages",
    version=1,
    columns=(
        Column(
            "collage", pl.Float32(), "of a side, along which two photos meet; from 0.7 on it is a collage"
        ),
    ),
    measure=measure,
)
