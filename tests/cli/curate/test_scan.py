"""`wildwear curate scan`: says what it came to, and what it left empty."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from curation.conftest import Measured
from wildwear.cli.app import app
from wildwear.curation import Catalog, scanning


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["curate", "scan", *map(str, arguments)])
    return result.exit_code, result.output


def test_it_says_what_was_measured_and_what_was_not_looked_for(
    pool: Path,
    tmp_path: Path,
    measured: Measured,
) -> None:
    code, said = run(pool, "--out", tmp_path / "catalog")
    assert code == 0
    assert "6 photos: 6 measured now, 0 as they were; 1 cannot be read, 0 are copies of others" in said
    assert "Not looked for: faces, without --face-model (`fetch` loads one)" in said
    assert "Not looked for: garments, without --garments" in said
    assert said.splitlines()[-2:] == [
        f"catalog: {tmp_path / 'catalog'}",
        f"next: wildwear curate report {tmp_path / 'catalog'} --html catalog.html",
    ]
    code, said = run(pool, "--out", tmp_path / "catalog")
    assert "6 photos: 1 measured now, 5 as they were" in said


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_what_was_measured_when_it_is_stopped_is_kept(
    stop: signal.Signals, pool: Path, tmp_path: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = scanning.measured

    def stopped(*arguments: Any, **options: Any) -> Iterator[pl.DataFrame]:
        for table in measure(*arguments, **options):
            yield table
            os.kill(os.getpid(), stop)

    monkeypatch.setattr(scanning, "measured", stopped)
    code, said = run(pool, "--out", tmp_path / "catalog")
    assert (code, "The same command goes on from here" in said) == (130, True)
    assert Catalog(tmp_path / "catalog").read()["photo"].to_list() == measured


def test_garments_are_looked_for_with_the_model_that_is_named(
    pool: Path,
    tmp_path: Path,
    measured: Measured,
    tiny_model: Path,
) -> None:
    code, said = run(pool / "1.png", "--out", tmp_path / "catalog", "--garments", "--model", tiny_model)
    assert code == 0, said
    assert "--garments" not in said
    assert Catalog(tmp_path / "catalog").read()["garment_categories"].item()[:2].to_list() == [
        "jacket",
        "jeans",
    ]


@pytest.mark.parametrize("command", ["scan", "thesis"])
def test_its_help_says_what_a_face_model_is(command: str) -> None:
    said = CliRunner().invoke(app, ["curate", command, "--help"], env={"COLUMNS": "200"}).output
    assert "YuNet's .onnx file" in said


def test_a_typo_writes_nothing(pool: Path, tmp_path: Path) -> None:
    code, said = run(pool / "mor", "--out", tmp_path / "catalog")
    assert (code, "nearest" in said) == (2, True)
    assert not (tmp_path / "catalog").exists()


def test_a_mirror_is_for_garments(pool: Path, tmp_path: Path) -> None:
    code, said = run(pool, "--out", tmp_path / "catalog", "--flips")
    assert (code, "needs --garments" in said) == (2, True)
    assert not (tmp_path / "catalog").exists()


def test_a_face_model_that_is_not_there_stops_it(pool: Path, tmp_path: Path) -> None:
    code, _ = run(pool, "--out", tmp_path / "catalog", "--face-model", tmp_path / "none.onnx")
    assert code != 0
    assert not (tmp_path / "catalog" / "photos.parquet").exists()


@pytest.mark.parametrize("workers", [0, -1])
def test_it_takes_at_least_one_process(pool: Path, tmp_path: Path, workers: int) -> None:
    assert run(pool, "--out", tmp_path / "catalog", "--workers", workers)[0] == 2
