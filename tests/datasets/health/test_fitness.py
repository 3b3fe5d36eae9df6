"""What a dataset must have before somebody trains on it or evaluates with it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.errors import DatasetError, PhotoError


@pytest.fixture
def street(shared: Path) -> Dataset:
    """Some photos of wild30 with their masks."""
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    return copy.deepcopy(wild30.restricted_to(wild30.images[-8:]))


def test_a_sound_dataset_is_ready(street: Dataset) -> None:
    require_ready(street)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda d: d["images"][1].update(width=None),
            r"1 of 8 photos have no width or height: \S+\. `wildwear data health \S+ --fix` takes them",
        ),
        (lambda d: d["images"][1].update(height=5), "says .* x 5, so its masks belong to another photo"),
        (
            lambda d: [image.update(file_name=f"{image['id']}.jpg") for image in d["images"]],
            r"8 of 8 photos are missing: (\S+, ){4}\S+ and 3 more",
        ),
        (lambda d: d["images"][1].update(file_name="../a.jpg"), "leaves its folder"),
        (lambda d: d["annotations"][1].update(segmentation=None), "1 annotations have no mask, with the id"),
        (
            lambda d: [category.update(name="thing") for category in d["categories"]],
            r"1 'thing'.* and \d+ more: not wildwear's ids and names",
        ),
    ],
)
def test_what_is_not_ready_is_refused_with_the_command_that_helps(
    street: Dataset, spoil: Callable[[dict[str, Any]], Any], message: str
) -> None:
    spoil(street.document)
    with pytest.raises(DatasetError, match=message):
        require_ready(street)


def test_a_foreign_category_that_does_not_occur_is_no_obstacle(street: Dataset) -> None:
    street.document["categories"] = [*street.categories, {"id": 31, "name": "monocle"}]
    require_ready(street)


def test_a_photo_that_is_none_is_named(street: Dataset, tmp_path: Path) -> None:
    for image in street.images:
        (tmp_path / image["file_name"]).write_text("no photo")
    with pytest.raises(PhotoError, match="is not a photo that wildwear reads"):
        require_ready(street, tmp_path)
