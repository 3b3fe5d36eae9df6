"""Names in their colours under a picture. Not for names on it: see `labels.py`."""

from collections.abc import Sequence

import numpy as np

from wildwear.imaging.arrays import Pixels
from wildwear.reporting.colours import Colour
from wildwear.reporting.labels import WHITE, pill, write

LETTERS = 0.018  # size of the letters, as a share of the width
SMALLEST_LETTERS = 12.0  # pixels
GAP = 0.5  # between two names and around all, in letter sizes


def legend(entries: Sequence[tuple[str, Colour]], width: int) -> Pixels:
    """Names, each on a pill of its colour, in rows from left to right on white.

    Args:
        entries: text and (red, green, blue) of each; one that is wider than the picture is cut off.
        width: of the picture, in pixels.

    Returns:
        (height, width, 3) uint8 RGB, as high as the names need; no rows where there are none.
    """
    letters = max(SMALLEST_LETTERS, LETTERS * width)
    gap = round(GAP * letters)
    pills = [pill(text, letters) for text, _ in entries]
    places = []
    x, y, row = gap, gap, 0
    for one in pills:
        tall, wide = one.ink.shape
        if x > gap and x + wide + gap > width:
            x, y = gap, y + row + gap
        places.append((x, y))
        x, row = x + wide + gap, tall
    canvas = np.full((y + row + gap if entries else 0, width, 3), WHITE, np.uint8)
    for (_, colour), place, one in zip(entries, places, pills, strict=True):
        write(canvas, colour, place, one)
    return canvas
