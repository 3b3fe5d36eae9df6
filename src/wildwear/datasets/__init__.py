"""Datasets: the COCO document as the store, the formats it comes from, and the recipes that build it.

`Dataset` is the one type; `build_ccp30` makes the dataset that the bundled model learnt from.
"""

from wildwear.datasets.ccp30 import build_ccp30
from wildwear.datasets.dataset import Dataset

__all__ = ["Dataset", "build_ccp30"]
