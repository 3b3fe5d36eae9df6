"""The examples in docstrings say what happens."""

import doctest
import importlib
import shutil
from pathlib import Path

import matplotlib
import pytest

from made_predictions import made
from wildwear import inference

SOURCE = Path(__file__).parents[1] / "src"
WITH_EXAMPLES = [
    ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for file in sorted(SOURCE.rglob("*.py"))
    if ">>>" in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_say_what_happens(
    name: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    shutil.copy(portrait, tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(inference.segmenter, "find_model", lambda model: tiny_model)
    outcome = doctest.testmod(importlib.import_module(name), extraglobs={"prediction": made()})
    assert outcome.attempted
    assert outcome.failed == 0
