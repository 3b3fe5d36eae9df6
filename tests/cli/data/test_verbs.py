"""`wildwear data merge`, `split`, `subset`, `sample` and `renumber` as a user types them."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from made_datasets import make_dataset
from wildwear.cli.app import app
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two datasets; the current folder."""
    fields: dict[str, dict[str, Any]] = {f"{number}.jpg": {"people": "0_3"} for number in range(5)}
    hats = [(f"{number}.jpg", ["hat"]) for number in range(20)]
    make_dataset(tmp_path / "hats.json", hats, fields=fields)
    make_dataset(tmp_path / "bags" / "bags.json", [(f"{number}.jpg", ["bag", "hat"]) for number in range(3)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["data", *arguments])
    assert result.exit_code == 0, result.output
    return result


def photos_found(path: Path) -> int:
    dataset = Dataset.load(path)
    return sum(dataset.photo_path(image).is_file() for image in dataset.images)


def test_merge_makes_one_of_several(folder: Path) -> None:
    result = run("merge", "hats.json", "bags/bags.json", "out/all.json")
    assert "out/all.json: 23 photos, 26 masks" in result.stdout
    assert "next: wildwear data describe out/all.json" in result.stdout
    assert photos_found(folder / "out" / "all.json") == 23
    merged = Dataset.load(folder / "out" / "all.json")
    assert {image["file_name"].split("/")[0] for image in merged.images} == {"hats", "bags"}


def test_merge_says_when_a_photo_stands_in_two_of_them(folder: Path) -> None:
    result = run("merge", "hats.json", "hats.json", "out/twice.json")
    assert "20 × photos that stand in more than one of the datasets" in result.stderr


def test_merge_never_writes_over_what_it_reads(folder: Path) -> None:
    before = (folder / "hats.json").read_bytes()
    arguments = ["data", "merge", "hats.json", "bags/bags.json", "hats.json", "--overwrite"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, OutputError)
    assert "is the source itself" in str(result.exception)
    assert (folder / "hats.json").read_bytes() == before


def test_split_writes_three_files_and_the_photos_once(folder: Path) -> None:
    result = run("split", "hats.json", "parts", "--val", "4", "--test", "0.1", "--copy")
    assert "parts/train.json: 14 photos" in result.stdout
    assert "parts/test.json: 2 photos" in result.stdout
    assert [photos_found(folder / "parts" / f"{name}.json") for name in ("train", "val", "test")] == [
        14,
        4,
        2,
    ]
    assert len(list((folder / "parts" / "images").iterdir())) == 20


def test_split_beside_the_source_links_nothing(folder: Path) -> None:
    run("split", "hats.json", ".", "--in-order")
    assert not [path for path in (folder / "images").iterdir() if path.is_symlink()]
    assert photos_found(folder / "val.json") == 2


def test_subset_takes_what_is_asked_for(folder: Path) -> None:
    (folder / "names.txt").write_text("2.jpg\n7.jpg\n\n")
    (folder / "ids.txt").write_text("\ufeff7\n17\n27\n")
    assert "few.json: 5 photos" in run("subset", "hats.json", "few.json", "--people", "selfie").stdout
    assert "a.json: 2 photos" in run("subset", "hats.json", "a.json", "--names", "names.txt").stdout
    assert "b.json: 3 photos" in run("subset", "hats.json", "b.json", "--ids", "ids.txt").stdout
    assert "d.json: 3 photos" in run("subset", "bags/bags.json", "d/d.json", "--min-masks", "2").stdout


def test_a_subset_of_nothing_is_an_error_and_writes_nothing(folder: Path) -> None:
    result = CliRunner().invoke(app, ["data", "subset", "hats.json", "c.json", "--category", "bag"])
    assert isinstance(result.exception, DatasetError)
    assert "hats.json: of 20 photos none passes the filters" in str(result.exception)
    assert not (folder / "c.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "studio"], "source: Input should be 'street', 'wild', 'closet' or 'mixed'"),
        (["--people", "crowd"], "people: Input should be 'one person'"),
    ],
)
def test_subset_refuses_what_makes_no_sense(folder: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["data", "subset", "hats.json", "few.json", *arguments])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"7\nseven\n", r"list\.txt: expected an image id on each line, found 'seven'"),
        (b"\xff\n", r"list\.txt: is not UTF-8"),
        (b"8\n", r"hats\.json: no image has the id 8"),
    ],
)
def test_a_list_that_is_wrong_is_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "list.txt").write_bytes(content)
    result = CliRunner().invoke(app, ["data", "subset", "hats.json", "few.json", "--ids", "list.txt"])
    assert isinstance(result.exception, DatasetError)
    assert result.exit_code == 1
    with pytest.raises(DatasetError, match=said):
        raise result.exception


def test_sample_takes_so_many(folder: Path) -> None:
    assert "few.json: 4 photos" in run("sample", "hats.json", "few.json", "--photos", "4").stdout


def test_renumber_names_photos_anew_in_folder_and_file(folder: Path) -> None:
    run("renumber", "bags/bags.json", "numbered")
    assert sorted(path.name for path in (folder / "numbered" / "images").iterdir()) == [
        "000000.jpg",
        "000001.jpg",
        "000002.jpg",
    ]
    assert photos_found(folder / "numbered" / "bags.json") == 3


def test_photos_that_are_not_there_are_named_not_linked(folder: Path) -> None:
    (folder / "images" / "3.jpg").unlink()
    result = run("sample", "hats.json", "out/all.json", "--photos", "20")
    assert "note: 1 × photos of hats.json that are not beside it" in result.stderr
    assert photos_found(folder / "out" / "all.json") == 19


def test_any_format_comes_in(shared: Path, tmp_path: Path) -> None:
    via = shared / "fixtures" / "via" / "shorts" / "via_region_data.json"
    run("renumber", str(via), str(tmp_path / "out"))
    assert photos_found(tmp_path / "out" / "via_region_data.json") == 4
