"""A person at the page: draws, names, edits, and loses nothing."""

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect

from annotating import SHIRT, SKIRT, Hand, Serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_a_photo_is_annotated_edited_and_undone_and_a_killed_server_loses_nothing(
    browser: "Browser", serving: Serving
) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo)
    hand.outline(SHIRT, "blou")
    hand.outline(SKIRT, "skir")
    assert hand.garments() == ["skirt", "shirt"]  # which a blouse is
    hand.saved()
    # A corner is dragged, the garment flagged, and the flag taken back.
    hand.press("v")
    hand.drag((210, 330), (230, 340))
    hand.press("o", "Control+z")
    hand.saved()
    skirt = serving.standing(photo)["instances"][1]
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
    work = serving.standing(photo)
    assert [one["flags"]["truncated"] for one in work["instances"]] == [True, False, True]
    assert work["attributes"]["people"] == [2]
    hand.press("Enter")
    hand.page.keyboard.type("shirt")
    hand.press("Enter")
    assert hand.garments() == ["shirt", *before]
    hand.press("Enter")
    expect(hand.page.locator("#photo-name")).not_to_have_text(f"{photo:02}.png")
    hand.saved()
    assert serving.standing(photo)["status"] == "done"
    hand.leave()


def test_two_tabs_on_one_photo_are_told_and_neither_loses_work(browser: "Browser", serving: Serving) -> None:
    photo = serving.photo()
    one, other = (Hand.at(browser, serving.address, photo) for _ in range(2))
    one.outline(SHIRT, "shirt")
    one.saved()
    other.outline(SKIRT, "skirt")
    told = other.page.get_by_role("dialog")
    expect(told).to_contain_text(f"Ann has saved {photo:02}.png since you opened it")
    expect(told.locator("figcaption")).to_contain_text(["1 garment: skirt", "1 garment: shirt"])
    told.get_by_role("button", name="Keep both").click()
    other.saved()
    assert other.garments() == ["skirt", "shirt"]
    assert len(serving.standing(photo)["instances"]) == 2
    # The first looks again, and sees what stands now.
    one.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(one.page.locator("#instances li")).to_have_count(2)
    for hand in (one, other):
        hand.leave()


def test_it_is_used_by_touch_on_a_tablet(browser: "Browser", serving: Serving) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo, has_touch=True)
    page = hand.page
    page.set_viewport_size({"width": 820, "height": 1180})
    page.get_by_role("button", name="Outline", exact=True).tap()
    for place in [(250, 350), (290, 350), (290, 390)]:
        page.touchscreen.tap(*hand.on_screen(*place))
    page.get_by_role("button", name="Close outline").tap()
    expect(page.locator("#instances li")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") != "category"  # no keyboard comes up
    page.get_by_role("option", name="bag").first.tap()
    expect(page.locator("#instances .pick")).to_have_text(["bag"])
    hand.saved()
    assert hand.garments() == ["bag"]
    page.get_by_role("button", name="Photos").tap()
    beside = f"{photo + 1:02}.png"
    page.get_by_role("option", name=beside).tap()
    expect(page.locator("#photo-name")).to_have_text(beside)
    world = page.locator("#world")
    before = world.get_attribute("transform")
    assert before
    two_fingers(page, *hand.on_screen(150, 200))  # at the end: a browser makes no click of a tap right after
    expect(world).not_to_have_attribute("transform", before)
    hand.leave()


def two_fingers(page: "Page", x: float, y: float) -> None:
    """Pinch outwards around a place of the screen."""
    session = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 20), ("touchMove", 60), ("touchMove", 100), ("touchEnd", 0)):
        touches = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_axe_finds_nothing_to_mend(browser: "Browser", serving: Serving) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    hand = Hand.at(browser, serving.address, serving.photo(), bypass_csp=True)
    hand.outline(SHIRT, "shirt")
    hand.press("p", "j")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.page.emulate_media(color_scheme="dark")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.press("?")
    assert axe.Axe().run(hand.page).response["violations"] == []
    hand.leave()
