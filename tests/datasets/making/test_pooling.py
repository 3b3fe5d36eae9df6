"""Sources with a builder: sets whose labels the package carries, alone, together, and with other photos."""

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml

from made_datasets import SIDE, make_dataset, write_photo
from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, Recipe, build
from wildwear.datasets.making import carried, pooling
from wildwear.datasets.making.carried import CLOSET30, WILD780, Row
from wildwear.datasets.making.recipes import Builder
from wildwear.datasets.splits import Split
from wildwear.errors import DatasetError

SPLITS: dict[str, tuple[Split, int]] = {"a": ("train", 8), "b": ("val", 4), "c": ("test", 2)}


def made_rows(prefix: str) -> list[Row]:
    """8, 4 and 2 photos for train, val and test, a hat on each."""
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[4:20, 4:20] = True
    counts = imaging.encode(mask)["counts"]
    return [
        Row(f"{prefix}{letter}_{number}.jpg", split, SIDE, SIDE, f"{letter}{number}", "hat", False, counts)
        for letter, (split, count) in SPLITS.items()
        for number in range(count)
    ]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Folders of photos of small sets that stand in for wild780 and closet30."""
    for made, name in ((WILD780, "wild"), (CLOSET30, "closet")):
        rows = made_rows(name)
        monkeypatch.setitem(
            pooling.BUILDERS,
            made.name,  # type: ignore[arg-type]
            partial(carried.annotate, made, rows=rows),
        )
        for row in rows:
            write_photo(tmp_path / name / row.photo)
    return {name: tmp_path / name for name in ("wild", "closet")}


def recipe(folder: Path, sources: dict[str, dict[str, Any]], **changes: Any) -> Recipe:
    document = {
        "name": "mine",
        "description": "what the package has",
        "sources": {name: {"title": name} | source for name, source in sources.items()},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(document | changes, sort_keys=False))
    return Recipe.read(folder / "mine.yaml")


def both(folder: Path, **changes: Any) -> Recipe:
    sources = {
        "wild": {"builder": "wild780", "counts": {"train": "rest", "val": "rest"}},
        "closet": {"builder": "closet30", "counts": {"train": "rest"}},
    }
    return recipe(folder, sources, **changes)


def test_there_is_a_builder_of_each_name_and_a_recipe_and_a_table() -> None:
    assert set(pooling.BUILDERS) == set(get_args(Builder))
    for name in get_args(Builder):
        assert [source.builder for source in Recipe.read(name).sources.values()] == [name]
        assert (resources.files("wildwear.datasets.making") / f"{name}.csv").is_file()


def test_each_photo_keeps_its_split_and_lies_in_a_folder_of_its_source(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    splits = build(both(tmp_path), folders, tmp_path / "out")
    assert splits.keys() == {"train", "val"}
    counted = {split: Counter(image["source"] for image in part.images) for split, part in splits.items()}
    assert counted == {"train": {"wild": 8, "closet": 8}, "val": {"wild": 4}}
    for split, letter in (("train", "a"), ("val", "b")):
        dataset = Dataset.load(tmp_path / "out" / f"{split}.json")
        assert dataset.info["label_set"] == "wildwear30"
        assert dataset.mask_convention == "visible"
        assert len(dataset.instances()) == len(dataset.images)
        for image in dataset.images:
            folder, name = image["file_name"].split("/")
            assert folder == image["source"]
            assert name.startswith(f"{folder}{letter}_")
            photo = tmp_path / "out" / "images" / image["file_name"]
            assert photo.read_bytes() == (folders[folder] / name).read_bytes()
    images = [image for part in splits.values() for image in part.images]
    assert sorted(image["id"] for image in images) == list(range(1, 21))


def test_the_licence_of_each_source_stands_in_the_files_and_in_the_provenance(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    splits = build(both(tmp_path), folders, tmp_path / "out")
    for part in splits.values():
        licences = {licence["id"]: licence["name"] for licence in part.document["licenses"]}
        assert list(licences.values()) == [WILD780.licence["name"], "CC0-1.0"]
        for image in part.images:
            assert ("Flickr" in licences[image["license"]]) == (image["source"] == "wild")
    said = json.loads((tmp_path / "out" / "provenance.json").read_text())["sources"]
    assert said["wild"]["licences"] == [WILD780.licence]
    assert said["wild"]["photos"] == {"train": 8, "val": 4}
    assert said["closet"]["licences"] == [CLOSET30.licence]
    assert said["closet"]["photos"] == {"train": 8, "val": 0}
    table = (resources.files("wildwear.datasets.making") / "closet30.csv").read_bytes()
    assert said["closet"]["labels"] == {
        "table": "closet30.csv",
        "sha256": hashlib.sha256(table).hexdigest(),
    }


def test_one_set_alone_is_as_its_builder_makes_it(folders: dict[str, Path], tmp_path: Path) -> None:
    alone = recipe(tmp_path, {"wild": {"builder": "wild780"}})
    splits = build(alone, {"wild": folders["wild"]}, tmp_path / "out")
    expected, _ = pooling.BUILDERS["wild780"](folders["wild"], lambda done, total: None)
    assert {split: part.document for split, part in splits.items()} == {
        split: part.document for split, part in expected.items()
    }
    said = json.loads((tmp_path / "out" / "provenance.json").read_text())["sources"]
    assert said["wild"]["photos"] == {"train": 8, "val": 4, "test": 2}
    assert said["wild"]["licences"] == [WILD780.licence]


def test_of_a_set_so_many_photos_of_a_split_are_drawn_as_asked_for(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    def names(train: Any, seed: int = 0) -> set[str]:
        few = recipe(
            tmp_path, {"wild": {"builder": "wild780", "counts": {"train": train, "val": 0.5}}}, seed=seed
        )
        splits = build(few, {"wild": folders["wild"]}, tmp_path / "out", overwrite=True)
        assert len(splits["val"].images) == 2
        return {image["file_name"] for image in splits["train"].images}

    assert len(names(3)) == 3
    assert names(3) == names(3) < names(5)
    assert names(3) != names(3, seed=1)
    assert len(names("rest")) == 8
    with pytest.raises(DatasetError, match=r"sources\.wild: 9 for train: .* and 8 pass"):
        names(9)


def test_a_split_that_a_set_does_not_have_is_named(folders: dict[str, Path], tmp_path: Path) -> None:
    rows = [row for row in made_rows("closet") if row.split != "test"]
    pooling.BUILDERS["closet30"] = partial(carried.annotate, CLOSET30, rows=rows)
    wrong = recipe(tmp_path, {"closet": {"builder": "closet30", "counts": {"test": "rest"}}})
    with pytest.raises(DatasetError, match=r"sources\.closet\.counts\.test: closet30 has train, val only"):
        build(wrong, {"closet": folders["closet"]}, tmp_path / "out")


def test_filters_hold_for_a_set_as_well(folders: dict[str, Path], tmp_path: Path) -> None:
    bags = recipe(tmp_path, {"wild": {"builder": "wild780", "filters": {"categories": ["bag"]}}})
    with pytest.raises(DatasetError, match=r"sources\.wild: no photo of wild780 passes its filters"):
        build(bags, {"wild": folders["wild"]}, tmp_path / "out")
    hats = recipe(tmp_path, {"wild": {"builder": "wild780", "filters": {"categories": ["hat"]}}})
    splits = build(hats, {"wild": folders["wild"]}, tmp_path / "out")
    assert {split: len(part.images) for split, part in splits.items()} == {"train": 8, "val": 4, "test": 2}


def test_photos_of_ones_own_are_dealt_out_around_a_set(folders: dict[str, Path], tmp_path: Path) -> None:
    own = tmp_path / "own"
    make_dataset(
        own / "all.json",
        [(f"{number}.jpg", ["bag"]) for number in range(10)],
        fields={
            f"{number}.jpg": {"source": "wild", "scene": "b1" if number < 2 else f"own{number}"}
            for number in range(10)
        },
    )
    # The third photo is one of the val photos of the set, copied.
    shutil.copy(folders["wild"] / "wildb_3.jpg", own / "images" / "2.jpg")
    mixed = recipe(
        tmp_path,
        {
            "own": {"counts": {"train": "rest", "val": 3}},
            "wild": {"builder": "wild780", "counts": {"train": "rest", "val": "rest"}},
        },
    )
    conversion = Conversion()
    splits = build(mixed, {"own": own / "all.json", "wild": folders["wild"]}, tmp_path / "out", conversion)
    counted = {
        split: Counter(image["file_name"].split("/")[0] for image in part.images)
        for split, part in splits.items()
    }
    assert counted == {"train": {"own": 4, "wild": 8}, "val": {"own": 3, "wild": 4}}
    [(note, count)] = conversion.notes.items()
    assert note.startswith("photos of own that share a pair, person or scene with those of a set")
    assert count == 3


def test_photos_that_a_recipe_leaves_for_measuring_are_not_learnt_from_by_another_way(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    held_out = {row.photo: row.together for row in made_rows("wild") if row.split == "test"}
    copied, scene = next(iter(held_out.items()))
    own = tmp_path / "own"
    make_dataset(
        own / "all.json",
        [(f"{number}.jpg", ["bag"]) for number in range(4)],
        fields={"1.jpg": {"scene": scene}},
    )
    shutil.copy(folders["wild"] / copied, own / "images" / "2.jpg")
    mixed = recipe(
        tmp_path,
        {
            "own": {"counts": {"train": "rest"}},
            "wild": {"builder": "wild780", "counts": {"train": "rest", "val": "rest"}},
        },
    )
    splits = build(mixed, {"own": own / "all.json", "wild": folders["wild"]}, tmp_path / "out")
    taken = {name for part in splits.values() for name in (i["file_name"] for i in part.images)}
    assert {name for name in taken if name.startswith("own/")} == {"own/0.jpg", "own/3.jpg"}
    assert not taken & {f"wild/{name}" for name in held_out}


def test_photos_of_several_sources_can_be_renumbered(folders: dict[str, Path], tmp_path: Path) -> None:
    splits = build(both(tmp_path, renumber=True), folders, tmp_path / "out")
    names = [image["file_name"] for part in splits.values() for image in part.images]
    assert sorted(names) == [f"{number:06d}.jpg" for number in range(20)]


def test_everyday_learns_from_street_wild_and_closet_photos_and_is_chosen_by_street_and_wild(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made_rows("ccp")
    street = replace(WILD780, name="ccp30", source="street", licence={"id": 1, "name": "Apache-2.0"})  # type: ignore[arg-type]
    monkeypatch.setitem(pooling.BUILDERS, "ccp30", partial(carried.annotate, street, rows=rows))
    for row in rows:
        write_photo(tmp_path / "ccp" / row.photo)
    splits = build(Recipe.read("everyday"), folders | {"ccp": tmp_path / "ccp"}, tmp_path / "everyday")
    counted = {split: Counter(image["source"] for image in part.images) for split, part in splits.items()}
    assert counted == {
        "train": {"street": 8, "wild": 8, "closet": 8},
        "val": {"street": 4, "wild": 4},
    }
    licences = [licence["name"] for licence in splits["train"].document["licenses"]]
    assert licences == ["Apache-2.0", WILD780.licence["name"], "CC0-1.0"]
    assert {path.name for path in (tmp_path / "everyday" / "images").iterdir()} == {"ccp", "wild", "closet"}
