"""The colours of a garment are those that a person would name."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import encode
from wildwear.reporting import dominant_colours
from wildwear.reporting.dominant_colours import NAMES

GREEN = (40, 160, 60)


def stripes(*colours: tuple[int, int, int], noise: int = 8) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A photo of a garment in equal stripes before green, and its mask."""
    photo = np.full((120, 120, 3), GREEN, dtype=np.int16)
    mask = np.zeros((120, 120), dtype=bool)
    mask[20:100, 20:100] = True
    for column in range(20, 100):
        photo[20:100, column] = colours[column // 8 % len(colours)]
    photo += np.random.default_rng(0).integers(-noise, noise + 1, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8), mask


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((12, 12, 14), "black"),
        ((240, 240, 238), "white"),
        ((128, 128, 128), "grey"),
        ((215, 25, 35), "red"),
        ((25, 32, 66), "navy blue"),
        ((62, 92, 140), "denim blue"),
        ((235, 220, 190), "beige"),
        ((88, 52, 24), "brown"),
        ((250, 205, 215), "light pink"),
    ],
)
def test_a_colour_is_called_what_people_call_it(colour: tuple[int, int, int], name: str) -> None:
    photo, mask = stripes(colour)
    [only] = dominant_colours(photo, encode(mask))
    assert only.name == name
    assert only.share == 1
    assert np.abs(np.array(list(bytes.fromhex(only.hex[1:]))) - colour).max() < 6


def test_stripes_have_both_their_colours_and_not_the_one_between() -> None:
    photo, mask = stripes((10, 10, 12), (240, 240, 240), (10, 10, 12))
    assert [one.name for one in dominant_colours(photo, encode(mask))] == ["black", "white"]


def test_light_and_shade_on_one_cloth_are_one_colour() -> None:
    photo, mask = stripes((150, 20, 30), (165, 30, 40))
    assert len(dominant_colours(photo, encode(mask))) == 1


def test_what_is_behind_a_garment_is_none_of_its_colours() -> None:
    photo, mask = stripes((240, 240, 240))
    mask[18:102, 18:102] = True  # two pixels too far on every side
    assert [one.name for one in dominant_colours(photo, encode(mask))] == ["white"]


def test_a_mask_without_pixels_has_no_colours_and_one_of_a_pixel_has_one() -> None:
    photo, mask = stripes((240, 240, 240))
    mask[:] = False
    assert dominant_colours(photo, encode(mask)) == []
    mask[50, 50] = True
    assert [one.name for one in dominant_colours(photo, encode(mask))] == ["white"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_that_of_its_own_colour(name: str) -> None:
    red, green, blue = bytes.fromhex(NAMES[name][1:])
    photo, mask = stripes((red, green, blue), noise=0)
    assert [one.name for one in dominant_colours(photo, encode(mask))] == [name]
