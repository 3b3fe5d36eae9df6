"""The colours that all pages have in common stand in one sheet."""

import re
from pathlib import Path

import wildwear
from wildwear.web.colours import SHEET


def declared(sheet: Path) -> list[str]:
    """The custom properties that a sheet sets."""
    return re.findall(r"(--[\w-]+):", sheet.read_text(encoding="utf-8"))


def test_no_page_sets_them_again() -> None:
    common = set(declared(SHEET))
    assert {"--ground", "--ink", "--accent"} <= common
    others = {path for path in Path(wildwear.__file__).parent.rglob("*.css") if path != SHEET}
    assert len(others) > 3
    for sheet in others:
        assert common.isdisjoint(declared(sheet)), sheet


def test_each_of_them_has_a_light_and_a_dark_side() -> None:
    names = declared(SHEET)
    assert all(names.count(name) == 2 for name in names)
