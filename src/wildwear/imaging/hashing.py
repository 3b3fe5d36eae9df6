"""The perceptual hash of a photo: 64 bits that its copies share; and those of its parts, for copies that were
cropped. Not for finding them among many: see `imaging/duplicates.py`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import quality

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

FINE = 96  # px; parts of the photo are seen on a square of it
PART = 0.9  # of a side, that is left where a tenth was cut off
PLACES = 5  # where along a side that part may begin; between two of them a hash changes by few bits
PARTS = (1 + PLACES) ** 2 - 1  # of a photo: along each side the whole, or one of these


def _packed(bits: NDArray[np.bool_]) -> np.uint64:
    return np.uint64(int.from_bytes(np.packbits(bits).tobytes(), "big"))


def _waves(start: float, length: float) -> NDArray[np.float32]:
    """The waves along a part of a line of `FINE` px, (frequencies, FINE), each over the part's length; pixels
    that lie in it by half count by half."""
    edges = np.clip(np.arange(FINE + 1), start, start + length)
    within, middle = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    frequencies = np.arange(max(_DOWN.max(), _ACROSS.max()) + 1)[:, None]
    waves = np.cos(np.pi * frequencies * (middle - start) / length) * within / length
    return np.asarray(waves, np.float32)


_PARTS = np.stack(
    [_waves(0, FINE), *(_waves(start, PART * FINE) for start in np.linspace(0, FINE - PART * FINE, PLACES))]
)

MIRROR = _packed(_ACROSS % 2 == 1)
"""`photo_hash(photo) ^ MIRROR` is the hash of the mirrored photo: left to right, the waves of odd frequency
change their sign."""


def _squeezed(photo: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    luma = photo if photo.ndim == 2 else quality.luma(photo)
    return cv2.resize(luma, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)


def photo_hash(photo: NDArray[np.uint8]) -> np.uint64:
    """The signs of a photo's 64 longest waves: near for copies, far for different photos.

    Args:
        photo: (height, width, 3) uint8 RGB, or its `quality.luma`.

    Returns:
        64 bits, to be compared by the number in which they differ; `FLAT` for a photo without content.

    Source: the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
    2010, section 3.2.1, with two changes: the bits are signs instead of comparisons with the median, so that
    a mirrored photo's hash is known, and the coefficients are the 64 lowest by wave length instead of a block
    of 8 x 8. Both find more copies at the same distance; `imaging/duplicates.py` has the figures.
    """
    square = _squeezed(photo, SIDE)
    if square.std() < LEAST_CONTRAST:
        return FLAT
    return _packed(cv2.dct(square)[_DOWN, _ACROSS] > 0)


def part_hashes(photo: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The hashes that a photo would have with a tenth of its height, its width or both cut off.

    Args:
        photo: (height, width, 3) uint8 RGB, or its `quality.luma`.

    Returns:
        (PARTS,) uint64, as near to `photo_hash` of what is left as copies are; `FLAT` where that is without
        content. All parts take two products of matrices: the waves over each part, down and across.
    """
    square = _squeezed(photo, FINE)
    sides, frequencies, _ = _PARTS.shape
    lines = _PARTS.reshape(-1, FINE)
    waves = (lines @ square @ lines.T).reshape(sides, frequencies, sides, frequencies)
    of_parts = waves.transpose(0, 2, 1, 3)[:, :, _DOWN, _ACROSS].reshape(-1, BITS)[
        1:
    ]  # the first is the whole
    bits = np.ascontiguousarray(np.packbits(of_parts > 0, axis=1)).view(">u8")[:, 0].astype(np.uint64)
    # The standard deviation of a wave is its coefficient times a root of two, at least
    flat = np.sqrt(2 * (of_parts**2).sum(axis=1)) < LEAST_CONTRAST
    return np.where(flat, FLAT, bits)
