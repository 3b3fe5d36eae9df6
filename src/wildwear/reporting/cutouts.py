"""A garment alone, on a transparent ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.imaging import Rle

SOFTNESS = 0.8  # pixels over which a cut-out's edge fades, inwards: nothing of the background comes along


def cut_out(photo: NDArray[np.uint8], mask: Rle) -> NDArray[np.uint8]:
    """Return the pixels of a mask, cropped to it: (h, w, 4) RGBA uint8, all zero outside.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: of the photo's size.
    """
    left, top, width, height = (int(edge) for edge in imaging.bbox(mask))
    window = slice(top, top + height), slice(left, left + width)
    inside = np.ascontiguousarray(imaging.decode(mask)[window]).view(np.uint8)
    alpha = cv2.GaussianBlur(inside * np.uint8(255), (0, 0), SOFTNESS) * inside
    return np.dstack([photo[window] * inside[..., None], alpha])
