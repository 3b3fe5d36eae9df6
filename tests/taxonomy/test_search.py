"""Which category a word belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.taxonomy import CATEGORIES, Category, Item, find, items, suggest


@pytest.mark.parametrize(
    ("text", "name", "item"),
    [
        ("bomber", "jacket", "bomber jacket"),
        ("Bombers", "jacket", "bomber jacket"),
        ("T-Shirts", "top", "tshirt"),
        ("t shirt", "top", "tshirt"),
        ("trench_coat", "coat", "trench"),
        ("trenchcoat", "coat", "trench"),
        ("mini skirt", "skirt", "mini"),
        ("mini dress", "dress", "mini"),
        ("hoodie", "sweatshirt", "hoodies"),
        ("flip-flops", "flat_shoes", "flip flop"),
        ("wedge", "heels", "wedges"),
        ("dresses", "dress", "dress"),
        ("flat shoes", "flat_shoes", "flat_shoes"),
        ("windbreaker", "jacket", "windbreaker"),
        ("peacoats", "coat", "peacoat"),
    ],
)
def test_a_word_finds_its_category_and_item(text: str, name: str, item: str) -> None:
    best = find(text)[0]
    assert best.category is not None
    assert (best.category.name, best.item) == (name, item)


def test_a_match_tells_the_path_from_the_general_to_the_particular() -> None:
    assert find("bomber")[0].path == ("clothing", "upperbody", "jacket", "bomber jacket")


def test_a_word_with_several_meanings_gives_them_all() -> None:
    assert [match.category.name for match in find("vest") if match.category] == ["coat", "jacket", "top"]


def test_a_synonym_has_the_path_of_its_category() -> None:
    assert find("windbreaker")[0].path == ("clothing", "upperbody", "jacket")


def test_a_synonym_adds_the_category_that_the_ontology_does_not_bring_up() -> None:
    assert [match.category.name for match in find("jumper") if match.category] == ["jumpsuit", "sweater"]


def test_a_branch_of_the_ontology_finds_the_categories_under_it() -> None:
    found = [match.item for match in find("shoes")]
    assert found[:5] == ["boots", "slippers", "sneakers", "heels", "flat_shoes"]


def test_what_is_in_the_ontology_but_none_of_the_30_has_no_category() -> None:
    assert find("earmuffs")[0].category is None


@pytest.mark.parametrize("text", ["", "  ", "---", "spaceship"])
def test_an_unknown_word_finds_nothing(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "name"), [("bombr", "bomber jacket"), ("windbreakr", "windbreaker"), ("legings", "leggings")]
)
def test_an_unknown_word_has_suggestions_near_in_spelling(text: str, name: str) -> None:
    assert find(text) == []
    assert name in suggest(text)


def test_nothing_is_suggested_for_what_resembles_nothing() -> None:
    assert suggest("qqqq") == []


@given(st.sampled_from(items()))
def test_every_item_finds_its_own_category(item: Item) -> None:
    names = [match.category.name if match.category else None for match in find(item.name)]
    assert item.category_name in names


@given(st.sampled_from(CATEGORIES))
def test_every_category_is_the_first_answer_to_its_own_name(category: Category) -> None:
    assert find(category.name)[0].category is category


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    assert all(match.item for match in find(text))
    assert len(suggest(text)) <= 3
