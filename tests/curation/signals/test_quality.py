"""All measures of quality that a catalog has, whatever the photo."""

from PIL import Image

from curation.signals.conftest import opened
from wildwear.curation.signals.quality import SIGNAL


def test_every_column_is_filled(scene: Image.Image) -> None:
    assert set(SIGNAL.measure(opened(scene))) == {column.name for column in SIGNAL.columns}


def test_the_smallest_photo_and_the_thinnest_are_measured() -> None:
    for size in ((1, 1), (1, 900), (900, 1)):
        assert SIGNAL.measure(opened(Image.new("RGB", size, "red")))["border"] == 1
