"""A dataset ready to be browsed: what a filter lets through, and what is said of a photo."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear.datasets import Dataset
from wildwear.imaging import encode, write_image
from wildwear.viewing import Catalog, Filter

HAT, BAG = 10, 20


def square(side: int) -> list[list[int]]:
    return [[0, 0, side, 0, side, side, 0, side]]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Four photos: 0 wild with a small hat and a large bag, 1 street with a large hat, 2 with nothing, 3 of
    unknown size with an RLE and a region that is not judged; 0 lies in images/."""
    images = [
        {"id": 5, "file_name": "Party.JPG", "width": 200, "height": 200, "source": "wild", "people": "0_3"},
        {"id": 6, "file_name": "b/street.jpg", "width": 2000, "height": 1000, "source": "street"},
        {"id": 7, "file_name": "empty.jpg", "width": 600, "height": 600, "people": "2"},
        {"id": 8, "file_name": "unknown.jpg", "width": None, "height": None},
    ]
    annotations: list[dict[str, Any]] = [
        {"id": 1, "image_id": 5, "category_id": HAT, "segmentation": square(10), "style": "old"},
        {"id": 2, "image_id": 5, "category_id": BAG, "segmentation": square(150), "bbox": [0, 0, 150, 150]},
        {"id": 3, "image_id": 6, "category_id": HAT, "segmentation": square(400)},
        {"id": 4, "image_id": 8, "category_id": BAG, "segmentation": encode(np.eye(20, dtype=bool))},
        {"id": 5, "image_id": 8, "category_id": HAT, "bbox": [1, 2, 3, 4], "iscrowd": 1},
        {"id": 6, "image_id": 8, "category_id": BAG, "bbox": [1, 2, 3, 4], "iscrowd": 1},
    ]
    categories = [{"id": HAT, "name": "hat"}, {"id": BAG, "name": "bag"}]
    (tmp_path / "images").mkdir()
    write_image(tmp_path / "images" / "Party.JPG", np.full((200, 200, 3), 90, np.uint8))
    document = {"images": images, "annotations": annotations, "categories": categories}
    return Catalog(Dataset(document, tmp_path / "set.json"), "set.json")


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Filter(), [0, 1, 2, 3]),
        (Filter(category=[HAT]), [0, 1]),
        (Filter(category=[HAT, BAG]), [0, 1, 3]),
        (Filter(category=[HAT], mask_size=["large"]), [1]),  # the large one of photo 0 is a bag
        (Filter(mask_size=["large"]), [0, 1]),
        (Filter(source=["wild"]), [0]),
        (Filter(source=["not stated", "street"]), [1, 2, 3]),
        (Filter(people=["one person, selfie"]), [0]),
        (Filter(photo_size=["1 to 4 Mpx", "not stated"]), [1, 3]),
        (Filter(photo_size=["under 0.25 Mpx"]), [0]),
        (Filter(text="pARTy"), [0]),
        (Filter(text=".*"), []),
        (Filter(category=[99]), []),
        (Filter(text=".jpg", category=[BAG]), [0, 3]),
    ],
)
def test_a_filter_lets_through_what_it_names(catalog: Catalog, wanted: Filter, rows: list[int]) -> None:
    assert catalog.find(wanted) == rows


def test_the_overview_counts_what_can_be_chosen(catalog: Catalog) -> None:
    overview = catalog.overview()
    assert (overview["photos"], overview["masks"]) == (4, 4)
    assert [(one["name"], one["masks"]) for one in overview["categories"]] == [("hat", 2), ("bag", 2)]
    assert overview["mask_size"] == [["small", 2], ["large", 2]]
    assert overview["source"] == [["street", 1], ["wild", 1], ["not stated", 2]]
    assert overview["photo_size"][-1] == ["not stated", 1]


def test_a_photo_is_shown_with_its_instances_and_their_fields(catalog: Catalog) -> None:
    photo = catalog.photo(0)
    assert (photo["name"], photo["size"], photo["found"]) == ("Party.JPG", (200, 200), True)
    assert photo["fields"] == {"source": "wild", "people": "0_3"}
    hat, bag = photo["instances"]
    assert hat["fields"] == {"style": "old"}
    assert (bag["area"], bag["share"]) == (22_500, 0.5625)
    assert bag["outlines"] == square(150)


def test_a_region_that_is_not_judged_is_shown_once_and_counts_nowhere(catalog: Catalog) -> None:
    photo = catalog.photo(3)
    assert [one["judged"] for one in photo["instances"]] == [True, False]
    assert catalog.card(3)["masks"] == 1


def test_the_outlines_of_an_rle_lie_where_its_pixels_are(catalog: Catalog) -> None:
    [instance, _] = catalog.photo(3)["instances"]
    corners = np.concatenate([np.reshape(points, (-1, 2)) for points in instance["outlines"]])
    assert np.abs(corners[:, 0] - corners[:, 1]).max() <= 1


def test_a_malformed_mask_is_said_and_the_rest_is_shown(catalog: Catalog) -> None:
    catalog.by_image[8][0]["segmentation"] = {"size": [20, 20], "counts": "zzz"}
    photo = catalog.photo(3)
    assert photo["instances"][0]["problem"]
    assert len(photo["instances"]) == 2


def test_a_name_that_is_no_unicode_is_shown_as_far_as_it_goes(catalog: Catalog) -> None:
    catalog.dataset.images[2]["file_name"] = "caf\udce9.jpg"
    again = Catalog(catalog.dataset, "again")
    assert again.card(2)["name"] == again.photo(2)["name"] == "caf\\xe9.jpg"
    assert again.find(Filter(text="CAF")) == [2]


def test_pictures_are_small_and_come_from_memory_the_second_time(catalog: Catalog) -> None:
    first = catalog.thumbnail(0)
    assert first is not None
    assert first.startswith(b"RIFF")
    assert catalog.thumbnail(0) is first
    assert catalog.thumbnail(1) is not None  # the photo is not there: its masks on a plain ground
    assert catalog.thumbnail(3) is None  # nor is its size known
    assert catalog.large(1) is None


def test_a_file_name_that_leaves_its_folder_is_not_followed(catalog: Catalog, tmp_path: Path) -> None:
    write_image(tmp_path / "secret.jpg", np.full((10, 10, 3), 9, np.uint8))
    for name in ("../secret.jpg", str(tmp_path / "secret.jpg")):
        catalog.dataset.images[2]["file_name"] = name
        assert not catalog.card(2)["found"]
        assert catalog.large(2) is None
