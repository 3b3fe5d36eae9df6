"""How long the annotation page of a large project takes to open in a browser, until the photo stands on it.

The photos are links to those of a folder, as often as it takes; the server is started once and no model
helps. Each round has a fresh window of Chromium, whose cache is empty.

Run: python benchmarks/annotate_opens.py wild-pool [--count 5000] [--rounds 5] [--chromium chromium]
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from playwright.sync_api import Browser, sync_playwright

from contest import claim, linked, spread

MOST = 2_000  # milliseconds, that a person should wait
WINDOW = {"width": 1280, "height": 900}
# The photo's name stands on the page, and the list says how many there are.
STANDS = """(count) => document.querySelector("#listed").textContent.startsWith(count)
    && document.querySelector("#photo-name").textContent.includes(".")
    && document.querySelector("#scene image")"""
DECODED = 'document.querySelector("#scene image").decode()'


def main(
    photos: Annotated[Path, typer.Argument(help="Folder of photos.")],
    count: Annotated[int, typer.Option(min=1, help="Photos of the project.")] = 5_000,
    rounds: Annotated[int, typer.Option(min=1, help="In each of which the page is opened once.")] = 5,
    chromium: Annotated[str, typer.Option(help="The browser's command.")] = "chromium",
) -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        linked(sorted(photos.glob("*.jpg")), count, Path(folder) / "photos")
        browser = playwright.chromium.launch(executable_path=shutil.which(chromium), args=["--no-sandbox"])
        with serving(Path(folder)) as address:
            took = [opened(browser, address, count) for _ in range(rounds)]
    print(f"{count:,} photos, from the address to the photo on the page: {spread(took, 0)} ms")
    claim(
        f"the annotation page of {count:,} photos opens, ms",
        spread(took, 0),
        met=bool(np.median(took) < MOST),
    )


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`wildwear annotate` over the photos of a folder; yields its address."""
    command = [sys.executable, "-m", "wildwear", "annotate", str(folder / "photos")]
    options = ["--project", str(folder / "project"), "--model", "none", "--author", "Ann", "--no-browser"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            server.terminate()


def opened(browser: Browser, address: str, count: int) -> float:
    """Milliseconds until the page stands, in a fresh window."""
    page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    page.wait_for_function(STANDS, arg=f"{count:,} ")
    page.evaluate(DECODED)
    took = 1000 * (time.monotonic() - began)
    page.context.close()
    return took


if __name__ == "__main__":
    typer.run(main)
