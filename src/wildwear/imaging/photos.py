"""The one door for pixels: any photo to RGB uint8."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from wildwear.errors import PhotoError

MAX_PIXELS = 178_956_970

PhotoSource = str | Path | bytes | Image.Image | NDArray[np.generic]


def read_photo(source: PhotoSource, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read a photo as (height, width, 3) RGB uint8, upright by its EXIF orientation."""
    if isinstance(source, np.ndarray):
        return np.ascontiguousarray(source, dtype=np.uint8)
    try:
        if isinstance(source, Image.Image):
            image = source
        else:
            image = Image.open(BytesIO(source) if isinstance(source, bytes) else source)
        return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise PhotoError(f"{source!r}: {error}") from error


def photo_size(path: str | Path) -> tuple[int, int]:
    """(height, width) after EXIF orientation, from the header alone."""
    with Image.open(path) as image:
        width, height = image.size
        turned = image.getexif().get(0x0112, 1) >= 5
    return (width, height) if turned else (height, width)
