"""The pictures of the documentation: what wildwear makes of photos in the public domain that packages ship.

Run: python docs/pictures.py ccp30/val.json

Of that dataset figures alone are shown. It needs Chromium, and the extras demo, test, curate and serve.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import skimage
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).with_name("pictures")
MATPLOTLIB = Path(matplotlib.get_data_path()) / "sample_data"
SKIMAGE = Path(skimage.__file__).parent / "data"
HOPPER = MATPLOTLIB / "grace_hopper.jpg"  # U.S. Navy, public domain
PORTRAITS = [
    HOPPER,
    SKIMAGE / "camera.png",
]  # the second by Lav Varshney, CC0; both are those of `wildwear demo`
OTHERS = (
    "brick",
    "chelsea",
    "clock_motion",
    "coffee",
    "grass",
    "gravel",
    "hubble_deep_field",
    "retina",
    "rocket",
)
"""Photos without garments, in the public domain or CC0, by their names in scikit-image."""
CHROMIUM = "/usr/bin/chromium"
SCREEN = {"width": 1280, "height": 800}
WIDTH, GAP = 1100, 8  # pixels, of a row of pictures
QUALITY = 82  # of WebP


def main(truth: Path) -> None:
    """Make all of them anew."""
    truth = truth.resolve()
    with TemporaryDirectory() as work, chdir(work), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        collect(PORTRAITS, Path("portraits"))
        run("segment", "portraits", "--out", "found", "--format", "overlay,cutouts,table,gallery,coco")
        save(row([Path("found/overlays", f"{photo.stem}.jpg") for photo in PORTRAITS]), "demo")
        save(row(sorted(Path("found/cutouts").glob("*_0?_*.png"))), "cutouts")
        screenshot(browser, Path("found/gallery.html").resolve().as_uri(), "gallery")
        run("evaluate", "default", truth, "--out", "result", "--html", "report.html")
        screenshot(browser, Path("report.html").resolve().as_uri(), "report")
        collect([*PORTRAITS, *(path for path in SKIMAGE.iterdir() if path.stem in OTHERS)], Path("pile"))
        run("curate", "scan", "pile", "--out", "catalog", "--garments")
        run("curate", "report", "catalog", "--html", "catalog.html")
        page = Path("catalog.html").resolve().as_uri()
        screenshot(browser, page, "curation", lambda page: page.get_by_label("grey").uncheck())
        run("data", "draft", "portraits", "--out", "drafts/drafts.json")
        annotate(browser)


def collect(photos: list[Path], folder: Path) -> None:
    """Photos in a new folder, as people have them."""
    folder.mkdir()
    for photo in photos:
        shutil.copy(photo, folder)


def run(*words: object) -> None:
    """Run `wildwear` as a reader would."""
    subprocess.run([sys.executable, "-m", "wildwear", *map(str, words)], check=True)


def row(files: list[Path]) -> Image.Image:
    """Pictures side by side on white, all as high as makes the row as wide as it is to be."""
    pictures = [Image.open(file) for file in files]
    room = WIDTH - GAP * (len(pictures) - 1)
    height = int(room / sum(picture.width / picture.height for picture in pictures))
    line, left = Image.new("RGB", (WIDTH, height), "white"), 0
    for picture in pictures:
        size = int(picture.width * height / picture.height), height
        small = picture.resize(size, Image.Resampling.LANCZOS)
        line.paste(small, (left, 0), small if small.mode == "RGBA" else None)
        left += small.width + GAP
    return line


def screenshot(
    browser: Browser, url: str, name: str, before: Callable[[Page], object] = lambda page: None
) -> None:
    """What a window shows of a page, after something was done there."""
    page = browser.new_page(viewport=SCREEN)
    page.goto(url)
    before(page)
    page.wait_for_timeout(2_000)  # until pictures have come
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    save(Image.open(file), name)
    file.unlink()
    page.close()


def annotate(browser: Browser) -> None:
    """The page of annotation, with the portrait and what a model drafted on it."""
    command = [sys.executable, "-m", "wildwear", "annotate", "--project", "work", "--author", "ada"]
    command += ["--from", "drafts/drafts.json", "--model", "none", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        screenshot(browser, address, "annotate", lambda page: page.get_by_text(HOPPER.name).first.click())
        server.terminate()


def save(picture: Image.Image, name: str) -> None:
    """Write one of the pictures."""
    picture.convert("RGB").save(PICTURES / f"{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
