"""The photos of a project as a browser shows them."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from made_annotations import made_project
from wildwear.annotation.pictures import picture, thumbnail
from wildwear.annotation.store import Photo
from wildwear.imaging import read_photo


def photo_at(path: Path) -> Photo:
    return Photo(1, path.name, str(path), None, None, None)


def half_white() -> Image.Image:
    """40 × 20 px, the left half white."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255
    return Image.fromarray(pixels)


def test_an_upright_jpeg_is_its_own_file(tmp_path: Path) -> None:
    half_white().save(tmp_path / "a.jpg")
    assert picture(photo_at(tmp_path / "a.jpg")) == (tmp_path / "a.jpg").read_bytes()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_that_lies_on_its_side_is_turned_as_its_outlines_are(
    tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    half_white().save(tmp_path / "a.jpg", exif=exif)
    shown = Image.open(BytesIO(picture(photo_at(tmp_path / "a.jpg"))))
    assert shown.getexif().get(0x0112, 1) == 1
    upright = read_photo(tmp_path / "a.jpg")
    assert np.abs(np.asarray(shown).astype(int) - upright).mean() < 3


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "bmp"])
def test_what_is_no_jpeg_becomes_one_of_its_own_size(tmp_path: Path, suffix: str) -> None:
    half_white().save(tmp_path / f"a.{suffix}")
    shown = Image.open(BytesIO(picture(photo_at(tmp_path / f"a.{suffix}"))))
    assert (shown.format, shown.size) == ("JPEG", (40, 20))


def test_a_small_picture_is_made_once(tmp_path: Path) -> None:
    project = made_project(tmp_path, ["1.jpg"])
    photo = project.store.photo(1)
    assert photo is not None
    small = thumbnail(project, photo)
    assert max(Image.open(BytesIO(small)).size) == 160
    (tmp_path / "photos" / "1.jpg").unlink()
    assert thumbnail(project, photo) == small


def test_where_small_pictures_cannot_be_kept_they_are_shown_all_the_same(tmp_path: Path) -> None:
    project = made_project(tmp_path, ["1.jpg"])
    (project.folder / "thumbnails").write_text("in the way")
    photo = project.store.photo(1)
    assert photo is not None
    assert thumbnail(project, photo).startswith(b"RIFF")
