"""`wildwear curate report` writes a page, and says where."""

from pathlib import Path

from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.curation import Catalog


def test_it_writes_a_page(chosen_from: Catalog, tmp_path: Path) -> None:
    page = tmp_path / "catalog.html"
    done = CliRunner().invoke(app, ["curate", "report", str(chosen_from.path), "--html", str(page)])
    assert (done.exit_code, done.output) == (0, f"page: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
