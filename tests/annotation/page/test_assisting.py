"""Proposals of a model and disagreements of two people, settled by keys.

What the model proposes is made up here: the page asks for it and shows it, whoever answers.
"""

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect

from annotating import SHIRT, SKIRT, Hand, Serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

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
    hand.press("w")
    hand.drag((85, 175), (215, 335))
    expect(hand.page.locator("#instances li")).to_have_count(3)
    assert asked == [{"box": pytest.approx([85, 175, 215, 335], abs=1)}]
    hand.saved()
    instances = serving.standing(photo)["instances"]
    assert [(one["category"], one["source"]) for one in instances] == [
        (SHIRT_ID, "proposal"),
        (DRESS_ID, "proposal"),
        (SKIRT_ID, "proposal"),
    ]
    assert instances[0]["score"] == 0.8
    hand.leave()


def test_a_disagreement_is_settled_by_one_key(browser: "Browser", serving: Serving) -> None:
    photo = serving.photo()
    hand = Hand.at(browser, serving.address, photo)
    one = {"judged": True, "flags": {}, "source": "drawn", "score": None}
    a, b = one | {"id": "a", "category": SHIRT_ID}, one | {"id": "b", "category": TOP_ID}
    a["parts"] = b["parts"] = [[SHIRT]]
    pair = {"photo": photo, "kind": "name", "a": a, "b": b, "iou": 1}
    answering(hand, "**/api/review", {"pairs": [pair]})
    decided = answering(hand, "**/settle", {})
    hand.press("y")
    expect(hand.page.get_by_role("dialog")).to_contain_text("They name it differently.")
    expect(hand.page.locator("#review-name-b")).to_have_text("top")
    hand.press("2")
    expect(hand.page.get_by_role("dialog")).to_have_count(0)
    assert decided == [{"keep": "b", "a": "a", "b": "b"}]
    hand.leave()
