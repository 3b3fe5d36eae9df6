"""Images are written whole, in the format of their suffix, with nothing but pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wildwear.errors import OutputError
from wildwear.imaging import read_photo, write_image


@pytest.mark.parametrize("suffix", [".png", ".webp", ".PNG"])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_lossless_formats_keep_every_value(suffix: str, channels: tuple[int, ...], tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, 256, (20, 30, *channels), np.uint8)
    image[..., -1:] |= 1  # WebP forgets the colour of fully transparent pixels
    path = tmp_path / f"image{suffix}"
    write_image(path, image)
    mode = {(): "L", (3,): "RGB", (4,): "RGBA"}[channels]
    assert (np.asarray(Image.open(path).convert(mode)) == image).all()


def test_a_photo_is_written_without_its_exif(shared: Path, tmp_path: Path) -> None:
    photo = read_photo(min((shared / "data/wild30/photos").iterdir()))
    write_image(tmp_path / "again.jpg", photo)
    assert not Image.open(tmp_path / "again.jpg").getexif()
    assert np.abs(read_photo(tmp_path / "again.jpg").astype(int) - photo).mean() < 3


@pytest.mark.parametrize(
    ("name", "image", "reason"),
    [
        ("a.gif", np.zeros((2, 2), np.uint8), "written as .png, .jpg or .webp, not .gif"),
        ("a", np.zeros((2, 2), np.uint8), "not without suffix"),
        ("a.jpg", np.zeros((2, 2, 4), np.uint8), "JPEG holds no transparency"),
        ("a.png", np.zeros((2, 2, 3)), "not float64 of shape"),
        ("a.png", np.zeros((2, 2, 2), np.uint8), r"not uint8 of shape \(2, 2, 2\)"),
        ("a.png", np.zeros((0, 2), np.uint8), "of shape"),
        ("a.webp", np.zeros((1, 20_000, 3), np.uint8), "at most 16383 pixels a side"),
        ("missing/a.png", np.zeros((2, 2), np.uint8), "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    name: str, image: Any, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=reason) as error:
        write_image(tmp_path / name, image)
    assert str(error.value).startswith(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "side"), [(".jpg", 65_500), (".webp", 16_383), (".png", 1_000_000)])
def test_the_longest_side_of_a_format_is_written(suffix: str, side: int, tmp_path: Path) -> None:
    write_image(tmp_path / f"long{suffix}", np.zeros((1, side), np.uint8))
    assert read_photo(tmp_path / f"long{suffix}").shape == (1, side, 3)
