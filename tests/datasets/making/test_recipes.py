"""Recipes are typed documents, found by name or file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from wildwear import configs
from wildwear.configs import UnknownConfigError
from wildwear.datasets import Recipe
from wildwear.datasets.making.recipes import Filters, Source, Strict
from wildwear.errors import DatasetError


@pytest.mark.parametrize("name", configs.names("recipe"))
def test_every_recipe_that_the_package_carries_is_valid_and_bears_its_name(name: str) -> None:
    assert Recipe.read(name).name == name


@pytest.mark.parametrize(
    ("name", "train", "held_out"),
    [
        ("thesis-street", 2500, {"val": 501}),
        ("thesis-wild", 5000, {"val": 505}),
        ("thesis-both", 7500, {"val": 1006}),
        ("thesis-test", 0, {"test": 500}),
    ],
)
def test_the_versions_of_the_thesis_have_its_numbers(name: str, train: int, held_out: dict[str, int]) -> None:
    counts: dict[str, int] = {}
    for source in Recipe.read(name).sources.values():
        for split, count in source.counts.items():
            assert isinstance(count, int)
            counts[split] = counts.get(split, 0) + count
    assert counts == ({"train": train} if train else {}) | held_out


@pytest.mark.parametrize("model", [Recipe, Source, Filters])
def test_every_field_is_documented(model: type[Strict]) -> None:
    assert all(field.description for field in model.model_fields.values())


RECIPE: dict[str, Any] = {
    "name": "mine",
    "description": "what I have",
    "sources": {"one": {"title": "my photos", "counts": {"train": "rest", "val": 0.1}}},
}


def changed(**fields: Any) -> dict[str, Any]:
    return RECIPE | fields


def with_source(**fields: Any) -> dict[str, Any]:
    return changed(sources={"one": RECIPE["sources"]["one"] | fields})


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (changed(colour=1), "colour: Extra inputs"),
        (changed(name="../up"), "name: "),
        (changed(sources={}), "sources: "),
        (changed(sources={"a/b": RECIPE["sources"]["one"]}), r"sources\.a/b"),
        (changed(seed="seven"), "seed: "),
        (changed(photos="move"), "photos: "),
        (changed(builder="ccp30"), "builder: Extra inputs"),
        (with_source(builder="magic"), r"sources\.one\.builder: "),
        (with_source(builder="ccp30", map="none"), r"sources\.one: .*brings its own labels; leave out map"),
        (with_source(counts={}), r"sources\.one: .*counts: say how many photos"),
        (with_source(counts={"train": 0}), r"sources\.one\.counts\.train"),
        (with_source(counts={"train": 1.5}), r"sources\.one\.counts\.train"),
        (with_source(counts={"train": True}), r"sources\.one\.counts\.train"),
        (with_source(counts={"train": "all"}), r"sources\.one\.counts\.train"),
        (with_source(counts={"dev": 5}), r"sources\.one\.counts\.dev"),
        (with_source(counts={"train": "rest", "val": "rest"}), "only one split can take the rest"),
        (with_source(counts={"train": 0.8, "val": 0.3}), "the shares sum to more than 1"),
        (with_source(filters={"source": "studio"}), r"sources\.one\.filters\.source"),
        (with_source(filters={"sauce": "wild"}), r"sources\.one\.filters\.sauce: Extra"),
        ([1], "the document: "),
        (None, "the document: "),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, recipe: Any, said: str) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe))
    with pytest.raises(DatasetError, match=rf"mine\.yaml: .*{said}"):
        Recipe.read(tmp_path / "mine.yaml")


@pytest.mark.parametrize("text", ["name: [", "[" * 5000, "\0"])
def test_what_is_not_yaml_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(DatasetError, match=r"mine\.yaml: is not YAML"):
        Recipe.read(tmp_path / "mine.yaml")


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(
        UnknownConfigError,
        match=r"no such recipe; choose one of ccp-more, ccp30, closet30, everyday, everyday-more",
    ):
        Recipe.read("thesis-all")


def test_text_that_is_not_utf8_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"name: \xff")
    with pytest.raises(UnknownConfigError, match=r"mine\.yaml: is not UTF-8"):
        Recipe.read(tmp_path / "mine.yaml")


def test_relative_paths_start_at_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(RECIPE))
    assert Recipe.read(tmp_path / "mine.yaml").folder == tmp_path
