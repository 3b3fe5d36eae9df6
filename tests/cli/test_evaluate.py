"""`wildwear evaluate`, as its user sees it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import program
from wildwear import imaging, inference
from wildwear.datasets import Dataset


@pytest.fixture
def arguments(shared: Path, tiny_model: Path, tmp_path: Path) -> list[str]:
    """MODEL DATASET --images DIR: the tiny model, and one photo with all that this model finds there."""
    wild30 = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    image = next(image for image in wild30.images if image["source"] == "street")
    photos = shared / "data" / "wild30" / "photos"
    found = inference.load(tiny_model)(photos / image["file_name"], score=0.01, suppress=False)
    instances = [
        one | {"id": number + 1, "area": imaging.area(one["segmentation"]), "iscrowd": 0}
        for number, one in enumerate(found.to_coco(image["id"]))
    ]
    truth = {"images": [image], "annotations": instances, "categories": wild30.categories}
    Dataset(truth).save(tmp_path / "truth.json")
    return [str(tiny_model), str(tmp_path / "truth.json"), "--images", str(photos)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return program.wildwear("evaluate", *arguments)


def test_the_headline_says_how_many_categories_it_averages_and_the_rows_what_was_learnt(
    arguments: list[str], tmp_path: Path
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^AP, all found +1\.000 \(5\)", done.stdout, re.MULTILINE)
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    assert rows["jacket*"][0] == "1"
    assert "coat" in rows
    assert "coat*" not in rows
    assert "In words\n- Of 100 garments it finds " in done.stdout
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


@pytest.fixture
def theirs(arguments: list[str], tmp_path: Path) -> list[str]:
    """PREDICTIONS DATASET --images DIR: the truth as the predictions of another program, one unsure."""
    instances = json.loads((tmp_path / "truth.json").read_text())["annotations"]
    fields = ("image_id", "category_id", "bbox", "segmentation")
    found = [{field: one[field] for field in fields} | {"score": 0.9} for one in instances]
    found[0]["score"] = 0.4
    (tmp_path / "theirs.json").write_text(json.dumps(found))
    return [str(tmp_path / "theirs.json"), *arguments[1:]]


def test_predictions_of_another_program_are_measured_from_the_score_that_one_asks_for(
    theirs: list[str], tmp_path: Path
) -> None:
    done = run(*theirs, "--out", str(tmp_path / "result"))
    assert done.returncode == 0, done.stderr
    assert "theirs on " in done.stdout
    assert "Displayed from score 0.5 up: precision 1.000, recall 0.800" in done.stdout
    done = run(*theirs, "--out", str(tmp_path / "result"), "--overwrite", "--score", "0.4")
    assert "Displayed from score 0.4 up: precision 1.000, recall 1.000" in done.stdout
    assert f"next: wildwear compare {tmp_path / 'result'}" in done.stdout


def test_how_predictions_were_understood_is_noted(theirs: list[str], tmp_path: Path) -> None:
    Path(theirs[0]).write_text("[]")
    done = run(*theirs, "--out", str(tmp_path / "result"), "--json")
    assert done.returncode == 0
    assert "note: the file holds no prediction: every garment counts as missed" in done.stderr
    assert json.loads(done.stdout)["mask"]["ap"] == 0


def test_the_tables_fit_a_terminal_of_100_letters(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"))
    tables, _ = done.stdout.split("\nIn words\n")  # sentences are broken by the terminal
    rows = [line for line in tables.splitlines() if line and not line.startswith(" ")]
    assert max(len(row) for row in rows if str(tmp_path) not in row and "Displayed" not in row) <= 100
    assert "…" not in done.stdout


def test_long_names_cost_no_figures(theirs: list[str], tmp_path: Path) -> None:
    truth = json.loads((tmp_path / "truth.json").read_text())
    for category in truth["categories"]:
        category["name"] += " of somebody else's label set, and its name is long" * 3
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    out = tmp_path / "a result"
    done = run(*theirs, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "…" not in done.stdout
    [coat] = [line for line in done.stdout.splitlines() if line.startswith("coat")]
    assert coat.split()[-2:] == ["0.90", "1.000"]
    assert f"next: wildwear compare '{out}' ANOTHER_RESULT" in done.stdout


def test_a_score_to_show_from_is_not_for_a_model(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"), "--score", "0.4")
    assert done.returncode == 2
    assert "--score" in done.stderr
    assert not (tmp_path / "result").exists()


def test_a_result_under_what_is_required_is_written_and_the_program_fails(
    theirs: list[str], tmp_path: Path
) -> None:
    required = ["--fail-under", "AP=0.4", "--fail-under", "recall=0.81", "--fail-under", "AP/skirt=0.1"]
    done = run(*theirs, "--out", str(tmp_path / "result"), *required)
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("failed")] == [
        "failed: recall is 0.8000; at least 0.81 is required",
        "failed: AP/skirt is not measured here; at least 0.1 is required",
    ]
    assert (tmp_path / "result" / "metrics.json").exists()
    done = run(*theirs, "--out", str(tmp_path / "result"), "--overwrite", "--fail-under", "AP=0.4")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mAP=0.4", "there are AP, AP50, AP75, boxAP, precision, recall, F1"),
        ("AP/gown=0.4", "the dataset has no category 'gown'; it has bag, bathrobe"),
        ("AP=40", "expected a measure and a number from 0 to 1, as in AP=0.4"),
        ("AP", "expected a measure and a number from 0 to 1, as in AP=0.4"),
        ("AP=nan", "expected a measure and a number from 0 to 1, as in AP=0.4"),
    ],
)
def test_a_requirement_of_what_there_is_not_is_refused_before_the_work(
    arguments: list[str], tmp_path: Path, text: str, message: str
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "result"), "--fail-under", text)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "result").exists()


def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    arguments: list[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "result")]
    done = run(*arguments, *out, "--html", str(tmp_path / "nowhere" / "page.html"))
    assert "there is no folder" in done.stderr
    for page in (arguments[1], tmp_path / "result", tmp_path / "result" / "metrics.json"):
        done = run(*arguments, *out, "--html", str(page))
        assert f"{page}: name a file that ends in .html for the page" in done.stderr
    page = tmp_path / "result.html"
    done = run(*arguments, "--out", str(page), "--html", str(page))
    assert f"{page}: is the folder of a result" in done.stderr
    assert not (tmp_path / "result").exists()
    assert not page.exists()
