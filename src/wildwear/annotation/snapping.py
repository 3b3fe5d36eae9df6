"""A rough outline moved to the edges around it, by the photo's colours alone; no model.

In a band along the outline every pixel goes to the side, inside or outside, that a random walker reaches
first who avoids edges and is drawn to where his colour is common; what lies deeper or farther stays. The
numbers below were chosen on outlines of CCP-30 val and wild780 val that were made rough.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve

from wildwear.imaging.arrays import FloatArray, Pixels

BAND = 0.1  # of the root of the area: how far the outline may move,
FARTHEST = 5 / 578  # and at most, of the photo's longer side
NARROWEST = 1.5  # pixels
CORE = 0.6  # of the depth of a part that is thinner than its band: what stays inside
EDGE = 500  # how much an edge is avoided, of squared differences of Lab in [0, 1]
COLOUR = 0.01  # how much a walker is drawn to where his colour is common, beside a step on even ground
SHADES = 8  # of each band of Lab, that are told apart
BLUR = 0.7  # shades: how alike are called the same colour
NEAR = 4  # bands: so far around it, colours are those of the outside
PASSABLE = 1e-6  # the least weight of a step, so that every pixel is reached
WORKING_SIDE = 256  # pixels, of the garment: more take longer, and end in the same place

Mask = NDArray[np.bool_]


def snapped(photo: Pixels, mask: Mask, above: Mask) -> Mask:
    """Move the outline of a mask to the edges around it.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: (height, width) bool, what was drawn.
        above: (height, width) bool, what lies on top of it: there nothing of it is seen, and it stays.

    Returns:
        (height, width) bool; as it was where nothing of it is seen.
    """
    visible = mask & ~above
    if not visible.any():
        return mask
    band = max(NARROWEST, min(BAND * math.sqrt(visible.sum()), FARTHEST * max(mask.shape)))
    window = around(visible, math.ceil(band) + 2)
    drawn, hidden = mask[window], above[window]
    scale = min(1.0, WORKING_SIDE / max(drawn.shape))
    size = tuple(max(1, round(side * scale)) for side in drawn.shape[::-1])
    small, covered = at_size(drawn, size) > 0.5, at_size(hidden, size) > 0.5
    colours = cv2.resize(photo[window].astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    inside = walked(lab(colours), small, covered, band * scale)
    moved = mask.copy()
    moved[window] = cv2.resize(inside, drawn.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    moved[above] = mask[above]
    return moved


def walked(colours: FloatArray, mask: Mask, covered: Mask, band: float) -> FloatArray:
    """How likely a walker from each pixel comes inside first: (h, w) float32 in [0, 1].

    Args:
        colours: (h, w, 3) float32, as `lab` gives them.
        mask: (h, w) bool.
        covered: (h, w) bool, where no walker goes.
        band: in pixels.

    Source: Grady, "Random walks for image segmentation", TPAMI 2006; the colours as in his "Multilabel
    random walker image segmentation using prior models", CVPR 2005.
    """
    away = distance(~mask)
    inside, outside = cores(mask, band), away > band
    unknown = ~(inside | outside | covered)
    shares = share_inside(colours, inside & ~covered, outside & (away < NEAR * band) & ~covered)
    return reached(colours, mask & ~unknown, unknown, covered, shares)


def reached(
    colours: FloatArray, inside: Mask, unknown: Mask, covered: Mask, shares: FloatArray
) -> FloatArray:
    """How likely a walker from each unknown pixel comes inside before he comes to any other known one.

    Args:
        colours: (h, w, 3) float32, as `lab` gives them.
        inside: (h, w) bool, known to be inside.
        unknown: (h, w) bool; what is neither is known to be outside.
        covered: (h, w) bool, where no walker goes.
        shares: (h, w) float64, as `share_inside` gives them.

    Returns:
        (h, w) float32 in [0, 1]; of known pixels, whether they are inside.
    """
    known: FloatArray = inside.astype(np.float32)
    count = int(unknown.sum())
    if not count:
        return known
    number = np.full(inside.shape, -1)
    number[unknown] = np.arange(count)
    degree, towards_inside = np.full(count, COLOUR), COLOUR * shares[unknown]
    rows, columns, weights = [], [], []
    spread = max(float(colours.std()), 1e-6)
    for one, other in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        difference = ((colours[one] - colours[other]) ** 2).sum(axis=2)
        weight = np.exp(-EDGE * difference / (10 * spread)) + PASSABLE
        weight[covered[one] | covered[other]] = 0
        for here, there in ((one, other), (other, one)):
            leaves = unknown[here]
            step, begin = weight[leaves], number[here][leaves]
            degree += np.bincount(begin, step, count)
            towards_inside += np.bincount(begin, step * known[there][leaves], count)
            stays = unknown[there][leaves]
            rows.append(begin[stays])
            columns.append(number[there][leaves][stays])
            weights.append(step[stays])
    between = coo_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(count, count)
    )
    known[unknown] = spsolve((diags(degree) - between).tocsc(), towards_inside)
    return known


def share_inside(colours: FloatArray, inside: Mask, outside: Mask) -> FloatArray:
    """How much of each pixel's colour is inside, of what is inside and outside: (h, w) float64 in [0, 1].

    Args:
        colours: (h, w, 3) float32.
        inside: (h, w) bool, where the colours of the inside are seen.
        outside: (h, w) bool, those of the outside.
    """
    darkest = colours.min(axis=(0, 1))
    shades = (colours - darkest) / (np.ptp(colours, axis=(0, 1)) + 1e-6) * SHADES
    code = tuple(np.minimum(shades, SHADES - 1).astype(int).transpose(2, 0, 1))
    common = []
    for seen in (inside, outside):
        counts = np.zeros((SHADES,) * 3)
        np.add.at(counts, tuple(band[seen] for band in code), 1 / max(1, seen.sum()))
        common.append(gaussian_filter(counts, BLUR)[code] + 1e-4)
    share: FloatArray = common[0] / (common[0] + common[1])
    return share


def cores(mask: Mask, band: float) -> Mask:
    """What lies deeper inside than the band; of a thin part, what lies deepest."""
    depth = distance(mask)
    count, parts = cv2.connectedComponents(mask.astype(np.uint8))
    deepest = np.zeros(count, dtype=np.float32)
    part_of = np.asarray(parts, dtype=np.intp)
    np.maximum.at(deepest, part_of, depth)
    core: Mask = mask & (depth > np.minimum(band, CORE * deepest[part_of]))
    return core


def distance(mask: Mask) -> FloatArray:
    """How far each pixel of a mask is from what is outside; the photo's border is no outside."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32)


def around(mask: Mask, margin: int) -> tuple[slice, slice]:
    """The rows and columns of a mask that is not empty, and so many more on every side."""
    spans = []
    for axis in (1, 0):
        filled = np.flatnonzero(mask.any(axis=axis))
        spans.append(slice(max(0, int(filled[0]) - margin), int(filled[-1]) + margin + 1))
    return spans[0], spans[1]


def at_size(mask: Mask, size: tuple[int, ...]) -> FloatArray:
    """A mask at another (width, height), as the share of each pixel that it covers."""
    return np.asarray(
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def lab(colours: NDArray[Any]) -> FloatArray:
    """RGB in [0, 1] as Lab in [0, 1] and a little beyond, in which distances are as people see them."""
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2LAB) / 100, dtype=np.float32)
