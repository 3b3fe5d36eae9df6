"""Ids of categories and their names, for formats and maps that need the one or the other. Not for what the
names mean: see `taxonomy`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wildwear.datasets.formats.shapes import named_categories
from wildwear.datasets.stream import Record


@dataclass(frozen=True)
class Names:
    """What the numbers in a dataset's annotations stand for."""

    labels: dict[int, str]
    attributes: dict[int, str]  # as Fashionpedia has them, `attribute_ids`; empty elsewhere

    @classmethod
    def of(cls, header: Record) -> Names:
        """Those that a header lists."""
        listed = header.get("attributes")
        records = [one for one in as_list(listed) if is_category(one)]
        return cls(
            {category["id"]: str(category["name"]) for category in header["categories"]},
            {record["id"]: record["name"] for record in records},
        )

    def attributes_of(self, annotation: Record) -> list[str]:
        """The attributes of a mask."""
        ids = as_list(annotation.get("attribute_ids")) if self.attributes else []
        return [self.attributes[one] for one in ids if type(one) is int and one in self.attributes]


def numbered(names: Sequence[str], known: Record) -> tuple[list[int], Record]:
    """The ids of categories, and the header of their dataset.

    Args:
        names: of the categories, in the order that the format has them in.
        known: the header that came along with them, empty where none did. Its categories keep their ids, so
            far as their names are still there; the ids of others are wildwear's, or fresh ones.

    Returns:
        the id of each name, and the header with the category records.
    """
    header = {key: value for key, value in known.items() if key not in ("images", "annotations")}
    records = [record for record in as_list(header.get("categories")) if is_category(record)]
    ids = [record["id"] for record in records]
    if len(set(ids)) < len(ids):
        records, ids = [], []
    if [record["name"] for record in records] == list(names):
        return ids, {**header, "categories": records}
    by_name = {record["name"]: record["id"] for record in records}
    fresh = max(ids, default=0) + 1
    for name in names:
        if name not in by_name:
            by_name[name], fresh = fresh, fresh + 1
    by_name, categories, label_set = named_categories(names, by_name)
    if label_set:
        info = header.get("info")
        header["info"] = {**(info if isinstance(info, dict) else {}), "label_set": label_set}
    return [by_name[name] for name in names], {**header, "categories": categories}


def as_list(value: Any) -> list[Any]:
    """The value, if it is a list; an empty one otherwise."""
    return value if isinstance(value, list) else []


def is_category(record: Any) -> bool:
    """Whether this is a category record."""
    return isinstance(record, dict) and type(record.get("id")) is int and isinstance(record.get("name"), str)
