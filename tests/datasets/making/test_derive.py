"""Datasets made of datasets."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_datasets import make_dataset
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.making import derive
from wildwear.datasets.making.filters import Filters
from wildwear.datasets.making.photo_files import locate
from wildwear.errors import DatasetError, OutputError


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Forty photos: hats on all, a bag on every fourth."""
    photos = [(f"{number}.jpg", ["hat", "bag"] if number % 4 == 0 else ["hat"]) for number in range(40)]
    return make_dataset(tmp_path / "all.json", photos)


def names(dataset: Dataset) -> list[str]:
    return [image["file_name"] for image in dataset.images]


def test_a_subset_has_the_photos_asked_for_with_all_their_masks(dataset: Dataset) -> None:
    part = derive.subset(dataset, Filters(categories=("bag",)), Conversion())
    assert names(part) == [f"{number}.jpg" for number in range(0, 40, 4)]
    assert len(part.instances()) == 20
    assert len(dataset.images) == 40


def test_a_subset_by_ids_and_names_is_what_both_list(dataset: Dataset) -> None:
    ids = {image["id"] for image in dataset.images[:3]}
    part = derive.subset(dataset, Filters(), Conversion(), ids=ids, names={"1.jpg", "30.jpg"})
    assert names(part) == ["1.jpg"]


def test_a_name_is_found_however_it_is_written(dataset: Dataset) -> None:
    dataset.images[7]["file_name"] = "x/Mu\u0308tze.jpg"
    part = derive.subset(dataset, Filters(), Conversion(), names={"x\\M\u00fctze.jpg"})
    assert part.images == [dataset.images[7]]


def test_an_id_or_name_that_is_not_there_is_named(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"no image has the id -3; of 2 that are listed, 2 are not there"):
        derive.subset(dataset, Filters(), Conversion(), ids={-3, -2})
    with pytest.raises(DatasetError, match=r"no image has the file_name 'x\.jpg'"):
        derive.subset(dataset, Filters(), Conversion(), names={"x.jpg", "1.jpg"})


def test_filters_that_keep_nothing_are_an_error_that_says_what_there_is(dataset: Dataset) -> None:
    dataset.images[0]["source"] = "user"
    with pytest.raises(DatasetError, match=r"of 40 photos none passes .*'street'.* are not stated, wild"):
        derive.subset(dataset, Filters(source=("street",)), Conversion())
    with pytest.raises(DatasetError, match="none passes"):
        derive.subset(dataset, Filters(min_side=10_000), Conversion())
    assert derive.subset(dataset, Filters(source=("wild",)), Conversion()).images == dataset.images[:1]


def test_a_larger_sample_holds_the_smaller_and_keeps_the_order(dataset: Dataset) -> None:
    few, more = (derive.sample(dataset, photos, seed=3) for photos in (5, 20))
    assert set(names(few)) < set(names(more))
    assert names(more) == [name for name in names(dataset) if name in names(more)]
    assert names(derive.sample(dataset, 5, seed=4)) != names(few)


def test_more_photos_than_there_are_cannot_be_sampled(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="41 photos are asked for, and there are 40"):
        derive.sample(dataset, 41, seed=0)


@given(
    pairs=st.lists(st.none() | st.integers(0, 12), min_size=4, max_size=40),
    persons=st.lists(st.none() | st.sampled_from("abc"), min_size=40, max_size=40),
    val=st.sampled_from([0, 0.1, 0.3, 1]),
    test=st.sampled_from([0.1, 2]),
    in_order=st.booleans(),
    seed=st.integers(0, 3),
)
@settings(deadline=None)
def test_a_split_never_parts_a_pair_or_a_person_and_loses_no_photo(
    pairs: list[int | None],
    persons: list[str | None],
    val: float,
    test: float,
    in_order: bool,
    seed: int,
) -> None:
    images = [
        {"id": number, "file_name": f"{number}.jpg", "pair_id": pair, "person": person}
        for number, (pair, person) in enumerate(zip(pairs, persons, strict=False))
    ]
    whole = Dataset({"images": images, "annotations": [], "categories": []})
    try:
        parts = derive.split(
            whole, {}, {"val": val, "test": test}, Conversion(), seed=seed, in_order=in_order
        )
    except DatasetError:  # too few photos, or too many that belong together
        return
    assert sorted(image["id"] for part in parts.values() for image in part.images) == list(range(len(images)))
    for field in ("pair_id", "person"):
        values = [{image[field] for image in part.images} - {None} for part in parts.values()]
        assert sum(map(len, values)) == len(set.union(*values))


def test_shares_and_numbers_are_met_exactly_where_photos_stand_alone(dataset: Dataset) -> None:
    parts = derive.split(dataset, locate(dataset), {"val": 0.1, "test": 7}, Conversion())
    assert {name: len(part.images) for name, part in parts.items()} == {"train": 29, "val": 4, "test": 7}
    assert [part.info["split"] for part in parts.values()] == ["train", "val", "test"]
    assert all(part.instances_by_category()[2] for part in parts.values())  # bags in each


def test_a_copy_goes_where_its_original_goes(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "all.json", [(f"{number}.jpg", ["hat"]) for number in range(20)])
    for number in range(10):
        shutil.copy(tmp_path / "images" / f"{number}.jpg", tmp_path / "images" / f"{number + 10}.jpg")
    for seed in range(5):
        parts = derive.split(dataset, locate(dataset), {"val": 0.3}, Conversion(), seed=seed)
        train, val = (
            {int(name.removesuffix(".jpg")) % 10 for name in names(parts[split])}
            for split in ("train", "val")
        )
        assert len(parts["val"].images) == 6
        assert not train & val


def test_the_records_of_one_photo_stay_together_also_where_it_is_not_at_hand(
    shared: Path, tmp_path: Path
) -> None:
    whole = Dataset.load(shared / "cases" / "21b" / "dup.json")
    for seed in range(5):
        parts = derive.split(whole, {}, {"val": 0.25, "test": 0.25}, Conversion(), seed=seed)
        assert len(parts) == 3
        assert sum(len(set(names(part))) for part in parts.values()) == len(set(names(whole))) == 12


def test_in_order_the_first_photos_are_for_train(dataset: Dataset) -> None:
    parts = derive.split(dataset, {}, {"val": 5, "test": 5}, Conversion(), in_order=True)
    assert [name for part in parts.values() for name in names(part)] == names(dataset)
    assert len(parts["train"].images) == 30


def test_photos_that_are_not_there_are_said_not_to_be_compared(dataset: Dataset) -> None:
    conversion = Conversion()
    derive.split(dataset, {}, {"val": 0.1}, conversion)
    assert conversion.notes == {
        "photos that are not there: whether others show the same scene is not known": 40
    }


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"val": 0.5, "test": 0.5}, "20 for val and 20 for test leave none of 40 photos to train on"),
        ({"val": 40}, "40 for val leave none"),
        ({"val": 1.5}, "--val: expected a share below 1 or a number of photos, found 1.5"),
        ({"test": -0.1}, "--test: expected"),
        ({"test": float("nan")}, "--test: expected"),
        ({"test": float("inf")}, "--test: expected"),
    ],
)
def test_shares_that_make_no_split_are_refused(dataset: Dataset, shares: dict[Any, float], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        derive.split(dataset, {}, shares, Conversion())


@given(st.lists(st.sampled_from(["a.jpg", "b/c.PNG", "d.jpeg", "e"]), max_size=30))
def test_renumbering_gives_each_photo_a_name_of_its_own_and_keeps_the_first(found: list[str]) -> None:
    images = [{"id": -number, "file_name": name} for number, name in enumerate(found)]
    whole = Dataset({"images": images, "annotations": [], "categories": []})
    again = derive.renumber(whole)
    assert len({Path(name).stem for name in names(again)}) == len(set(found))
    assert [image["original_file_name"] for image in again.images] == found
    assert [image["id"] for image in again.images] == [image["id"] for image in images]
    assert [Path(name).suffix for name in names(again)] == [Path(name).suffix.lower() for name in found]
    assert [image["original_file_name"] for image in derive.renumber(again).images] == found


def test_two_records_of_one_photo_keep_one_name_when_renumbered() -> None:
    images = [{"id": id_, "file_name": name} for id_, name in enumerate(["a.jpg", "b.png", "./a.jpg"])]
    after = derive.renumber(Dataset({"images": images, "annotations": [], "categories": []}))
    assert names(after) == ["000000.jpg", "000001.png", "000000.jpg"]


def test_what_is_written_loads_again_with_its_photos(dataset: Dataset, tmp_path: Path) -> None:
    part = derive.renumber(derive.sample(dataset, 3, seed=0))
    derive.write({tmp_path / "new" / "few.json": part}, locate(dataset))
    again = Dataset.load(tmp_path / "new" / "few.json")
    assert names(again) == ["000000.jpg", "000001.jpg", "000002.jpg"]
    for image in again.images:
        original = tmp_path / "images" / image["original_file_name"]
        assert again.photo_path(image).resolve() == original


def test_beside_its_photos_a_dataset_needs_no_links(dataset: Dataset, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    derive.write({tmp_path / "few.json": derive.sample(dataset, 3, seed=0)}, locate(dataset))
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "few.json"])


def test_the_source_is_never_written_to_and_other_files_only_when_told(
    dataset: Dataset, tmp_path: Path
) -> None:
    content = (tmp_path / "all.json").read_bytes()
    few = derive.sample(dataset, 3, seed=0)
    with pytest.raises(OutputError, match="is the source itself"):
        derive.write({tmp_path / "all.json": few}, {}, sources=[tmp_path / "all.json"], overwrite=True)
    (tmp_path / "other.json").write_text("mine")
    with pytest.raises(OutputError, match=r"other\.json: is there already"):
        derive.write({tmp_path / "other.json": few}, {})
    assert (tmp_path / "all.json").read_bytes() == content
    assert (tmp_path / "other.json").read_text() == "mine"
    derive.write({tmp_path / "other.json": few}, {}, overwrite=True)
    assert len(Dataset.load(tmp_path / "other.json").images) == 3


def test_something_that_is_no_json_file_cannot_be_written(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"expected a \.json file"):
        derive.write({tmp_path / "few": dataset}, {})
