"""What a photo is like before anyone asks what it shows: how bright, how sharp, how much is margin."""

import cv2
import numpy as np
from numpy.typing import NDArray

Properties = dict[str, float]

SIDE = 256  # px, the long side at which blur is measured; larger photos are scaled down to it
FLAT = 1.0  # squared grey levels: under this variance a photo shows nothing that could be sharp
DARK, LIGHT = 8, 247  # grey levels, up to which and from which on nothing can be seen
PLAIN = 12  # grey levels, by which the pixels of a margin may differ: compression leaves as much


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
    # Scaled before it turns grey: a twelfth of the work on large photos
    luma = cv2.cvtColor(scaled_down(photo), cv2.COLOR_RGB2GRAY).astype(np.float32)
    found = {"brightness": float(luma.mean()) / 255}
    contrast = float(luma.var())
    if contrast >= FLAT:
        detail = float(cv2.Laplacian(luma, cv2.CV_32F).var())
        found["sharpness"] = float(np.log10(max(detail, FLAT * 1e-3) / contrast))
    return found


def exposure(photo: NDArray[np.uint8]) -> Properties:
    """How the luma of a photo, (height, width, 3) uint8 RGB, is distributed.

    Returns:
        `contrast`, its standard deviation, from 0 to 0.5; `dark_share` and `light_share`, the shares of the
        pixels that are all but black and all but white.
    """
    luma = cv2.cvtColor(scaled_down(photo), cv2.COLOR_RGB2GRAY)
    return {
        "contrast": float(luma.std()) / 255,
        "dark_share": float((luma <= DARK).mean()),
        "light_share": float((luma >= LIGHT).mean()),
    }


def border(photo: NDArray[np.uint8]) -> float:
    """The share of a photo, (height, width, 3) uint8 RGB, that is a margin of one colour, on any side.

    A backdrop of one colour counts as far as nothing reaches into it. 1 is a photo of one colour.
    """
    small = scaled_down(photo).astype(np.int16)
    height, width = small.shape[:2]
    top, bottom = margin(small), margin(small[::-1])
    if top == height:
        return 1.0
    across = small[top : height - bottom].swapaxes(0, 1)
    left, right = margin(across), margin(across[::-1])
    return float(1 - (height - top - bottom) * (width - left - right) / (height * width))


def margin(lines: NDArray[np.int16]) -> int:
    """How many of the first lines, (lines, pixels, 3), have the colour of the first, and no other."""
    first = np.median(lines[0], axis=0)
    plain = (np.abs(lines - first) <= PLAIN).all(axis=(1, 2))
    return len(lines) if plain.all() else int(np.argmin(plain))


def scaled_down(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A (height, width, 3) photo at `SIDE` px on the long side, or as it is where that is no longer."""
    height, width = photo.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    if scale == 1:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
