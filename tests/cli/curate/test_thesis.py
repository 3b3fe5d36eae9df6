"""`wildwear curate thesis`: the counts of the thesis' two scripts, and their lists."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from curation.conftest import Measured
from wildwear.cli.app import app
from wildwear.curation import scanning, thesis_lists


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["curate", "thesis", *map(str, arguments)])
    return result.exit_code, result.output


def test_it_prints_the_counts_and_writes_the_lists(
    pool: Path, tmp_path: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thesis_lists, "measured", scanning.measured)
    code, said = run(pool, "--out", tmp_path / "cleaned", "--color", 1e9, "--maybe-color", 0)
    assert code == 0, said
    assert [line.split(maxsplit=1) for line in said.splitlines()[:9]] == [
        ["6", "photos"],
        *(["0", name] for name in ("no idea", "black and white", "grey", "monochrome")),
        *(["5", "maybe color"], ["0", "color"], ["5", "kept"], ["1", "cannot be read"]),
    ]
    assert "Not looked for: faces" in said
    assert (tmp_path / "cleaned" / "kept.txt").read_text().splitlines() == [
        *("1.png", "2.png", "10.png", "more/3.png", "more/4.png"),
    ]


def test_a_folder_that_holds_something_else_is_refused_before_anything_is_measured(
    pool: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thesis_lists, "measured", scanning.measured)
    code, _ = run(pool, "--out", pool)
    assert (code, measured) == (1, [])


def test_a_typo_writes_nothing(pool: Path, tmp_path: Path) -> None:
    code, _ = run(pool / "mor", "--out", tmp_path / "cleaned")
    assert (code, (tmp_path / "cleaned").exists()) == (2, False)
