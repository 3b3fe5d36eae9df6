"""Photos of a dataset with their masks drawn on them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear.datasets import Dataset
from wildwear.datasets.pictures import GROUND, picture, plate
from wildwear.errors import DatasetError
from wildwear.imaging import encode, write_image
from wildwear.taxonomy import category

GREY = 90


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """One photo of 200 × 300 px, whose right half is a bag."""
    write_image(tmp_path / "a.png", np.full((300, 200, 3), GREY, np.uint8))
    image = {"id": 1, "file_name": "a.png", "width": 200, "height": 300}
    half = [100, 0, 200, 0, 200, 300, 100, 300]
    annotation = {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [half]}
    categories = [{"id": 7, "name": "bag"}]
    document = {"images": [image], "annotations": [annotation], "categories": categories}
    return Dataset(document, tmp_path / "set.json")


def drawn(dataset: Dataset, long_side: int = 150) -> Any:
    return picture(dataset, dataset.images[0], dataset.annotations, None, long_side=long_side)


def test_masks_are_drawn_where_they_are_at_the_size_asked_for(dataset: Dataset) -> None:
    shown = drawn(dataset)
    assert shown.remark == ""
    assert shown.pixels.shape == (150, 100, 3)
    assert (shown.pixels[:, :40] == GREY).all()
    assert (shown.pixels[:, 49:51] != GREY).any(axis=2).all()  # the outline


def test_polygons_boxes_and_rle_look_alike(dataset: Dataset) -> None:
    from_polygon = drawn(dataset).pixels
    mask = np.zeros((300, 200), bool)
    mask[:, 100:] = True
    for change in ({"segmentation": encode(mask)}, {"segmentation": None, "bbox": [100, 0, 100, 300]}):
        dataset.annotations[0].update(change)
        assert np.abs(drawn(dataset).pixels.astype(int) - from_polygon).mean() < 1


def test_without_the_photo_masks_lie_on_a_plain_ground(dataset: Dataset) -> None:
    dataset.images[0]["file_name"] = "gone.png"
    shown = drawn(dataset)
    assert shown.remark == "photo not found"
    assert (shown.pixels[:, :40] == GROUND).all()
    assert (shown.pixels[:, 49:51] != GROUND).any(axis=2).all()


def test_without_photo_and_size_there_is_nothing_to_show(dataset: Dataset) -> None:
    dataset.images[0].update(file_name="gone.png", width=None, height=None)
    assert drawn(dataset) is None


def test_a_photo_of_another_size_is_said_and_its_masks_are_stretched_with_it(dataset: Dataset) -> None:
    dataset.images[0].update(width=400, height=600)
    dataset.annotations[0]["segmentation"] = [[200, 0, 400, 0, 400, 600, 200, 600]]
    shown = drawn(dataset)
    assert shown.remark == "the photo is 200 × 300 px, the file says 400 × 600 px"
    assert (shown.pixels[:, 49:51] != GREY).any(axis=2).all()  # the outline


@pytest.mark.parametrize("mask", [{"size": [300, 200], "counts": "zz"}, [[1, 2, 3, 4]]])
def test_a_malformed_mask_is_left_out_and_said(dataset: Dataset, mask: Any) -> None:
    dataset.annotations[0]["segmentation"] = mask
    shown = drawn(dataset)
    assert shown.remark == "a mask is malformed"
    assert (shown.pixels == GREY).all()


def test_a_mask_that_claims_to_be_huge_is_not_decoded(dataset: Dataset) -> None:
    side = 60_000
    dataset.images[0].update(width=side, height=side)
    dataset.annotations[0]["segmentation"] = {"size": [side, side], "counts": [side * side]}
    assert "the file says 60,000 × 60,000 px" in drawn(dataset).remark


def test_a_plate_has_the_photo_plain_and_drawn_and_below_the_name_in_its_colour(dataset: Dataset) -> None:
    shown = plate(dataset, "a.png", None, long_side=300)
    height, width, _ = shown.shape
    plain, drawn = shown[:300, :200], shown[:300, -200:]
    assert width == 200 + 6 + 200
    assert (plain == GREY).all()
    assert (drawn[:, :80] == GREY).all()
    assert (drawn[:, 99:101] != GREY).any(axis=2).all()
    legend = shown[300:]
    assert height > 300
    assert (legend == category("bag").colour).all(axis=2).any()
    assert (legend[:, -50:] == 255).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [("b.png", "no photo is called b.png; did you mean a.png?"), ("photo", "no photo is called photo, of 1")],
)
def test_a_photo_that_there_is_not_is_answered_with_those_nearby(
    dataset: Dataset, name: str, message: str
) -> None:
    with pytest.raises(DatasetError, match=re.escape(message)):
        plate(dataset, name, None, long_side=300)


def test_the_end_of_a_name_is_enough_where_it_is_of_one_photo(dataset: Dataset) -> None:
    folder = dataset.path.parent / "shop" if dataset.path else Path()
    folder.mkdir()
    (folder.parent / "a.png").rename(folder / "a.png")
    dataset.images[0]["file_name"] = "shop/a.png"
    assert plate(dataset, "a.png", None, long_side=300).shape[1] == 406
    dataset.images.append(dataset.images[0] | {"id": 2, "file_name": "user/a.png"})
    with pytest.raises(DatasetError, match=r"2 photos are called a\.png: shop/a\.png, user/a\.png"):
        plate(dataset, "a.png", None, long_side=300)


def test_a_plate_needs_the_photo(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "a.png").unlink()
    with pytest.raises(DatasetError, match=r"a\.png: photo not found; --images says where photos lie"):
        plate(dataset, "a.png", None, long_side=300)
