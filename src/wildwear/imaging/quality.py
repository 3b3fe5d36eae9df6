"""What a photo is like before anyone asks what it shows: how bright, how sharp."""

import cv2
import numpy as np
from numpy.typing import NDArray

Properties = dict[str, float]

SIDE = 256  # px, the long side at which blur is measured; larger photos are scaled down to it
FLAT = 1.0  # squared grey levels: under this variance a photo shows nothing that could be sharp


def properties(photo: NDArray[np.uint8]) -> Properties:
    """Brightness and sharpness of a photo.

    Args:
        photo: (height, width, 3) uint8 RGB.

    Returns:
        `brightness`, the mean luma (ITU-R BT.601) from 0, black, to 1, white; and, unless the photo is of one
        colour, `sharpness`: log10 of the variance of the Laplacian over that of the luma, at `SIDE` px on the
        long side. Divided by the latter, since else a dark photo or one in fog would count as blurred.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study",
    ICPR 2000 (the variance of the Laplacian); the division is ours.
    """
    height, width = photo.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    # Scaled before it turns grey: a twelfth of the work on large photos.
    small = photo
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    found = {"brightness": float(luma.mean()) / 255}
    contrast = float(luma.var())
    if contrast >= FLAT:
        detail = float(cv2.Laplacian(luma, cv2.CV_32F).var())
        found["sharpness"] = float(np.log10(max(detail, FLAT * 1e-3) / contrast))
    return found
