"""The page of `wildwear serve` in Chromium, with a keyboard, on a desk and on a phone."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="needs playwright")

from PIL import Image
from playwright.sync_api import expect

from serving_process import Serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
KEY = "a key"
HELD_UP = """() => {
  const make = createImageBitmap;
  window.createImageBitmap = async (file) => {
    if (file.name === "slow.png") await new Promise((goOn) => { window.goOn = goOn; });
    return make(file);
  };
}"""


@pytest.fixture(scope="module")
def serving(browser: "Browser", tiny_model: Path) -> Iterator[Serving]:
    started = Serving("--model", tiny_model, "--api-key", KEY)
    yield started
    started.kill()


@pytest.fixture
def photo(tmp_path: Path, jpeg: bytes) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg)
    return path


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: "Browser", serving: Serving) -> "Iterator[Page]":
    """The page, on which nothing has gone wrong in the end."""
    page = browser.new_page(viewport=request.param)
    wrong: list[Any] = []
    page.on("pageerror", lambda error: wrong.append(error))
    page.goto(serving.address)
    yield page
    page.close()
    assert wrong == []


def opened(page: "Page", photo: Path) -> None:
    """Take a photo to the server, which asks for its key."""
    page.set_input_files("#file", photo)
    expect(page.get_by_role("alert")).to_contain_text("needs the key")
    page.get_by_label("Key of this server").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(
        re.compile(r"\d+ garments")
    )  # it no longer looks for them


def test_a_photo_is_outlined_at_once_and_a_garment_is_seen_alone(page: "Page", photo: Path) -> None:
    opened(page, photo)
    listed = page.locator("#garments button")
    expect(listed).to_contain_text(["jacket0.94", "jeans0.90"])
    expect(page.locator(".outline")).to_have_count(listed.count())
    jeans = page.get_by_role("button", name="jeans")
    jeans.focus()
    page.keyboard.press("Space")
    expect(jeans).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".shade")).to_have_count(1)
    expect(page.locator(".outline.far")).to_have_count(listed.count() - 1)
    page.keyboard.press("Escape")
    expect(jeans).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_threshold_hides_what_is_less_sure_also_from_what_is_taken_away(
    page: "Page", photo: Path
) -> None:
    opened(page, photo)
    page.get_by_role("slider").fill("0.92")
    expect(page.get_by_role("status")).to_have_text("1 garment")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Cut-outs").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["01_jacket_0.94.png", "all.png"]


def test_of_two_photos_the_later_stays_however_long_the_first_takes(
    page: "Page", photo: Path, tmp_path: Path
) -> None:
    opened(page, photo)
    page.evaluate(HELD_UP)
    slow = tmp_path / "slow.png"
    Image.new("RGB", (300, 200)).save(slow)
    page.set_input_files("#file", slow)
    page.set_input_files("#file", photo)
    expect(page.get_by_role("status")).to_contain_text("garments")
    page.evaluate("async () => { goOn(); await new Promise((done) => setTimeout(done, 100)); }")
    assert page.evaluate("[photo.width, photo.height]") == [120, 160]  # of the canvas
    expect(page.get_by_role("status")).to_contain_text("garments")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_to_mend(
    browser: "Browser", serving: Serving, photo: Path, size: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = browser.new_page(viewport=size, bypass_csp=True)  # axe is a script that the page does not name
    page.goto(serving.address)
    assert axe.Axe().run(page).response["violations"] == []
    opened(page, photo)
    page.get_by_role("button", name="jeans").click()  # seen alone
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.Axe().run(page).response["violations"] == []
    page.close()
