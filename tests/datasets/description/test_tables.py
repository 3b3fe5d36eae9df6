"""A dataset as two tables."""

import pytest

from wildwear.datasets import Dataset
from wildwear.datasets.description import tables
from wildwear.datasets.description.tables import mask_table, photo_table


@pytest.fixture
def dataset() -> Dataset:
    square = [[0, 0, 40, 0, 40, 40, 0, 40]]
    return Dataset(
        {
            "images": [
                {"id": 30, "file_name": "b.jpg", "width": 10, "height": 20, "source": "wild"},
                {"id": 20, "file_name": "a.jpg", "width": None, "height": None, "people": "0"},
            ],
            "annotations": [
                {"id": 1, "image_id": 20, "category_id": 5, "segmentation": square, "area": 1500},
                {"id": 2, "image_id": 20, "category_id": 5, "bbox": [0, 0, 1, 1], "iscrowd": 1},
                {"id": 3, "image_id": 30, "category_id": 9, "segmentation": square},
                {"id": 4, "image_id": 30, "category_id": 9},
            ],
            "categories": [{"id": 9, "name": "hat"}, {"id": 5, "name": "bag"}],
        }
    )


def test_a_row_an_image_in_the_order_of_the_dataset(dataset: Dataset) -> None:
    assert photo_table(dataset).rows() == [
        (0, "b.jpg", 10, 20, "wild", None),
        (1, "a.jpg", None, None, None, "one person"),
    ]


def test_a_row_an_instance_that_points_to_the_rows_of_photo_and_category(dataset: Dataset) -> None:
    assert mask_table(dataset).rows() == [
        (1, 1, 4, 1500.0, False, "medium"),
        (0, 0, 4, 1600.0, True, "medium"),
        (0, 0, None, None, True, None),
    ]


@pytest.mark.parametrize("at_a_time", [1, 2])
def test_rows_do_not_depend_on_how_many_instances_are_looked_at_at_a_time(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    whole = mask_table(dataset)
    monkeypatch.setattr(tables, "CHUNK", at_a_time)
    seen: list[tuple[list[int], list[int], list[int]]] = []
    looked = mask_table(
        dataset,
        lambda instances, photo, category, rings: seen.append(
            (photo.tolist(), category.tolist(), rings.owners.tolist())
        ),
    )
    assert mask_table(dataset).equals(whole, null_equal=True)
    assert looked.equals(whole, null_equal=True)
    of_one = [([1], [1], [0]), ([0], [0], [0]), ([0], [0], [])]
    assert seen == (of_one if at_a_time == 1 else [([1, 0], [1, 0], [0, 1]), ([0], [0], [])])


def test_the_tables_of_nothing_have_no_rows() -> None:
    nothing = Dataset({"images": [], "annotations": [], "categories": []})
    assert (photo_table(nothing).height, mask_table(nothing).height) == (0, 0)
