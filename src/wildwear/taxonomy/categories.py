"""The 30 categories: what each is called, how it is drawn, and what an annotator decides by.

What else people call one stands in `categories.csv`, beside the words of the ontology: words of one meaning.
"""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from wildwear.errors import WildwearError
from wildwear.taxonomy.ontology import items
from wildwear.taxonomy.words import squeeze


class UnknownCategoryError(WildwearError):
    """No category has this id or name; the message names the nearest ones."""


@dataclass(frozen=True)
class Category:
    """One of the 30 categories.

    Attributes:
        id: 1 to 30, the id of the thesis.
        name: lower case, words joined by an underscore.
        supercategory: accessories, shoes or clothing, from the ontology.
        ontology_category: the ontology's level below that: upperbody, nightwear, swimwear ...; of what is no
            clothing the name itself.
        group: where it is worn: headwear, carried, footwear, upper body, lower body or whole body.
        colour: (red, green, blue), each 0 to 255. Far from those of look-alikes and of what is worn with it.
        definition: one line by which an annotator decides.
        synonyms: what else people call it, as far as the ontology does not say.
    """

    id: int
    name: str
    supercategory: str
    ontology_category: str
    group: str
    colour: tuple[int, int, int]
    definition: str
    synonyms: tuple[str, ...] = ()

    @property
    def hex(self) -> str:
        """The colour as #rrggbb."""
        return "#{:02x}{:02x}{:02x}".format(*self.colour)

    def coco_record(self) -> dict[str, int | str]:
        """The category in a COCO document: its id, its name, and the levels of the ontology above it."""
        return {
            "id": self.id,
            "name": self.name,
            "supercategory": self.supercategory,
            "ontology_category": self.ontology_category,
        }


def read_categories() -> tuple[Category, ...]:
    """Join `categories.csv` with the upper levels of the ontology."""
    item_of = {item.category_name: item for item in items()}
    with Path(__file__).with_name("categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Category(
                id=int(row["id"]),
                name=row["name"],
                supercategory=item_of[row["name"]].supercategory,
                ontology_category=item_of[row["name"]].category,
                group=row["group"],
                colour=rgb(row["colour"]),
                definition=row["definition"],
                synonyms=tuple(filter(None, map(str.strip, row["synonyms"].split(";")))),
            )
            for row in csv.DictReader(file)
        )


def rgb(colour: str) -> tuple[int, int, int]:
    """Turn #rrggbb into (red, green, blue)."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


CATEGORIES: tuple[Category, ...] = read_categories()
"""All 30, ordered by id."""

NEAR = 0.7  # likeness, from which a word is taken for a typo: below, denim would be the denim jacket

BY_ID = {category.id: category for category in CATEGORIES}
BY_NAME = {squeeze(category.name): category for category in CATEGORIES}


def category_named(label: str) -> Category | None:
    """The category that a dataset's label is the name of; None where it is the name of none.

    A name may differ in case, plural, spaces, hyphens and underscores: "Flat shoe" is flat_shoes. Synonyms
    are labels of their own: whether a dataset's bombers are to be jackets, a label map says.
    """
    return BY_NAME.get(squeeze(label))


def category(key: int | str) -> Category:
    """Return the category with this id, this name (as `category_named` has it), or a synonym of it.

    Raises:
        UnknownCategoryError: there is none, and the message names the nearest; or there are several.
    """
    if isinstance(key, int):
        if key not in BY_ID:
            raise UnknownCategoryError(f"no category has the id {key}: ids are 1 to {len(CATEGORIES)}")
        return BY_ID[key]
    if found := category_named(key):
        return found
    meant = meanings().get(squeeze(key), [])
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UnknownCategoryError(f"{key!r} may be {', '.join(one.name for one in meant)}: say which")
    nearest = [meanings()[word][0].name for word in get_close_matches(squeeze(key), meanings(), cutoff=NEAR)]
    unique = ", ".join(dict.fromkeys(nearest))
    hint = f"did you mean {unique}?" if nearest else "`wildwear taxonomy` lists all 30"
    raise UnknownCategoryError(f"no category is called {key!r}: {hint}")


@cache
def meanings() -> dict[str, list[Category]]:
    """What each name, synonym and item of the ontology may mean, squeezed, in the order of the ids."""
    found: dict[str, list[Category]] = {}
    for one in CATEGORIES:
        called = [item.name for item in items() if item.category_name == one.name]
        for word in map(
            squeeze, (one.name, *one.synonyms, *called, *(f"{item} {one.name}" for item in called))
        ):
            if one not in found.setdefault(word, []):
                found[word].append(one)
    return found


def coco_categories() -> list[dict[str, int | str]]:
    """Return the `categories` of a COCO document, one for each of the 30."""
    return [category.coco_record() for category in CATEGORIES]
