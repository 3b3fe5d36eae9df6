"""`wildwear doctor`: what it says of an installation that is whole, lacks extras, or is broken."""

import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.inference import segmenter, session

Versions = Callable[[dict[str, str | None]], None]


@pytest.fixture(autouse=True)
def small(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that loads at once, and an empty home."""
    monkeypatch.setattr(segmenter, "find_model", lambda model: tiny_model)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Versions:
    """Pretend that packages are installed in other versions, or (None) not at all."""
    real = metadata.version

    def pretend(given: dict[str, str | None]) -> None:
        def version(name: str) -> str:
            found = given.get(name, real(name) if name not in given else None)
            if found is None:
                raise metadata.PackageNotFoundError(name)
            return found

        monkeypatch.setattr(metadata, "version", version)

    return pretend


def examined(code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_installation_that_works_says_where_and_with_what(tiny_model: Path) -> None:
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 0
    assert f"model {tiny_model}: finds jacket, jeans" in done.stdout
    assert "CPUExecutionProvider" in done.stdout
    assert "completion: wildwear --install-completion brings it" in done.stdout
    assert done.stdout.splitlines()[-1] == "all that wildwear needs works"


def test_a_missing_extra_is_no_fault_and_says_how_to_get_it(versions: Versions) -> None:
    versions({"daft": None, "pillow-heif": "0.1"})
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 0
    assert "extra curate: lacks daft>=0.7.20; pip install 'wildwear[curate]'" in said.stdout
    assert "extra heic: lacks pillow-heif>=0.20; pip install 'wildwear[heic]'" in said.stdout
    assert examined()["extras"]["curate"] == {"lacks": ["daft>=0.7.20"]}


def test_a_needed_package_that_is_too_old_is_broken(versions: Versions) -> None:
    versions({"polars": "0.9"})
    (fault,) = examined(code=1)["broken"]
    assert fault.startswith("polars>=")
    assert "pip install 'polars>=" in fault


def test_a_model_that_cannot_be_opened_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wildwear-s.onnx").write_bytes(b"half a download")
    monkeypatch.setattr(session, "BUNDLED", tmp_path)
    monkeypatch.setattr(segmenter, "find_model", session.find_model)
    (fault,) = examined(code=1)["broken"]
    assert "the default model does not work: wildwear-s.onnx: not an ONNX file" in fault


def test_completion_is_seen_where_typer_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".zfunc").mkdir()
    (tmp_path / ".zfunc" / "_wildwear").write_text("#compdef wildwear\n")
    assert examined()["completion"] == ["zsh"]
