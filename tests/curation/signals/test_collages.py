"""Photos side by side are told from one photo."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from curation.signals.conftest import opened
from wildwear.curation.signals.collages import SIGNAL
from wildwear.imaging.photos import read_photo


def score(image: Image.Image, suffix: str = "PNG") -> float:
    found = SIGNAL.measure(opened(image, suffix=suffix))["collage"]
    assert isinstance(found, float)
    return found


def beside(photo: Image.Image, gap: int, *, below: bool = False) -> Image.Image:
    """A photo and its negative, turned upside down, with a white gap between."""
    width, height = photo.size
    size, place = (
        ((width, 2 * height + gap), (0, height + gap))
        if below
        else ((2 * width + gap, height), (width + gap, 0))
    )
    image = Image.new("RGB", size, "white")
    image.paste(photo, (0, 0))
    image.paste(ImageOps.invert(photo).transpose(Image.Transpose.ROTATE_180), place)
    return image


@pytest.mark.parametrize("gap", [0, 20])
@pytest.mark.parametrize("below", [False, True])
def test_photos_that_meet_along_a_line_are_a_collage(portrait: Image.Image, gap: int, below: bool) -> None:
    assert score(beside(portrait, gap, below=below), "JPEG") >= 0.7


def test_one_photo_is_none_and_its_margin_makes_it_none(portrait: Image.Image) -> None:
    assert score(portrait) < 0.5
    framed = Image.new("RGB", (portrait.width + 60, portrait.height + 60), "white")
    framed.paste(portrait, (30, 30))
    assert score(framed) < 0.7


def test_the_smallest_photo_and_the_thinnest_are_measured() -> None:
    for size in ((1, 1), (1, 900), (900, 1), (3, 3), (256, 256)):
        assert score(Image.new("RGB", size, "red")) == 0


def test_hardly_a_photo_of_the_wild_is_a_collage(shared: Path) -> None:
    paths = sorted((shared / "data" / "wild-pool").glob("*.jpg"))[::50]
    scores = np.array([score(Image.fromarray(read_photo(path))) for path in paths])
    assert (scores >= 0.7).mean() <= 0.05
