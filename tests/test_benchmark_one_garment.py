"""The benchmark of rules applies each as it says, and counts what is then shown."""

from pathlib import Path
from types import ModuleType

import pytest

from benchmark_scripts import load
from squares import found, truth
from wildwear import inference
from wildwear.inference import Prediction
from wildwear.taxonomy import CATEGORIES

NAMES = tuple(category.name for category in CATEGORIES)
ID = {category.name: category.id for category in CATEGORIES}
TORSO, LEGS, GOWN = (10, 10, 30, 30), (10, 40, 30, 40), (10, 10, 30, 70)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("one_garment")


def prediction(*garments: tuple[str, tuple[int, int, int, int], float]) -> Prediction:
    return Prediction.from_coco([found(1, ID[name], box, score) for name, box, score in garments], (100, 100))


def names(prediction: Prediction) -> list[str]:
    return [garment.name for garment in prediction]


def test_the_first_rules_are_those_of_before(benchmark: ModuleType) -> None:
    none, of_before, *_ = benchmark.RULES.values()
    doubles = prediction(("top", TORSO, 0.9), ("shirt", TORSO, 0.8), ("top", TORSO, 0.7))
    assert names(none(doubles)) == ["top", "shirt", "top"]
    assert names(of_before(doubles)) == ["top", "top"]
    assert names(benchmark.in_use(doubles)) == ["top"]


def test_parts_compete_with_their_whole_by_the_likelihood_that_is_given(benchmark: ModuleType) -> None:
    outfit = prediction(("top", TORSO, 0.9), ("dress", GOWN, 0.8), ("skirt", LEGS, 0.6))
    assert names(benchmark.in_use(outfit)) == ["top", "skirt"]
    assert names(benchmark.parts_or_whole(lambda upper, lower: upper * lower)(outfit)) == ["dress"]


def test_a_row_says_what_a_user_sees(benchmark: ModuleType, tiny_model: Path) -> None:
    dataset = truth((1, ID["top"], TORSO), (1, ID["skirt"], LEGS), photos=1, names=NAMES)
    one = prediction(("top", TORSO, 0.9), ("top", TORSO, 0.8), ("shirt", TORSO, 0.7), ("skirt", LEGS, 0.1))
    thresholds = inference.load(tiny_model).card.thresholds
    none = benchmark.RULES["none"]
    row = benchmark.row("none", none, dataset, {1: one}, thresholds)
    # name, F1, precision, recall, shown, AP shown, AP, pairs of one name + of two
    assert row == ["none", "0.400", "0.333", "0.500", "3", "0.500", "1.000", "1 + 2"]


def test_what_a_model_finds_is_kept(
    benchmark: ModuleType, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = truth((1, ID["top"], TORSO), photos=2, names=NAMES, folder=tmp_path / "set")
    segmenter = inference.load(tiny_model)
    first = benchmark.predictions(segmenter, dataset, [], tmp_path / "keep")
    assert [garment.name for garment in first[2]][:2] == ["jacket", "jeans"]
    monkeypatch.setattr(type(segmenter), "__call__", None)
    again = benchmark.predictions(segmenter, dataset, [], tmp_path / "keep")
    assert again == first
