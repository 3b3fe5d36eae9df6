"""The perceptual hash of a photo: 64 bits that its copies share; and those of its parts, for copies that were
cropped. Not for finding them among many: see `imaging/duplicates.py`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import quality

FLAT = np.uint64(0)
"""The hash of a photo without content (all black, all white): it is nobody's copy."""

SIDE = 96  # px; the photo is squeezed to a square of it
BITS = 64
LEAST_CONTRAST = 2.0  # standard deviation of its waves, in grey levels; below it bits would be those of noise

# The lowest frequencies but the mean, (v down, u across). Long waves and short ones in turn, since photos of
# people agree in the long ones, and searches go by parts of a hash.
_LOWEST = sorted(
    ((v, u) for v in range(SIDE) for u in range(SIDE) if v + u), key=lambda f: (f[0] ** 2 + f[1] ** 2, f)
)[:BITS]
_DOWN, _ACROSS = np.array(_LOWEST[0::4] + _LOWEST[1::4] + _LOWEST[2::4] + _LOWEST[3::4]).T

PART = 0.9  # of a side, that is left where a tenth was cut off
PLACES = 5  # where along a side that part may begin; between two of them a hash changes by few bits
PARTS = (1 + PLACES) ** 2 - 1  # of a photo: along each side the whole, or one of these


def _packed(bits: NDArray[np.bool_]) -> np.uint64:
    return np.uint64(int.from_bytes(np.packbits(bits).tobytes(), "big"))


def _waves(start: float, length: float) -> NDArray[np.float32]:
    """The waves along a part of a line of `SIDE` px, (frequencies, SIDE), each over the part's length; pixels
    that lie in it by half count by half."""
    edges = np.clip(np.arange(SIDE + 1), start, start + length)
    within, middle = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    frequencies = np.arange(max(_DOWN.max(), _ACROSS.max()) + 1)[:, None]
    waves = np.cos(np.pi * frequencies * (middle - start) / length) * within / length
    return np.asarray(waves, np.float32)


_PARTS = np.stack(
    [_waves(0, SIDE), *(_waves(start, PART * SIDE) for start in np.linspace(0, SIDE - PART * SIDE, PLACES))]
)

MIRROR = _packed(_ACROSS % 2 == 1)
"""`photo_hash(photo) ^ MIRROR` is the hash of the mirrored photo: left to right, the waves of odd frequency
change their sign."""


def hashes(photo: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The signs of the 64 longest waves of a photo, and of its parts: copies are near, other photos far.

    Args:
        photo: (height, width, 3) uint8 RGB, or its `quality.luma`.

    Returns:
        (1 + PARTS,) uint64: that of the photo, then those that it would have with a tenth of its height, its
        width or both cut off. They are compared by the number of bits in which they differ; `FLAT` is that of
        what has no content. All take two products of matrices: the waves over each part, down and across.

    Source: the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
    2010, section 3.2.1, with two changes: the bits are signs instead of comparisons with the median, so that
    a mirrored photo's hash is known, and the coefficients are the 64 lowest by wave length instead of a block
    of 8 x 8. Both find more copies at the same distance; `imaging/duplicates.py` has the figures.
    """
    luma = photo if photo.ndim == 2 else quality.luma(photo)
    square = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    sides, frequencies, _ = _PARTS.shape
    lines = _PARTS.reshape(-1, SIDE)
    waves = (lines @ square @ lines.T).reshape(sides, frequencies, sides, frequencies)
    of_parts = waves.transpose(0, 2, 1, 3)[:, :, _DOWN, _ACROSS].reshape(-1, BITS)  # first those of the whole
    bits = np.ascontiguousarray(np.packbits(of_parts > 0, axis=1)).view(">u8")[:, 0].astype(np.uint64)
    # The standard deviation of a wave is its coefficient times a root of two, at least
    flat = np.sqrt(2 * (of_parts**2).sum(axis=1)) < LEAST_CONTRAST
    return np.where(flat, FLAT, bits)


def photo_hash(photo: NDArray[np.uint8]) -> np.uint64:
    """The first of the `hashes`, which is that of the whole photo."""
    return np.uint64(hashes(photo)[0])


def part_hashes(photo: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The other `hashes`, (PARTS,) uint64, which are those of its parts."""
    return hashes(photo)[1:]
