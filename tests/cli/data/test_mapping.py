"""`wildwear data map` as its user sees it."""

import json
import os
import subprocess
from pathlib import Path
from unittest.mock import patch

import pytest

import program
from wildwear.datasets import Dataset


def data_map(*arguments: object) -> subprocess.CompletedProcess[str]:
    with patch.dict(os.environ, COLUMNS="200"):
        return program.wildwear("data", "map", *arguments)


@pytest.fixture
def modanet(shared: Path) -> Path:
    return shared / "fixtures" / "modanet" / "instances_val.json"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A dataset of one photo in labels of somebody's own."""
    square = {"segmentation": [[1, 1, 5, 1, 5, 5]], "bbox": [1, 1, 4, 4], "area": 9, "iscrowd": 0}
    labels = ["[red]saree[/red]", "bag", "saree\x1b[31m"]
    Dataset(
        {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 8}],
            "categories": [{"id": number, "name": label} for number, label in enumerate(labels, 1)],
            "annotations": [
                {"id": number, "image_id": 1, "category_id": number, **square} for number in (1, 2, 3)
            ],
        }
    ).save(tmp_path / "own.json")
    return tmp_path / "own.json"


def test_the_map_of_a_public_set_is_guessed_and_said(modanet: Path, tmp_path: Path) -> None:
    done = data_map(modanet, tmp_path / "out.json")
    assert done.returncode == 0
    assert "mapped by modanet" in done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith("bag 437 437 bag") for line in lines)
    assert any(line.startswith("belt 291 left out") for line in lines)
    assert any(line.startswith("all 5,467 1,583 kept, 3,301 not judged, 583 left out") for line in lines)
    assert any("not labelled in such a dataset: slippers" in line for line in lines)
    assert lines[-1] == f"next: wildwear data describe {tmp_path / 'out.json'}"
    assert len(Dataset.load(tmp_path / "out.json").instances()) == 1438


def test_json_is_all_that_stands_on_stdout(modanet: Path, tmp_path: Path) -> None:
    report = json.loads(data_map(modanet, tmp_path / "out.json", "--json").stdout)
    assert report["map"] == "modanet"
    assert report["photos"] == 1073
    boots = next(label for label in report["labels"] if label["label"] == "boots")
    assert (boots["masks"], boots["kept"], boots["instances"]) == (295, 295, 150)
    assert report["instances_by_category"]["boots"] == 150


def test_a_map_of_ones_own_is_a_csv_file_and_labels_are_printed_as_they_are(
    own: Path, tmp_path: Path
) -> None:
    rows = [
        "label,kind,categories",
        "[red]saree[/red],is,dress",
        "saree\x1b[31m,is,dress",
        "bag,ambiguous,bag",
    ]
    (tmp_path / "my.csv").write_text("\n".join(rows) + "\n")
    done = data_map(own, tmp_path / "out.json", "--map", tmp_path / "my.csv")
    assert done.returncode == 0
    assert "[red]saree[/red]" in done.stdout
    assert r"saree\x1b[31m" in done.stdout
    assert Dataset.load(tmp_path / "out.json").info["label_map"] == "my.csv"


def test_labels_without_a_map_are_named_and_terminal_codes_are_not_sent(own: Path, tmp_path: Path) -> None:
    done = data_map(own, tmp_path / "out.json")
    assert done.returncode == 1
    assert "own.json: no label map knows all of its labels" in done.stderr
    assert r"'[red]saree[/red]', 'saree\x1b[31m'" in done.stderr
    assert "taxonomy maps wildwear30 --csv" in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_map_that_lacks_labels_is_refused_and_what_lies_there_stays(own: Path, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("mine")
    assert "is there already" in data_map(own, tmp_path / "out.json", "--map", "modanet").stderr
    done = data_map(own, tmp_path / "out.json", "--map", "modanet", "--overwrite")
    assert done.returncode == 1
    assert "modanet has no row for '[red]saree[/red]' (1)" in done.stderr
    assert (tmp_path / "out.json").read_text() == "mine"


def test_a_map_that_is_not_there_is_an_error(modanet: Path, tmp_path: Path) -> None:
    assert "no such label map" in data_map(modanet, tmp_path / "out.json", "--map", "modanett").stderr
    assert "my.csv: cannot be read" in data_map(modanet, tmp_path / "out.json", "--map", "my.csv").stderr
