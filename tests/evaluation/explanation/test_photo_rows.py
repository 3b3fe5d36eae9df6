"""What photos are like: read where they are there, left open where they are not."""

from pathlib import Path

import cv2
import polars as pl
import pytest

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.explanation.photo_rows import photo_table


def test_the_photos_of_wild30_are_described(wild30: Dataset, wild30_file: Path) -> None:
    table = photo_table(wild30, wild30_file.parent / "photos")
    assert table.columns == [
        "image_id",
        "file_name",
        "source",
        "people",
        "megapixels",
        "brightness",
        "sharpness",
        "instances",
    ]
    assert table["image_id"].to_list() == [image["id"] for image in wild30.images]
    assert table["instances"].sum() == len(wild30.instances())
    assert table["source"].value_counts().sort("count")["count"].to_list() == [24, 30]
    assert table["people"].null_count() == len(table)  # wild30 does not say
    first = wild30.images[0]
    pixels = imaging.read_photo(wild30_file.parent / "photos" / first["file_name"])
    assert table["megapixels"][0] == first["width"] * first["height"] / 1e6
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).mean() / 255
    assert table["brightness"][0] == pytest.approx(luma, abs=0.01)
    assert table["sharpness"].null_count() == 0


def test_photos_that_are_not_there_or_damaged_leave_their_columns_open(
    wild30: Dataset, wild30_file: Path, tmp_path: Path
) -> None:
    part = wild30.restricted_to(wild30.images[:3])
    names = [image["file_name"] for image in part.images]
    whole = (wild30_file.parent / "photos" / names[0]).read_bytes()
    (tmp_path / names[0]).write_bytes(whole)
    (tmp_path / names[1]).write_bytes(b"no photo")
    table = photo_table(part, tmp_path)
    assert [value is None for value in table["brightness"]] == [False, True, True]
    assert [value is None for value in table["sharpness"]] == [False, True, True]
    assert table["megapixels"].null_count() == 0
    assert photo_table(Dataset(part.document)).schema == table.schema  # nobody says where photos are


def test_whoever_has_read_the_photos_hands_in_what_they_are_like(wild30: Dataset) -> None:
    known = {wild30.images[1]["id"]: {"brightness": 0.25, "sharpness": -0.5}}
    table = photo_table(wild30, Path("nowhere"), properties=known)
    assert table["brightness"].drop_nulls().to_list() == [0.25]
    assert table["sharpness"].to_list()[:3] == [None, -0.5, None]
    assert table.schema["brightness"] == pl.Float64


def test_people_are_told_in_words(wild30: Dataset) -> None:
    part = wild30.restricted_to([{**image} for image in wild30.images[:4]])
    for image, ticked in zip(part.images, ("0", "0_3", "", 1), strict=True):
        image["people"] = ticked
    table = photo_table(part, properties={})
    assert table["people"].to_list() == ["one person", "one person, selfie", None, "people"]


def test_photos_are_told_apart_in_the_thesis_terms(wild30: Dataset) -> None:
    said = [("user", ["0", "3"]), ("shop", ["1"]), ("user_shop", None)]
    for image, (source, people) in zip(wild30.images, said, strict=False):
        image["source"], image["people"] = source, people
    table = photo_table(wild30.restricted_to(wild30.images[:3]), properties={})
    assert table["source"].to_list() == ["wild", "street", "mixed"]
    assert table["people"].to_list() == ["one person, selfie", "people", None]
