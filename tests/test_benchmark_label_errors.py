"""The benchmark of label errors plants what it says, and counts what is found."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmark_scripts import SCRIPTS, load
from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.taxonomy import CATEGORIES

WORN = ("bag", "shirt", "top", "jeans", "pants")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("label_errors")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Twenty photos of five garments each, none on another."""
    identities = {one.name: one.id for one in CATEGORIES}
    annotations: list[dict[str, Any]] = []
    for photo in range(1, 21):
        for place, name in enumerate(WORN):
            mask = np.zeros((30, 100), bool)
            mask[5:25, 20 * place + 2 : 20 * place + 18] = True
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": photo,
                    "category_id": identities[name],
                    "segmentation": imaging.encode(mask),
                    "bbox": [20.0 * place + 2, 5.0, 16.0, 20.0],
                    "area": 320,
                    "iscrowd": 0,
                }
            )
    return Dataset(
        {
            "images": [
                {"id": photo, "file_name": f"{photo}.jpg", "width": 100, "height": 30}
                for photo in range(1, 21)
            ],
            "categories": [{"id": one.id, "name": one.name} for one in CATEGORIES],
            "annotations": annotations,
        }
    )


@pytest.fixture(scope="module")
def predictions(dataset: Dataset) -> list[dict[str, Any]]:
    """All of them, rightly named."""
    fields = ("image_id", "category_id", "segmentation", "bbox")
    return [{**{field: one[field] for field in fields}, "score": 0.95} for one in dataset.instances()]


@pytest.mark.parametrize("hard", [False, True])
def test_ten_are_renamed_and_five_removed_and_the_truth_stays_as_it_is(
    benchmark: ModuleType, dataset: Dataset, hard: bool
) -> None:
    before = [one["category_id"] for one in dataset.annotations]
    planted = benchmark.plant(dataset, 1, hard=hard)
    assert [one["category_id"] for one in dataset.annotations] == before
    assert len(planted.dataset.annotations) == 95
    was = {one["id"]: one["category_id"] for one in dataset.annotations}
    changed = {
        one["id"]: was[one["id"]]
        for one in planted.dataset.annotations
        if one["category_id"] != was[one["id"]]
    }
    assert changed == planted.renamed
    assert len(changed) == 10
    names = {category.id: category.name for category in CATEGORIES}
    pairs = {
        frozenset((names[was[one["id"]]], names[one["category_id"]]))
        for one in planted.dataset.annotations
        if one["id"] in changed
    }
    similar = {frozenset(("shirt", "top")), frozenset(("jeans", "pants"))}
    assert (pairs <= similar) == hard
    assert benchmark.plant(dataset, 1, hard=hard).renamed == planted.renamed
    assert benchmark.plant(dataset, 2, hard=hard).renamed != planted.renamed


def test_what_a_perfect_model_contradicts_is_what_was_planted(
    benchmark: ModuleType, dataset: Dataset, predictions: list[dict[str, Any]]
) -> None:
    found = benchmark.judge(benchmark.plant(dataset, 1, hard=False), predictions, [])
    assert found.precision == found.beyond == 1
    assert found.listed == round(15 * found.recall)
    assert found.first == found.recall
    assert (found.removed, found.right_name) == (1, 1)
    assert found.renamed > 0.5


def test_what_was_listed_before_is_a_false_alarm_but_not_beyond(
    benchmark: ModuleType, dataset: Dataset, predictions: list[dict[str, Any]]
) -> None:
    planted = benchmark.plant(dataset, 1, hard=False)
    # A real error of the truth: an instance, not among the planted, that has always lacked.
    lacking = next(
        one for one in dataset.instances() if one["id"] not in planted.renamed and one not in planted.removed
    )
    kept = [one for one in dataset.annotations if one is not lacking]
    real = Dataset({**dataset.document, "annotations": kept})
    annotations = [one for one in planted.dataset.annotations if one["id"] != lacking["id"]]
    spoilt = benchmark.Planted(
        Dataset({**dataset.document, "annotations": annotations}), planted.renamed, planted.removed
    )
    before = benchmark.suspects(benchmark.Evidence(real, predictions))
    assert len(before) == 1
    found = benchmark.judge(spoilt, predictions, before)
    assert found.precision == pytest.approx((found.listed - 1) / found.listed)
    assert found.beyond == 1


def test_without_predictions_nothing_is_found_and_nothing_breaks(
    benchmark: ModuleType, dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    found = benchmark.judge(benchmark.plant(dataset, 1, hard=False), [], [])
    assert (found.listed, found.recall) == (0, 0)
    assert np.isnan(found.precision)
    benchmark.show({"any name": [found]}, [], dataset)
    assert "0 places" in capsys.readouterr().out


def test_the_table_says_what_is_listed_on_the_truth_as_it_is(
    benchmark: ModuleType,
    dataset: Dataset,
    predictions: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset.save(tmp_path / "val.json")
    (tmp_path / "predictions.json").write_text(json.dumps(predictions))
    arguments = [
        str(SCRIPTS / "label_errors.py"),
        str(tmp_path / "val.json"),
        str(tmp_path / "predictions.json"),
        "--seeds",
        "2",
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    benchmark.main()
    printed = capsys.readouterr().out
    assert "20 photos, 100 instances, 2 plantings a line" in printed
    assert "a similar name" in printed
    assert "Listed on the truth as it is, 0 places" in printed
