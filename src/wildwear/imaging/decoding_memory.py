"""What reading a photo takes at its fullest moment, told by its header. Not for decoding: see `photos.py`.

The figures are measured, as the peak of the resident memory while 24 megapixels are read. Beside them some
0.03 GB are used that do not grow with the photo.
"""

import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin

RGB = 3  # bytes of a pixel as it comes out
COPIES = {"WEBP": 17, "HEIF": 10}
"""Bytes a pixel where the decoder keeps copies of its own, all in all."""

READ_WHOLE = {"JPEG", "MPO", "WEBP", "HEIF"}  # formats whose files are in memory while they are decoded
STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # bytes a pixel in Pillow, by mode
MOST_STORED = 4  # in any other mode, RGB included
COEFFICIENT = 2  # bytes; libjpeg keeps all of a progressive photo
BITS_PER_SAMPLE = 258  # TIFF 6.0, section 8


def decoding_bytes(image: Image.Image, length: int) -> int:
    """The bytes that are in memory at once.

    Args:
        image: of which the header is read.
        length: of its file in bytes; 0 where there is none.
    """
    width, height = image.size
    file = length if image.format in READ_WHOLE else 0
    return file + int(width * height * _bytes_a_pixel(image))


def is_plain_jpeg(image: Image.Image) -> bool:
    """Whether OpenCV may decode it, to the pixels that come out, and a copy of them."""
    return image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L")


def _bytes_a_pixel(image: Image.Image) -> float:
    if image.format in COPIES:
        return COPIES[image.format]
    stored = 0 if is_plain_jpeg(image) else STORED.get(image.mode, MOST_STORED)
    packed = 0.0
    if isinstance(image, JpegImagePlugin.JpegImageFile) and "progression" in image.info:
        packed = COEFFICIENT * _samples_a_pixel(image)
    elif isinstance(
        image, TiffImagePlugin.TiffImageFile
    ):  # a strip as it lies in the file, which may be all of it
        packed = sum(image.tag_v2.get(BITS_PER_SAMPLE, (8,))) / 8
    return max(stored + RGB, stored + packed, packed + RGB, 2 * RGB)  # the last for turning it


def _samples_a_pixel(image: JpegImagePlugin.JpegImageFile) -> float:
    """Of a JPEG; a colour that is stored at half the size in both directions counts as a quarter."""
    sampling = np.array([layer[1:3] for layer in image.layer])  # samples across and down, relative to others
    return float(sampling.prod(axis=1).sum() / max(sampling.max(axis=0).prod(), 1))  # 0 where it is damaged
