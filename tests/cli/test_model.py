"""`wildwear model export` and `average`, of runs named by their folders."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tiny_model import CARD, build_tiny_model
from wildwear.cli.app import app
from wildwear.errors import DatasetError, ModelError, WildwearError


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, Path]]:
    """What is exported in an empty folder: from which checkpoint, to which file. Nothing is computed."""
    models = pytest.importorskip("wildwear.models", reason="the extra train is not installed")
    calls: list[tuple[Path, Path]] = []

    def export(checkpoint: Path, out: Path, **_: object) -> None:
        calls.append((checkpoint, out))
        out.write_bytes(b"onnx")

    monkeypatch.setattr(models, "export_model", export)
    monkeypatch.chdir(tmp_path)
    return calls


def run_at(folder: Path, *files: str) -> None:
    """A run's folder after 40 steps."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"name": "smoke", "made_by": "wildwear 0.3", "steps": 90}))
    (folder / "metrics.jsonl").write_text('{"step": 40, "train/loss": 0.5}\n')
    for file in files:
        (folder / file).write_bytes(b"weights")


def test_list_says_what_each_model_in_the_package_learnt_from_and_on_which_terms() -> None:
    said = CliRunner().invoke(app, ["model", "list"], env={"COLUMNS": "400"}).stdout
    lines = {line.split()[0]: line for line in said.splitlines() if line.startswith("wildwear-")}
    assert set(lines) == {"wildwear-s", "wildwear-s-street"}
    assert "(default)" in lines["wildwear-s"]
    assert "LIP: for research" in lines["wildwear-s"]
    assert "Apache-2.0" in lines["wildwear-s-street"]
    assert "Flickr" not in lines["wildwear-s-street"]
    assert "next: wildwear model info wildwear-s" in said


def failed(*arguments: str) -> WildwearError:
    error = CliRunner().invoke(app, ["model", *arguments]).exception
    assert isinstance(error, WildwearError)
    return error


def test_a_run_is_exported_by_its_folder(exported: list[tuple[Path, Path]]) -> None:
    run_at(Path("runs/smoke.2"), "best.safetensors")
    for named in ("runs/smoke.2", "runs/smoke.2/best.safetensors"):
        done = CliRunner().invoke(app, ["model", "export", named, "--overwrite"])
        assert done.exit_code == 0, done.output
    assert exported == [(Path("runs/smoke.2/best.safetensors"), Path("smoke.2.onnx"))] * 2
    done = CliRunner().invoke(app, ["model", "export", "mean.safetensors"])
    assert exported[-1] == (Path("mean.safetensors"), Path("mean.onnx"))


def test_what_a_model_knows_is_whole_in_a_pipe_and_in_a_narrow_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("models of the season" * 6)
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(build_tiny_model(CARD))
    path = str(folder / "tiny.onnx")
    monkeypatch.delenv("COLUMNS", raising=False)  # pytest-xdist tells its workers how wide the terminal is
    assert path in CliRunner().invoke(app, ["model", "info", path]).stdout
    monkeypatch.setenv("COLUMNS", "60")
    said = CliRunner().invoke(app, ["model", "info", path]).stdout
    assert path.replace(" ", "") in "".join(said.split())


def test_a_run_that_has_measured_nothing_has_no_best_checkpoint_yet(
    exported: list[tuple[Path, Path]],
) -> None:
    run_at(Path("runs/smoke"), "last.ckpt")
    error = failed("export", "runs/smoke")
    assert isinstance(error, ModelError)
    assert "runs/smoke: has no best checkpoint yet, after 40 steps" in str(error)
    assert not exported


def test_a_folder_that_is_no_run_is_said_to_be_none(exported: list[tuple[Path, Path]]) -> None:
    Path("photos").mkdir()
    error = failed("export", "photos")
    assert isinstance(error, DatasetError)
    assert "photos: is no run; it has no run.json" in str(error)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["--out", "val.json"], r"val\.json: name a file that ends in \.onnx"),
        (["--out", "val.json", "--overwrite"], r"val\.json: name a file that ends in \.onnx"),
        (["--out", "c.onnx", "--html", "c.onnx"], r"c\.onnx: name a file that ends in \.html"),
        (["--out", "c.onnx", "--html", "val.json", "--overwrite"], r"val\.json: name a file that ends in"),
        (["--out", "nowhere/c.onnx"], "there is no folder nowhere"),
        (["--out", "folder.onnx", "--overwrite"], "is a folder"),
    ],
)
def test_calibrate_refuses_what_would_replace_something_else_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[str], said: str
) -> None:
    pytest.importorskip("wildwear.models", reason="the extra train is not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "val.json").write_text("{}")  # is not read: it would be refused for other reasons
    assert re.search(said, str(failed("calibrate", "default", "val.json", *written)))
    assert (tmp_path / "val.json").read_text() == "{}"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1}', '{"mask": 3}', '{"mask": {"ap": 1}}', '{"mask": {"ap": 1, "ap50": "x"}}']
)
def test_export_names_a_file_of_figures_that_holds_none(
    exported: list[tuple[Path, Path]], tmp_path: Path, text: str
) -> None:
    run_at(tmp_path / "run", "best.safetensors")
    (tmp_path / "metrics.json").write_text(text)
    assert "metrics.json: " in str(failed("export", "run", "--val", "metrics.json"))
    assert not exported
