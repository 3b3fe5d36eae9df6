"""Categories as the network counts them: label 0 is background, 1 … n the categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.taxonomy import CATEGORIES, coco_categories


@dataclass(frozen=True)
class Labels:
    """The categories of a run, in the order of their labels: `id` and `name` each."""

    categories: list[dict[str, Any]]

    @classmethod
    def of(cls, train: Dataset, val: Dataset) -> Labels:
        """wildwear's 30 where a dataset keeps to them, whichever of them occur; else the dataset's own.

        Raises:
            DatasetError: val has categories that train has not, or under other ids.
        """
        ours = {category.id: category.name for category in CATEGORIES}
        if all(ours.get(category["id"]) == category["name"] for category in train.categories):
            categories: list[dict[str, Any]] = list(coco_categories())
        else:
            categories = [{"id": one["id"], "name": one["name"]} for one in train.categories]
        labels = cls(categories)
        for category in val.categories:
            if labels.names.get(category["id"]) != category["name"]:
                raise DatasetError(
                    f"{val.path}: category {category['id']} is {category['name']!r}; {train.path} has "
                    f"{labels.names.get(category['id'], 'none of that id')!r} there"
                )
        return labels

    @property
    def label(self) -> dict[int, int]:
        """The label of each category id."""
        return {category["id"]: place for place, category in enumerate(self.categories, start=1)}

    @property
    def names(self) -> dict[int, str]:
        """The name of each category id."""
        return {category["id"]: category["name"] for category in self.categories}

    @property
    def are_ours(self) -> bool:
        """Whether these are the 30, so that a model file can be made."""
        return self.names == {category.id: category.name for category in CATEGORIES}
