"""The benchmark of looking again makes group photos with all garments, and measures each way of looking."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmark_scripts import load
from squares import truth
from wildwear import imaging, inference
from wildwear.taxonomy import CATEGORIES

NAMES = tuple(category.name for category in CATEGORIES)
JACKET = next(category.id for category in CATEGORIES if category.name == "jacket")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("looking_twice")


def test_a_group_photo_holds_nine_photos_and_their_garments(benchmark: ModuleType, tmp_path: Path) -> None:
    boxes = [(photo, JACKET, (10, 20, 30, 40)) for photo in range(1, 12)]
    dataset = truth(*boxes, photos=11, names=NAMES, folder=tmp_path / "set")
    (tmp_path / "groups").mkdir()
    groups = benchmark.group_photos(dataset, None, tmp_path / "groups")
    [image] = groups.images  # two photos are left over
    height, width = (side * 3 for side in imaging.photo_size(dataset.photo_path(dataset.images[0], None)))
    assert (image["height"], image["width"]) == (height, width)
    assert imaging.photo_size(groups.photo_path(image, None)) == (height, width)
    corners = {tuple(one["bbox"][:2]) for one in groups.annotations}
    assert corners == {(10 + x * width // 3, 20 + y * height // 3) for x in range(3) for y in range(3)}


def test_a_row_says_what_is_found_and_what_it_takes(
    benchmark: ModuleType, tiny_model: Path, tmp_path: Path
) -> None:
    dataset = truth((1, JACKET, (10, 10, 50, 40)), photos=1, names=NAMES, folder=tmp_path / "set")
    photo = dataset.photo_path(dataset.images[0], None)
    imaging.write_image(photo, np.zeros((100, 100, 3), dtype=np.uint8))
    row = benchmark.row("once", inference.load(tiny_model), dataset, None)
    # name, AP, AP50, F1, precision, recall, shown, seconds
    assert row[0] == "once"
    assert row[2:7] == ["1.000", "0.667", "0.500", "1.000", "2"]
    assert float(row[7]) >= 0
