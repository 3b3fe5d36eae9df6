"""The thesis' colour classes, to the letter."""

import numpy as np
import pytest
from PIL import Image

from curation.signals.conftest import opened
from wildwear.curation.signals.thesis import Thresholds, measure, thesis_color


@pytest.mark.parametrize(
    ("channels", "least", "most", "expected"),
    [
        (3, 0.0, 0.0049, "monochrome"),
        (1, 0.0, 0.0049, "monochrome"),
        (4, 0.0, 0.0049, "monochrome"),
        (1, 0.005, 0.005, "black_and_white"),
        (1, 900.0, 900.0, "black_and_white"),
        (2, 0.0, 900.0, "no_idea"),
        (4, 0.0, 2000.0, "no_idea"),
        (3, 500.0, 600.0, "grey"),
        (3, 500.0, 600.1, "maybe_color"),
        (3, 500.0, 1500.0, "maybe_color"),
        (3, 500.0, 1500.1, "color"),
    ],
)
def test_the_classes_part_where_the_thesis_has_it(
    channels: int, least: float, most: float, expected: str
) -> None:
    assert thesis_color(channels, least, most) == expected


def test_its_thresholds_can_be_set() -> None:
    assert thesis_color(3, 500, 600.1, Thresholds(maybe_color=200)) == "grey"
    assert thesis_color(3, 500, 1200, Thresholds(color=600)) == "color"
    assert thesis_color(3, 0.5, 0.5, Thresholds(monochrome=1)) == "monochrome"


def test_variances_are_those_that_pillow_finds(scene: Image.Image) -> None:
    from PIL import ImageStat

    found = measure(opened(scene))
    expected = ImageStat.Stat(scene).var
    assert (found["variance_least"], found["variance_most"]) == pytest.approx((min(expected), max(expected)))


def test_what_counts_is_how_many_channels_are_stored(scene: Image.Image) -> None:
    assert measure(opened(scene.convert("L")))["thesis_color"] == "black_and_white"
    assert measure(opened(scene.convert("L").convert("RGB")))["thesis_color"] == "grey"
    assert measure(opened(scene.convert("RGBA")))["thesis_color"] == "no_idea"
    assert measure(opened(Image.fromarray(np.full((9, 9, 3), 80, np.uint8))))["thesis_color"] == "monochrome"
