"""CCP-30 as the package builds it from the public photos and its own table."""

import json
from pathlib import Path

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets import Dataset, Recipe, build
from wildwear.datasets.making.ccp30 import Row, label_mask, merge_parts, read_table
from wildwear.datasets.splits import Split
from wildwear.errors import DatasetError, OutputError
from wildwear.files import sha256

# The files that `wildwear data build ccp30` has always written, and that the bundled model learnt from; but
# for the ontology's middle level, which its categories have been given since.
SHA256 = {
    "train": "5d40d89ea3eac0d7ec9791625e68022f9bd98b6bbcf2fcc3832a169872ee6dce",
    "val": "14043a00574f6b4734bc726c3e80edd815c357304889b119fadc5e24013d8f02",
    "test": "bc1a838117f084ba2ec11886a531d88280960af2a20b49545fda54c33aaf5607",
}


@pytest.fixture(scope="module")
def ccp30(ccp_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Split, Dataset]]:
    """The dataset built once, and its folder."""
    out = tmp_path_factory.mktemp("ccp30")
    return out, build(Recipe.read("ccp30"), {"ccp": ccp_folder}, out)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_the_files_are_what_they_always_were(
    ccp30: tuple[Path, dict[Split, Dataset]], split: str, tmp_path: Path
) -> None:
    dataset = Dataset.load(ccp30[0] / f"{split}.json")
    assert [one.pop("ontology_category") for one in dataset.categories][8] == "swimwear"
    dataset.save(tmp_path / "before.json")
    assert sha256(tmp_path / "before.json") == SHA256[split]


@pytest.mark.parametrize(
    ("split", "photos", "with_garments", "instances"),
    [("train", 707, 706, 2812), ("val", 85, 84, 326), ("test", 110, 110, 435)],
)
def test_each_split_has_the_photos_and_instances_that_were_annotated(
    ccp30: tuple[Path, dict[Split, Dataset]], split: Split, photos: int, with_garments: int, instances: int
) -> None:
    dataset = ccp30[1][split]
    assert len(dataset.images) == photos
    assert len({instance["image_id"] for instance in dataset.instances()}) == with_garments
    assert len(dataset.instances()) == instances


def test_no_photo_is_in_two_splits(ccp30: tuple[Path, dict[Split, Dataset]]) -> None:
    names = [image["file_name"] for dataset in ccp30[1].values() for image in dataset.images]
    assert len(names) == len(set(names)) == 902


def test_what_is_saved_loads_again_as_it_was(ccp30: tuple[Path, dict[Split, Dataset]]) -> None:
    out, datasets = ccp30
    assert Dataset.load(out / "val.json").document == datasets["val"].document


def test_every_photo_stands_beside_the_dataset(ccp30: tuple[Path, dict[Split, Dataset]]) -> None:
    dataset = ccp30[1]["test"]
    for image in dataset.images:
        assert imaging.photo_size(dataset.photo_path(image)) == (image["height"], image["width"])


def test_a_region_that_is_not_judged_stands_once_in_each_category(
    ccp30: tuple[Path, dict[Split, Dataset]],
) -> None:
    regions = [a for a in ccp30[1]["test"].annotations if a["iscrowd"]]
    assert len(regions) == 22 * 30
    for start in range(0, len(regions), 30):
        group = regions[start : start + 30]
        assert sorted(region["category_id"] for region in group) == list(range(1, 31))
        assert len({json.dumps(region["segmentation"]) for region in group}) == 1


def test_area_and_box_are_those_of_the_mask(ccp30: tuple[Path, dict[Split, Dataset]]) -> None:
    for instance in ccp30[1]["val"].instances()[::7]:
        mask = imaging.decode(instance["segmentation"])
        rows, columns = np.nonzero(mask)
        left, top, width, height = instance["bbox"]
        assert instance["area"] == mask.sum() >= 60
        assert (left, top) == (columns.min(), rows.min())
        assert (left + width, top + height) == (columns.max() + 1, rows.max() + 1)


def test_another_dataset_is_never_overwritten(ccp_folder: Path, tmp_path: Path) -> None:
    other = '{"images":[],"annotations":[],"categories":[],"info":"mine"}'
    (tmp_path / "val.json").write_text(other)
    with pytest.raises(OutputError, match=r"holds val\.json, which no recipe built"):
        build(Recipe.read("ccp30"), {"ccp": ccp_folder}, tmp_path)
    assert (tmp_path / "val.json").read_text() == other


def test_a_folder_that_is_not_ccp_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"label_list\.mat.*Clothing Co-Parsing"):
        build(Recipe.read("ccp30"), {"ccp": tmp_path}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_table_the_package_carries_is_whole() -> None:
    rows = read_table()
    assert len(rows) == 3725
    assert len({row.photo for row in rows}) == 901


def row(label: str, category: str, same_as: str = "") -> Row:
    return Row("0001", "train", label, category, same_as, unsure=False)


def test_parts_join_the_instance_they_belong_to_along_a_chain() -> None:
    rows = [row("dress", "dress"), row("top", "dress", same_as="dress"), row("belt", "dress", same_as="top")]
    assert merge_parts(rows) == [(rows[0], ["dress", "top", "belt"])]


def test_footwear_labels_joined_by_plus_make_one_instance() -> None:
    rows = [row("shoes+heels", "heels")]
    assert merge_parts(rows) == [(rows[0], ["shoes", "heels"])]


def test_specks_under_thirty_pixels_are_no_part_of_a_mask() -> None:
    label_map = np.zeros((40, 40), np.uint8)
    label_map[2:12, 2:12] = 1
    label_map[20:24, 20:27] = 1  # 28 px
    mask = label_mask(label_map, ["hat"], ["null", "hat"])
    assert mask.sum() == 100
    assert not mask[20:24].any()


def test_a_label_that_is_not_on_the_photo_has_no_pixel() -> None:
    assert not label_mask(np.zeros((40, 40), np.uint8), ["hat"], ["null", "hat"]).any()
