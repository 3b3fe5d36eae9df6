"""A project of many photos opens at once, and its list stays short in the document."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect

from wildwear.annotation import open_project
from wildwear.annotation.store import NewPhoto
from wildwear.imaging import write_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from annotating import Serving

PHOTOS = 5_000
MOST_NODES = 300
MODULES_FETCHED = """performance.getEntriesByType("resource")
    .filter((one) => one.name.endsWith(".js") && one.transferSize > 0).length"""
PATIENCE = 20  # seconds on a busy machine; an idle one takes under 2


@pytest.fixture
def many(serve: "Callable[..., Serving]", tmp_path: Path) -> "Serving":
    """A project in which one picture has 5,000 names."""
    write_image(tmp_path / "one.png", np.full((60, 40, 3), 90, np.uint8))
    project = open_project(tmp_path / "project")
    names = (f"{number:05}.png" for number in range(PHOTOS))
    project.store.add((NewPhoto(name, str(tmp_path / "one.png"), 40, 60) for name in names), "Ann")
    project.store.close()
    return serve(tmp_path / "project")


def test_a_project_of_5000_photos_opens_soon_and_keeps_its_list_short(
    browser: "Browser", many: "Serving"
) -> None:
    page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    began = time.monotonic()
    page.goto(many.address)
    expect(page.locator("#photo-name")).to_have_text("00000.png")
    assert time.monotonic() - began < PATIENCE
    nodes = page.locator("#photos *")
    assert nodes.count() < MOST_NODES
    expect(page.locator("#listed")).to_have_text("5,000 photos")
    page.locator("#photos").hover()
    page.mouse.wheel(0, 150_000)
    expect(page.get_by_role("option", name="02505.png")).to_be_visible()
    assert nodes.count() < MOST_NODES
    page.get_by_role("searchbox").fill("4999")
    page.get_by_role("option", name="04999.png").click()
    expect(page.locator("#photo-name")).to_have_text("04999.png")
    page.reload()
    expect(page.locator("#photo-name")).to_have_text("04999.png")
    assert page.evaluate(MODULES_FETCHED) == 0  # a second time, the browser has them
    page.context.close()
