"""From a small mask probability in a box to pixels of the photo."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import Rle, encode_crop
from wildwear.imaging.arrays import FloatArray

SPECK = 0.01  # of a mask's largest connected part
OUTER = 3  # where OpenCV says which outline a hole lies in; -1 of what is no hole


def paste(probability: FloatArray, box: FloatArray, size: tuple[int, int], *, threshold: float = 0.5) -> Rle:
    """Resize one box-shaped mask probability to a mask of the whole photo.

    Only the pixels under the box are computed, so the cost follows the garment, not the photo.

    Args:
        probability: (m, m) float32 in [0, 1].
        box: (4,) float32, xyxy in photo pixels; may reach outside the photo.
        size: (height, width) of the photo in pixels.
        threshold: a pixel belongs to the mask where the probability exceeds it.

    Returns:
        COCO run-length encoding; specks beside the garment are left out.
    """
    probabilities, top, left = under_box(probability, box, size)
    return encode_crop(without_specks(probabilities > threshold), top, left, size)


def under_box(probability: FloatArray, box: FloatArray, size: tuple[int, int]) -> tuple[FloatArray, int, int]:
    """Resize one box-shaped mask probability to the pixels under its box.

    Returns:
        (h, w) float32, column-major in memory, and the row and column of the photo that it begins at.

    Source: He et al., "Mask R-CNN", ICCV 2017, section 3.1 (mask branch at test time); the alignment is that
    of Detectron2's `paste_masks_in_image` (pixel centres lie at halves; zero outside the box).
    """
    x1, y1, x2, y2 = (float(edge) for edge in box)
    height, width = size
    top, row, down = cells_before(y1, y2, height, probability.shape[0])
    left, column, across = cells_before(x1, x2, width, probability.shape[1])
    # Two sums of neighbours, not two products with matrices: numpy's threads for those fight onnxruntime's.
    cells = np.pad(probability, 1)  # nothing lies outside
    rows = cells[row] + np.diff(cells, axis=0)[row] * down[:, None]
    columns = np.ascontiguousarray(rows.T)
    crop = np.diff(columns, axis=0)[column] * across[:, None] + columns[column]
    return crop.T, top, left


def without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out the connected parts that are smaller than a hundredth of the largest: noise, no garment.

    Args:
        mask: (h, w) bool; pixels that touch at a corner are connected.
    """
    # By outlines, since to label every pixel takes longer than all the rest of a mask.
    outlines, levels = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parts = [index for index in range(len(outlines)) if levels[0, index, OUTER] < 0]
    if len(parts) < 2:
        return mask
    pixels = []  # of each part: in which window of the mask, and which there
    for part in parts:
        x, y, width, height = cv2.boundingRect(outlines[part])
        filled = np.zeros((height, width), dtype=np.uint8)  # but for its holes
        cv2.drawContours(filled, outlines, part, 1, cv2.FILLED, cv2.LINE_8, levels, 1, (-x, -y))
        pixels.append(((slice(y, y + height), slice(x, x + width)), filled.view(np.bool_)))
    areas = [np.count_nonzero(drawn) for _, drawn in pixels]
    kept = mask.copy()
    for (window, drawn), area in zip(pixels, areas, strict=True):
        if area < SPECK * max(areas):
            kept[window][drawn] = False
    return kept


def cells_before(
    start: float, stop: float, pixels: int, cells: int
) -> tuple[int, NDArray[np.intp], FloatArray]:
    """Where pixels lie between the cells of a small mask, along one axis.

    Args:
        start: first edge of the box, in pixels.
        stop: its last edge.
        pixels: length of the photo along this axis.
        cells: length of the small mask along this axis.

    Returns:
        the first pixel whose centre lies in the box; then, of it and each after it, the cell whose centre
        comes before, 0 being a cell outside the mask; and how far it lies from there to the next, float32
        in [0, 1).
    """
    first = max(0, math.ceil(start - 0.5))
    last = min(pixels, math.floor(stop - 0.5) + 1)
    centres = np.arange(first, max(first, last), dtype=np.float64) + 0.5
    positions = (centres - start) / max(stop - start, 1e-6) * cells + 0.5
    before = np.floor(positions)
    return first, before.astype(np.intp), (positions - before).astype(np.float32)
