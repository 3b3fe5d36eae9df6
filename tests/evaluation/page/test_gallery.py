"""Pictures of mistakes: what is drawn, where, and what happens without a photo."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from squares import found, truth
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.page.cases import Case, worst_cases
from wildwear.evaluation.page.gallery import Drawn, cards, side_by_side, window_around

SHIRT, SHOES, COAT = 1, 2, 3


def pixels(drawn: Drawn) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(drawn.source.split(",")[1]))).convert("RGB"), int)


def case(photo: int, annotation: int | None = None, prediction: dict | None = None) -> Case:
    return Case("background", photo, annotation, prediction, 0, "what happened")


def test_a_card_shows_the_truth_and_what_was_found_at_the_place_of_the_mistake(tmp_path: Path) -> None:
    one = truth((1, SHIRT, (0, 0, 20, 20)), (1, COAT, (60, 60, 20, 20)), folder=tmp_path)
    wrong = found(1, SHOES, (0, 0, 20, 18), 0.8)
    [card] = cards(one, worst_cases(Evidence(one, [wrong], [wrong])).worst["wrong_name"], [wrong])
    assert [drawn.name for drawn in card.pictures] == ["truth", "found"]
    assert [name for drawn in card.pictures for name, _ in drawn.garments] == ["shirt", "flat shoes 0.80"]
    assert (card.title, card.remark) == ("photo1.png", "")
    is_grey = (np.abs(pixels(card.pictures[0]) - 90) < 12).all(axis=2)
    assert is_grey.mean() > 0.5
    assert not is_grey[:50, :50].all()


def test_without_an_instance_all_of_the_truth_is_drawn_and_without_a_detection_all_that_is_shown() -> None:
    one = truth((1, SHIRT, (0, 0, 50, 50)), (1, COAT, (20, 20, 50, 50)), crowd=(80, 80, 10, 10))
    shown = [found(1, SHOES, (0, 0, 50, 50), 0.5), found(2, SHOES, (0, 0, 50, 50), 0.5)]
    [on_nothing, missed] = cards(one, [case(1, None, shown[0]), case(1, 1)], shown)
    assert [name for name, _ in on_nothing.pictures[0].garments] == ["shirt", "coat"]
    assert [name for name, _ in missed.pictures[1].garments] == ["flat shoes 0.50"]


def test_cards_come_in_the_order_of_the_cases_and_progress_reaches_them_all() -> None:
    one = truth((1, SHIRT, (0, 0, 9, 9)), (2, COAT, (0, 0, 9, 9)))
    done: list[int] = []
    drawn = cards(one, [case(2, 2), case(1, 1), case(2, 2)], [], progress=done.append)
    assert [card.title for card in drawn] == ["photo2.png", "photo1.png", "photo2.png"]
    assert done[-1] == 3


def test_where_a_photo_is_missing_its_masks_lie_on_a_plain_ground_and_that_is_said() -> None:
    [card] = cards(truth((1, SHIRT, (10, 10, 30, 30))), [case(1, 1)], [])
    assert card.remark == "photo not found"
    assert len(np.unique(pixels(card.pictures[0]).reshape(-1, 3), axis=0)) > 2


def test_outlines_lie_on_what_is_shown_of_a_large_photo_that_is_missing() -> None:
    one = truth((1, SHIRT, (0, 0, 50, 50)))
    whole = side_by_side(one, one.images[0], [("truth", one.instances())], long_side=50)
    seen = pixels(whole.pictures[0])
    assert seen.shape == (50, 50, 3)
    assert np.abs(seen[5:20, 24:26] - seen[35:, 35:].mean(axis=(0, 1))).max(axis=2).min() > 5  # outlined
    assert seen[32:, 32:].std() < 3


@pytest.mark.parametrize(
    ("box", "window"),
    [
        ((300, 300, 200, 200), (230, 570, 230, 570)),  # 35 % of the longer side around it
        ((0, 0, 200, 200), (0, 340, 0, 340)),  # moved into the photo, not cut off
        ((500, 500, 1, 1), (452, 549, 452, 549)),  # never under 96 px
        ((0, 0, 1000, 1000), (0, 1000, 0, 1000)),
    ],
)
def test_a_window_holds_a_garment_and_what_is_around_it(
    box: tuple[int, ...], window: tuple[int, ...]
) -> None:
    assert window_around([box], (1000, 1000)) == window


def test_a_window_stays_inside_the_photo() -> None:
    assert window_around([(90, 95, 10, 5)], (100, 100)) == (4, 100, 4, 100)


def test_a_window_is_never_much_narrower_than_high() -> None:
    top, bottom, left, right = window_around([(490, 100, 20, 400)], (1000, 1000))
    assert (right - left) / (bottom - top) == pytest.approx(0.6, abs=0.01)


def test_the_same_photo_stands_side_by_side_with_what_each_found(tmp_path: Path) -> None:
    one = truth((1, SHIRT, (0, 0, 20, 20)), folder=tmp_path)
    sets = [
        ("truth", one.instances()),
        ("before", []),
        ("after", [found(1, SHIRT, (0, 0, 20, 18)), found(1, SHIRT, (50, 50, 9, 9))]),
    ]
    card = side_by_side(one, one.images[0], sets, long_side=200)
    assert [drawn.name for drawn in card.pictures] == ["truth", "before", "after"]
    assert [drawn.alt for drawn in card.pictures] == [
        "truth: shirt",
        "before: nothing",
        "after: shirt 0.90, shirt 0.90",
    ]
    assert [len(drawn.garments) for drawn in card.pictures] == [1, 0, 1]
    assert pixels(card.pictures[2]).shape == (200, 200, 3)
