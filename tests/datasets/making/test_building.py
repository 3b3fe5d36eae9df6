"""Dataset versions by recipe: the same from the same, whole or not at all."""

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from made_datasets import make_dataset, write_photo
from wildwear import configs
from wildwear.datasets import Conversion, Dataset, Recipe, build
from wildwear.datasets.making.building import digest
from wildwear.errors import DatasetError, OutputError

PHOTOS = 40  # of each source


def recipe(folder: Path, **changes: Any) -> Recipe:
    """Street and wild photos, some of each to train and val."""
    counts = {"train": 20, "val": 5}
    document = {
        "name": "mine",
        "description": "street and wild",
        "sources": {
            kind: {"title": f"{kind} photos", "filters": {"source": kind}, "counts": counts}
            for kind in ("street", "wild")
        },
        "renumber": True,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.yaml").write_text(yaml.safe_dump(document | changes))
    return Recipe.read(folder / "mine.yaml")


def one_source(folder: Path, **fields: Any) -> Recipe:
    return recipe(folder, renumber=False, sources={"all": {"title": "photos"} | fields})


def make_source(folder: Path, *, pairs: int = PHOTOS, **info: Any) -> Path:
    """A COCO file of street and wild photos, each pair (`pair_id`) of one and the other."""
    names = [f"{kind}/{number}.jpg" for number in range(PHOTOS) for kind in ("street", "wild")]
    make_dataset(
        folder / "all.json",
        [(name, ["hat", "bag"] if place % 5 == 0 else ["hat"]) for place, name in enumerate(names)],
        fields={
            name: {"source": name.split("/")[0], "pair_id": place // 2 % pairs}
            for place, name in enumerate(names)
        },
        info={"label_set": "wildwear30", "mask_convention": "with_hidden"} | info,
    )
    return folder / "all.json"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_source(tmp_path_factory.mktemp("source"))


def both(source: Path) -> dict[str, Path]:
    return {"street": source, "wild": source}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_split_has_as_many_photos_of_each_source_as_asked_for(source: Path, tmp_path: Path) -> None:
    splits = build(recipe(tmp_path), both(source), tmp_path / "out")
    for split, count in (("train", 20), ("val", 5)):
        dataset = Dataset.load(tmp_path / "out" / f"{split}.json")
        assert dataset.document == splits[split].document  # type: ignore[index]
        assert Counter(image["source"] for image in dataset.images) == {"street": count, "wild": count}
        assert dataset.mask_convention == "with_hidden"
        assert dataset.info["split"] == split
        for image in dataset.images:
            photo = dataset.photo_path(image)
            assert photo.is_symlink()
            assert photo.read_bytes() == (source.parent / "images" / image["original_file_name"]).read_bytes()


def test_photos_are_numbered_over_all_splits_and_ids_are_new(source: Path, tmp_path: Path) -> None:
    splits = build(recipe(tmp_path), both(source), tmp_path / "out")
    images = [image for part in splits.values() for image in part.images]
    annotations = [one for part in splits.values() for one in part.annotations]
    assert sorted(image["file_name"] for image in images) == [f"{number:06d}.jpg" for number in range(50)]
    assert sorted(image["id"] for image in images) == list(range(1, 51))
    assert sorted(one["id"] for one in annotations) == list(range(1, len(annotations) + 1))
    assert sorted(path.name for path in (tmp_path / "out" / "images").iterdir()) == sorted(
        image["file_name"] for image in images
    )


def test_a_pair_of_two_sources_is_never_parted(source: Path, tmp_path: Path) -> None:
    splits = build(recipe(tmp_path), both(source), tmp_path / "out")
    train, val = ({image["pair_id"] for image in splits[split].images} for split in ("train", "val"))  # type: ignore[index]
    assert not train & val


def test_the_same_recipe_and_inputs_give_the_same_bytes_wherever_they_lie(
    source: Path, tmp_path: Path
) -> None:
    shutil.copytree(source.parent, tmp_path / "elsewhere")
    first, second = tmp_path / "first", tmp_path / "deep" / "down" / "second"
    build(recipe(tmp_path), both(source), first, photos="copy")
    build(recipe(tmp_path / "other"), both(tmp_path / "elsewhere" / "all.json"), second, photos="copy")
    assert contents(first) == contents(second)
    assert len(contents(first)) == 50 + 3


def test_another_seed_draws_other_photos(source: Path, tmp_path: Path) -> None:
    drawn = []
    for seed in (0, 1):
        splits = build(recipe(tmp_path, seed=seed), both(source), tmp_path / str(seed))
        drawn.append({image["original_file_name"] for image in splits["train"].images})
    assert drawn[0] != drawn[1]


def test_provenance_says_recipe_version_sources_and_counts(source: Path, tmp_path: Path) -> None:
    import hashlib

    import wildwear

    build(recipe(tmp_path, seed=3), both(source), tmp_path / "out")
    text = (tmp_path / "out" / "provenance.json").read_text()
    provenance = json.loads(text)
    assert provenance["wildwear"] == wildwear.__version__
    assert provenance["recipe"]["seed"] == 3
    assert provenance["sources"]["wild"] == {
        "files": 1,
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "photos": {"train": 20, "val": 5},
        "licences": [],
    }
    for split, said in provenance["splits"].items():
        built = (tmp_path / "out" / f"{split}.json").read_bytes()
        assert said["sha256"] == hashlib.sha256(built).hexdigest()
        assert said["photos"] == len(json.loads(built)["images"])
    assert str(tmp_path) not in text
    assert str(source.parent) not in text


def test_shares_and_the_rest_take_every_photo(source: Path, tmp_path: Path) -> None:
    counts = {"train": "rest", "val": 0.1, "test": 0.15}
    splits = build(one_source(tmp_path, counts=counts), {"all": source}, tmp_path / "out")
    assert {split: len(part.images) for split, part in splits.items()} == {"train": 60, "val": 8, "test": 12}


def test_as_listed_photos_go_to_train_first(source: Path, tmp_path: Path) -> None:
    listed = recipe(
        tmp_path,
        renumber=False,
        order="as listed",
        sources={"all": {"title": "photos", "counts": {"train": 10, "val": 10}}},
    )
    splits = build(listed, {"all": source}, tmp_path / "out")
    names = [image["file_name"] for image in Dataset.load(source).images]
    assert [image["file_name"] for part in splits.values() for image in part.images] == names[:20]


def test_counts_that_cannot_be_met_say_how_many_there_are(source: Path, tmp_path: Path) -> None:
    counts = {"train": 70, "val": 11}
    with pytest.raises(DatasetError, match=r"sources\.all: 70 for train, 11 for val: .* and 80 pass"):
        build(one_source(tmp_path, counts=counts), {"all": source}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_at_most_takes_what_there_is_in_the_same_proportions(source: Path, tmp_path: Path) -> None:
    sparing = one_source(tmp_path, counts={"train": 700, "val": 100}, at_most=True)
    splits = build(sparing, {"all": source}, tmp_path / "out")
    assert {split: len(part.images) for split, part in splits.items()} == {"train": 70, "val": 10}


@pytest.mark.parametrize(
    ("counts", "said"),
    [({"train": 80, "val": "rest"}, "val: rest"), ({"train": "rest", "val": 0.001}, "val: 0.001")],
)
def test_a_split_that_would_be_empty_is_an_error(
    source: Path, tmp_path: Path, counts: dict[str, Any], said: str
) -> None:
    with pytest.raises(DatasetError, match=rf"sources\.all\.counts\.{said}: that is no photo, of 80"):
        build(one_source(tmp_path, counts=counts), {"all": source}, tmp_path / "out")


def test_photos_that_cannot_be_parted_are_the_reason_named(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", pairs=1)
    with pytest.raises(DatasetError, match=r"counts\.val: 5 photos are asked for, and there are 0: .* share"):
        build(one_source(tmp_path, counts={"train": 75, "val": 5}), {"all": source}, tmp_path / "out")


def test_one_folder_can_be_two_sources_but_no_photo_is_taken_twice(source: Path, tmp_path: Path) -> None:
    twice = recipe(
        tmp_path,
        sources={
            "first": {"title": "all", "counts": {"train": 0.5, "val": 0.5}},
            "second": {"title": "the same", "counts": {"train": "rest"}},
        },
    )
    with pytest.raises(DatasetError, match=r"sources\.second: the rest: .* and 0 pass"):
        build(twice, {"first": source, "second": source}, tmp_path / "out")


def test_names_that_two_sources_share_are_kept_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_dataset(tmp_path / name / "set.json", [("1.jpg", ["hat"])])
    shared = recipe(
        tmp_path,
        renumber=False,
        sources={name: {"title": name, "path": f"{name}/set.json", "counts": {"train": 1}} for name in "ab"},
    )
    splits = build(shared, {}, tmp_path / "out")
    assert [image["file_name"] for image in splits["train"].images] == ["a/1.jpg", "b/1.jpg"]
    assert (tmp_path / "out" / "images" / "b" / "1.jpg").read_bytes() == (
        tmp_path / "b" / "images" / "1.jpg"
    ).read_bytes()


def test_photos_that_are_not_there_are_left_out_and_counted(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source")
    for number in range(10):
        (tmp_path / "source" / "images" / "wild" / f"{number}.jpg").unlink()
    conversion = Conversion()
    splits = build(
        one_source(tmp_path, counts={"train": "rest"}), {"all": source}, tmp_path / "out", conversion
    )
    assert len(splits["train"].images) == 70
    assert conversion.notes["photos of all that are not there, left out"] == 10


def test_without_photos_a_version_is_its_files_alone(shared: Path, tmp_path: Path) -> None:
    modanet = recipe(
        tmp_path,
        photos="none",
        renumber=False,
        sources={"modanet": {"title": "ModaNet", "counts": {"train": 100, "val": 50}}},
    )
    source = shared / "fixtures" / "modanet" / "instances_val.json"
    splits = build(modanet, {"modanet": source}, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "provenance.json",
        "train.json",
        "val.json",
    ]
    assert [len(part.images) for part in splits.values()] == [100, 50]
    # Mapped to the 30 by itself.
    assert len(splits["train"].categories) == 30
    assert splits["train"].info["label_set"] == "wildwear30"
    assert splits["train"].instances()


def test_labels_can_stay_as_they_are(shared: Path, tmp_path: Path) -> None:
    source = shared / "fixtures" / "modanet" / "instances_val.json"
    plain = recipe(
        tmp_path,
        photos="none",
        renumber=False,
        sources={"modanet": {"title": "ModaNet", "counts": {"train": "rest"}, "map": "none"}},
    )
    splits = build(plain, {"modanet": source}, tmp_path / "out")
    assert (len(splits["train"].images), len(splits["train"].annotations)) == (1073, 5467)
    assert len(splits["train"].categories) == 13


def test_wild30_parts_by_its_source(shared: Path, tmp_path: Path) -> None:
    real = recipe(
        tmp_path,
        renumber=False,
        sources={
            kind: {
                "title": "wild30",
                "annotations": "wild30.json",
                "images": "photos",
                "filters": {"source": kind},
                "counts": {"test": "rest"},
            }
            for kind in ("street", "wild")
        },
    )
    folder = shared / "data" / "wild30"
    splits = build(real, {"street": folder, "wild": folder}, tmp_path / "out")
    assert Counter(image["source"] for image in splits["test"].images) == {"street": 24, "wild": 30}
    assert len(splits["test"].instances()) == 83 + 75


def test_photos_that_do_not_say_what_they_are_can_be_told_in_the_recipe(shared: Path, tmp_path: Path) -> None:
    via = shared / "fixtures" / "via" / "shorts" / "via_region_data.json"
    source = {"title": "VIA", "filters": {"source": "wild"}, "counts": {"train": "rest"}, "map": "none"}
    plain = recipe(tmp_path, sources={"mine": source})
    conversion = Conversion()
    with pytest.raises(DatasetError, match=r"sources\.mine: the rest: .* and 0 pass"):
        build(plain, {"mine": via}, tmp_path / "out", conversion)
    assert conversion.notes["photos that do not say whether they are street, wild or closet, left out"] == 20
    told = recipe(tmp_path, sources={"mine": source | {"kind": "wild"}})
    splits = build(told, {"mine": via}, tmp_path / "out")
    assert [image["source"] for image in splits["train"].images] == ["wild"] * 4


def test_a_folder_is_known_by_its_annotations_whatever_else_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "annos").mkdir()
    (tmp_path / "annos" / "1.json").write_text("{}")
    known = digest(tmp_path, tmp_path / "out")
    (tmp_path / "photo.jpg").write_text("a photo")
    for hidden in (".1234.part", "out"):  # a build that is on its way, and one that is done
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "train.json").write_text("{}")
    assert digest(tmp_path, tmp_path / "out") == known
    assert known["files"] == 1
    (tmp_path / "annos" / "1.json").rename(tmp_path / "annos" / "2.json")
    assert digest(tmp_path, tmp_path / "out")["sha256"] != known["sha256"]


def test_a_source_that_is_not_said_or_not_there_or_not_known_is_named(source: Path, tmp_path: Path) -> None:
    mine = recipe(tmp_path)
    with pytest.raises(DatasetError, match=r"where is wild\? Say --source wild=DIR: wild photos"):
        build(mine, {"street": source}, tmp_path / "out")
    with pytest.raises(DatasetError, match="nowhere: no such file or folder; wild is wild photos"):
        build(mine, {"street": source, "wild": Path("nowhere")}, tmp_path / "out")
    with pytest.raises(DatasetError, match="has no source 'studio', but street, wild"):
        build(mine, both(source) | {"studio": source}, tmp_path / "out")


def test_an_earlier_build_of_the_recipe_is_replaced(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(recipe(tmp_path), both(source), out, photos="copy")
    build(recipe(tmp_path, renumber=False), both(source), out)
    assert not (out / "images" / "000000.jpg").exists()
    assert (out / "images" / "street").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "out"]


def test_what_the_recipe_did_not_build_is_never_lost(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds notes\.txt, which no recipe built"):
        build(recipe(tmp_path), both(source), out, overwrite=True)
    (out / "notes.txt").unlink()
    build(recipe(tmp_path), both(source), out)
    (out / "notes.txt").write_text("mine")
    before = contents(out)
    with pytest.raises(OutputError, match=r"notes\.txt"):
        build(recipe(tmp_path), both(source), out, overwrite=True)
    assert contents(out) == before


def test_another_recipe_or_a_changed_file_is_replaced_only_when_told(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(recipe(tmp_path), both(source), out)
    other = recipe(tmp_path, name="other")
    with pytest.raises(OutputError, match="holds what the recipe mine built; --overwrite"):
        build(other, both(source), out)
    build(other, both(source), out, overwrite=True)
    with (out / "val.json").open("a") as file:
        file.write("\n")
    with pytest.raises(OutputError, match=r"val\.json: was changed since it was built; --overwrite"):
        build(other, both(source), out)
    build(other, both(source), out, overwrite=True)


def test_neither_a_source_nor_the_folder_one_stands_in_is_replaced(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutputError, match="holds a source of the recipe"):
        build(recipe(tmp_path), both(source), source.parent)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="is the folder that you are in"):
        build(recipe(tmp_path), both(source), Path())


SCRIPT = """
import os, signal, sys
from pathlib import Path
from wildwear.datasets import Recipe, build
recipe, source, out, die = sys.argv[1:]
steps = 0
def progress(done, total):
    global steps
    steps += 1
    if steps == int(die):
        os.kill(os.getpid(), signal.SIGKILL)
build(Recipe.read(recipe), {"street": Path(source), "wild": Path(source)}, Path(out), progress=progress)
"""


def start(source: Path, folder: Path, die: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", SCRIPT, folder / "mine.yaml", source, folder / "out", str(die)]
    return subprocess.Popen(arguments, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("step", [100, 250], ids=["while it reads", "while it links photos"])
def test_a_build_that_is_killed_leaves_nothing_and_the_next_one_succeeds(
    source: Path, tmp_path: Path, step: int
) -> None:
    recipe(tmp_path)
    assert start(source, tmp_path, die=step).wait() == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert bool(list(tmp_path.glob(".*.part/images/*.jpg"))) == (step == 250)  # it had come so far
    build(Recipe.read(tmp_path / "mine.yaml"), both(source), tmp_path / "out")
    before = contents(tmp_path / "out")
    assert start(source, tmp_path, die=step).wait() == -signal.SIGKILL
    assert contents(tmp_path / "out") == before


def test_two_builds_at_once_do_not_mix(source: Path, tmp_path: Path) -> None:
    recipe(tmp_path)
    together = [start(source, tmp_path, die=-1) for _ in range(2)]
    assert 0 in [one.wait() for one in together]
    build(Recipe.read(tmp_path / "mine.yaml"), both(source), tmp_path / "alone")
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


def test_deepfashion2_as_it_comes_makes_the_versions_of_the_thesis(shared: Path, tmp_path: Path) -> None:
    native = json.loads(
        (shared / "fixtures" / "deepfashion2" / "native" / "annos" / "000001.json").read_text()
    )
    native["item1"] |= {"category_id": 9, "category_name": "skirt", "landmarks": [300, 500, 2] * 8}
    for number in range(1, 41):
        kind = "shop" if number % 2 else "user"
        varied = native | {"source": kind, "pair_id": number // 4}
        (tmp_path / "train" / "annos").mkdir(parents=True, exist_ok=True)
        (tmp_path / "train" / "annos" / f"{number:06d}.json").write_text(json.dumps(varied))
        write_photo(tmp_path / "train" / "image" / f"{number:06d}.jpg")
    shipped = configs.read("thesis-both", kind="recipe")
    few = shipped.replace("train: 2500", "train: 8").replace("train: 5000", "train: 12")
    few = few.replace("val: 501", "val: 4").replace("val: 505", "val: 4")
    (tmp_path / "few.yaml").write_text(few)
    splits = build(
        Recipe.read(tmp_path / "few.yaml"),
        dict.fromkeys(("street", "wild"), tmp_path / "train"),
        tmp_path / "out",
    )
    counted = {split: Counter(image["source"] for image in part.images) for split, part in splits.items()}
    assert counted == {"train": {"street": 8, "wild": 12}, "val": {"street": 4, "wild": 4}}
    train, val = ({image["pair_id"] for image in part.images} for part in splits.values())
    assert not train & val
    assert splits["train"].mask_convention == "with_hidden"
    # The skirt is one of the 30; the trousers may be several of them, and are not judged.
    assert splits["train"].instances_by_category() == dict.fromkeys(range(1, 31), 0) | {20: 20}
    assert len(splits["train"].categories) == 30
    assert all((tmp_path / "out" / "images" / image["file_name"]).is_file() for image in splits["val"].images)
