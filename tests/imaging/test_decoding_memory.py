"""Reading a photo takes no more memory than is promised, whatever the file is."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from wildwear.errors import PhotoError
from wildwear.imaging import photos, read_photo
from wildwear.imaging.decoding_memory import decoding_bytes

MEGA = 1_000_000
FIXED = 60 * MEGA  # bytes that do not grow with the photo

CHILD = """
import sys
import numpy as np
from wildwear.errors import PhotoError
from wildwear.imaging import read_photo

def now(field):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(field))

read_photo(np.zeros((2, 2, 4), np.uint8))
before = now("VmRSS")
open("/proc/self/clear_refs", "w").write("5")  # the highest memory so far is forgotten
for path in sys.argv[1:]:
    try:
        read_photo(path)
        said = "read"
    except PhotoError as error:
        said = str(error)
print(now("VmHWM") - before, said)
"""


def taken(path: Path) -> tuple[int, str]:
    """The most bytes that another process takes to read a photo, and what comes of it."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("needs Linux, which measures this")
    done = subprocess.run([sys.executable, "-c", CHILD, path], capture_output=True, text=True, check=True)
    size, _, said = done.stdout.strip().partition(" ")
    return int(size), said


@pytest.mark.parametrize("name", ["bomb_rgba.png", "hugepng_7.png"])
def test_the_bombs_that_took_gigabytes_are_refused_for_nothing(name: str, shared: Path) -> None:
    size, said = taken(shared / "cases" / "hostile" / "02" / name)
    assert "over the limit of 0.75" in said
    assert size < FIXED


def test_a_png_of_too_many_transparent_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 2)).save(tmp_path / "bomb.png")
    content = bytearray((tmp_path / "bomb.png").read_bytes())
    content[16:24] = struct.pack(">II", 10_900, 10_900)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "bomb.png").write_bytes(content)
    size, said = taken(tmp_path / "bomb.png")
    assert "bomb.png: has 10900 x 10900 pixels, which take 0.83 GB to read" in said
    assert size < FIXED


def test_a_sparse_file_of_three_gigabytes_is_refused_for_nothing(tmp_path: Path) -> None:
    for name in ("huge.jpg", "huge.png", "huge.webp"):
        Image.new("RGB", (64, 64)).save(tmp_path / name)
        with (tmp_path / name).open("r+b") as file:
            file.truncate(3_000 * MEGA)
        size, said = taken(tmp_path / name)
        assert f"{name}: has 3,000,000,000 bytes, over the limit of 750,000,000" in said
        assert size < FIXED


KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("RGB", "JPEG", {}),
    ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
    ("CMYK", "JPEG", {}),
    ("RGBA", "PNG", {"compress_level": 1}),
    ("P", "PNG", {"compress_level": 1}),
    ("RGBA", "WEBP", {"quality": 1, "method": 0}),
    ("RGB", "TIFF", {}),
    ("RGB", "BMP", {}),
]


@pytest.mark.parametrize(("mode", "suffix", "options"), KINDS)
def test_a_photo_takes_what_its_header_foretells(
    mode: str, suffix: str, options: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "photo"
    exif = Image.Exif()
    exif[0x0112] = 6  # it lies on its side
    Image.new(mode, (4000, 3000)).save(path, suffix, exif=exif, **options)
    size, said = taken(path)
    assert said == "read"
    with Image.open(path) as image:
        foretold = decoding_bytes(image, path.stat().st_size)
    assert size < foretold + FIXED
    assert foretold < 20 * 12 * MEGA


def test_a_photo_of_a_phone_with_108_megapixels_passes_as_jpeg() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (12_000, 9_000)).save(buffer, "JPEG")
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        assert decoding_bytes(image, 60 * MEGA) < photos.MAX_BYTES


def test_what_may_be_larger_may_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PIXELS", 1000)
    monkeypatch.setattr(photos, "MAX_BYTES", 6000)
    buffer = io.BytesIO()
    Image.new("RGBA", (30, 30)).save(buffer, "PNG")
    with pytest.raises(PhotoError, match=r"which take 0\.00 GB"):
        read_photo(buffer.getvalue(), max_pixels=900)
    assert read_photo(buffer.getvalue(), max_pixels=1100).shape == (30, 30, 3)
