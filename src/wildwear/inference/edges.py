"""The edge of a mask, moved to where the photo's colours part.

The graph gives 28 x 28 values a garment, so that the hem of a dress steps by ten pixels. A guided filter fits
the mask by the photo's colours, window by window, and the fit turns where they do. It may leave the box by
half of what one value covers, since boxes cut garments off as often as they are too large. The numbers below
were chosen on CCP-30 val and wild780 val: `benchmarks/edges.py`.
"""

import math

import cv2
import numpy as np

from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.inference.pasting import under_box

OUTSIDE = 0.5  # cells around the box that are looked at as well; a cell is what one value covers
WINDOW = 2.5  # cells, of its radius: how far an edge may move
EVEN = 1e-3  # variance of colours in [0, 1]; what varies less has no edge to follow
WORKING_SIDE = 128
SMALLEST = 4  # pixels, of the shorter side: a smaller garment keeps its edge


def at_edges(
    probability: FloatArray, box: FloatArray, photo: Pixels, threshold: float
) -> tuple[FloatArray, FloatArray]:
    """Draw a mask anew, as the photo's colours have it.

    Args:
        probability: (m, m) float32 in [0, 1], as the graph gives it.
        box: (4,) float32, xyxy in pixels of `photo`; may reach outside.
        photo: (height, width, 3) uint8, as the model sees it.
        threshold: a pixel belongs to the mask where its value exceeds it, before and after.

    Returns:
        (h, w) float32, some of it a little outside [0, 1], and the box of it, xyxy in pixels of `photo`.
    """
    cell = (box[2:] - box[:2]) / len(probability)
    left, top = np.maximum(0, np.floor(box[:2] - OUTSIDE * cell)).astype(int)
    right, bottom = np.minimum(photo.shape[1::-1], np.ceil(box[2:] + OUTSIDE * cell)).astype(int)
    colours = photo[top:bottom, left:right]
    if 0 in colours.shape:
        return probability, box
    scale = np.float32(min(1, WORKING_SIDE / max(colours.shape)))
    width, height = round((right - left) * scale), round((bottom - top) * scale)
    if min(width, height) < SMALLEST:
        return probability, box
    if scale < 1:
        colours = np.asarray(
            cv2.resize(colours, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    guide = np.asarray(colours, dtype=np.float32) / np.float32(255)
    if (cv2.meanStdDev(guide)[1] ** 2).max() < EVEN:
        return probability, box
    window = np.array([left, top, right, bottom], dtype=np.float32)
    there = (box - window[[0, 1, 0, 1]]) * np.tile([width, height] / (window[2:] - window[:2]), 2)
    inside, row, column = under_box(probability, there, (height, width))
    mask = np.zeros((height, width), dtype=np.float32)
    mask[row : row + inside.shape[0], column : column + inside.shape[1]] = inside > threshold
    radius = max(1, round(WINDOW * math.sqrt(width * height) / len(probability)))
    return guided(mask, guide, radius), window


def guided(mask: FloatArray, colours: FloatArray, radius: int) -> FloatArray:
    """Fit a mask by colours in every square window; each pixel takes the mean of the fits around it.

    Args:
        mask: (h, w) float32.
        colours: (h, w, 3) float32 in [0, 1].
        radius: of a window, in pixels.

    Source: He, Sun and Tang, "Guided Image Filtering", TPAMI 2013, section 3.5 (colours as the guide).
    """

    def mean(values: FloatArray) -> FloatArray:
        means = cv2.blur(values, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)
        return np.asarray(means, dtype=np.float32)

    red, green, blue = (np.ascontiguousarray(colours[..., band]) for band in range(3))
    of_red, of_green, of_blue, of_mask = (mean(values) for values in (red, green, blue, mask))
    # How colours vary with each other in a window (a symmetric 3 x 3 matrix), and with the mask
    rr = mean(red * red) - of_red * of_red + EVEN
    gg = mean(green * green) - of_green * of_green + EVEN
    bb = mean(blue * blue) - of_blue * of_blue + EVEN
    rg = mean(red * green) - of_red * of_green
    rb = mean(red * blue) - of_red * of_blue
    gb = mean(green * blue) - of_green * of_blue
    r = mean(red * mask) - of_red * of_mask
    g = mean(green * mask) - of_green * of_mask
    b = mean(blue * mask) - of_blue * of_mask
    # Cramer's rule, by the matrix' cofactors
    c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c_rr + rg * c_rg + rb * c_rb
    by_red = (c_rr * r + c_rg * g + c_rb * b) / determinant
    by_green = (c_rg * r + c_gg * g + c_gb * b) / determinant
    by_blue = (c_rb * r + c_gb * g + c_bb * b) / determinant
    rest = of_mask - by_red * of_red - by_green * of_green - by_blue * of_blue
    fitted: FloatArray = mean(by_red) * red + mean(by_green) * green + mean(by_blue) * blue + mean(rest)
    return fitted
