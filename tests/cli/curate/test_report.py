"""`wildwear curate report` writes a page, and says where."""

from pathlib import Path

from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.curation import Catalog


def test_it_writes_a_page(chosen_from: Catalog, tmp_path: Path) -> None:
    page = tmp_path / "catalog.html"
    done = CliRunner().invoke(app, ["curate", "report", str(chosen_from.path), "--html", str(page)])
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"page: {page}",
        f"next: wildwear curate select {chosen_from.path} --where 'not duplicate' --out chosen.txt",
    ]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
