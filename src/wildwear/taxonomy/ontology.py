"""The fashion ontology of the thesis: 211 items, and which of the 30 categories each one belongs to.

`ontology.csv` was made once from the thesis' spreadsheet; its stray spaces are gone, its spelling is kept.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

ACCESSORIES_THAT_ARE_CATEGORIES = ("hat", "bag")


class Item(NamedTuple):
    """One row, from the general to the particular: clothing, upperbody, jacket, bomber jacket."""

    supercategory: str
    category: str
    subcategory: str
    name: str

    @property
    def category_name(self) -> str | None:
        """The name of the one of the 30 categories it belongs to, or None (a scarf, a watch).

        The 30 are the ontology's subcategories of clothing, its categories of shoes, and hat and bag.
        """
        if self.supercategory == "clothing":
            return self.subcategory.replace(" ", "_")
        if self.supercategory == "shoes" or self.category in ACCESSORIES_THAT_ARE_CATEGORIES:
            return self.category.replace(" ", "_")
        return None


@cache
def items() -> tuple[Item, ...]:
    """All 211 items, in the order of the ontology."""
    with Path(__file__).with_name("ontology.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return tuple(Item(*row) for row in rows)
