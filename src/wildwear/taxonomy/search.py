"""Finds the category of a word that people use: bomber is a jacket."""

from difflib import get_close_matches
from typing import NamedTuple

from wildwear.taxonomy.categories import CATEGORIES, Category, category
from wildwear.taxonomy.ontology import items
from wildwear.taxonomy.words import squeeze, words


class Match(NamedTuple):
    """What a word was found as.

    Attributes:
        item: the name found, of a category or of an item of the ontology; or a synonym.
        category: the category it belongs to; None when it is none of the 30.
        path: from the general to the particular: ("clothing", "upperbody", "jacket", "bomber jacket"). That
            of a synonym is its category's.
    """

    item: str
    category: Category | None
    path: tuple[str, ...]


def find(text: str) -> list[Match]:
    """Return the categories and items that a word or a few words may mean, best first; none when unknown.

    A category or an item of that very name comes first ("mini skirt" names the item mini of skirt), then what
    lies under a branch of that name ("swimwear"), then names that hold all the words, then items whose whole
    path holds them. Within each, categories come before items, both in the order of the ontology. Synonyms
    answer for the categories that the ontology does not bring up.
    """
    wanted = words(text)
    if not wanted:
        return []
    ranked = [(rank(wanted, match), match) for match in (*categories_as_matches(), *items_as_matches())]
    known = {match.category for position, match in ranked if position in (0, 1, 2)}
    synonyms = [match for match in synonyms_as_matches() if squeeze(match.item) == "".join(wanted)]
    ranked += [(0, match) for match in synonyms if match.category not in known]
    return [match for best in range(4) for position, match in ranked if position == best]


def suggest(text: str) -> list[str]:
    """Return up to three names nearest in spelling to a word that `find` does not know, best first."""
    spellings: dict[str, str] = {}
    synonyms = (synonym for one in CATEGORIES for synonym in one.synonyms)
    for name in (*(one.name for one in CATEGORIES), *(item.name for item in items()), *synonyms):
        for spelling in (squeeze(name), *words(name)):
            spellings.setdefault(spelling, name)
    near = get_close_matches(squeeze(text), spellings)
    return list(dict.fromkeys(spellings[spelling] for spelling in near))


def rank(wanted: list[str], match: Match) -> int | None:
    """Say how well a match answers, 0 the best; None when it does not. See `find` for the order."""
    kind = match.category.name if match.category else ""
    if "".join(wanted) in (squeeze(match.item), squeeze(f"{match.item} {kind}")):
        return 0
    if "".join(wanted) in map(squeeze, match.path):
        return 1
    for position, where in ((2, match.item), (3, " ".join(match.path))):
        if set(wanted) <= set(words(where)):
            return position
    return None


def categories_as_matches() -> list[Match]:
    """The 30 themselves, each with the path of its items as far as they share it."""
    paths = {
        item.category_name: item[:3] if item.supercategory == "clothing" else item[:2] for item in items()
    }
    return [Match(one.name, one, distinct(paths[one.name])) for one in CATEGORIES]


def synonyms_as_matches() -> list[Match]:
    """What else the categories are called."""
    return [
        Match(synonym, match.category, match.path)
        for match in categories_as_matches()
        if match.category
        for synonym in match.category.synonyms
    ]


def items_as_matches() -> list[Match]:
    """The 211 items; one that carries the name of its category is left to the category."""
    return [
        Match(item.name, category(item.category_name) if item.category_name else None, distinct(item))
        for item in items()
        if not item.category_name or squeeze(item.name) != squeeze(item.category_name)
    ]


def distinct(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path without the steps that only repeat a name: accessories, belt."""
    return tuple(dict.fromkeys(path))
