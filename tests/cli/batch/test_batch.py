"""`wildwear batch` and `wildwear batch-summary` as a person meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wildwear.batch import running
from wildwear.cli.app import app


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    return result.exit_code, result.output


def test_it_says_what_was_found_and_where_it_lies(
    pool: Path, shards: list[int], tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, said = run("batch", pool, "--out", out, "--model", tiny_model)
    assert code == 0, said
    assert "garments in 10 photos; 0 photos were done before" in said
    assert "1 photo cannot be segmented: the column `reason` of photos says why" in said
    assert said.endswith(f"next: wildwear batch-summary {out}\n")
    assert "11 photos were done before" in run("batch", pool, "--out", out, "--model", tiny_model)[1]


def test_all_of_it_is_a_coco_document_as_well(
    pool: Path, shards: list[int], tiny_model: Path, tmp_path: Path
) -> None:
    run("batch", pool, "--out", tmp_path / "out", "--model", tiny_model, "--coco", tmp_path / "all.json")
    run("segment", pool, "--out", tmp_path / "segment", "--model", tiny_model, "--format", "coco")
    ours, theirs = (
        json.loads((tmp_path / name).read_text()) for name in ("all.json", "segment/garments.json")
    )
    assert ours == theirs


def test_the_summary_is_a_table_and_a_page(
    pool: Path, shards: list[int], tiny_model: Path, tmp_path: Path
) -> None:
    run("batch", pool, "--out", tmp_path / "out", "--model", tiny_model)
    code, said = run("batch-summary", tmp_path / "out")
    assert code == 0
    assert "jacket" in said
    assert "garments in 10 photos by tiny 1; 1 cannot be segmented" in said
    assert (tmp_path / "out" / "summary.html").is_file()
    assert run("batch-summary", tmp_path / "out", "--html", tmp_path / "page.html")[0] == 0
    assert (tmp_path / "page.html").is_file()


def test_a_typo_writes_nothing(pool: Path, tmp_path: Path) -> None:
    code, said = run("batch", f"{pool}s", "--out", tmp_path / "out")
    assert (code, "nearest" in said) == (2, True)
    assert not (tmp_path / "out").exists()


def test_an_interrupted_batch_says_how_it_goes_on(
    pool: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "spread", interrupted)
    code, said = run("batch", pool, "--out", tmp_path / "out", "--model", tiny_model)
    assert (code, "The same command goes on from here." in said) == (130, True)
