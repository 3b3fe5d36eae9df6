"""wild30's truth, and predictions made from it by moving, renaming, repeating and missing its masks."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets import Dataset


@pytest.fixture(scope="session")
def wild30_file(shared: Path) -> Path:
    return shared / "data" / "wild30" / "wild30.json"


@pytest.fixture
def wild30(wild30_file: Path) -> Dataset:
    return Dataset.load(wild30_file)


@pytest.fixture(scope="session")
def predictions(wild30_file: Path) -> list[dict[str, Any]]:
    """About three detections a mask, no two of one score; some garments are missed."""
    random = np.random.default_rng(30)
    made = []
    for annotation in Dataset.load(wild30_file).annotations:
        if random.random() < (0.95 if annotation["iscrowd"] else 0.1):
            continue
        mask = imaging.decode(annotation["segmentation"])
        for _ in range(random.integers(1, 6)):
            moved = imaging.encode(np.roll(mask, random.integers(-8, 9, 2), (0, 1)))
            renamed = random.random() < 0.2
            made.append(
                {
                    "image_id": annotation["image_id"],
                    "category_id": int(random.integers(1, 31)) if renamed else annotation["category_id"],
                    "segmentation": moved,
                    "bbox": imaging.bbox(moved),
                    "score": float(random.uniform(0.02, 1)),
                }
            )
    return made


@pytest.fixture
def perfect(wild30: Dataset) -> list[dict[str, Any]]:
    """The truth, given out as predictions."""
    fields = ("image_id", "category_id", "segmentation", "bbox")
    instances = copy.deepcopy(wild30.instances())
    return [{field: instance[field] for field in fields} | {"score": 0.9} for instance in instances]
