"""What a photo is like before anyone asks what it shows: how bright, how sharp, how much is margin."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Properties = dict[str, float]

SIDE = 256  # px, the long side at which blur is measured; larger photos are scaled down to it
FLAT = 1.0  # squared grey levels: under this variance a photo shows nothing that could be sharp
DARK, LIGHT = 8, 247  # grey levels, up to which and from which on nothing can be seen
PLAIN = 12  # grey levels, by which the pixels of a margin may differ: compression leaves as much


def luma(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8 luma (ITU-R BT.601) of a (height, width, 3) RGB photo, as `scaled_down` has it."""
    return scaled_down(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8))


def properties(luma: NDArray[np.uint8]) -> Properties:
    """Brightness and sharpness of a photo.

    Args:
        luma: as the function of that name has it.

    Returns:
        `brightness`, the mean luma from 0, black, to 1, white; and, unless the photo is of one
        colour, `sharpness`: log10 of the variance of the Laplacian over that of the luma, at `SIDE` px on the
        long side. Divided by the latter, since else a dark photo or one in fog would count as blurred.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study",
    ICPR 2000 (the variance of the Laplacian); the division is ours.
    """
    found = {"brightness": cv2.sumElems(luma)[0] / luma.size / 255}
    contrast = variance(luma)
    if contrast >= FLAT:
        waves = cv2.Laplacian(luma, cv2.CV_64F).ravel()  # exact, and summed faster than whole numbers
        detail = float(waves @ waves / waves.size - waves.mean() ** 2)
        found["sharpness"] = float(np.log10(max(detail, FLAT * 1e-3) / contrast))
    return found


def exposure(luma: NDArray[np.uint8]) -> Properties:
    """How the `luma` of a photo is distributed.

    Returns:
        `contrast`, its standard deviation, from 0 to 0.5; `dark_share` and `light_share`, the shares of the
        pixels that are all but black and all but white.
    """
    counts = cv2.calcHist([luma], [0], None, [256], [0, 256])
    return {
        "contrast": variance(luma) ** 0.5 / 255,
        "dark_share": float(counts[: DARK + 1].sum()) / luma.size,
        "light_share": float(counts[LIGHT:].sum()) / luma.size,
    }


def variance(values: NDArray[Any]) -> float:
    """That of a (height, width) array; numpy takes five times as long."""
    _, deviation = cv2.meanStdDev(values)
    return float(deviation.item() ** 2)


def border(photo: NDArray[np.uint8]) -> float:
    """The share of a photo, (height, width, 3) uint8 RGB, that is a margin of one colour, on any side.

    A backdrop of one colour counts as far as nothing reaches into it. 1 is a photo of one colour.
    """
    height, width = photo.shape[:2]
    top, bottom = margin(photo), margin(photo[::-1])
    if top == height:
        return 1.0
    across = photo[top : height - bottom].swapaxes(0, 1)
    left, right = margin(across), margin(across[::-1])
    return float(1 - (height - top - bottom) * (width - left - right) / (height * width))


def margin(lines: NDArray[np.uint8]) -> int:
    """How many of the first lines, (lines, pixels, 3), have the colour of the first, and no other."""
    channels = np.ascontiguousarray(lines[0].T)  # along which numpy is quick
    if np.any(np.ptp(channels, axis=1) > 2 * PLAIN):  # as of most photos
        return 0
    first = np.median(lines[0], axis=0)
    done, step = 0, 1
    while done < len(lines):  # a few at first: most margins are thin
        plain = (np.abs(lines[done : done + step] - first) <= PLAIN).all(axis=(1, 2))
        if not plain.all():
            return done + int(np.argmin(plain))
        done, step = done + len(plain), 2 * step
    return len(lines)


def scaled_down(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A photo, grey or in colour, at `SIDE` px on the long side, or as it is where that is no longer."""
    height, width = photo.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    if scale == 1:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
