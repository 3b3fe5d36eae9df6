"""What a garment can be: the 30 categories, and the ontology of 211 items that they come from."""

from wildwear.taxonomy.categories import (
    CATEGORIES,
    Category,
    UnknownCategoryError,
    category,
    category_named,
    coco_categories,
)
from wildwear.taxonomy.ontology import Item, items
from wildwear.taxonomy.search import Match, find, suggest

__all__ = [
    "CATEGORIES",
    "Category",
    "Item",
    "Match",
    "UnknownCategoryError",
    "category",
    "category_named",
    "coco_categories",
    "find",
    "items",
    "suggest",
]
