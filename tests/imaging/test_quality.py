"""How bright and how sharp a photo is."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from wildwear import imaging
from wildwear.imaging import quality
from wildwear.imaging.arrays import Pixels


def properties(photo: Pixels) -> quality.Properties:
    return quality.properties(quality.luma(photo))


def exposure(photo: Pixels) -> quality.Properties:
    return quality.exposure(quality.luma(photo))


@pytest.fixture
def photo(shared: Path) -> imaging.PhotoSource:
    return sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[0]


def test_brightness_goes_from_black_to_white_by_luma() -> None:
    def of(*colour: int) -> float:
        return properties(np.full((30, 40, 3), colour, np.uint8))["brightness"]

    assert (of(0, 0, 0), of(255, 255, 255)) == (0, 1)
    assert of(0, 255, 0) == pytest.approx(0.587, abs=0.003)
    assert of(0, 0, 255) == pytest.approx(0.114, abs=0.003)


def test_a_photo_of_one_colour_has_no_sharpness() -> None:
    assert "sharpness" not in properties(np.full((30, 40, 3), 90, np.uint8))


def test_blur_lowers_sharpness_and_neither_darkness_nor_size_does(photo: Path) -> None:
    pixels = imaging.read_photo(photo)
    sharp = properties(pixels)["sharpness"]
    side = max(pixels.shape)
    blurred = [
        properties(np.asarray(cv2.GaussianBlur(pixels, (0, 0), share * side), np.uint8))["sharpness"]
        for share in (0.0025, 0.005, 0.01)
    ]
    assert [sharp, *blurred] == sorted([sharp, *blurred], reverse=True)
    assert sharp - blurred[1] > 0.8
    dark = properties((pixels * 0.25).astype(np.uint8))
    assert dark["sharpness"] == pytest.approx(sharp, abs=0.05)
    assert dark["brightness"] < 0.3
    large = np.asarray(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)
    assert properties(large)["sharpness"] == pytest.approx(sharp, abs=0.05)


def test_a_margin_is_measured_on_every_side_that_has_one() -> None:
    photo = np.full((100, 200, 3), (250, 250, 250), np.uint8)
    photo[10:80, 30:] = np.random.default_rng(0).integers(0, 255, (70, 170, 3))
    assert quality.border(photo) == pytest.approx(1 - 70 * 170 / 20_000)
    assert quality.border(photo[10:80, 30:]) == 0
    assert quality.border(np.zeros((9, 9, 3), np.uint8)) == 1


def test_exposure_is_the_share_of_what_cannot_be_seen() -> None:
    photo = np.full((100, 100, 3), 128, np.uint8)
    photo[:30], photo[90:] = 3, 252
    found = exposure(photo)
    assert (found["dark_share"], found["light_share"]) == (0.3, 0.1)
    assert 0 < found["contrast"] < 0.5
    assert exposure(np.full((9, 9, 3), 128, np.uint8))["contrast"] == 0
