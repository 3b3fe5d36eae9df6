"""Datasets: the COCO document as the store, the formats it comes from, and the recipes that build it.

- `Dataset`: the one type. `formats`: one file a format; `convert`: from one to another, with a `Conversion`
  that says what is wanted and what was met.
- `build_ccp30`: makes the dataset that the bundled model learnt from.
"""

from wildwear.datasets.ccp30 import build_ccp30
from wildwear.datasets.converting import convert
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.stream import Conversion

__all__ = ["Conversion", "Dataset", "build_ccp30", "convert"]
