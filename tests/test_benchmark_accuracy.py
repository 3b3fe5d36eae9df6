"""The figures of the model card are those of `wildwear evaluate`, and the model looks at each photo once."""

from pathlib import Path
from typing import Any

import pytest

from benchmark_scripts import load
from squares import truth
from wildwear import evaluation, inference
from wildwear.datasets import Dataset
from wildwear.taxonomy import CATEGORIES

NAMES = tuple(category.name for category in CATEGORIES)
ID = {category.name: category.id for category in CATEGORIES}
JACKET, JEANS = (10, 10, 50, 40), (10, 50, 50, 45)


def made(folder: Path, *files: str, photos: str = "images") -> Path:
    """A set of two photos under each name; what is found is right in the first, half of it in the other."""
    garments = [(1, ID["jacket"], JACKET), (1, ID["jeans"], JEANS), (2, ID["jacket"], JACKET)]
    dataset = truth(*garments, photos=2, names=NAMES, folder=folder)
    for image, source in zip(dataset.images, ("wild", "street"), strict=True):
        image["source"] = source
    for file in files:
        dataset.save(folder / f"{file}.json")
    (folder / "images").rename(folder / photos)
    return folder


def test_what_is_printed_is_what_evaluate_says_of_photos_that_are_looked_at_once(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark = load("accuracy")
    sets = [made(tmp_path / name, "val", "test") for name in ("ccp30", "wild780")]
    wild30 = made(tmp_path / "wild30", "wild30", photos="photos")
    looked, look = [], inference.Segmenter.__call__

    def looking(*given: Any, **options: Any) -> Any:
        looked.append(given)
        return look(*given, **options)

    with monkeypatch.context() as patched:
        patched.setattr(inference.Segmenter, "__call__", looking)
        benchmark.main(*sets, wild30, str(tiny_model))
    assert len(looked) == 2 * 4 + 2  # test and val of two, and one photo of each source
    said = capsys.readouterr().out
    expected = evaluation.evaluate(
        inference.load(tiny_model), Dataset.load(wild30 / "wild30.json"), wild30 / "photos", source="wild"
    )
    assert benchmark.averages({"wild30, wild part": expected.metrics}).splitlines()[-1] in said
    assert "| shown from 0.36 | precision | recall |" in said
