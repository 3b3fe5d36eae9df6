"""A photo of which pixels are missing is refused, however its file ends."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wildwear.errors import PhotoError
from wildwear.imaging import read_photo
from wildwear.imaging.wholeness import end_of_jpeg, is_whole_jpeg, is_whole_png

END = b"\xff\xd9"
GREY = (128, 128, 128)  # what decoders fill in
BLACK = (0, 0, 0)

JPEGS: list[tuple[str, dict[str, Any]]] = [
    ("RGB", {}),
    ("RGB", {"subsampling": 0, "quality": 95}),
    ("RGB", {"optimize": True}),
    ("RGB", {"restart_marker_blocks": 8}),
    ("RGB", {"progressive": True}),
    ("L", {}),
    ("L", {"progressive": True}),
    ("CMYK", {}),
]


def picture(mode: str = "RGB") -> Image.Image:
    """200 x 160 with something in every corner, but for a lower right one that is grey."""
    columns, rows = np.arange(200), np.arange(160)[:, None]
    image = Image.fromarray(((columns * 7) ^ (rows * 5)).astype(np.uint8)).convert("RGB")
    image.paste(GREY, (150, 110, 200, 160))
    return image.convert(mode)


def stored(image: Image.Image, suffix: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, suffix, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(packed: bytes, width: int, height: int) -> bytes:
    """An RGB PNG with these bytes for its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("mode", "options"), JPEGS)
def test_a_whole_jpeg_passes_and_one_cut_in_half_with_an_end_marker_does_not(
    mode: str, options: dict[str, Any]
) -> None:
    whole = stored(picture(mode), "JPEG", **options)
    assert is_whole_jpeg(whole)
    assert read_photo(whole).shape == (160, 200, 3)
    cut = whole[: len(whole) // 2].rstrip(b"\xff") + END
    assert not is_whole_jpeg(cut)
    for ending in (b"", bytes(100), b"SEFT some phone's own"):
        with pytest.raises(PhotoError, match="truncated: a part of its pixels is missing"):
            read_photo(cut + ending)


def test_a_jpeg_that_lacks_a_few_rows_is_refused() -> None:
    whole = stored(picture(), "JPEG")
    cut = whole[: whole.rindex(END) - 60] + END
    with pytest.raises(PhotoError, match="truncated"):
        read_photo(cut)


def test_no_real_photo_lacks_pixels(shared: Path) -> None:
    photos = sorted((shared / "data/clothing-co-parsing/photos").iterdir())[::40]
    photos += sorted((shared / "data/wild-pool").iterdir())[::40]
    assert len(photos) > 50
    for path in photos:
        content = path.read_bytes()
        assert is_whole_jpeg(content), path
        end = end_of_jpeg(content)
        assert end is not None
        half = content[: end // 2].rstrip(b"\xff") + END
        assert not is_whole_jpeg(half), path


@pytest.mark.parametrize("colour", [GREY, BLACK, (255, 255, 255)])
@pytest.mark.parametrize("suffix", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 48)])
def test_a_flat_photo_in_the_colour_of_missing_pixels_is_whole(
    colour: tuple[int, int, int], suffix: str, size: tuple[int, int]
) -> None:
    pixels = read_photo(stored(Image.new("RGB", size, colour), suffix))
    assert (pixels == np.array(colour)).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_of_every_kind_is_whole(mode: str) -> None:
    black = Image.new(mode, (37, 21))
    content = stored(black, "PNG")
    assert is_whole_png(io.BytesIO(content))
    assert read_photo(content).shape == (21, 37, 3)


@pytest.mark.parametrize("missing", [1, 20, 39])
def test_a_png_that_lacks_rows_is_refused(missing: int) -> None:
    rows = (bytes(1) + bytes([200] * 90)) * (40 - missing)
    with pytest.raises(PhotoError, match="truncated: a part of its pixels is missing"):
        read_photo(png_of(zlib.compress(rows), 30, 40))


def test_an_interlaced_png_is_whole_with_the_rows_of_its_seven_passes() -> None:
    header = struct.pack(">IIBBBBB", 5, 6, 8, 0, 0, 0, 1)
    # Columns and rows of the passes over 5 x 6 pixels.
    passes = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (2, 3), (5, 3)]
    rows = b"".join((bytes(1) + bytes(columns)) * count for columns, count in passes)

    def content(packed: bytes) -> bytes:
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")

    assert read_photo(content(zlib.compress(rows))).shape == (6, 5, 3)
    with pytest.raises(PhotoError, match="truncated"):
        read_photo(content(zlib.compress(rows[:-6])))


def test_a_png_too_short_for_its_pixels_is_refused_before_anything_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(PhotoError, match=r"truncated: its .* bytes cannot hold the pixels"):
        read_photo(png_of(zlib.compress(bytes(1000)), 5_000, 5_000))
