"""`wildwear compare`, as its user sees it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import program
from wildwear.datasets import Dataset
from wildwear.evaluation import evaluate_predictions


@pytest.fixture(scope="module")
def results(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three results: `all` and `half` of the garments of wild30's wild part found, and the
    street part, `street`."""
    folder = tmp_path_factory.mktemp("results")
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    fields = ("image_id", "category_id", "bbox", "segmentation")
    found = [{field: one[field] for field in fields} | {"score": 0.9} for one in wild30.instances()]
    parts: dict[str, tuple[list[dict[str, Any]], str]] = {
        "all": (found, "wild"),
        "half": (found[::2], "wild"),
        "street": (found, "street"),
    }
    for name, (predictions, source) in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(predictions))
        path = folder / f"{name}.json"
        evaluate_predictions(path, wild30, source=source, out=folder / name, bootstrap=10)
    return folder


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return program.wildwear("compare", *arguments)


def test_what_got_worse_is_said_in_words_and_figures(results: Path) -> None:
    done = run(results / "all", results / "half")
    assert done.returncode == 0, done.stderr
    assert "half against all: AP of masks is lower" in done.stdout
    recall = next(line for line in done.stdout.splitlines() if line.startswith("recall"))
    assert recall.split()[1:3] == ["all", "1.000"]
    assert "* more than chance" in done.stdout
    assert "next: wildwear compare" in done.stdout
    assert "…" not in done.stdout


def test_other_photos_are_not_tested(results: Path) -> None:
    done = run(results / "all", results / "street")
    assert "street was measured on another truth (wild30/wild30.json, street only)" in done.stdout
    assert "*" not in done.stdout


def test_json_is_all_that_is_printed(results: Path) -> None:
    done = run(results / "all", results / "half", "--json")
    document = json.loads(done.stdout)
    assert [one["name"] for one in document["results"]] == ["all", "half"]


def test_a_page_is_written_and_replaced_only_when_asked(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run(results / "all", results / "half", "--html", page)
    assert f"written: {page}" in done.stdout
    assert "marked as a test set" in page.read_text()
    again = run(results / "all", results / "half", "--html", page)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    for part in ("metrics.json", "predictions.json"):
        kept = (results / "all" / part).read_bytes()
        over = run(results / "all", results / "half", "--html", results / "all" / part, "--overwrite")
        assert over.returncode == 1
        assert "name a file that ends in .html" in over.stderr
        assert (results / "all" / part).read_bytes() == kept


def test_what_cannot_be_compared_is_one_clear_line(results: Path, tmp_path: Path) -> None:
    alone = run(results / "all")
    assert alone.returncode == 2
    assert "name two results or more" in alone.stderr
    (tmp_path / "empty").mkdir()
    foreign = run(results / "all", tmp_path / "empty")
    assert foreign.returncode == 1
    assert "empty: holds no metrics.json, so it is no result" in foreign.stderr
    assert "Traceback" not in foreign.stderr
