"""What copies have in common."""

import hashlib

from PIL import Image

from curation.signals.conftest import opened
from wildwear.curation.signals.hashes import measure


def test_the_checksum_is_that_of_the_file_and_the_hash_that_of_what_it_shows(portrait: Image.Image) -> None:
    png, jpeg = opened(portrait), opened(portrait, suffix="JPEG", quality=70)
    assert measure(png)["sha256"] == hashlib.sha256(png.content).hexdigest()
    assert measure(png)["sha256"] != measure(jpeg)["sha256"]
    assert (measure(png)["photo_hash"] ^ measure(jpeg)["photo_hash"]).bit_count() <= 3
