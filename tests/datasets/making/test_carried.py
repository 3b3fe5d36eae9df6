"""The sets whose labels the package carries: their tables, and what is built of these."""

import csv
import json
import re
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made_datasets import write_blank_photos
from wildwear import imaging, taxonomy
from wildwear.datasets import Dataset
from wildwear.datasets.making import ccp30
from wildwear.datasets.making.carried import (
    CCP_MORE,
    CLOSET30,
    WILD780,
    WILD_MORE,
    CarriedSet,
    Row,
    annotate,
    read_table,
    table_of,
)
from wildwear.datasets.splits import Split
from wildwear.errors import DatasetError
from wildwear.imaging import duplicates

SETS = pytest.mark.parametrize(
    "carried", [CCP_MORE, WILD780, WILD_MORE, CLOSET30], ids=lambda carried: carried.name
)
SPLITS_OF: dict[str, dict[str, tuple[int, int]]] = {  # photos and instances
    "wild780": {"train": (600, 1898), "val": (80, 234), "test": (100, 324)},
    "ccp-more": {"train": (1056, 3926)},
    "wild-more": {"train": (1220, 4045)},
    "closet30": {"train": (3583, 3583), "val": (398, 398)},
}


@pytest.fixture(scope="module")
def wild780(shared: Path) -> dict[Split, Dataset]:
    return annotate(WILD780, shared / "data" / "wild-pool")[0]


def text_of(carried: CarriedSet) -> str:
    file = resources.files("wildwear.datasets.making") / f"{carried.name}.csv"
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_wild780_has_the_photos_and_masks_that_were_outlined(
    wild780: dict[Split, Dataset], shared: Path, split: Split
) -> None:
    outlined = Dataset.load(shared / "data" / "wild780" / f"{split}.json")
    built = wild780[split]
    fields = outlined.images[0].keys()
    assert [{field: image[field] for field in fields} for image in built.images] == outlined.images
    assert built.annotations == outlined.annotations  # the counts of the masks too: every pixel
    assert built.mask_convention == "visible"


def test_a_mask_is_the_pixels_of_its_runs(wild780: dict[Split, Dataset], shared: Path) -> None:
    outlined = Dataset.load(shared / "data" / "wild780" / "val.json").annotations_by_image()
    for image in wild780["val"].images[::9]:
        size = (image["height"], image["width"])
        assert imaging.photo_size(shared / "data" / "wild-pool" / image["file_name"]) == size
        built = wild780["val"].annotations_by_image().get(image["id"], [])
        for ours, theirs in zip(built, outlined.get(image["id"], []), strict=True):
            mask = imaging.decode(ours["segmentation"])
            assert mask.shape == size
            np.testing.assert_array_equal(mask, imaging.decode(theirs["segmentation"]))
            assert ours["area"] == mask.sum()


def test_closet30_has_the_names_and_masks_that_were_checked(shared: Path) -> None:
    checked = json.loads((shared / "data" / "closet30" / "closet30.json").read_text())
    names = {category["id"]: category["name"] for category in checked["categories"]}
    images = {image["id"]: image for image in checked["images"]}
    expected = {
        (
            images[one["image_id"]]["file_name"].removeprefix("images/"),
            tuple(one["segmentation"]["size"]),
            names[one["category_id"]],
            bool(one["unsure"]),
            one["segmentation"]["counts"],
        )
        for one in checked["annotations"]
    }
    rows = read_table(CLOSET30)
    assert {
        (row.photo, (row.height, row.width), row.category, row.unsure, row.counts) for row in rows
    } == expected
    with (shared / "data" / "closet30" / "closet30.csv").open(encoding="utf-8") as file:
        told = {f"{one['image']}.jpg": one for one in csv.DictReader(file) if one["mask"] == "1"}
    assert {row.photo: row.together for row in rows} == {name: one["sender"] for name, one in told.items()}
    assert Counter(row.category for row in rows) == Counter(one["category"] for one in told.values())


@SETS
def test_each_split_has_the_photos_and_garments_that_the_documentation_says(carried: CarriedSet) -> None:
    rows = read_table(carried)
    for split, (photos, instances) in SPLITS_OF[carried.name].items():
        of_split = [row for row in rows if row.split == split]
        assert len({row.photo for row in of_split}) == photos
        assert sum(row.category not in ("ignore", "none") for row in of_split) == instances
    assert {row.split for row in rows} == SPLITS_OF[carried.name].keys()


@SETS
def test_crops_of_one_photo_and_photos_of_one_sender_stay_in_one_split(carried: CarriedSet) -> None:
    split_of: dict[str, set[str]] = {}
    for row in read_table(carried):
        if carried is not CLOSET30:
            assert row.together == re.split(r"[_.]", row.photo)[0]
        split_of.setdefault(row.together, set()).add(row.split)
    assert all(len(splits) == 1 for splits in split_of.values())


def test_wild_more_teaches_nothing_of_the_photos_that_wild780_measures_by() -> None:
    measuring = {row.together for row in read_table(WILD780) if row.split != "train"}
    more = read_table(WILD_MORE)
    assert measuring.isdisjoint(row.together for row in more)
    assert {row.photo for row in read_table(WILD780)}.isdisjoint(row.photo for row in more)


def test_ccp_more_has_no_photo_of_ccp30() -> None:
    assert {row.photo for row in ccp30.read_table()}.isdisjoint(
        row.photo.removesuffix(".jpg") for row in read_table(CCP_MORE)
    )


def test_ccp_more_shows_no_scene_that_ccp30_measures_by(ccp_folder: Path) -> None:
    measuring = {f"{row.photo}.jpg" for row in ccp30.read_table() if row.split != "train"}
    more = {row.photo for row in read_table(CCP_MORE)}
    photos = [ccp_folder / "photos" / name for name in sorted(measuring | more)]
    hashes = duplicates.hash_photos(photos)
    for pair in duplicates.near_duplicates(hashes).tolist():
        assert len({photos[place].name in measuring for place in pair}) == 1


@pytest.mark.parametrize("carried", [WILD780, WILD_MORE], ids=lambda carried: carried.name)
def test_no_crop_of_wild_photos_comes_from_a_photo_of_wild30(carried: CarriedSet, shared: Path) -> None:
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    tested = {
        name.split("_")[1] for image in wild30.images if (name := image["file_name"]).startswith("lip_")
    }
    assert len(tested) > 20
    assert tested.isdisjoint(row.together for row in read_table(carried))


@SETS
def test_every_row_of_a_table_can_be_drawn(carried: CarriedSet) -> None:
    known = {category.name for category in taxonomy.CATEGORIES}
    photos: dict[str, Any] = {}
    for row in read_table(carried):
        assert photos.setdefault(row.photo, (row.split, row.width, row.height, row.together)) == (
            row.split,
            row.width,
            row.height,
            row.together,
        )
        assert row.category in known | {"ignore", "none"}
        if row.category == "none":
            assert not row.counts
        else:
            rle = imaging.Rle(size=[row.height, row.width], counts=row.counts)
            assert imaging.area(rle) >= 25
            assert imaging.runs(rle).sum() == row.height * row.width


def test_the_table_of_what_is_built_is_the_table(wild780: dict[Split, Dataset]) -> None:
    assert table_of(WILD780, wild780) == text_of(WILD780)


def hat_rows(*, photo: str = "7_1.jpg", split: Split = "train", scene: str = "7") -> list[Row]:
    """A photo of 6 × 4 px with an unsure hat of 4 px and a region of 2 px that is not judged."""
    hat = np.zeros((4, 6), np.bool_)
    hat[:2, :2] = True
    region = np.zeros((4, 6), np.bool_)
    region[3, 4:] = True
    return [
        Row(photo, split, 6, 4, scene, category, unsure, imaging.encode(mask)["counts"])
        for category, unsure, mask in (("hat", True, hat), ("ignore", False, region))
    ]


def nothing(photo: str, split: Split = "val", scene: str = "8") -> Row:
    return Row(photo, split, 6, 4, scene, "none", False, "")


def test_a_row_is_a_garment_a_region_in_each_category_or_nothing(tmp_path: Path) -> None:
    write_blank_photos(tmp_path / "LIP" / "train_images", {"7_1.jpg": (4, 6), "8_2.jpg": (4, 6)})
    datasets, photos = annotate(WILD780, tmp_path, rows=[*hat_rows(), nothing("8_2.jpg")])
    train, val = datasets["train"], datasets["val"]
    assert datasets.keys() == {"train", "val"}
    assert train.images == [
        {
            "id": 1,
            "file_name": "7_1.jpg",
            "width": 6,
            "height": 4,
            "license": 1,
            "source": "wild",
            "scene": "7",
        }
    ]
    [hat] = train.instances()
    assert (hat["category_id"], hat["unsure"], hat["area"], hat["bbox"]) == (1, 1, 4.0, [0.0, 0.0, 2.0, 2.0])
    regions = [one for one in train.annotations if one["iscrowd"]]
    assert [one["category_id"] for one in regions] == list(range(1, 31))
    assert {one["area"] for one in regions} == {2.0}
    assert (len(val.images), val.annotations) == (1, [])
    assert train.document["licenses"] == [WILD780.licence]
    assert train.info["split"] == "train"
    assert photos["8_2.jpg"] == tmp_path / "LIP" / "train_images" / "8_2.jpg"


def test_the_photo_that_lies_less_deep_is_taken(tmp_path: Path) -> None:
    write_blank_photos(tmp_path, {"7_1.jpg": (4, 6)})
    write_blank_photos(tmp_path / "a" / "smaller", {"7_1.jpg": (2, 3)})
    _, photos = annotate(WILD780, tmp_path, rows=hat_rows())
    assert photos["7_1.jpg"] == tmp_path / "7_1.jpg"


def test_photos_that_are_missing_are_named(tmp_path: Path) -> None:
    write_blank_photos(tmp_path, {"7_1.jpg": (4, 6)})
    rows = hat_rows() + [nothing(f"8_{number}.jpg") for number in range(9)]
    with pytest.raises(
        DatasetError, match=r"9 of the 10 photos of wild780 are not there: 8_0\.jpg, 8_1"
    ) as one:
        annotate(WILD780, tmp_path, rows=rows)
    assert "8_4.jpg and 4 more; they are crops around people that come with LIP" in str(one.value)
    with pytest.raises(DatasetError, match=r"of closet30 are not there: 8_0\.jpg; `wildwear data fetch"):
        annotate(CLOSET30, tmp_path, rows=[nothing("8_0.jpg")])


def test_a_photo_of_another_size_is_not_the_one_that_was_labelled(tmp_path: Path) -> None:
    write_blank_photos(tmp_path, {"7_1.jpg": (8, 12)})
    with pytest.raises(DatasetError, match=r"7_1\.jpg: has 12 × 8 px, .* had 6 × 4; they are crops"):
        annotate(WILD780, tmp_path, rows=hat_rows())


def test_a_mask_that_was_corrected_as_a_polygon_comes_into_the_table(tmp_path: Path) -> None:
    write_blank_photos(tmp_path, {"7_1.jpg": (4, 6), "8_2.jpg": (4, 6)})
    datasets, _ = annotate(WILD780, tmp_path, rows=[*hat_rows(), nothing("8_2.jpg")])
    [hat] = datasets["train"].instances()
    hat["segmentation"] = [[0, 0, 3, 0, 3, 2, 0, 2]]
    _, *lines = csv.reader(table_of(WILD780, datasets).splitlines())
    corrected = imaging.from_polygons([[0, 0, 3, 0, 3, 2, 0, 2]], (4, 6))["counts"]
    assert lines == [
        ["7_1.jpg", "train", "6", "4", "7", "hat", "1", corrected],
        ["7_1.jpg", "train", "6", "4", "7", "ignore", "0", hat_rows()[1].counts],
        ["8_2.jpg", "val", "6", "4", "8", "none", "0", ""],
    ]
