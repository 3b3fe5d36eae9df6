"""A person at the page: draws, names, edits, and loses nothing."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect
from shapely import Point, Polygon

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from conftest import Serving

SHIRT, SKIRT = [(100, 60), (200, 60), (200, 180), (100, 180)], [(90, 181), (210, 181), (210, 330), (90, 330)]


class Hand:
    """Mouse, keys and eyes on one page.

    Places are pixels of the photo.
    """

    def __init__(self, page: "Page") -> None:
        self.page = page

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        found: list[float] = self.page.evaluate(
            "([x, y]) => { const at = new DOMPoint(x, y).matrixTransform("
            "document.getElementById('world').getScreenCTM()); return [at.x, at.y]; }",
            [x, y],
        )
        return found[0], found[1]

    def click(self, x: float, y: float, *, keys: str = "") -> None:
        if keys:
            self.page.keyboard.down(keys)
        self.page.mouse.click(*self.on_screen(x, y))
        if keys:
            self.page.keyboard.up(keys)

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.on_screen(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.on_screen(*place), steps=6)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def outline(self, places: list[tuple[int, int]], name: str) -> None:
        """Draw an outline by its corners, and type a name."""
        self.press("p")
        for place in places:
            self.click(*place)
        self.press("Enter")
        self.page.keyboard.type(name)
        self.press("Enter")

    def saved(self) -> None:
        """Wait until the page says so."""
        expect(self.page.locator("#saved")).to_have_text("All saved")

    def garments(self) -> list[str]:
        """As the list has them, the top layer first."""
        return [one.split("\n")[0] for one in self.page.locator("#instances .pick").all_inner_texts()]


def opened(browser: "Browser", address: str, photo: int, **options: Any) -> Hand:
    """A page with a photo on it."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, **options).new_page()
    page.goto(f"{address}&photo={photo}")
    expect(page.locator("#photo-name")).to_have_text(re.compile("png"))
    return Hand(page)


@pytest.fixture
def hand(browser: "Browser", serving: "Serving") -> Iterator[Hand]:
    """A page with the first photo; nobody closes it before what was done is saved."""
    hand = opened(browser, serving.address, 1)
    yield hand
    hand.page.context.close()


def standing(serving: "Serving", photo: int) -> Any:
    """The work on a photo, as the server has it."""
    address, token = re.fullmatch(r"(.+)\?token=(.+)", serving.address).groups()  # type: ignore[union-attr]
    asked = urllib.request.Request(f"{address}api/photos/{photo}", headers={"X-Wildwear-Token": token})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)["work"]


def test_a_photo_is_annotated_edited_and_undone_and_a_killed_server_loses_nothing(
    hand: Hand, serving: "Serving"
) -> None:
    hand.outline(SHIRT, "blou")
    hand.outline(SKIRT, "skir")
    assert hand.garments() == ["skirt", "shirt"]  # which a blouse is
    hand.saved()
    # A corner is dragged, the garment flagged, and the flag taken back.
    hand.press("v")
    hand.drag((210, 330), (230, 340))
    hand.press("o", "Control+z")
    hand.saved()
    skirt = standing(serving, 1)["instances"][1]
    assert skirt["parts"][0][0][2] == pytest.approx([230, 340], abs=1)
    assert not skirt["flags"]["occluded"]
    # The server dies; work goes on, and is said not to be saved.
    serving.kill()
    hand.press("t", "[")
    expect(hand.page.locator("#saved")).to_contain_text("Not saved, trying again")
    hand.press("d", "Shift+Digit9")
    hand.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    hand.press("p")
    for place in SHIRT:
        hand.click(*place)  # an outline that is not closed yet
    before = hand.garments()
    hand.page.context.on("dialog", lambda dialog: dialog.accept())  # leave in spite of what is not saved
    serving.start()
    hand.page.reload()
    expect(hand.page.locator("#instances li")).to_have_count(3)
    hand.saved()
    assert hand.garments() == before
    work = standing(serving, 1)
    assert [one["flags"]["truncated"] for one in work["instances"]] == [True, False, True]
    assert work["attributes"]["people"] == [2]
    hand.press("Enter")
    hand.page.keyboard.type("shirt")
    hand.press("Enter")
    assert hand.garments() == ["shirt", *before]
    hand.press("Enter")
    expect(hand.page.locator("#photo-name")).to_have_text("b.png")
    hand.saved()
    assert standing(serving, 1)["status"] == "done"


def test_two_tabs_on_one_photo_are_told_and_neither_loses_work(
    browser: "Browser", serving: "Serving"
) -> None:
    one, other = opened(browser, serving.address, 3), opened(browser, serving.address, 3)
    one.outline(SHIRT, "shirt")
    one.saved()
    other.outline(SKIRT, "skirt")
    told = other.page.get_by_role("dialog")
    expect(told).to_contain_text("Ann has saved c.png since you opened it")
    expect(told.locator("figcaption")).to_contain_text(["1 garment: skirt", "1 garment: shirt"])
    told.get_by_role("button", name="Keep both").click()
    other.saved()
    assert other.garments() == ["skirt", "shirt"]
    assert len(standing(serving, 3)["instances"]) == 2
    # The first looks again, and sees what stands now.
    one.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(one.page.locator("#instances li")).to_have_count(2)
    for hand in (one, other):
        hand.page.context.close()


def test_brush_eraser_knife_holes_and_merging_make_polygons_of_few_vertices(
    hand: Hand, serving: "Serving"
) -> None:
    hand.press("PageDown")
    expect(hand.page.locator("#photo-name")).to_have_text("b.png")

    def area(x: int, y: int) -> list[Any]:
        hand.saved()
        return [one for one in standing(serving, 2)["instances"] if contains(one["parts"], x, y)]

    hand.outline(SKIRT, "skirt")
    hand.press("p")
    for key, (x, y) in (("Shift+Enter", (250, 30)), ("Alt+Enter", (150, 300))):
        for place in [(x, y), (x + 20, y), (x, y + 20)]:
            hand.click(*place)
        hand.press(key)  # a part more, then a hole
    [several] = standing_after(hand, serving, 2)
    assert [len(part) for part in several["parts"]] in ([1, 2], [2, 1])
    hand.press("Control+z", "Control+z", "b")
    hand.drag((150, 250), (250, 250))  # beyond the border: the selected garment grows
    [grown] = area(230, 250)
    assert grown["parts"][0][0][0] == [90, 181]  # far away, nothing has moved
    assert 8 < points(grown) < 24
    hand.press("e")
    hand.drag((120, 300), (121, 300))
    [holed] = standing_after(hand, serving, 2)
    assert len(holed["parts"][0]) == 2
    assert not contains(holed["parts"], 120, 300)
    hand.press("k")
    hand.drag((60, 220), (280, 220))
    upper, lower = area(150, 200), area(150, 320)
    assert upper[0]["id"] != lower[0]["id"]
    assert points(upper[0]) < 12
    # Two that are selected become one again, and the cut leaves nothing between them.
    hand.press("v")
    hand.click(150, 200)
    hand.click(150, 320, keys="Shift")
    hand.press("g")
    [merged] = standing_after(hand, serving, 2)
    assert len(merged["parts"]) == 1
    assert contains(merged["parts"], 150, 220)
    hand.press("Control+z", "Control+z", "Control+z", "Control+z")
    hand.saved()
    assert hand.garments() == ["skirt"]


def standing_after(hand: Hand, serving: "Serving", photo: int) -> list[Any]:
    """The instances that the server has once all is saved."""
    hand.saved()
    instances: list[Any] = standing(serving, photo)["instances"]
    return instances


def points(instance: Any) -> int:
    return sum(len(ring) for part in instance["parts"] for ring in part)


def contains(parts: list[Any], x: float, y: float) -> bool:
    return any(Polygon(part[0], part[1:]).contains(Point(x, y)) for part in parts)


def test_vertices_are_moved_inserted_and_deleted_several_at_once(hand: Hand, serving: "Serving") -> None:
    hand.press("PageDown", "p")
    expect(hand.page.locator("#photo-name")).to_have_text("b.png")
    count = len(hand.garments())
    hand.drag((20, 20), (80, 20), (80, 40), (20, 40), (20, 22))  # drawn freely, closed where it began
    hand.page.keyboard.type("hat")
    hand.press("Enter", "v")
    hat = standing_after(hand, serving, 2)[count]
    assert 4 <= points(hat) <= 6
    hand.drag((50, 20), (50, 10))  # its border: a vertex more
    assert points(standing_after(hand, serving, 2)[count]) == points(hat) + 1
    hand.page.keyboard.down("Shift")
    hand.drag((10, 5), (90, 25))  # a frame around those at the top
    hand.page.keyboard.up("Shift")
    hand.press("Shift+ArrowDown")
    moved = standing_after(hand, serving, 2)[count]
    assert min(y for _, y in moved["parts"][0][0]) == pytest.approx(20, abs=1)
    hand.press("Delete")
    assert len(standing_after(hand, serving, 2)) == count  # two points are no garment


def test_it_is_used_by_touch_on_a_tablet(browser: "Browser", serving: "Serving") -> None:
    hand = opened(browser, serving.address, 2, has_touch=True)
    page = hand.page
    page.set_viewport_size({"width": 820, "height": 1180})
    page.get_by_role("button", name="Outline", exact=True).tap()
    count = len(hand.garments())
    for place in [(250, 350), (290, 350), (290, 390)]:
        page.touchscreen.tap(*hand.on_screen(*place))
    page.get_by_role("button", name="Close outline").tap()
    assert page.evaluate("document.activeElement.id") != "category"  # no keyboard comes up
    page.get_by_role("option", name="bag").first.tap()
    hand.saved()
    assert hand.garments()[0] == "bag"
    assert len(hand.garments()) == count + 1
    before = page.locator("#world").get_attribute("transform")
    two_fingers(page, *hand.on_screen(150, 200))
    assert page.locator("#world").get_attribute("transform") != before
    assert len(hand.garments()) == count + 1
    page.get_by_role("button", name="Photos").tap()
    page.get_by_role("option", name="c.png").tap()
    expect(page.locator("#photo-name")).to_have_text("c.png")
    page.context.close()


def two_fingers(page: "Page", x: float, y: float) -> None:
    """Pinch outwards around a place of the screen."""
    session = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 20), ("touchMove", 60), ("touchMove", 100), ("touchEnd", 0)):
        touches = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_axe_finds_nothing_to_mend(browser: "Browser", serving: "Serving") -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    hand = opened(browser, serving.address, 3, bypass_csp=True)
    hand.press("p", "j")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.page.emulate_media(color_scheme="dark")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.press("?")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.page.context.close()
