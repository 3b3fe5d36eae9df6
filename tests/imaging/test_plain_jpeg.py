"""What the header of a plain JPEG says, without Pillow."""

import io

import pytest
from PIL import Image

from wildwear.imaging.plain_jpeg import PlainJpeg, plain_jpeg


def stored(mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (48, 32)).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (stored(), PlainJpeg(32, 48, 3, is_progressive=False)),
        (stored("L", comment=b"seen"), PlainJpeg(32, 48, 1, is_progressive=False)),
        (stored(progressive=True), PlainJpeg(32, 48, 3, is_progressive=True)),
    ],
)
def test_its_header_says_size_channels_and_scans(content: bytes, expected: PlainJpeg) -> None:
    assert plain_jpeg(content) == expected


def test_pillow_judges_what_may_lie_on_its_side_has_other_colours_or_breaks_off() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert plain_jpeg(stored(exif=exif)) is None
    assert plain_jpeg(stored("CMYK")) is None
    assert plain_jpeg(stored()[:100]) is None
    assert plain_jpeg(b"\x89PNG\r\n\x1a\n") is None
