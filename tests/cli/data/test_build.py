"""`wildwear data build` as a user types it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from made_datasets import make_dataset
from wildwear.cli.app import app
from wildwear.cli.data.build import named_sources
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError

RECIPE = """
name: mine
description: hats and bags
sources:
  hats: {title: photos of hats, path: hats.json, counts: {train: 3, val: 1}}
  bags: {title: photos of bags, counts: {train: 2}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe and its sources; the current folder."""
    (tmp_path / "mine.yaml").write_text(RECIPE)
    make_dataset(tmp_path / "hats.json", [(f"h{number}.jpg", ["hat"]) for number in range(4)])
    make_dataset(tmp_path / "bags" / "bags.json", [(f"b{number}.jpg", ["bag"]) for number in range(2)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_recipe_of_ones_own_is_built_and_its_splits_are_shown(folder: Path) -> None:
    result = CliRunner().invoke(
        app, ["data", "build", "mine.yaml", "--source", "bags=bags/bags.json", "--out", "mine", "--copy"]
    )
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith(("train ", "val "))]
    assert rows == [
        ["train", "5", "5", "5", "0"],
        ["val", "1", "1", "1", "0"],
    ]
    assert "next: wildwear train wildwear-s-street --data mine" in result.stdout
    assert not any(path.is_symlink() for path in (folder / "mine" / "images").iterdir())
    assert len(Dataset.load(folder / "mine" / "train.json").images) == 5


def test_a_source_that_is_not_said_is_asked_for(folder: Path) -> None:
    result = CliRunner().invoke(app, ["data", "build", "mine.yaml", "--out", "mine"])
    assert isinstance(result.exception, DatasetError)
    assert str(result.exception) == "mine: where is bags? Say --source bags=DIR: photos of bags"
    assert not (folder / "mine").exists()


def test_what_may_explain_a_failure_is_said_before_it(folder: Path) -> None:
    (folder / "images" / "h1.jpg").unlink()
    arguments = ["data", "build", "mine.yaml", "--source", "bags=bags/bags.json", "--out", "mine"]
    result = CliRunner().invoke(app, arguments)
    assert "note: 1 × photos of hats that are not there, left out" in result.stderr
    assert "3 for train, 1 for val: so many photos are asked for, and 3 pass" in str(result.exception)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["x"], {"a": "x", "b": "x"}),
        (["x", "b=y"], {"a": "x", "b": "y"}),
        (["a=x"], {"a": "x"}),
        (["a=x", "b=y=z"], {"a": "x", "b": "y=z"}),
        (["c=x"], {"a": "c=x", "b": "c=x"}),  # a folder with a sign in its name
        ([], {}),
    ],
)
def test_folders_are_named_by_source_or_serve_all(given: list[str], named: dict[str, str]) -> None:
    assert named_sources(given, ["a", "b"]) == {name: Path(folder) for name, folder in named.items()}


def test_two_folders_without_names_are_ambiguous() -> None:
    with pytest.raises(typer.BadParameter, match="as NAME=DIR; there are a, b"):
        named_sources(["x", "y"], ["a", "b"])
