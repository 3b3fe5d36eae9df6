"""Told from grey, nearly grey, toned, and black and white, what is in colour."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from curation.signals.conftest import opened
from wildwear.curation.measuring import measure as measure_photo
from wildwear.curation.models import Models
from wildwear.curation.signals.colour import measure


def color_of(image: Image.Image, **options: object) -> str:
    return str(measure(opened(image, **options))["color"])


def test_a_photo_of_several_colours_is_in_colour(scene: Image.Image) -> None:
    assert color_of(scene) == "color"


def test_grey_is_grey_however_it_is_stored(scene: Image.Image) -> None:
    grey = scene.convert("L")
    assert color_of(grey) == "grey"
    assert color_of(grey.convert("RGB"), suffix="JPEG", quality=60) == "grey"


@pytest.mark.parametrize(("black", "white"), [("#1a0d00", "#ffe9c4"), ("#001020", "#a0d8ff")])
def test_one_tint_for_each_lightness_is_monotone(scene: Image.Image, black: str, white: str) -> None:
    assert color_of(ImageOps.colorize(scene.convert("L"), black, white)) == "monotone"


def test_a_tint_that_nobody_sees_is_nearly_grey(scene: Image.Image) -> None:
    assert color_of(ImageOps.colorize(scene.convert("L"), "#000000", "#fdfcf6")) == "near_grey"


def test_black_and_white_has_no_greys(scene: Image.Image) -> None:
    assert (
        color_of(scene.convert("L").point(lambda level: 255 * (level > 90)).convert("RGB"))
        == "black_and_white"
    )


def test_a_dark_photo_in_colour_is_in_colour(scene: Image.Image) -> None:
    dark = Image.fromarray((np.asarray(scene) * 0.35).astype(np.uint8))
    assert color_of(dark) == "color"


def test_a_red_hat_makes_a_grey_photo_one_in_colour(scene: Image.Image) -> None:
    grey = scene.convert("L").convert("RGB")
    grey.paste((200, 20, 20), (140, 20, 190, 60))
    assert color_of(grey) == "color"


@pytest.mark.parametrize(
    ("photo", "color"),
    [
        ("319962_428201.jpg", "color"),  # which the thesis' rule calls grey: a green shirt in the sun
        ("333433_479608.jpg", "color"),  # blue trousers before blue snow: thesis, maybe
        ("548118_465715.jpg", "near_grey"),  # thesis: maybe colour
        ("53788_443765.jpg", "monotone"),  # sepia: thesis, colour
        ("217440_191293.jpg", "monotone"),  # sepia: thesis, maybe
        ("208376_433672.jpg", "grey"),
    ],
)
def test_photos_that_the_thesis_mistakes_are_told_apart(shared: Path, photo: str, color: str) -> None:
    place = shared / "data" / "wild-pool" / photo
    assert measure_photo(place, ["colour"], Models())["color"] == color
