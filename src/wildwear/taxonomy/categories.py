"""The 30 categories: what each is called, how it is drawn, and what an annotator decides by."""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
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
        name: Lower case, words joined by an underscore.
        supercategory: accessories, shoes or clothing, from the ontology.
        group: Where it is worn: headwear, carried, footwear, upper body, lower body or whole body.
        colour: (red, green, blue), each 0 to 255. A hue a group, lightness and saturation within.
        definition: One line by which an annotator decides.
    """

    id: int
    name: str
    supercategory: str
    group: str
    colour: tuple[int, int, int]
    definition: str

    @property
    def hex(self) -> str:
        """The colour as #rrggbb."""
        return "#{:02x}{:02x}{:02x}".format(*self.colour)


def read_categories() -> tuple[Category, ...]:
    """Join `categories.csv` with the supercategories of the ontology."""
    supercategories = {item.category_name: item.supercategory for item in items()}
    with Path(__file__).with_name("categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Category(
                id=int(row["id"]),
                name=row["name"],
                supercategory=supercategories[row["name"]],
                group=row["group"],
                colour=rgb(row["colour"]),
                definition=row["definition"],
            )
            for row in csv.DictReader(file)
        )


def rgb(colour: str) -> tuple[int, int, int]:
    """Turn #rrggbb into (red, green, blue)."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


CATEGORIES: tuple[Category, ...] = read_categories()
"""All 30, ordered by id."""

BY_ID = {category.id: category for category in CATEGORIES}
BY_NAME = {squeeze(category.name): category for category in CATEGORIES}


def category(key: int | str) -> Category:
    """Return the category with this id or name.

    A name may differ in case, plural, spaces, hyphens and underscores: "Flat shoe" is flat_shoes.

    Raises:
        UnknownCategoryError: There is none; the message names the nearest.
    """
    if isinstance(key, int):
        if key not in BY_ID:
            raise UnknownCategoryError(f"no category has the id {key}: ids are 1 to {len(CATEGORIES)}")
        return BY_ID[key]
    if squeeze(key) in BY_NAME:
        return BY_NAME[squeeze(key)]
    nearest = [BY_NAME[name].name for name in get_close_matches(squeeze(key), BY_NAME)]
    hint = f"did you mean {', '.join(nearest)}?" if nearest else "`wildwear taxonomy` lists all 30"
    raise UnknownCategoryError(f"no category is called {key!r}: {hint}")


def coco_categories() -> list[dict[str, int | str]]:
    """Return the `categories` of a COCO document: id, name and supercategory of each of the 30."""
    return [
        {"id": category.id, "name": category.name, "supercategory": category.supercategory}
        for category in CATEGORIES
    ]
