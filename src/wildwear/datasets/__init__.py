"""Datasets: the COCO document as the store, the formats it comes from, and the recipes that build it.

- `Dataset`: the one type. `formats`: one file a format; `convert`: from one to another, with a `Conversion`
  that says what is wanted and what was met.
- `build`: a version of a dataset by its `Recipe`. `derive`, `merging`: the steps of a recipe by themselves.
"""

from wildwear.datasets.converting import convert
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.making.building import build
from wildwear.datasets.making.recipes import Recipe
from wildwear.datasets.stream import Conversion

__all__ = ["Conversion", "Dataset", "Recipe", "build", "convert"]
