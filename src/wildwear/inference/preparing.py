"""From photos of any size to the one array the model reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.inference.card import Input

MAX_UPSCALE = 2.0
"""A small photo is enlarged, but no further: there is nothing more in it to see."""


@dataclass(frozen=True)
class Prepared:
    """A photo at the model's size.

    Attributes:
        pixels: (h, w, 3) uint8, resized.
        size: (height, width) of the photo it comes from.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]

    @property
    def scale(self) -> NDArray[np.float32]:
        """Input pixels a photo pixel, as (x, y, x, y): rounding makes the two axes differ a little."""
        (height, width), (h, w) = self.size, self.pixels.shape[:2]
        return np.array([w / width, h / height] * 2, dtype=np.float32)


def prepare(photo: NDArray[np.uint8], long_side: int, short_side: int | None = None) -> Prepared:
    """Resize a (height, width, 3) photo so that its longer side is `long_side`, enlarging at most twofold.

    With a `short_side` its shorter side becomes that, unless the longer would be longer than `long_side`.
    """
    height, width = photo.shape[:2]
    scale = min(long_side / max(height, width), MAX_UPSCALE)
    if short_side is not None:
        scale = min(scale, short_side / min(height, width))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if target != (width, height):
        # INTER_AREA averages what it shrinks: no aliasing in knits, stripes and mesh.
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        photo = np.asarray(cv2.resize(photo, target, interpolation=interpolation), dtype=np.uint8)
    return Prepared(photo, (height, width))


def stack(photos: Sequence[Prepared], shape: Input) -> NDArray[np.uint8]:
    """Lay the photos top-left on one padded array: (batch, height, width, 3) uint8."""
    height, width = (max(photo.pixels.shape[axis] for photo in photos) for axis in (0, 1))
    padded = [-(-side // shape.multiple) * shape.multiple for side in (height, width)]
    batch = np.full((len(photos), *padded, 3), shape.pad_value, dtype=np.uint8)
    for place, photo in zip(batch, photos, strict=True):
        h, w = photo.pixels.shape[:2]
        place[:h, :w] = photo.pixels
    return batch
