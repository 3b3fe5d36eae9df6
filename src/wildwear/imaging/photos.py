"""The one door for pixels: whatever a photo is stored as, it comes out upright as RGB uint8.

Colour profiles are not applied, and nothing is resized here.
"""

import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from wildwear.errors import MissingExtraError, PhotoError, TooLargePhotoError, WildwearError
from wildwear.imaging.decoding_memory import RGB, decoding_bytes, is_plain_jpeg
from wildwear.imaging.plain_jpeg import MARKERS, plain_jpeg
from wildwear.imaging.wholeness import (
    JPEG_END,
    end_of_jpeg,
    is_too_short_png,
    is_whole_jpeg,
    is_whole_png,
)

PhotoSource = str | Path | bytes | Image.Image | NDArray[Any]

MAX_PIXELS = 120_000_000
"""The largest photo read unless told otherwise: a 108-megapixel phone photo passes (0.32 GB as RGB)."""

MAX_BYTES = 750_000_000
"""What reading a photo may take at its fullest moment, and how long its file may be: a 108-megapixel JPEG
passes, whose pixels are there twice for a moment; so do 100 megapixels of PNG, which Pillow holds in 4 bytes
each beside the 3 that come out, or 44 of WebP."""

ADDRESS = re.compile("https?://", re.IGNORECASE)

TILE = 1024  # px a side, that are converted at a time
FILLED_IN_JPEG = 128  # what libjpeg takes for pixels that are missing, in each channel

# Pillow's names; HEIF joins them where its extra is installed
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
START = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)  # opens a pipe without waiting
FLOAT_SLACK = 1e-3  # resizing and rounding leave floats this far outside [0, 1]


@dataclass(frozen=True)
class Header:
    """What the file of a photo says of it.

    Attributes:
        format: as Pillow calls it: JPEG, PNG.
        channels: as they are stored: 1 grey or palette, 3 colour, 4 with alpha or CMYK.
        orientation: EXIF, 1 to 8; 1, which is upright, where there is none.
        taken: when, by the camera's clock; None where it does not say.
    """

    format: str
    channels: int
    orientation: int
    taken: datetime | None


def read_photo(
    source: PhotoSource, *, max_pixels: int = MAX_PIXELS, name: str | None = None
) -> NDArray[np.uint8]:
    """Read a photo as RGB.

    Args:
        source: a file name, the bytes of a file, a PIL image, or an array: (h, w) or (h, w, 1 | 3 | 4) in the
            order RGB(A), uint8, uint16, bool, or float in [0, 1]. Of an animation it is the first frame.
        max_pixels: a larger photo is refused by its header, before anything is decoded; so is one that would
            take more memory than `MAX_BYTES`, which grows with a `max_pixels` over the usual. Pillow's own
            limit (twice `PIL.Image.MAX_IMAGE_PIXELS`) holds as well. An array is not limited.
        name: what errors call it, if not by its file name or kind.

    Returns:
        (height, width, 3) uint8, upright by the EXIF orientation, alpha laid over white, 16 bits a channel
        scaled to 8, CMYK converted. A uint8 RGB array comes back as it is, not copied.

    Raises:
        PhotoError: it names the file and says what is wrong with it.
        MissingExtraError: the photo is HEIC and the extra `heic` is not installed.
    """
    if isinstance(source, np.ndarray):
        return _rgb_from_array(source, name or "this array")
    if isinstance(source, Image.Image):
        name = name or "this PIL image"
        _refuse_too_large(source, 0, max_pixels, name)
        with _blamed_on(name):
            return _upright(_decode(source, name), _orientation(source))
    if not isinstance(source, str | bytes | os.PathLike):  # None, or NaN, from a table that lacks one
        raise PhotoError(
            f"{name or repr(source)}: is no photo; a path, the bytes of a file, an image or an array is."
        )
    name = name or _name(source)
    with _opened(source) as file, _blamed_on(name):
        return _read(file, name, max_pixels)[0]


def read_with_header(
    source: str | Path | bytes, *, max_pixels: int = MAX_PIXELS, name: str | None = None
) -> tuple[NDArray[np.uint8], Header]:
    """As `read_photo`, with what the file says of the photo; it is decoded once."""
    name = name or _name(source)
    with _opened(source) as file, _blamed_on(name):
        return _read(file, name, max_pixels)


def _read(file: BinaryIO, name: str, max_pixels: int) -> tuple[NDArray[np.uint8], Header]:
    return _read_plain_jpeg(file, max_pixels) or _read_any(file, name, max_pixels)


def _read_plain_jpeg(file: BinaryIO, max_pixels: int) -> tuple[NDArray[np.uint8], Header] | None:
    """As most photos are read, without Pillow; None where it has to judge, or to say what is wrong."""
    plain = plain_jpeg(file.read(MARKERS))
    if plain is None or plain.is_progressive:
        return None
    count = plain.height * plain.width
    length = file.seek(0, os.SEEK_END)
    if count > max_pixels or length + 2 * RGB * count > _most_bytes(max_pixels):
        return None
    file.seek(0)
    content = file.read()
    pixels = _decode_jpeg(content) if content.endswith(JPEG_END) else None
    if pixels is None or (pixels[-1, -1] == FILLED_IN_JPEG).all():
        return None
    return pixels, Header("JPEG", plain.channels, orientation=1, taken=None)


def _read_any(file: BinaryIO, name: str, max_pixels: int) -> tuple[NDArray[np.uint8], Header]:
    image = _open_image(file, name, max_pixels)
    pixels = _decode_whole_jpeg(file) if is_plain_jpeg(image) else None
    if pixels is None:
        pixels = _decode(image, name)
    orientation = _orientation(image)
    header = Header(image.format or "", len(image.getbands()), orientation, _taken(image))
    _refuse_unfilled(pixels, image, file, name)
    del image  # with Pillow's copy of the pixels: turning takes as much again
    return _upright(pixels, orientation), header


def photo_size(path: str | Path | bytes, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """(height, width) of a photo once it is upright; raises as `read_photo` does.

    The header is enough, but for PNG: there EXIF may follow the pixels, which Pillow decodes on the way.
    """
    plain = plain_jpeg(_start(path))
    if plain is not None and plain.height * plain.width <= max_pixels:
        return plain.height, plain.width
    name = _name(path)
    with _opened(path) as file, _blamed_on(name):
        image = _open_image(file, name, max_pixels)
        width, height = image.size
        return (width, height) if _orientation(image) >= 5 else (height, width)


def is_upright_jpeg(path: str | Path) -> bool:
    """Whether a photo is a JPEG whose pixels lie in its file as `read_photo` returns them, not turned by its
    EXIF: whatever shows it needs nothing but the file. Raises as `read_photo` does; the header is enough."""
    name = _name(path)
    with _opened(path) as file, _blamed_on(name):
        image = _open_image(file, name, MAX_PIXELS)
        return image.format in ("JPEG", "MPO") and _orientation(image) == 1


def _start(source: str | Path | bytes) -> bytes:
    """The first bytes of a file; none where it cannot be read, and `_opened` has to say why."""
    if isinstance(source, bytes):
        return source[:MARKERS]
    try:
        file = os.open(source, START)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(file, MARKERS) if stat.S_ISREG(os.fstat(file).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(file)


def _name(source: str | Path | bytes) -> str:
    return f"these {len(source):,} bytes" if isinstance(source, bytes) else str(source)


@contextmanager
def _opened(source: str | Path | bytes) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield BytesIO(source)
        return
    path = Path(source)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise PhotoError(f"{path}: is a folder, not a photo.")
        if not stat.S_ISREG(kind):  # a pipe or a device, where reading might never end
            raise PhotoError(f"{path}: is not a regular file.")
        file = path.open("rb")
    except FileNotFoundError:
        if isinstance(source, str) and ADDRESS.match(source):
            raise PhotoError(
                f"{source}: is on the web, no file; load it first, and give its bytes."
            ) from None
        raise PhotoError(f"{path}: no such file.") from None
    except OSError as error:
        raise PhotoError(f"{path}: cannot be opened ({error.strerror}).") from error
    except ValueError as error:  # a null character in the name
        raise PhotoError(f"{str(path)!r}: cannot be opened ({error}).") from error
    with file:
        yield file


@contextmanager
def _blamed_on(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a PhotoError that names the photo; keep its warnings quiet."""
    try:
        with warnings.catch_warnings():
            # Only Pillow's: where threads overlap, what is ignored here can stay ignored.
            warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
            yield
    except (WildwearError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise TooLargePhotoError(f"{name}: is too large for Pillow ({error}); make it smaller.") from error
    except Exception as error:  # decoders of damaged files raise nearly anything
        reason = str(error).rstrip(".") or type(error).__name__
        raise PhotoError(
            f"{name}: is truncated, damaged or of an unusual kind ({reason}); "
            "copy or download it again, or save it as PNG."
        ) from error


def _open_image(file: BinaryIO, name: str, max_pixels: int) -> Image.Image:
    """Read the header, and refuse what would take too much memory; no pixel is decoded."""
    length = file.seek(0, os.SEEK_END)
    if length > _most_bytes(max_pixels):  # before the header, as of some kinds the whole file is read for it
        raise TooLargePhotoError(
            f"{name}: has {length:,} bytes, over the limit of {_most_bytes(max_pixels):,}; make it smaller, "
            "or save it as JPEG."
        )
    file.seek(0)
    start = file.read(32)
    file.seek(0)
    if not start:
        raise PhotoError(f"{name}: is empty (0 bytes); copy or download it again.")
    formats = FORMATS
    if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            raise MissingExtraError(f"{name}: reading HEIC", "heic") from None
        register_heif_opener()
        formats = ("HEIF",)
    try:
        image = Image.open(file, formats=formats)
    except UnidentifiedImageError:
        raise PhotoError(
            f"{name}: is not a photo that wildwear reads (JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC), is of a "
            f"rare kind, or has a damaged header; it begins with {start!r}. Try saving it as PNG."
        ) from None
    _refuse_too_large(image, length, max_pixels, name)
    if image.format == "PNG" and is_too_short_png(file, length):
        raise PhotoError(f"{name}: is truncated: its {length:,} bytes cannot hold the pixels it should have.")
    return image


def _most_bytes(max_pixels: int) -> int:
    """What reading a photo may take: more where larger photos are allowed than by default."""
    return MAX_BYTES * max(max_pixels, MAX_PIXELS) // MAX_PIXELS


def _refuse_too_large(image: Image.Image, length: int, max_pixels: int, name: str) -> None:
    """Judge a photo by its header and the length of its file in bytes."""
    width, height = image.size
    if width * height > max_pixels:
        raise TooLargePhotoError(
            f"{name}: has {width} x {height} pixels, over the limit of {max_pixels:,}; make it smaller, "
            "or allow more with max_pixels."
        )
    needed, most = decoding_bytes(image, length), _most_bytes(max_pixels)
    if needed > most:
        raise TooLargePhotoError(
            f"{name}: has {width} x {height} pixels, which take {needed / 1e9:.2f} GB to read from a file of "
            f"this kind, over the limit of {most / 1e9:.2f}; make it smaller, or save it as an ordinary JPEG."
        )


def _refuse_unfilled(pixels: NDArray[np.uint8], image: Image.Image, file: BinaryIO, name: str) -> None:
    """Raise where pixels were never there; looked at closely only where a decoder may have filled in.

    Args:
        pixels: (height, width, 3), not turned yet.
        image: what they were decoded from.
        file: that of the image.
        name: of the photo.
    """
    whole = True
    if image.format in ("JPEG", "MPO"):
        if (pixels[-1, -1] == FILLED_IN_JPEG).all() or image.mode == "CMYK" or "progression" in image.info:
            file.seek(0)
            whole = is_whole_jpeg(file.read())
    elif image.format == "PNG" and (pixels[-2:] == pixels[-2:, :1]).all(axis=(1, 2)).any():
        whole = is_whole_png(file)  # a row of one colour may be one that was never written
    if not whole:
        raise PhotoError(f"{name}: is truncated: a part of its pixels is missing; copy or download it again.")


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 (upright) where there is none, or a damaged one."""
    if image.format == "TIFF":
        return 1  # Pillow turns TIFF itself
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return 1
    return orientation if orientation in range(1, 9) else 1


def _taken(image: Image.Image) -> datetime | None:
    """When a photo was taken: EXIF's DateTimeOriginal, else its DateTime (CIPA DC-008, 0x9003 and 0x0132)."""
    try:
        exif = image.getexif()
        said = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        said = said or exif.get(ExifTags.Base.DateTime)
        return datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return None


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo one of the eight EXIF orientations (CIPA DC-008, tag 0x0112)."""
    match orientation:
        case 2:
            turned = cv2.flip(pixels, 1)
        case 3:
            turned = cv2.rotate(pixels, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(pixels, 0)
        case 5:
            turned = cv2.transpose(pixels)
        case 6:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)
        case 8:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return pixels
    return turned.astype(np.uint8, copy=False)


def _decode_whole_jpeg(file: BinaryIO) -> NDArray[np.uint8] | None:
    """The pixels of an ordinary JPEG, as Pillow decodes them but faster; None where Pillow has to judge.

    OpenCV is not asked about a JPEG without its end marker: some versions return half a picture.
    """
    file.seek(0)
    content = file.read()
    return None if end_of_jpeg(content) is None else _decode_jpeg(content)


def _decode_jpeg(content: bytes) -> NDArray[np.uint8] | None:
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels: NDArray[np.uint8] | None
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)  # type: ignore[assignment]
    return pixels


def _decode(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """The pixels as they lie in the file, (height, width, 3); tile by tile, as each step makes a copy."""
    image.load()
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top, left in product(range(0, height, TILE), range(0, width, TILE)):
        tile = image.crop((left, top, min(left + TILE, width), min(top + TILE, height)))
        pixels[top : top + TILE, left : left + TILE] = _rgb_from_array(_as_array(tile, name), name)
    return pixels


def _as_array(image: Image.Image, name: str) -> NDArray[Any]:
    if image.mode == "I":  # 32 bits a pixel, in which 16-bit values are kept
        wide = np.asarray(image)
        if wide.min() < 0 or wide.max() > 65535:
            raise PhotoError(f"{name}: has 32-bit pixels; save it with 8 or 16 bits a channel.")
        return wide.astype(np.uint16)
    if image.mode == "F" or image.mode.startswith("I;16"):
        return np.asarray(image)
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _rgb_from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or array.size == 0:
        raise PhotoError(f"{name}: has shape {array.shape}; a photo is (h, w) or (h, w, 1 | 3 | 4), RGB(A).")
    pixels = np.ascontiguousarray(_as_uint8(array, name))
    if channels == 1:
        return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    return _over_white(pixels) if channels == 4 else pixels


def _as_uint8(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Scale the whole range of a type to 0..255."""
    kind, width = array.dtype.kind, array.dtype.itemsize
    if kind == "u" and width == 1:
        return array
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "u" and width == 2:
        return (array >> 8).astype(np.uint8)  # as Pillow takes 16-bit RGB
    if kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= -FLOAT_SLACK and high <= 1 + FLOAT_SLACK):  # so that NaN fails too
            raise PhotoError(f"{name}: has floats from {low:g} to {high:g}; float pixels lie in [0, 1].")
        return (array.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    raise PhotoError(f"{name}: has {array.dtype} pixels; pixels are uint8, uint16, bool, or float in [0, 1].")


def _over_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay (h, w, 4) RGBA over white."""
    alpha = pixels[..., 3:].astype(np.uint16)
    blended = pixels[..., :3] * alpha + 255 * (255 - alpha)
    return ((blended + 127) // 255).astype(np.uint8)
