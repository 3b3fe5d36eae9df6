"""What a file says of its photo."""

from datetime import datetime

from PIL import ExifTags, Image

from curation.signals.conftest import opened
from wildwear.curation.signals.facts import measure


def test_dimensions_are_those_of_the_upright_photo(scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    found = measure(opened(scene, suffix="JPEG", exif=exif))
    assert (found["width"], found["height"], found["orientation"]) == (200, 300, 6)
    assert (found["format"], found["channels"], found["megapixels"]) == ("JPEG", 3, 0.06)


def test_when_it_was_taken_is_what_the_camera_says_first(scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "2021:05:06 07:08:09"
    assert measure(opened(scene, suffix="JPEG", exif=exif))["taken"] == datetime(2021, 5, 6, 7, 8, 9)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    assert measure(opened(scene, suffix="JPEG", exif=exif))["taken"] == datetime(2020, 1, 2, 3, 4, 5)


def test_a_date_that_is_none_is_not_known(scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "0000:00:00 00:00:00"
    assert measure(opened(scene, suffix="JPEG", exif=exif))["taken"] is None
    assert measure(opened(scene))["taken"] is None
