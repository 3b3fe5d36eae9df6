"""Proposals of a model and disagreements of two people, settled by keys.

Where it matters what is proposed, it is made up here: the page shows it, whoever answers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect
from shapely import Point, Polygon

from annotating import SHIRT, SKIRT, Hand, Serving
from wildwear.imaging import write_image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

AUTHORS = {"a": "ann", "b": "ben"}
SHIRT_ID, TOP_ID, SKIRT_ID, DRESS_ID = 29, 30, 20, 13


def answering(hand: Hand, path: str, value: Any) -> list[Any]:
    """Answer one address with a value; what is sent there is collected."""
    sent: list[Any] = []

    def answer(route: "Route") -> None:
        if route.request.post_data:
            sent.append(route.request.post_data_json)
        route.fulfill(json=value)

    hand.page.route(path, answer)
    return sent


@pytest.fixture
def with_shirt(serve: "Callable[..., Serving]", tiny_model: Path, tmp_path: Path) -> Serving:
    """A photo with one shirt, looked at by the tiny model."""
    pixels = np.full((400, 300, 3), 220, np.uint8)
    cv2.rectangle(pixels, SHIRT[0], SHIRT[2], (70, 90, 200), -1)
    (tmp_path / "photos").mkdir()
    write_image(tmp_path / "photos" / "1.png", pixels)
    return serve(tmp_path / "project", tmp_path / "photos", model=str(tiny_model))


def test_proposals_are_relabelled_accepted_and_rejected_by_key_and_a_box_gets_an_outline(
    browser: "Browser", serving: Serving
) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo)
    project = hand.page.request.get(
        f"{serving.address.split('?')[0]}api/project",
        headers={"X-Wildwear-Token": serving.address.split("=")[1]},
    ).json()
    proposed = [
        {
            "parts": [[SHIRT]],
            "category": TOP_ID,
            "score": 0.8,
            "runners_up": [[SHIRT_ID, 0.1], [DRESS_ID, 0.1]],
        },
        {
            "parts": [[SKIRT]],
            "category": DRESS_ID,
            "score": 0.7,
            "runners_up": [[SKIRT_ID, 0.2], [TOP_ID, 0.1]],
        },
    ]
    answering(hand, "**/api/project", project | {"assist": True})
    answering(hand, "**/proposals", {"proposals": proposed})
    asked = answering(hand, "**/mask", {"parts": [[SKIRT]], "category": SKIRT_ID, "runners_up": []})
    hand.page.reload()
    expect(hand.page.locator("#scene .proposals .shape")).to_have_count(2)
    hand.press("j", "2")  # the first, by its second name
    assert hand.garments() == ["dress", "shirt"]
    hand.press("j", "x")
    assert hand.garments() == ["shirt"]
    hand.press("Control+z", "Shift+A", "Control+z", "j", "a")
    assert hand.garments() == ["dress", "shirt"]
    hand.press("Control+z", "Escape")
    hand.page.mouse.move(*hand.on_screen(150, 250))
    hand.press("x")  # with nothing selected, what the cursor is at
    assert hand.garments() == ["shirt"]
    hand.press("Control+z")
    hand.press("w")
    hand.drag((85, 175), (215, 335))
    expect(hand.page.locator("#instances .pick").first).to_contain_text("skirt")
    assert hand.garments() == ["skirt", "shirt"]  # instead of the proposal
    assert asked == [{"box": pytest.approx([85, 175, 215, 335], abs=1)}]
    hand.saved()
    instances = serving.standing(photo)["instances"]
    assert [(one["category"], one["source"]) for one in instances] == [
        (SHIRT_ID, "proposal"),
        (SKIRT_ID, "proposal"),
    ]
    assert instances[0]["score"] == 0.8
    hand.leave()


def test_the_models_proposals_its_answer_to_a_box_and_snapping_end_in_the_work(
    browser: "Browser", with_shirt: Serving
) -> None:
    hand = Hand.at(browser, with_shirt.address, 1)
    proposals = hand.page.locator("#scene .proposals .shape")
    expect(proposals).to_have_count(3)  # jacket, jeans, bag: the tiny model finds them everywhere
    hand.press("a", "a", "x", "x")  # the first is selected, accepted; the others are not
    assert hand.garments() == ["jacket"]
    hand.press("w")
    hand.drag((60, 200), (240, 380))
    expect(hand.page.locator("#instances .pick").first).to_contain_text("shirt")
    hand.press("Delete")
    rough = [
        (x + dx, y + dy) for (x, y), (dx, dy) in zip(SHIRT, ((2, -2), (-2, 3), (3, 2), (-3, -2)), strict=True)
    ]
    hand.outline(rough, "shirt")
    outlined = hand.page.locator("#scene .shapes .selected")
    before = outlined.get_attribute("d")
    assert before
    hand.press("s")
    expect(outlined).not_to_have_attribute("d", before)
    hand.saved()
    jacket, shirt = with_shirt.standing(1)["instances"]
    assert (jacket["source"], jacket["score"]) == ("proposal", pytest.approx(0.94, abs=0.01))
    assert (shirt["category"], shirt["source"]) == (SHIRT_ID, "drawn")
    drawn, meant = Polygon(shirt["parts"][0][0]), Polygon([(100, 60), (201, 60), (201, 181), (100, 181)])
    assert Polygon(rough).intersection(meant).area / Polygon(rough).union(meant).area < 0.97
    assert drawn.intersection(meant).area / drawn.union(meant).area > 0.985
    hand.leave()


def test_a_click_of_mend_shows_and_adds_the_region_there_and_another_takes_it_away(
    browser: "Browser", with_shirt: Serving
) -> None:
    hand = Hand.at(browser, with_shirt.address, 1)
    expect(hand.page.locator("#scene .proposals .shape")).to_have_count(3)
    hand.press("x", "x", "x", "x")
    hand.outline([(100, 60), (150, 60), (150, 180), (100, 180)], "shirt")
    half = hand.page.locator("#scene .shapes .selected").get_attribute("d")
    assert half
    hand.press("Shift+B")
    hand.page.mouse.move(*hand.on_screen(176, 120))
    foreseen = hand.page.locator("#scene .foreseen")
    expect(foreseen).not_to_have_attribute("d", "")
    assert hand.page.locator("#scene .shapes .selected").get_attribute("d") == half
    hand.click(176, 120)
    garment = hand.page.locator("#scene .shapes .selected")
    expect(garment).not_to_have_attribute("d", half)
    hand.saved()
    [shirt] = with_shirt.standing(1)["instances"]
    drawn, meant = Polygon(shirt["parts"][0][0]), Polygon([(100, 60), (201, 60), (201, 181), (100, 181)])
    assert drawn.intersection(meant).area / drawn.union(meant).area > 0.95  # half of it was drawn
    hand.press("Control+z")
    expect(garment).to_have_attribute("d", half)
    hand.press("Control+Shift+z", "v", "Shift+B")
    hand.drag((190, 170), (190, 230))  # a stroke is what it was: it grows
    hand.saved()
    grown = garment.get_attribute("d")
    assert grown
    hand.press("Escape")  # with nothing selected, the garment that the click is in
    hand.click(190, 225)
    expect(hand.page.locator("#scene .shapes .shape")).not_to_have_attribute("d", grown)
    hand.saved()
    [shirt] = with_shirt.standing(1)["instances"]
    assert not Polygon(shirt["parts"][0][0]).contains(Point(190, 225))
    assert Polygon(shirt["parts"][0][0]).contains(Point(150, 120))
    hand.leave()


def test_a_key_that_closes_the_disagreements_changes_nothing_on_the_photo(
    browser: "Browser", serving: Serving
) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo)
    expect(hand.page.locator("[data-command=review]")).to_be_hidden()  # there is no second annotator
    hand.outline(SHIRT, "shirt")
    pair = {"photo": photo, "kind": "missing", "a": None, "b": None, "iou": None}
    answering(hand, "**/api/review", {"authors": AUTHORS, "pairs": [pair]})
    hand.press("y")
    expect(hand.page.get_by_role("dialog")).to_contain_text("1 of 1")
    hand.press("o")
    expect(hand.page.get_by_role("dialog")).to_have_count(0)
    hand.saved()
    assert not serving.standing(photo)["instances"][-1]["flags"]["occluded"]
    hand.leave()


def test_a_disagreement_is_settled_by_one_key(browser: "Browser", serving: Serving) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo)
    one = {"judged": True, "flags": {}, "source": "drawn", "score": None}
    a, b = one | {"id": "a", "category": SHIRT_ID}, one | {"id": "b", "category": TOP_ID}
    a["parts"] = b["parts"] = [[SHIRT]]
    pair = {"photo": photo, "kind": "name", "a": a, "b": b, "iou": 1}
    answering(hand, "**/api/review", {"authors": AUTHORS, "pairs": [pair]})
    decided = answering(hand, "**/settle", {})
    hand.press("y")
    expect(hand.page.get_by_role("dialog")).to_contain_text("They name it differently.")
    expect(hand.page.locator("#review-name-b")).to_have_text("top")
    expect(hand.page.get_by_role("button", name="Keep ben")).to_be_visible()
    hand.press("2")
    expect(hand.page.get_by_role("dialog")).to_have_count(0)
    assert decided == [{"keep": "b", "a": "a", "b": "b"}]
    hand.leave()
