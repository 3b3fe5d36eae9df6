"""Photos as signals are handed them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wildwear.curation.models import Models
from wildwear.curation.signals import Photo
from wildwear.imaging.photos import read_with_header


def opened(image: Image.Image, models: Models | None = None, suffix: str = "PNG", **options: object) -> Photo:
    """A photo that was saved and read again."""
    buffer = io.BytesIO()
    image.save(buffer, suffix, **options)
    pixels, header = read_with_header(buffer.getvalue())
    return Photo(buffer.getvalue(), pixels, header, models or Models())


@pytest.fixture
def scene() -> Image.Image:
    """300 x 200, with four different quarters, each from dark to light."""
    hues = np.array([[[240, 128, 96], [16, 48, 208]], [[20, 120, 20], [230, 220, 40]]], float)
    wide = np.repeat(np.repeat(hues, 100, axis=0), 150, axis=1)
    return Image.fromarray((wide * np.linspace(0.3, 1, 300)[None, :, None]).astype(np.uint8))


@pytest.fixture(scope="session")
def portrait() -> Image.Image:
    """Grace Hopper, 512 x 600: one face around (270, 180)."""
    import matplotlib

    return Image.open(Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")).convert("RGB")
