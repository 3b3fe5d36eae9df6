"""The perceptual hash of a photo: 64 bits that its copies share. Not for finding them among many: see
`imaging/duplicates.py`."""

import cv2
import numpy as np
from numpy.typing import NDArray

FLAT = np.uint64(0)
"""The hash of a photo without content (all black, all white): it is nobody's copy."""

SIDE = 32  # px; the photo is squeezed to a square of it
BITS = 64
LEAST_CONTRAST = 2.0  # standard deviation in grey levels; below it the bits would be those of noise. Of 3,996
# street and wild photos the flattest has 14.8.

# The lowest frequencies but the mean, (v down, u across). Long waves and short ones in turn, since photos of
# people agree in the long ones, and searches go by parts of a hash.
_LOWEST = sorted(
    ((v, u) for v in range(SIDE) for u in range(SIDE) if v + u), key=lambda f: (f[0] ** 2 + f[1] ** 2, f)
)[:BITS]
_DOWN, _ACROSS = np.array(_LOWEST[0::4] + _LOWEST[1::4] + _LOWEST[2::4] + _LOWEST[3::4]).T


def _packed(bits: NDArray[np.bool_]) -> np.uint64:
    return np.uint64(int.from_bytes(np.packbits(bits).tobytes(), "big"))


MIRROR = _packed(_ACROSS % 2 == 1)
"""`photo_hash(photo) ^ MIRROR` is the hash of the mirrored photo: left to right, the waves of odd frequency
change their sign."""


def photo_hash(photo: NDArray[np.uint8]) -> np.uint64:
    """The signs of a photo's 64 longest waves: near for copies, far for different photos.

    Args:
        photo: (height, width, 3) uint8 RGB.

    Returns:
        64 bits, to be compared by the number in which they differ; `FLAT` for a photo without content.

    Source: the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
    2010, section 3.2.1, with two changes: the bits are signs instead of comparisons with the median, so that
    a mirrored photo's hash is known, and the coefficients are the 64 lowest by wave length instead of a block
    of 8 x 8. Both find more copies at the same distance; `imaging/duplicates.py` has the figures.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    square = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if square.std() < LEAST_CONTRAST:
        return FLAT
    return _packed(cv2.dct(square)[_DOWN, _ACROSS] > 0)
