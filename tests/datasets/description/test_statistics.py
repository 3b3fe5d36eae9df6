"""What a dataset holds, in figures: two small sets counted by hand, and real files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear.datasets import Dataset
from wildwear.datasets.description.statistics import (
    Description,
    count,
    describe,
    figures,
    together_counted,
)
from wildwear.errors import DatasetError
from wildwear.imaging import encode

HAT, BAG, BOOTS = 1, 2, 3


def rectangle(x: float, y: float, width: float, height: float) -> list[float]:
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def dataset(images: list[dict[str, Any]], annotations: list[dict[str, Any]], **header: Any) -> Dataset:
    categories = [{"id": HAT, "name": "hat"}, {"id": BAG, "name": "bag"}, {"id": BOOTS, "name": "boots"}]
    images = [{"id": 7 * index, "file_name": f"{index}.jpg", **image} for index, image in enumerate(images)]
    annotations = [
        {"id": index, **one, "image_id": 7 * one["image_id"]} for index, one in enumerate(annotations)
    ]
    return Dataset({"images": images, "annotations": annotations, "categories": categories, **header})


def test_several_datasets_together_are_what_one_file_of_them_would_be() -> None:
    small = {"width": 100, "height": 200}
    images = [small, small | {"source": "wild", "people": "0"}, {"width": None, "height": None}]
    annotations = [
        {"image_id": 0, "category_id": HAT, "segmentation": [rectangle(0, 0, 20, 20)]},
        {"image_id": 1, "category_id": BOOTS, "segmentation": [rectangle(9, 9, 90, 90)], "iscrowd": 0},
        {"image_id": 1, "category_id": HAT, "bbox": [0, 0, 50, 50], "iscrowd": 1},
        {"image_id": 2, "category_id": BAG, "segmentation": [[0, 0, 5, 0, 5, 5]]},
    ]
    whole = dataset(images, annotations)
    parts = [whole.restricted_to([image]) for image in whole.images]
    parts[1].document["categories"] = whole.categories[::-1]  # joined by name, not by place
    together = figures(together_counted([count(part) for part in parts], "all"))
    expected, found = (json.dumps(one.to_dict()) for one in (describe(whole, "all"), together))
    assert json.loads(found) == json.loads(expected)
    assert np.array_equal(together.where, describe(whole).where)


@pytest.fixture
def wild() -> Description:
    """Four photos of 100 × 200 px (0.02 Mpx), one of 2000 × 1000 (2 Mpx); polygons.

    | photo | source | people | masks (points; area; share of the photo)                            |
    |-------|--------|--------|---------------------------------------------------------------------|
    | 0     | street | 0      | hat (4; 400; 0.02), bag (4; 2,000; 0.1)                             |
    | 1     | wild   | 0_3    | boots in two parts (4 + 3; 100 + 50; 0.0075)                        |
    | 2     | wild   | 1_3    | none, one region that is not judged, in each of the three categories|
    | 3     | wild   | 1      | hat (4; 10,000; 0.5), hat (4; 400; 0.02)                            |
    | 4     | –      | –      | bag (3; 20,000; 0.01)                                               |
    """
    small = {"width": 100, "height": 200}
    images = [
        {**small, "source": "street", "people": "0"},
        {**small, "source": "wild", "people": "0_3"},
        {**small, "source": "wild", "people": "1_3"},
        {**small, "source": "wild", "people": "1"},
        {"width": 2000, "height": 1000},
    ]
    annotations = [
        {"image_id": 0, "category_id": HAT, "segmentation": [rectangle(0, 0, 20, 20)]},
        {"image_id": 0, "category_id": BAG, "segmentation": [rectangle(50, 100, 40, 50)]},
        {
            "image_id": 1,
            "category_id": BOOTS,
            "segmentation": [rectangle(0, 0, 10, 10), [50, 50, 60, 50, 60, 60]],
        },
        *(
            {"image_id": 2, "category_id": one, "bbox": [0, 0, 50, 50], "iscrowd": 1}
            for one in (HAT, BAG, BOOTS)
        ),
        {"image_id": 3, "category_id": HAT, "segmentation": [rectangle(0, 0, 100, 100)]},
        {"image_id": 3, "category_id": HAT, "segmentation": [rectangle(0, 0, 20, 20)]},
        {"image_id": 4, "category_id": BAG, "segmentation": [[0, 0, 200, 0, 0, 200]]},
    ]
    return describe(dataset(images, annotations))


def test_a_small_set_gives_the_table_made_by_hand(wild: Description) -> None:
    assert (wild.images, wild.images_without_masks, wild.masks, wild.not_judged) == (5, 1, 6, 1)
    assert wild.masks_an_image == pytest.approx(6 / 5)
    assert wild.masks_by_image.bins[:4] == (1, 2, 2, 0)
    assert wild.points_a_mask == pytest.approx((4 + 4 + 7 + 4 + 4 + 3) / 6)
    assert wild.numbers_a_mask == pytest.approx(2 * 26 / 6)
    assert wild.masks_without_points == 0
    assert wild.megapixels.mean == pytest.approx((4 * 0.02 + 2) / 5)
    assert wild.megapixels.bins == (4, 0, 0, 0, 0, 1, 0, 0, 0)  # from 2 Mpx on is the sixth
    assert wild.aspect == 0.5
    assert wild.sizes == {"small": 3, "medium": 1, "large": 2}  # under 1,024 px, over 9,216 px
    assert wild.area_shares.mean == pytest.approx((0.02 + 0.1 + 0.0075 + 0.5 + 0.02 + 0.01) / 6)
    assert wild.area_shares.bins == (1, 1, 2, 0, 1, 0, 1)


def test_people_and_sources_give_the_table_made_by_hand(wild: Description) -> None:
    assert wild.people == {
        "one person": 1,
        "one person, selfie": 1,
        "people, selfie": 1,
        "people": 1,
        "not stated": 1,
    }
    assert list(wild.people)[-1] == "not stated"
    assert wild.selfies == 2
    assert [(row.source, row.images, row.masks) for row in wild.sources] == [
        ("wild", 3, 3),
        ("street", 1, 2),
        (None, 1, 1),
    ]


def test_categories_give_the_table_made_by_hand(wild: Description) -> None:
    hat, bag, boots = wild.categories
    assert [(one.name, one.masks, one.images) for one in wild.categories] == [
        ("hat", 3, 2),
        ("bag", 2, 2),
        ("boots", 1, 1),
    ]
    assert hat.area_share == pytest.approx((0.02 + 0.5 + 0.02) / 3)
    assert bag.area_share == pytest.approx((0.1 + 0.01) / 2)
    assert boots.area_share == pytest.approx(0.0075)
    assert hat.sizes == {"small": 2, "medium": 0, "large": 1}
    assert wild.together.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 1]]


def test_masks_are_counted_where_they_lie(wild: Description) -> None:
    hat = wild.categories[0]
    assert hat.placed == 3
    assert hat.where[0, 0] == 3  # the corner at the top left
    assert hat.where[0, -1] == 1  # the top right: the large one alone
    assert not hat.where[16:].any()  # it ends half way down
    assert wild.where[0, 0] == 5  # three hats, the boots, the other bag


@pytest.fixture
def patchy() -> Description:
    """What files leave out: three photos, one of unknown size; an RLE, a box without a mask, areas of boxes.

    | photo | masks                                                                                 |
    |-------|---------------------------------------------------------------------------------------|
    | 0     | 10 × 10 px: bag, RLE of 6 px; hat, only a box of 4 × 5 px                             |
    | 1     | null size: hat, a triangle of 50 px in a box of 100 px, which the file states as area |
    | 2     | 10 × 10 px: none                                                                      |
    """
    mask = np.zeros((10, 10), np.bool_)
    mask[2:5, 4:6] = True
    tiny = {"width": 10, "height": 10}
    annotations: list[dict[str, Any]] = [
        {"image_id": 0, "category_id": BAG, "segmentation": encode(mask)},
        {"image_id": 0, "category_id": HAT, "bbox": [0, 0, 4, 5], "area": 20},
        {
            "image_id": 1,
            "category_id": HAT,
            "segmentation": [[0, 0, 10, 0, 0, 10]],
            "bbox": [0, 0, 10, 10],
            "area": 100,
        },
    ]
    return describe(dataset([tiny, {"width": None, "height": None}, tiny], annotations, info={}))


def test_a_patchy_set_gives_the_table_made_by_hand(patchy: Description) -> None:
    assert (patchy.images, patchy.images_without_masks, patchy.masks) == (3, 1, 3)
    assert patchy.points_a_mask == 3
    assert patchy.masks_without_points == 2
    assert patchy.images_of_unknown_size == 1
    assert patchy.megapixels.count == 2
    assert patchy.megapixels.mean == pytest.approx(0.0001)
    hat, bag, boots = patchy.categories
    assert bag.area_share == pytest.approx(0.06)
    assert hat.area_share == pytest.approx(0.2)  # of the one whose photo has a size
    assert (hat.masks, hat.placed) == (2, 1)
    assert boots.area_share is None
    assert patchy.missing == ["boots"]


def test_an_area_that_is_only_that_of_the_box_is_measured_on_the_mask(patchy: Description) -> None:
    assert patchy.sizes == {"small": 3, "medium": 0, "large": 0}
    assert any("area of 3 masks is measured" in note for note in patchy.notes)


def test_unknown_sizes_are_said(patchy: Description) -> None:
    assert any("size of 1 photos is not known" in note for note in patchy.notes)


def test_an_area_that_differs_from_the_box_is_taken_from_the_file() -> None:
    bag = {"image_id": 0, "category_id": BAG, "segmentation": [rectangle(0, 0, 10, 10)]}
    stated = dataset([{"width": 100, "height": 10}], [{**bag, "bbox": [0, 0, 10, 10], "area": 90}])
    assert describe(stated).categories[1].area_share == pytest.approx(0.09)


def test_an_empty_dataset_is_described() -> None:
    nothing = describe(dataset([], []))
    assert (nothing.images, nothing.masks, nothing.masks_an_image, nothing.points_a_mask) == (
        0,
        0,
        None,
        None,
    )
    assert nothing.missing == ["hat", "bag", "boots"]
    json.dumps(nothing.to_dict(), allow_nan=False)


def test_what_is_ticked_for_people_may_be_anything() -> None:
    images = [{"people": people} for people in ("", "9", 5, ["0"], "3_0", None)]
    assert describe(dataset(images, [])).people == {"one person, selfie": 1, "one person": 1, "not stated": 4}


def test_a_description_is_json(wild: Description) -> None:
    again = json.loads(json.dumps(wild.to_dict(), allow_nan=False))
    assert again["masks_an_image"] == pytest.approx(1.2)
    assert again["missing"] == []
    assert again["categories"][0]["name"] == "hat"


@pytest.mark.parametrize("times", [1, 3])
def test_modanet_has_5_10_masks_an_image_whatever_it_is_multiplied_by(shared: Path, times: int) -> None:
    modanet = Dataset.load(shared / "fixtures" / "modanet" / "instances_val.json")
    images = [{**one, "id": (copy, one["id"])} for copy in range(times) for one in modanet.images]
    annotations = [
        {**one, "image_id": (copy, one["image_id"])} for copy in range(times) for one in modanet.annotations
    ]
    described = describe(Dataset({**modanet.document, "images": images, "annotations": annotations}))
    assert (described.images, described.masks) == (1_073 * times, 5_467 * times)
    assert f"{described.masks_an_image:.2f}" == "5.10"
    assert described.points_a_mask == pytest.approx(33.77, abs=0.01)
    assert described.area_shares.mean == pytest.approx(0.0323, abs=0.0001)  # boxes would give 0.06


def test_crowd_regions_are_never_counted(shared: Path) -> None:
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    described = describe(wild30)
    assert described.masks == 158 == sum(one.masks for one in described.categories)
    assert described.not_judged == 810 / 30
    assert {row.source: (row.images, row.masks) for row in described.sources} == {
        "wild": (30, 75),
        "street": (24, 83),
    }


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("area", "large", r"annotations\[1\].area: expected a number, found 'large'"),
        ("segmentation", [[0, 0, 5, 5, 0, "x"]], r"annotations\[1\].segmentation"),
        ("segmentation", {"size": [10, 10], "counts": "zzz"}, r"annotations\[1\].segmentation"),
        ("segmentation", {"counts": [3]}, r"annotations\[1\].segmentation"),
        ("segmentation", {"size": [10, 10], "counts": [3]}, r"annotations\[1\].segmentation: the counts"),
    ],
)
def test_what_is_malformed_is_named(field: str, value: Any, said: str) -> None:
    sound = {"image_id": 0, "category_id": HAT, "segmentation": [rectangle(0, 0, 5, 5)], "bbox": [0, 0, 5, 5]}
    bad = {**sound, "area": 25, field: value}
    with pytest.raises(DatasetError, match=said):
        describe(dataset([{"width": 10, "height": 10}], [sound, bad]))
