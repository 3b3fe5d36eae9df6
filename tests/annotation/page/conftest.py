"""The annotation page in Chromium, before a server that can be killed."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from chromium import CHROMIUM
from wildwear.imaging import write_image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZE = 400, 300  # height and width of a photo, in pixels
SHIRT, SKIRT = (70, 90, 200), (200, 120, 60)
COMMAND = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "annotate"]


class Serving:
    """`wildwear annotate` as a process of its own.

    Attributes:
        address: of the page, with its token.
    """

    def __init__(self, project: Path, *photos: Path) -> None:
        named = map(str, photos)
        self.command = [*COMMAND, *named, "--project", str(project), "--author", "Ann", "--no-browser"]
        self.start()

    def start(self) -> None:
        """Answer, at the address that it had before."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = next(re.search(r"http://\S+", line) for line in self.process.stdout if "http://" in line)
        assert found
        self.address = found[0]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Serving]]:
    """Serves projects until the tests end."""
    pytest.importorskip("fastapi", reason="the extra serve is not installed")
    running: list[Serving] = []

    def start(project: Path, *photos: Path) -> Serving:
        running.append(Serving(project, *photos))
        return running[-1]

    yield start
    for serving in running:
        serving.kill()


@pytest.fixture(scope="module")
def serving(serve: Callable[..., Serving], tmp_path_factory: pytest.TempPathFactory) -> Serving:
    """A project of three photos: a shirt over a skirt on grey, in plain colours."""
    folder = tmp_path_factory.mktemp("annotating")
    (folder / "photos").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        pixels = np.full((*SIZE, 3), 220, np.uint8)
        cv2.rectangle(pixels, (100, 60), (200, 180), SHIRT, -1)
        cv2.rectangle(pixels, (90, 181), (210, 330), SKIRT, -1)
        write_image(folder / "photos" / name, pixels)
    return serve(folder / "project", folder / "photos")
