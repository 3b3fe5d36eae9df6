"""A click that puts an outline right: the region of like colour there, up to the photo's edges, joins it or
leaves it. By the photo's colours alone; no model.

The walker of `snapping.py` goes out from a disc around the click, only where the outline has to change: what
is beside it to add to it, what is within to take away. The numbers below were chosen on 20 photos of CCP-30
val and 18 of wild780 val that `benchmarks/annotate.py` does not count.
"""

import math

import cv2
import numpy as np

from wildwear.annotation.snapping import Mask, at_size, lab, reached, share_inside
from wildwear.imaging.arrays import Pixels

DISC = 0.5  # of how far the border of the outline is from the click: so much around it is of the region,
REACH = 6  # and farther than so many times that, nothing is
RING = 2  # times that: from there on, colours are those of what is left as it is
FARTHEST = 0.15  # of the root of the area: a border farther away says nothing of how large the region is
WORKING_SIDE = 160  # pixels, of what is looked at: more take longer, and end in the same place


def patched(photo: Pixels, mask: Mask, point: tuple[float, float]) -> Mask:
    """A mask with the region at a point, or without it where the point lies in the mask.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: (height, width) bool; not empty.
        point: x and y in pixels; what lies outside the photo means its border.

    Returns:
        (height, width) bool.
    """
    height, width = mask.shape
    column, row = np.clip(point, 0, [width - 1, height - 1]).astype(int)
    joins = not mask[row, column]
    reach = REACH * min(border_from(mask, row, column), FARTHEST * math.sqrt(mask.sum()))
    rows, columns = (slice(max(0, round(at - reach) - 2), round(at + reach) + 3) for at in (row, column))
    window = rows, columns
    may_change = ~mask[window] if joins else mask[window]
    scale = min(1.0, WORKING_SIDE / max(may_change.shape))
    size = tuple(max(1, round(length * scale)) for length in may_change.shape[::-1])
    click = (
        min(size[1] - 1, int((row - rows.start) * scale)),
        min(size[0] - 1, int((column - columns.start) * scale)),
    )
    free = at_size(may_change, size) > 0.5
    free[click] = True
    away = np.hypot(*np.ogrid[-click[0] : size[1] - click[0], -click[1] : size[0] - click[1]])
    deep = scale * reach / REACH
    disc = free & (away <= max(1.0, DISC * deep))
    colours = lab(cv2.resize(photo[window].astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA))
    shares = share_inside(colours, disc, free & (away > RING * deep))
    likely = reached(colours, disc, free & ~disc & (away <= REACH * deep), ~free, shares)
    _, pieces = cv2.connectedComponents((likely > 0.5).astype(np.uint8), connectivity=4)
    region = cv2.resize(
        (pieces == pieces[click]).astype(np.float32), may_change.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    changed = mask.copy()
    changed[window][(region > 0.5) & may_change] = joins
    return changed


def border_from(mask: Mask, row: int, column: int) -> float:
    """How far a pixel is from the nearest on the other side of a mask's border, in pixels."""
    rows, columns = np.nonzero(mask != mask[row, column])
    return float(np.hypot(rows - row, columns - column).min()) if len(rows) else math.inf
