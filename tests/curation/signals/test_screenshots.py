"""Bars of apps are told from skies, walls and margins."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curation.signals.conftest import opened
from wildwear.curation.signals.screenshots import SIGNAL
from wildwear.imaging.photos import read_photo


def score(image: Image.Image, **options: object) -> float:
    found = SIGNAL.measure(opened(image, **options))["screenshot"]  # type: ignore[arg-type]
    assert isinstance(found, float)
    return found


def screen(photo: Image.Image, ground: str, ink: str) -> Image.Image:
    """A telephone's screen, 540 x 1170, with a photo in its middle, text above and signs below."""
    image = Image.new("RGB", (540, 1170), ground)
    image.paste(photo.resize((540, 675)), (0, 200))
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), "9:41", ink, font_size=30)
    draw.text((80, 120), "some_name", ink, font_size=30)
    for number in range(5):
        draw.rectangle((40 + 100 * number, 1090, 80 + 100 * number, 1130), outline=ink, width=4)
    return image


@pytest.mark.parametrize("colours", [("white", "black"), ("#121212", "#f5f5f5")])
@pytest.mark.parametrize("suffix", ["PNG", "JPEG"])
def test_the_bars_of_a_screenshot_are_its_score(
    scene: Image.Image, colours: tuple[str, str], suffix: str
) -> None:
    assert score(screen(scene, *colours), suffix=suffix) == pytest.approx((200 + 295) / 1170, abs=0.02)


def test_a_margin_has_no_signs(portrait: Image.Image) -> None:
    image = Image.new("RGB", (600, 900), "white")
    image.paste(portrait.resize((600, 700)), (0, 100))
    assert score(image) == 0


def test_a_sky_that_is_white_ends_in_no_straight_line() -> None:
    hills = np.full((400, 300, 3), 255, np.uint8)
    for column in range(300):
        hills[150 + column // 2 :, column] = (60, 90, 50)
    hills[60:70, 100:140] = 30  # a bird
    assert score(Image.fromarray(hills)) == 0


def test_the_smallest_photo_and_the_thinnest_are_measured() -> None:
    for size in ((1, 1), (1, 900), (900, 1), (3, 3)):
        assert score(Image.new("RGB", size, "red")) == 0


def test_photos_of_the_wild_are_no_screenshots(shared: Path) -> None:
    for path in sorted((shared / "data" / "wild-pool").glob("*.jpg"))[::50]:
        assert score(Image.fromarray(read_photo(path))) == 0
