"""Several datasets as one."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.making.merging import image_origins, merge, names_of
from wildwear.errors import DatasetError

NAMES = ("hat", "bag", "boots", "sari")


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """A few photos and masks, with ids and categories of their own."""
    categories = [
        {"id": number, "name": name}
        for number, name in zip(
            draw(st.lists(st.integers(1, 9), unique=True, min_size=4, max_size=4)),
            draw(st.permutations(NAMES)),
            strict=True,
        )
    ]
    ids = draw(st.lists(st.integers(-5, 99), unique=True, max_size=5))
    images = [{"id": number, "file_name": draw(st.sampled_from("abcd")) + f"{number}.jpg"} for number in ids]
    annotations = [
        {
            "id": 100 - number,
            "image_id": draw(st.sampled_from(ids)),
            "category_id": draw(st.sampled_from(categories))["id"],
            "bbox": [float(number)] * 4,
        }
        for number in range(draw(st.integers(0, 6)) if ids else 0)
    ]
    return Dataset({"images": images, "annotations": annotations, "categories": categories})


def content(dataset: Dataset) -> list[Any]:
    """What a dataset holds, but for its numbers and the folders of its photos."""
    names = {category["id"]: category["name"] for category in dataset.categories}
    by_image = dataset.annotations_by_image()
    return [
        (
            image["file_name"].split("/")[-1],
            [(names[one["category_id"]], one["bbox"]) for one in by_image.get(image["id"], [])],
        )
        for image in dataset.images
    ]


@given(st.lists(datasets(), min_size=1, max_size=4))
def test_merging_conserves_every_photo_and_mask_and_its_name(parts: list[Dataset]) -> None:
    before = [content(part) for part in parts]
    names = [f"set{number}" for number in range(len(parts))]
    merged = merge(parts, names, Conversion())
    assert content(merged) == [photo for part in before for photo in part]
    assert [content(part) for part in parts] == before
    for records in (merged.images, merged.annotations):
        assert [record["id"] for record in records] == list(range(1, len(records) + 1))
    assert len({category["id"] for category in merged.categories}) == len(merged.categories)
    assert len(image_origins(parts)) == len(merged.images)
    files = [image["file_name"] for image in merged.images]
    assert len(set(files)) == len(files) or any(
        len({image["file_name"] for image in part.images}) < len(part.images) for part in parts
    )


def one(info: Any = None, **fields: Any) -> Dataset:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [],
        "categories": [{"id": 1, "name": "hat"}],
    }
    return Dataset(document | ({"info": info} if info is not None else {}) | fields)


def test_photos_of_one_name_go_to_a_folder_for_each_dataset() -> None:
    merged = merge([one(), one()], ["train", "val"], Conversion())
    assert [image["file_name"] for image in merged.images] == ["train/a.jpg", "val/a.jpg"]


def test_each_dataset_has_a_folder_where_that_is_asked_for() -> None:
    other = one(images=[{"id": 1, "file_name": "b.jpg"}])
    names = [
        [image["file_name"] for image in merge([one(), other], ["x", "y"], Conversion(), apart=apart).images]
        for apart in (False, True)
    ]
    assert names == [["a.jpg", "b.jpg"], ["x/a.jpg", "y/b.jpg"]]


def test_names_that_are_one_photo_in_two_spellings_are_kept_apart_too() -> None:
    first, second = one(), one()
    first.images[0]["file_name"], second.images[0]["file_name"] = "\u00fc.jpg", "u\u0308.jpg"
    merged = merge([first, second], ["x", "y"], Conversion())
    assert [image["file_name"] for image in merged.images] == ["x/\u00fc.jpg", "y/u\u0308.jpg"]


def test_a_category_keeps_its_first_number_and_a_taken_one_is_not_given_twice() -> None:
    other = one(categories=[{"id": 1, "name": "bag"}, {"id": 2, "name": "hat"}])
    merged = merge([one(), other], ["a", "b"], Conversion())
    assert [(category["id"], category["name"]) for category in merged.categories] == [(1, "hat"), (2, "bag")]


def test_different_label_sets_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"a has the label set modanet, b has wildwear30.*data map"):
        merge([one({"label_set": "modanet"}), one({"label_set": "wildwear30"})], ["a", "b"], Conversion())


def test_different_mask_conventions_are_noted_and_none_is_claimed() -> None:
    conversion = Conversion()
    parts = [one({"mask_convention": "visible"}), one({"mask_convention": "with_hidden"}), one("a sentence")]
    merged = merge(parts, ["a", "b", "c"], conversion)
    assert merged.mask_convention is None
    (note,) = conversion.notes
    assert "visible, with_hidden, not stated" in note
    assert [part.get("mask_convention") for part in merged.info["merged_from"]] == [
        "visible",
        "with_hidden",
        None,
    ]


def test_what_all_agree_on_stays_in_the_header() -> None:
    info = {"label_set": "wildwear30", "mask_convention": "visible"}
    conversion = Conversion()
    parts = [one(info, attributes=[1], mine=1), one(info, attributes=[1], mine=2)]
    merged = merge(parts, ["a", "b"], conversion)
    assert merged.info | info == merged.info
    assert merged.document["attributes"] == [1]
    assert list(conversion.notes) == ["'mine' of b, which differs from that of another, left out"]


def test_licences_are_united_and_photos_refer_to_their_own() -> None:
    def licensed(number: int, name: str) -> Dataset:
        return one(
            licenses=[{"id": number, "name": name}],
            images=[{"id": 1, "file_name": f"{name}.jpg", "license": number}],
        )

    odd = one(licenses="", images=[{"id": 1, "file_name": "odd.jpg", "license": 0}])
    parts = [licensed(4, "Apache-2.0"), licensed(4, "CC BY 4.0"), licensed(7, "Apache-2.0"), odd]
    merged = merge(parts, list("abcd"), Conversion())
    names = {licence["id"]: licence["name"] for licence in merged.document["licenses"]}
    assert names == {1: "Apache-2.0", 2: "CC BY 4.0"}
    assert [names.get(image.get("license")) for image in merged.images] == [
        "Apache-2.0",
        "CC BY 4.0",
        "Apache-2.0",
        None,
    ]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/train.json", "x/val.json"], ["train", "val"]),
        (["x/train.json", "y/train.json"], ["x-train", "y-train"]),
        (["x/my set.json", "x/..json"], ["x-my-set", "x"]),
        (["x/train.json", "x/train.json"], ["1", "2"]),
    ],
)
def test_datasets_are_called_by_what_tells_them_apart(paths: list[str], names: list[str]) -> None:
    assert names_of([Path(path) for path in paths]) == names


def test_two_real_sets_merge_and_load_again(shared: Path, tmp_path: Path) -> None:
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    odd = Dataset.load(shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json")
    merged = merge([wild30, odd], ["wild30", "deepfashion2"], Conversion())
    merged.save(tmp_path / "both.json")
    again = Dataset.load(tmp_path / "both.json")
    assert len(again.images) == 54 + 2
    assert len(again.instances()) == len(wild30.instances()) + len(odd.instances())
