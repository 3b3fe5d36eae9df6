"""The ontology's file against the spreadsheet it was made from."""

from pathlib import Path

import pytest

from wildwear.taxonomy import CATEGORIES, Item, items

SPREADSHEET = Path(__file__).parents[3] / "shared" / "seed" / "fashion_ontology.xlsx"


def test_the_ontology_has_211_items_without_stray_spaces() -> None:
    assert len(items()) == 211
    for cell in (cell for item in items() for cell in item):
        assert cell
        assert cell == " ".join(cell.split())


def test_the_ontology_is_the_spreadsheet_of_the_thesis_cell_by_cell() -> None:
    openpyxl = pytest.importorskip(
        "openpyxl", reason="openpyxl, which reads the spreadsheet, is not installed"
    )
    if not SPREADSHEET.exists():
        pytest.skip(f"{SPREADSHEET} is not here")
    rows = openpyxl.load_workbook(SPREADSHEET).active.iter_rows(min_row=2, values_only=True)
    assert [tuple(" ".join(cell.split()) for cell in row) for row in rows] == list(items())


def test_the_ontology_gives_the_30_names_in_the_order_of_their_ids() -> None:
    names = dict.fromkeys(item.category_name for item in items() if item.category_name)
    by_id = [category.name for category in CATEGORIES]
    assert sorted(names) == sorted(by_id)
    assert [name for name in names if name not in ("hat", "bag")] == by_id[2:]


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (Item("clothing", "upperbody", "jacket", "bomber jacket"), "jacket"),
        (Item("clothing", "wholebody", "cover ups", "kimono"), "cover_ups"),
        (Item("shoes", "flat shoes", "loafers", "loafers"), "flat_shoes"),
        (Item("accessories", "bag", "tote bag", "tote bag"), "bag"),
        (Item("accessories", "headwear", "earmuffs", "earmuffs"), None),
    ],
)
def test_clothing_is_named_by_subcategory_shoes_hats_and_bags_by_category(
    item: Item, name: str | None
) -> None:
    assert item in items()
    assert item.category_name == name
