"""What the tools make of strokes, as the server has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from playwright.sync_api import expect

from annotating import SHIRT, SKIRT, Hand, Serving, area, contains, points

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def hand(browser: "Browser", serving: Serving) -> Iterator[Hand]:
    """At a photo on which nothing stands."""
    hand = Hand.at(browser, serving.address, serving.photo())
    yield hand
    hand.leave()


def standing_after(hand: Hand, serving: Serving) -> list[Any]:
    """The instances that the server has once all is saved."""
    hand.saved()
    instances: list[Any] = serving.standing(serving.taken)["instances"]
    return instances


def test_brush_eraser_knife_holes_and_merging_make_polygons_of_few_vertices(
    hand: Hand, serving: Serving
) -> None:
    def under(x: int, y: int) -> list[Any]:
        return [one for one in standing_after(hand, serving) if contains(one, x, y)]

    hand.outline(SKIRT, "skirt")
    hand.press("p")
    for key, (x, y) in (("Shift+Enter", (250, 30)), ("Alt+Enter", (150, 300))):
        for place in [(x, y), (x + 20, y), (x, y + 20)]:
            hand.click(*place)
        hand.press(key)  # a part more, then a hole
    [several] = standing_after(hand, serving)
    assert [len(part) for part in several["parts"]] in ([1, 2], [2, 1])
    hand.press("Control+z", "Control+z", "b")
    hand.drag((150, 250), (250, 250))  # beyond the border: the selected garment grows
    [grown] = under(230, 250)
    assert grown["parts"][0][0][0] == [90, 181]  # far away, nothing has moved
    assert 8 < points(grown) < 24
    hand.press("e")
    hand.drag((120, 300), (121, 300))
    [holed] = standing_after(hand, serving)
    assert len(holed["parts"][0]) == 2
    assert not contains(holed, 120, 300)
    hand.press("k")
    hand.drag((60, 220), (280, 220))
    upper, lower = under(150, 200), under(150, 320)
    assert upper[0]["id"] != lower[0]["id"]
    assert points(upper[0]) < 12
    # Two that are selected become one again, and the cut leaves nothing between them.
    hand.press("v")
    hand.click(150, 200)
    hand.click(150, 320, keys="Shift")
    hand.press("g")
    [merged] = standing_after(hand, serving)
    assert len(merged["parts"]) == 1
    assert contains(merged, 150, 220)
    hand.press("Control+z", "Control+z", "Control+z", "Control+z")
    hand.saved()
    assert hand.garments() == ["skirt"]


def test_a_stroke_that_mends_grows_what_it_begins_in_and_else_shrinks_what_it_crosses(
    hand: Hand, serving: Serving
) -> None:
    def under(x: int, y: int) -> list[Any]:
        return [one["category"] for one in standing_after(hand, serving) if contains(one, x, y)]

    hand.outline(SHIRT, "shirt")
    hand.outline(SKIRT, "skirt")
    shirt, skirt = standing_after(hand, serving)
    hand.press("Escape", "Shift+B")
    hand.drag((150, 160), (150, 195))  # from the shirt over the skirt, which lies on top
    assert under(150, 195) == [shirt["category"]]
    hand.press("Escape")
    hand.drag((230, 300), (205, 300))  # from beside the skirt
    assert under(205, 300) == []
    assert under(150, 300) == [skirt["category"]]
    hand.press("Control+z", "Control+z")  # a stroke is a step, whatever it crosses
    assert standing_after(hand, serving) == [shirt, skirt]


def test_with_nothing_selected_a_digit_names_what_is_under_the_cursor(hand: Hand, serving: Serving) -> None:
    hand.outline(SKIRT, "skirt")
    hand.outline(SHIRT, "shirt")
    hand.press("Escape")
    hand.page.mouse.move(*hand.on_screen(150, 250))
    hand.press("2")  # the second name that was used
    assert hand.garments() == ["shirt", "shirt"]
    hand.page.mouse.move(*hand.on_screen(150, 120))
    hand.press("1")
    assert hand.garments() == ["skirt", "shirt"]


def test_enter_in_an_empty_field_for_names_gives_none(hand: Hand, serving: Serving) -> None:
    hand.outline(SHIRT, "shirt")
    hand.press("p")
    for place in SKIRT:
        hand.click(*place)
    hand.press("Enter", "Enter")  # closes it; and no name is typed
    assert hand.garments() == ["no name yet", "shirt"]
    hand.press("c", "ArrowDown", "Enter")  # the first of the list is taken where it was meant
    assert hand.garments() == ["shirt", "shirt"]


def test_vertices_are_moved_inserted_and_deleted_several_at_once(hand: Hand, serving: Serving) -> None:
    hand.press("p")
    hand.drag((20, 20), (80, 20), (80, 40), (20, 40), (20, 22))  # drawn freely, closed where it began
    hand.page.keyboard.type("hat")
    hand.press("Enter", "v")
    [hat] = standing_after(hand, serving)
    assert 4 <= points(hat) <= 6
    hand.drag((50, 20), (50, 10))  # its border: a vertex more
    assert points(standing_after(hand, serving)[0]) == points(hat) + 1
    hand.page.keyboard.down("Shift")
    hand.drag((10, 5), (90, 25))  # a frame around those at the top
    hand.page.keyboard.up("Shift")
    hand.press("Shift+ArrowDown")
    [moved] = standing_after(hand, serving)
    assert min(y for _, y in moved["parts"][0][0]) == pytest.approx(20, abs=1)
    hand.press("Delete")
    assert standing_after(hand, serving) == []  # two points are no garment


def test_a_magnetic_outline_follows_the_edges_between_rough_points(hand: Hand, serving: Serving) -> None:
    hand.press("m")  # which takes the outline in hand as well
    magnetic = hand.page.get_by_role("button", name="Magnetic")
    expect(magnetic).to_have_attribute("aria-busy", "false")  # it has found the edges
    for place in [(150, 61), (199, 120), (150, 179), (101, 120)]:
        hand.click(*place)
    hand.press("Enter")
    [shirt] = standing_after(hand, serving)
    assert area(shirt) > 0.95 * 100 * 120  # straight lines would cover half of it
    assert points(shirt) < 25


def test_a_shared_border_is_the_neighbours(hand: Hand, serving: Serving) -> None:
    hand.outline([*SHIRT[:3], (150, 190), SHIRT[3]], "shirt")
    hand.press("n", "p")
    for place in [(103, 183), (198, 182), (210, 330), (90, 330)]:
        hand.click(*place)
    hand.press("Enter")
    shirt, skirt = standing_after(hand, serving)
    assert [100, 180] in skirt["parts"][0][0]
    assert skirt["parts"][0][0][1] == [150, 190]  # which nobody clicked
    assert points(skirt) == 5
    assert points(shirt) == 5


def test_a_garment_without_a_name_is_selected_when_its_photo_is_opened(hand: Hand, serving: Serving) -> None:
    hand.press("p")
    for place in SHIRT:
        hand.click(*place)
    hand.press("Enter", "Escape")  # no name yet
    hand.saved()
    name = hand.page.inner_text("#photo-name")
    hand.press("PageDown")
    expect(hand.page.locator("#photo-name")).not_to_have_text(name)
    hand.press("PageDown", "PageUp", "PageUp")  # in haste
    expect(hand.page.locator("#photo-name")).to_have_text(name)
    expect(hand.page.locator("#instances .selected")).to_have_text("no name yet")
    hand.press("c")
    hand.page.keyboard.type("top")
    hand.press("Enter")
    [top] = standing_after(hand, serving)
    assert top["category"] is not None
