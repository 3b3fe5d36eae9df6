"""`wildwear runs`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wildwear.cli.app import app
from wildwear.errors import WildwearError
from wildwear.runs.thesis import published


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one, in a terminal of 100 letters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["runs", *arguments])


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def brought_in(shared: Path, *names: str) -> None:
    for name in names:
        done("import-detectron2", str(shared / "seed" / "experiments" / name), "--out", name)


def ours(folder: Path, steps: int = 40, **facts: object) -> None:
    folder.mkdir(parents=True)
    known = {
        "name": "first",
        "made_by": "wildwear 0.3",
        "trained_on": "CCP-30",
        "steps": steps,
        "data_folder": "/ccp30",
    }
    (folder / "run.json").write_text(json.dumps(known | facts))
    row = {"step": 40, "train/loss": 0.5, "val/mask/ap": 0.25, "val/loss": 1.0, "seconds": 60}
    (folder / "metrics.jsonl").write_text(json.dumps(row) + '\n{"step": 4')


def test_an_import_says_what_contradicts_and_what_comes_next(shared: Path) -> None:
    said = done("import-detectron2", str(shared / "seed" / "experiments" / "exp6"), "--out", "exp6")
    assert "5,000 of 5,000 steps, trained on street: exp6" in said
    assert "the published table says street" in said
    assert "next: wildwear runs compare exp6" in said


def test_an_import_does_not_overwrite(shared: Path) -> None:
    brought_in(shared, "exp6")
    result = run("import-detectron2", str(shared / "seed" / "experiments" / "exp5"), "--out", "exp6")
    assert result.exit_code == 1
    assert isinstance(result.exception, WildwearError)
    assert "exp6: is there already" in str(result.exception)


def test_runs_are_listed_with_how_far_they_came(shared: Path) -> None:
    brought_in(shared, "exp5", "exp6")
    said = done("--in", ".")
    assert "exp5" in said
    assert "5,000 / 5,000" in said
    assert "0.4794" in said
    assert "0.4880" in said
    assert "next: wildwear runs compare exp5 exp6" in said
    assert "unfinished" not in said


def test_an_unfinished_run_says_how_to_go_on() -> None:
    ours(Path("runs/first"), steps=100)
    said = done()
    assert "40 / 100" in said
    assert "first is unfinished, last heard of" in said
    assert "  wildwear train runs/first/config.yaml --data /ccp30 --out runs/first --resume\n" in said


def test_an_unfinished_run_of_another_program_says_whose_it_is() -> None:
    ours(Path("runs/theirs"), steps=100, made_by="Detectron2")
    assert "Detectron2 made it and has to go on with it" in done()


def test_a_damaged_run_is_noted_and_the_others_are_listed() -> None:
    ours(Path("runs/good"))
    ours(Path("runs/bad"))
    Path("runs/bad/run.json").write_text("{")
    result = run()
    assert result.exit_code == 0
    assert "good" in result.stdout
    assert "note: runs/bad/run.json: " in result.stderr


def test_no_runs_and_no_folder_are_said() -> None:
    result = run()
    assert result.exit_code == 1
    assert "runs: no such folder" in str(result.exception)
    Path("runs").mkdir()
    assert "no runs in runs\nnext: wildwear train wildwear-s --out runs/first" in done()


def test_the_list_as_json() -> None:
    ours(Path("runs/a/first"), steps=100)
    [row] = json.loads(done("--json"))
    assert (row["name"], row["steps_done"], row["steps"], row["val_ap"]) == ("a/first", 40, 100, 0.25)


def test_a_comparison_prints_the_thesis_table(shared: Path) -> None:
    brought_in(shared, "exp6", "exp9")
    said = done("compare", "exp6", "exp9")
    assert "street*" in said
    assert "0.4006" in said
    assert "0.1995*" in said
    assert "* stands in no file of the run, but in the table of the thesis" in said
    assert "exp6: its config names the training set train_df2u" in said
    assert "exp6, exp9: its validation losses are running medians" in said.replace("\n", " ")
    assert published().scale.split(":")[0] not in said.replace("\n", " ")


def test_our_run_beside_the_thesis_brings_the_sentence_on_scales(shared: Path) -> None:
    brought_in(shared, "exp6")
    ours(Path("runs/first"))
    said = done("compare", "exp6", "runs/first")
    assert published().scale in " ".join(said.split())
    assert "CCP-30" in said
    assert published().scale in json.loads(done("compare", "exp6", "runs/first", "--json"))["notes"]


def test_runs_of_one_name_are_told_apart_by_their_folders() -> None:
    ours(Path("a/first"))
    ours(Path("b/first"))
    rows = json.loads(done("compare", "a/first", "b/first", "--json"))["runs"]
    assert [row["name"] for row in rows] == ["a/first", "b/first"]


def test_a_page_is_written_and_not_overwritten_unasked() -> None:
    ours(Path("runs/first"))
    assert "written: page.html" in done("compare", "runs/first", "--html", "page.html")
    before = Path("page.html").read_bytes()
    result = run("compare", "runs/first", "--html", "page.html")
    assert result.exit_code == 1
    assert "page.html: is there already" in str(result.exception)
    assert Path("page.html").read_bytes() == before
    done("compare", "runs/first", "--html", "page.html", "--overwrite")


def test_markup_and_codes_in_names_do_not_steer_the_terminal() -> None:
    ours(Path("runs/[red]first\x1b[2J"), steps=100, trained_on="[bold]CCP", remarks=["\x1b]0;title"])
    for said in (done(), done("compare", "runs/[red]first\x1b[2J").split("next:")[0]):
        assert "[red]first" in said
        assert "[bold]CCP" in said
        assert "\x1b" not in said


def test_what_is_no_run_is_an_error() -> None:
    result = run("compare", ".")
    assert result.exit_code == 1
    assert "is no run; it has no run.json" in str(result.exception)
