"""`wildwear evaluate`, as its user sees it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wildwear import imaging, inference
from wildwear.datasets import Dataset

PROGRAM = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "evaluate"]


@pytest.fixture
def arguments(shared: Path, tiny_model: Path, tmp_path: Path) -> list[str]:
    """MODEL DATASET --images DIR: the tiny model, and one photo with all that this model finds there."""
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    image = next(image for image in wild30.images if image["source"] == "street")
    photos = shared / "data" / "wild30" / "photos"
    found = inference.load(tiny_model)(photos / image["file_name"], score=0.01, suppress=None)
    instances = [
        one | {"id": number + 1, "area": imaging.area(one["segmentation"]), "iscrowd": 0}
        for number, one in enumerate(found.to_coco(image["id"]))
    ]
    truth = {"images": [image], "annotations": instances, "categories": wild30.categories}
    Dataset(truth).save(tmp_path / "truth.json")
    return [str(tiny_model), str(tmp_path / "truth.json"), "--images", str(photos)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False)


def test_the_headline_says_how_many_categories_it_averages_and_the_rows_what_was_learnt(
    arguments: list[str], tmp_path: Path
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ AP +1\.000 \(5\)", done.stdout, re.MULTILINE)
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    assert rows["jacket*"][0] == "1"
    assert "coat" in rows
    assert "coat*" not in rows
    assert (tmp_path / "result" / "metrics.json").exists()


def test_json_prints_the_metrics_and_nothing_else(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"), "--json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "result" / "metrics.json").read_text())


def test_a_folder_without_the_photos_is_one_clear_line(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments[:3], str(tmp_path), "--out", str(tmp_path / "result"))
    assert done.returncode == 1
    assert "1 of 1 photos are missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "result").exists()
