"""Images out: whole files, without EXIF."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.errors import OutputError
from wildwear.files import write_atomically

LONGEST_SIDES = {
    ".png": 1_000_000,
    ".jpg": 65_500,
    ".jpeg": 65_500,
    ".webp": 16_383,
}  # what the libraries write


def write_image(path: str | Path, image: NDArray[Any]) -> None:
    """Write a PNG, JPEG (quality 95) or WebP (lossless) image, as its suffix says.

    Args:
        path: replaced where it exists; a half-written file is never seen.
        image: (h, w), (h, w, 3) RGB or (h, w, 4) RGBA uint8.

    Raises:
        OutputError: the file cannot be written, or its format cannot hold such an image.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in LONGEST_SIDES:
        raise OutputError(
            f"{path}: images are written as .png, .jpg or .webp, not {suffix or 'without suffix'}."
        )
    channels = 1 if image.ndim == 2 else image.shape[-1] if image.ndim == 3 else 0
    if channels not in (1, 3, 4) or image.dtype != np.uint8 or image.size == 0:
        raise OutputError(
            f"{path}: an image to write is uint8 of shape (h, w), (h, w, 3) or (h, w, 4), "
            f"not {image.dtype} of shape {image.shape}."
        )
    if channels == 4 and suffix in (".jpg", ".jpeg"):
        raise OutputError(f"{path}: JPEG holds no transparency; write .png or .webp.")
    if max(image.shape) > LONGEST_SIDES[suffix]:
        raise OutputError(
            f"{path}: {suffix} holds at most {LONGEST_SIDES[suffix]} pixels a side, "
            f"not an image of shape {image.shape}."
        )
    if channels > 1:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA)
    _, content = cv2.imencode(suffix, image)
    write_atomically(path, content.tobytes())
