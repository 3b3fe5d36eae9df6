"""The photos of a project as a browser shows them."""

from pathlib import Path
from threading import BoundedSemaphore

import cv2
import numpy as np

from wildwear import imaging
from wildwear.annotation.project import Project, keep_thumbnail, place_of, thumbnail_path
from wildwear.annotation.store import Photo
from wildwear.gathering import Place, read
from wildwear.imaging.photos import is_upright_jpeg
from wildwear.reporting import webp

THUMBNAIL = 160  # pixels, the longer side
QUALITY = 95  # of JPEG, of photos that browsers do not show as they are
DECODING = BoundedSemaphore(4)  # photos at the same time: each may take a hundred megabytes


def picture(photo: Photo) -> bytes:
    """A photo as a JPEG of its own size, upright: its file where that is one, else made of its pixels.

    Raises:
        PhotoError: it cannot be read.
    """
    place = place_of(photo.place)
    with DECODING:
        if isinstance(place, Path) and is_upright_jpeg(place):
            return place.read_bytes()
        pixels = read(place)
        _, encoded = cv2.imencode(
            ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        )
    return encoded.tobytes()


def thumbnail(project: Project, photo: Photo) -> bytes:
    """A photo as a small WebP, kept in the project. Raises `PhotoError` where it cannot be read."""
    kept = thumbnail_path(project, photo.id)
    try:
        return kept.read_bytes()
    except OSError:
        pass
    with DECODING:
        pixels = read(place_of(photo.place))
    height, width = pixels.shape[:2]
    scale = THUMBNAIL / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    encoded = webp(small)
    keep_thumbnail(project, photo.id, encoded)
    return encoded


def photo_size(place: Place) -> tuple[int, int]:
    """(height, width) of a photo in pixels, upright. Raises `PhotoError` where it cannot be read."""
    return imaging.photo_size(place if isinstance(place, Path) else place.read())
