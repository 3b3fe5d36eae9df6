"""The benchmark of annotating counts actions as the page takes them."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from benchmark_scripts import load
from squares import truth
from wildwear import inference
from wildwear.annotation.assist import Assistant
from wildwear.taxonomy import CATEGORIES, category

NAMES = tuple(one.name for one in CATEGORIES)
SHIRT, TOP, BAG = (category(name).id for name in ("shirt", "top", "bag"))
SIZE = HEIGHT, WIDTH = 120, 100  # pixels
NOTHING = np.zeros(SIZE, np.bool_)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("annotate")


@pytest.fixture(scope="module")
def outlining(benchmark: ModuleType) -> ModuleType:
    import outlining

    return outlining


@pytest.fixture(scope="module")
def mending(benchmark: ModuleType) -> ModuleType:
    import mending

    return mending


@pytest.fixture(scope="module")
def letters(benchmark: ModuleType) -> dict[int, int]:
    import hand

    return hand.LETTERS


def shape(*outlines: list[tuple[int, int]]) -> Any:
    drawn = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(drawn, [np.array(outline, np.int32) for outline in outlines], 1)
    return drawn.astype(np.bool_)


def square(x: int, y: int, side: int) -> list[tuple[int, int]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def as_it_is(rings: Any) -> Any:
    return rings


def test_a_name_takes_its_letters_and_enter_then_its_number(
    benchmark: ModuleType, letters: dict[int, int]
) -> None:
    hand = benchmark.Hand()
    assert 1 <= letters[SHIRT] <= len("shirt")
    assert hand.copy().names(SHIRT) == letters[SHIRT] + 1
    assert hand.copy().names(SHIRT, opened=False) == letters[SHIRT] + 2
    assert hand.copy().names(SHIRT, [TOP, SHIRT]) == 1
    hand.names(SHIRT)
    assert hand.names(SHIRT) == 1


def test_of_ten_names_the_one_not_used_for_longest_has_no_number_any_more(benchmark: ModuleType) -> None:
    hand = benchmark.Hand()
    for one in CATEGORIES[:9]:
        hand.names(one.id)
    hand.names(CATEGORIES[0].id)  # used again
    hand.names(CATEGORIES[9].id)
    assert hand.copy().names(CATEGORIES[0].id) == 1
    assert hand.copy().names(CATEGORIES[1].id) > 1


def test_a_tool_is_taken_up_once(benchmark: ModuleType) -> None:
    hand = benchmark.Hand()
    assert hand.takes("outline") == 1
    assert hand.takes("outline") == 0
    assert hand.takes("select", "brush") == 2
    assert hand.takes() == 0


def test_an_outline_takes_a_click_a_vertex_and_a_key_a_part(outlining: ModuleType) -> None:
    one = outlining.Sight.of(shape(square(20, 30, 50)), NOTHING)
    assert outlining.fewest(one, as_it_is) == (5, 5)
    two = outlining.Sight.of(shape(square(10, 30, 30), square(55, 30, 30)), NOTHING)
    assert outlining.fewest(two, as_it_is) == (10, 10)


def test_what_snaps_may_be_drawn_rougher(outlining: ModuleType) -> None:
    circle = np.zeros(SIZE, np.uint8)
    cv2.circle(circle, (50, 60), 40, 1, -1)
    sight = outlining.Sight.of(circle.astype(np.bool_), NOTHING)
    exact = outlining.borders(sight.truth)
    alone, snapped = outlining.fewest(sight, lambda rings: exact)
    assert alone > snapped
    assert snapped == 4 + 1 + 1  # vertices, the key that closes it, the key that snaps it


def test_a_garment_may_be_drawn_on_below_what_lies_on_it(outlining: ModuleType) -> None:
    coat, strap = shape(square(20, 20, 70)), shape([(50, 20), (53, 20), (53, 90), (50, 90)])
    cut_in_two = outlining.Sight.of(coat & ~strap, NOTHING)
    below = outlining.Sight.of(coat & ~strap, strap)
    assert outlining.fewest(below, as_it_is)[0] == 5
    assert outlining.fewest(cut_in_two, as_it_is)[0] >= 5


def test_mending_drags_what_is_wrong_and_gives_up_what_takes_too_much(
    outlining: ModuleType, mending: ModuleType
) -> None:
    sight = outlining.Sight.of(shape(square(20, 30, 60)), NOTHING)
    [right] = outlining.borders(sight.truth)
    assert mending.mended(sight, [right], [4], 5) == mending.Way((), 0)
    corner = sight.seen([[[(20, 30), (80, 30), (72, 80), (20, 90)]]])
    way = mending.mended(sight, corner, [4], 5)
    assert way.actions == 1
    assert mending.mended(sight, corner, [4], 0) is None
    assert mending.mended(sight, corner, [4], 5, snap=lambda rings: [right]).actions == 1


def test_a_click_in_the_middle_of_what_is_wrong_is_taken_where_it_brings_most(
    outlining: ModuleType, mending: ModuleType
) -> None:
    sight = outlining.Sight.of(shape(square(20, 20, 70)), NOTHING)
    half = sight.seen([[[(20, 20), (55, 20), (55, 90), (20, 90)]]])
    clicks = []

    def patched(rings: Any, point: Any) -> Any:
        clicks.append(np.array(point) / sight.scale + sight.corner)
        return outlining.borders(sight.truth)

    way = mending.mended(sight, half, [2], 5, patch=patched)
    assert way == mending.Way(("mend",), 1, pointed=True)
    x, y = clicks[0]
    assert (55 < x < 90, 20 < y < 90) == (True, True)
    spoilt = mending.mended(sight, half, [2], 20, patch=lambda rings, point: [])
    assert spoilt == mending.mended(sight, half, [2], 20)


def test_a_ring_within_another_is_a_hole_of_the_part_on_the_photo(outlining: ModuleType) -> None:
    outer, inner = shape(square(20, 20, 60)), shape(square(40, 40, 20))
    sight = outlining.Sight.of(outer, NOTHING)
    rings = [*outlining.borders(inner), *outlining.borders(outer & ~inner)[:1]]
    [part] = sight.in_photo(rings)
    assert len(part) == 2
    assert np.ptp(part[0], axis=0).max() > np.ptp(part[1], axis=0).max()


@pytest.fixture
def garment(benchmark: ModuleType) -> Callable[..., Any]:
    """A shirt of ten actions, with a proposal that is right, or needs so many drags."""

    def made(name: int | None = SHIRT, drags: int = 0) -> Any:
        way = benchmark.Way(("select",) if drags else (), drags)
        help_ = benchmark.Help([name], (way,) * 3) if name else None
        return benchmark.Garment(SHIRT, (10, 10), 14, help_, None)

    return made


def counted(benchmark: ModuleType, photo: Any, *, proposing: bool = True) -> int:
    hand = benchmark.Hand(tool="outline", recent=[SHIRT], slots=[SHIRT])
    return int(benchmark.actions(photo, hand, proposing=proposing, aid=benchmark.PLAIN, shortest=True)[0])


def test_proposals_that_are_right_are_accepted_by_one_key(
    benchmark: ModuleType, garment: Callable[..., Any]
) -> None:
    photo = benchmark.Photo([garment(), garment(), garment()], wrong=0)
    assert counted(benchmark, photo, proposing=False) == 3 * (10 + 1)
    assert counted(benchmark, photo) == 1


def test_what_is_wrong_costs_its_rejection_its_name_and_its_drags(
    benchmark: ModuleType, garment: Callable[..., Any]
) -> None:
    rejected = benchmark.Photo([garment()], wrong=1)
    assert counted(benchmark, rejected) == 2  # a key rejects what is under the cursor, one accepts the rest
    renamed = benchmark.Photo([garment(name=TOP)], wrong=0)
    assert counted(benchmark, renamed) == 1  # its number, at the cursor
    dragged = benchmark.Photo([garment(drags=2)], wrong=0)
    assert counted(benchmark, dragged) == 1 + 1 + 2  # a click, a tool, two drags
    hopeless = benchmark.Photo([garment(drags=20)], wrong=0)
    assert counted(benchmark, hopeless) == 1 + 10 + 1  # rejected and drawn


def test_a_proposal_gives_way_to_a_box_that_takes_less(
    benchmark: ModuleType, garment: Callable[..., Any]
) -> None:
    boxed = benchmark.Help([SHIRT], (benchmark.Way((), 0),) * 3)
    photo = benchmark.Photo([dataclasses.replace(garment(drags=6), box=boxed)], wrong=0)
    assert counted(benchmark, photo) == 1 + 1 + 1  # a key that rejects, a tool, a drag


def test_a_garment_is_selected_to_be_clicked_on(benchmark: ModuleType) -> None:
    for pointed in (False, True):
        ways = (benchmark.Way(("mend",), 1, pointed),) * 3
        one = benchmark.Garment(SHIRT, (10, 10), 14, benchmark.Help([SHIRT], ways), None)
        assert (
            counted(benchmark, benchmark.Photo([one], wrong=0)) == 1 + 1 + pointed
        )  # a tool, a drag or click


def test_without_a_proposal_a_box_is_drawn_where_that_is_less(benchmark: ModuleType) -> None:
    way = benchmark.Way((), 0)
    boxed = benchmark.Garment(SHIRT, (10, 10), 14, None, benchmark.Help([SHIRT], (way,) * 3))
    photo = benchmark.Photo([boxed], wrong=0)
    assert counted(benchmark, photo) == 1 + 1  # a tool, a drag
    assert counted(benchmark, photo, proposing=False) == 10 + 1


def test_a_rough_outline_that_is_mended_counts_where_that_is_less(benchmark: ModuleType) -> None:
    ways = (None, benchmark.Way((), 12), benchmark.Way(("mend",), 9, True))
    photo = benchmark.Photo([benchmark.Garment(SHIRT, (10, 10), 14, None, None, ways)], wrong=0)

    def by(aid: int) -> int:
        hand = benchmark.Hand(tool="outline", recent=[SHIRT], slots=[SHIRT])
        return int(benchmark.actions(photo, hand, proposing=False, aid=aid, shortest=False)[0])

    assert [by(aid) for aid in range(3)] == [14 + 1, 12 + 1, 1 + 9 + 1]  # with a name; and a tool


def test_each_garment_has_the_proposal_that_fits_it_best(benchmark: ModuleType) -> None:
    overlaps = np.array([[0.9, 0.6], [0.8, 0.1], [0.2, 0.55]])
    assert benchmark.matched(overlaps) == {0: 0, 1: 2}


def test_the_table_holds_help_against_none(
    benchmark: ModuleType,
    letters: dict[int, int],
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset = truth((1, SHIRT, (10, 10, 50, 40)), photos=1, names=NAMES, folder=tmp_path / "set")
    [(image, truths)] = benchmark.chosen(dataset, 20)
    assistant = Assistant(inference.load(tiny_model))
    draw = np.random.default_rng(0)
    photo = benchmark.looked_at(assistant, dataset.photo_path(image), truths, draw)
    assert photo.garments[0].drawn == (5, 5)
    benchmark.show("set", [photo])
    rows = [
        [cell.strip() for cell in row.split("|")[1:6]]
        for row in capsys.readouterr().out.splitlines()
        if row.startswith("| ")
    ][1:]
    assert [help_ for help_, *_ in rows] == [
        "VIA",
        "none",
        "snapping",
        "proposals",
        "both",
        "both, and clicks",
    ]
    naming = 1 + letters[SHIRT] + 1
    by_careful_hand = photo.garments[0].careful
    assert float(rows[0][3]) == by_careful_hand + benchmark.DROPDOWN
    assert [float(number) for number in rows[1][1:4]] == [5 + naming, 1.0, by_careful_hand + naming]
