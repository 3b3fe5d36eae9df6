"""The 30 categories, their colours, and how one is looked up."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.errors import WildwearError
from wildwear.reporting.colours import ciede2000, in_lab
from wildwear.taxonomy import (
    CATEGORIES,
    Category,
    UnknownCategoryError,
    category,
    category_named,
    coco_categories,
)
from wildwear.taxonomy.words import squeeze

# Ids and names as the thesis published them; annotation files refer to them, so they never change.
THESIS = """
    hat bag boots slippers sneakers heels flat_shoes swimsuit bathrobe underwear pyjama robe dress jumpsuit
    cover_ups coat pants jeans shorts skirt leggings joggers jacket blazer waistcoat cardigan sweater
    sweatshirt shirt top
"""


def test_the_ids_and_names_are_those_of_the_thesis() -> None:
    assert [(one.id, one.name) for one in CATEGORIES] == list(enumerate(THESIS.split(), start=1))


def test_supercategories_come_from_the_ontology() -> None:
    assert category("hat").supercategory == category("bag").supercategory == "accessories"
    assert {one.supercategory for one in CATEGORIES if 3 <= one.id <= 7} == {"shoes"}
    assert {one.supercategory for one in CATEGORIES if one.id > 7} == {"clothing"}


def test_each_group_is_where_a_garment_is_worn() -> None:
    groups = {group: [one.id for one in CATEGORIES if one.group == group] for group in worn()}
    assert groups == {
        "headwear": [1],
        "carried": [2],
        "footwear": list(range(3, 8)),
        "whole body": list(range(8, 17)),
        "lower body": list(range(17, 23)),
        "upper body": list(range(23, 31)),
    }


def worn() -> set[str]:
    return {one.group for one in CATEGORIES}


def apart(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """How different two colours look, by CIEDE2000."""
    labs = in_lab(np.array([one, other], dtype=np.uint8))
    return float(ciede2000(labs[0], labs[1]))


RARE = {"swimsuit", "bathrobe", "underwear", "pyjama", "robe", "cover_ups", "slippers"}
LOOK_ALIKES = {"pants", "jeans", "shorts", "skirt", "leggings"}


@pytest.mark.parametrize(("one", "other"), [*combinations(CATEGORIES, 2)], ids=lambda one: str(one.name))
def test_any_two_colours_can_be_told_apart_and_those_that_meet_on_a_body_at_a_glance(
    one: Category, other: Category
) -> None:
    pair = {one.name, other.name}
    least = 15.0
    if one.group == other.group and not pair & RARE:
        least = 22.0
    if pair <= LOOK_ALIKES:
        least = 30.0
    assert apart(one.colour, other.colour) > least


@pytest.mark.parametrize("ground", [(255, 255, 255), (20, 22, 26)])
def test_every_colour_stands_out_on_light_pages_and_on_dark_ones(ground: tuple[int, int, int]) -> None:
    assert min(apart(one.colour, ground) for one in CATEGORIES) > 20


def test_each_definition_is_one_line_and_no_two_are_the_same() -> None:
    definitions = [one.definition for one in CATEGORIES]
    assert len(set(definitions)) == 30
    for definition in definitions:
        assert definition.endswith(".")
        assert "\n" not in definition
        assert len(definition) <= 150


def test_the_hex_colour_spells_the_same_colour() -> None:
    one = Category(31, "x", "clothing", "upperbody", "headwear", (1, 171, 255), "")
    assert one.hex == "#01abff"


@given(
    one=st.sampled_from(CATEGORIES),
    join=st.sampled_from(["_", "-", " ", ""]),
    change=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_a_name_is_found_whatever_its_case_and_joints(
    one: Category, join: str, change: Callable[[str], str]
) -> None:
    assert category(change(one.name.replace("_", join))) is one


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("dresses", "dress"),
        ("Coats", "coat"),
        ("boot", "boots"),
        ("flat shoe", "flat_shoes"),
        ("pyjamas", "pyjama"),
    ],
)
def test_a_name_is_found_in_singular_and_plural(written: str, name: str) -> None:
    assert category(written).name == name


def test_an_id_is_found_as_a_number() -> None:
    assert category(23).name == "jacket"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("bomber", "jacket"),
        ("windbreaker", "jacket"),
        ("Wind-Breakers", "jacket"),
        ("mini skirt", "skirt"),
        ("trousers", "pants"),
        ("hoodies", "sweatshirt"),
    ],
)
def test_a_synonym_is_found(word: str, name: str) -> None:
    assert category(word).name == name


def test_a_synonym_stands_beside_one_category_and_is_no_name_of_another() -> None:
    synonyms = [synonym for one in CATEGORIES for synonym in one.synonyms]
    squeezed = [squeeze(synonym) for synonym in synonyms]
    assert len(set(squeezed)) == len(squeezed) > 100
    assert {squeeze(one.name) for one in CATEGORIES}.isdisjoint(squeezed)


def test_a_word_that_the_ontology_has_elsewhere_is_not_decided() -> None:
    undecided = {"boxers", "briefs", "jumper"}
    for one in CATEGORIES:
        assert all(category(synonym) is one for synonym in one.synonyms if synonym not in undecided)
    with pytest.raises(UnknownCategoryError, match="'jumper' may be jumpsuit, sweater: say which"):
        category("jumper")


def test_a_label_of_a_dataset_is_a_category_by_its_name_alone() -> None:
    assert category_named("Flat shoe") is category("flat_shoes")
    assert category_named("bomber") is None


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownCategoryError, match=r"'jaket'.*did you mean jacket"):
        category("jaket")
    with pytest.raises(UnknownCategoryError, match=r"'denim': `wildwear taxonomy` lists all 30"):
        category("denim")  # a cloth: jeans, shorts and jackets are of it


@pytest.mark.parametrize("key", [0, 31, -1, "", "qqqq"])
def test_an_unknown_key_is_an_error_the_user_can_read(key: int | str) -> None:
    with pytest.raises(WildwearError, match="no category"):
        category(key)


def test_a_coco_document_gets_id_name_and_the_levels_of_the_ontology() -> None:
    assert coco_categories()[22] == {
        "id": 23,
        "name": "jacket",
        "supercategory": "clothing",
        "ontology_category": "upperbody",
    }
    assert len(coco_categories()) == 30
    levels = {one["name"]: one["ontology_category"] for one in coco_categories()}
    assert (levels["pyjama"], levels["swimsuit"], levels["boots"]) == ("nightwear", "swimwear", "boots")


def test_changing_what_a_document_got_changes_no_other() -> None:
    coco_categories()[0]["name"] = "changed"
    assert coco_categories()[0]["name"] == "hat"
