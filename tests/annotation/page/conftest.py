"""The annotation page in Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from wildwear.imaging import write_image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from annotating import Serving

PHOTOS = 30  # more than tests take: the last has none after it
COLOURS = (70, 90, 200), (200, 120, 60)  # of the shirt and the skirt


@pytest.fixture(scope="session")
def serve(browser: "Browser") -> "Iterator[Callable[..., Serving]]":
    """Serves projects until the tests end; nothing starts where there is no browser."""
    pytest.importorskip("fastapi", reason="the extra serve is not installed")
    from annotating import Serving

    running: list[Serving] = []

    def start(project: Path, *photos: Path, model: str = "none") -> Serving:
        running.append(Serving(project, *photos, model=model))
        return running[-1]

    yield start
    for serving in running:
        serving.kill()


@pytest.fixture(scope="session")
def serving(serve: "Callable[..., Serving]", tmp_path_factory: pytest.TempPathFactory) -> "Serving":
    """A project of photos that are all alike; each test takes its own."""
    from annotating import SHIRT, SKIRT

    folder = tmp_path_factory.mktemp("annotating")
    (folder / "photos").mkdir()
    pixels = np.full((400, 300, 3), 220, np.uint8)
    for corners, colour in zip((SHIRT, SKIRT), COLOURS, strict=True):
        cv2.rectangle(pixels, corners[0], corners[2], colour, -1)
    for number in range(1, PHOTOS + 1):
        write_image(folder / "photos" / f"{number:02}.png", pixels)
    return serve(folder / "project", folder / "photos")
