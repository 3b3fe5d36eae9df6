"""Which photo goes to which split."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_datasets import write_photo
from wildwear.datasets.making.splitting import assign, belonging_together, seeded_order
from wildwear.datasets.splits import SPLITS, Split


@given(st.lists(st.text(), unique=True), st.integers(), st.data())
def test_an_order_by_seed_does_not_depend_on_who_else_is_there(
    names: list[str], seed: int, data: st.DataObject
) -> None:
    order = [names[place] for place in seeded_order(names, seed)]
    assert sorted(order) == sorted(names)
    fewer = [name for name in names if data.draw(st.booleans())]
    assert [fewer[place] for place in seeded_order(fewer, seed)] == [name for name in order if name in fewer]


def test_another_seed_is_another_order() -> None:
    names = [f"{number}.jpg" for number in range(50)]
    assert seeded_order(names, 0) != seeded_order(names, 1)
    # The same on every machine and in every version.
    assert seeded_order(names, 0)[:5] == [46, 2, 41, 8, 17]


@st.composite
def photos(draw: st.DrawFn) -> tuple[list[int], list[set[str]]]:
    """Groups and categories of some photos."""
    count = draw(st.integers(1, 40))
    groups = draw(st.lists(st.integers(0, 30), min_size=count, max_size=count))
    some = st.sets(st.sampled_from("abcd"), max_size=3)
    return groups, draw(st.lists(some, min_size=count, max_size=count))


@given(photos(), st.tuples(*[st.integers(0, 12)] * 3), st.sampled_from(["evenly", "in turn"]))
def test_no_group_is_in_two_splits_and_no_split_gets_more_than_asked_for(
    made: tuple[list[int], list[set[str]]], counts: tuple[int, int, int], fill: str
) -> None:
    groups, categories = made
    wanted: dict[Split, int] = dict(zip(SPLITS, counts, strict=True))
    assigned = assign(
        range(len(groups)),
        groups,
        ["x"] * len(groups),
        categories,
        {"x": wanted},
        fill=fill,  # type: ignore[arg-type]
    )
    where: dict[int, set[str]] = {}
    for place, split in assigned.items():
        where.setdefault(groups[place], set()).add(split)
    assert all(len(splits) == 1 for splits in where.values())
    taken = Counter(assigned.values())
    assert all(taken[split] <= wanted[split] for split in SPLITS)
    if len(set(groups)) == len(groups):  # every photo by itself: nothing stands in the way of the numbers
        assert len(assigned) == min(sum(counts), len(groups))


@given(photos(), st.integers(0, 10), st.integers(0, 10), st.sampled_from(["evenly", "in turn"]))
def test_where_a_split_takes_the_rest_no_photo_stays_out(
    made: tuple[list[int], list[set[str]]], val: int, test: int, fill: str
) -> None:
    groups, categories = made
    train = max(1, len(groups) - val - test)
    assigned = assign(
        range(len(groups)),
        groups,
        ["x"] * len(groups),
        categories,
        {"x": {"train": train, "val": val, "test": test}},
        fill=fill,  # type: ignore[arg-type]
        spill={"x": "train"},
    )
    assert len(assigned) == len(groups)
    taken = Counter(assigned.values())
    assert taken["val"] <= val
    assert taken["test"] <= test


def test_a_category_on_as_many_photos_as_there_are_splits_reaches_each() -> None:
    count = 100
    for rare in (3, 4, 10):
        categories = [{"shirt", "robe"} if place < rare else {"shirt"} for place in range(count)]
        order = seeded_order([str(place) for place in range(count)], 0)
        wanted: dict[Split, int] = {"train": 80, "val": 10, "test": 10}
        assigned = assign(order, range(count), ["x"] * count, categories, {"x": wanted})
        assert {assigned[place] for place in range(rare)} == set(SPLITS)
        assert Counter(assigned.values()) == wanted


def test_a_draw_from_many_does_not_favour_the_rare() -> None:
    count = 2000
    categories = [{"robe"} if place % 20 == 0 else {"shirt"} for place in range(count)]
    order = seeded_order([str(place) for place in range(count)], 0)
    assigned = assign(order, range(count), ["x"] * count, categories, {"x": {"train": 160, "val": 40}})
    robes = Counter(assigned[place] for place in assigned if categories[place] == {"robe"})
    assert robes.total() == sum(place % 20 == 0 for place in order[:200]) == 9
    assert robes["val"] == 2


def test_in_turn_the_splits_are_filled_one_after_the_other() -> None:
    wanted: dict[Split, int] = {"train": 3, "val": 2, "test": 1}
    assigned = assign(range(6), range(6), ["x"] * 6, [set()] * 6, {"x": wanted}, fill="in turn")
    assert [assigned[place] for place in range(6)] == ["train"] * 3 + ["val"] * 2 + ["test"]


def test_kinds_are_counted_apart() -> None:
    kinds = ["street", "wild"] * 10
    wanted: dict[str, dict[Split, int]] = {"street": {"train": 3, "val": 1}, "wild": {"train": 7}}
    assigned = assign(range(20), range(20), kinds, [set()] * 20, wanted)
    assert Counter((kinds[place], split) for place, split in assigned.items()) == {
        ("street", "train"): 3,
        ("street", "val"): 1,
        ("wild", "train"): 7,
    }


def test_pairs_persons_and_scenes_belong_together(tmp_path: Path) -> None:
    for name in "abcdefg":
        write_photo(tmp_path / f"{name}.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "f.png")
    images = [
        {"pair_id": 1},
        {"pair_id": 1, "person": "p"},
        {"pair_id": 2, "person": "p"},
        {"pair_id": None, "person": "1"},  # a person's 1 is no pair's
        {"scene": "s"},
        {},
        {"scene": "s"},  # another crop of the same photo
    ]
    places = [tmp_path / f"{name}.png" for name in "abcdefg"]
    names = list("abcdefg")
    assert belonging_together(images, names, places) == [0, 0, 0, 1, 2, 0, 2]
    assert belonging_together(images, names, [None, *places[1:]]) == [0, 0, 0, 1, 2, 3, 2]
    names = ["x/a", "b", "c", "x\\a", "e", "f", "g"]  # one name, however it is written
    assert belonging_together(images, names, [None] * 7) == [0, 0, 0, 0, 1, 2, 1]


def test_groups_larger_than_a_split_are_cut_only_where_photos_may_stay_out() -> None:
    groups = [0] * 5 + [1]
    wanted: dict[str, dict[Split, int]] = {"x": {"train": 3, "val": 1}}
    bounded = assign(range(6), groups, ["x"] * 6, [set()] * 6, wanted)
    assert Counter(bounded.values()) == {"train": 3, "val": 1}
    spilling = assign(range(6), groups, ["x"] * 6, [set()] * 6, wanted, spill={"x": "train"})
    assert Counter(spilling.values()) == {"train": 5, "val": 1}


@pytest.mark.parametrize("fill", ["evenly", "in turn"])
def test_nothing_wanted_is_nothing_assigned(fill: str) -> None:
    assert assign(range(2), [0, 1], ["x"] * 2, [set()] * 2, {"x": {}}, fill=fill) == {}  # type: ignore[arg-type]
