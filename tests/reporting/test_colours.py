"""A colour for each category of any dataset."""

from wildwear.reporting import colours, hexadecimal
from wildwear.taxonomy import category


def test_a_category_of_the_taxonomy_has_its_own_colour() -> None:
    assert colours(["somewhere", "flat_shoes"])[1] == category("flat_shoes").colour


def test_other_categories_differ_from_each_other_and_stay_what_they_are() -> None:
    names = [f"thing {number}" for number in range(60)]
    assert len(set(colours(names))) == 60
    assert colours(names)[:5] == colours(names[:5])


def test_a_colour_is_written_as_pages_have_it() -> None:
    assert hexadecimal((255, 0, 16)) == "#ff0010"
