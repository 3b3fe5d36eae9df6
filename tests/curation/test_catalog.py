from pathlib import Path

import polars as pl
import pytest

from wildwear.curation import COLUMNS, Catalog
from wildwear.curation.columns import schema
from wildwear.errors import DatasetError


def rows(*photos: str, failure: str | None = None, **more: list[object]) -> pl.DataFrame:
    own = [
        {
            "photo": photo,
            "path": f"/pool/{photo}",
            "bytes": 9,
            "modified": 1,
            "failure": failure,
            "signals": [],
        }
        for photo in photos
    ]
    return pl.DataFrame(own, schema=schema(COLUMNS)).with_columns(
        pl.Series(name, all) for name, all in more.items()
    )


def test_what_was_added_is_read_in_its_order(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog")
    catalog.add(rows("b.jpg", "a.jpg"))
    catalog.add(rows("c.jpg"))
    assert catalog.read()["photo"].to_list() == ["b.jpg", "a.jpg", "c.jpg"]


def test_the_later_of_two_rows_of_a_photo_counts(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.add(rows("a.jpg", "b.jpg", failure="is empty"))
    catalog.replace(catalog.read())
    catalog.add(rows("a.jpg"))
    assert catalog.read(["photo", "failure"]).sort("photo").rows() == [("a.jpg", None), ("b.jpg", "is empty")]


def test_replacing_the_table_leaves_one_file(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    for number in range(12):
        catalog.add(rows(f"{number}.jpg"))
    before = catalog.read()
    catalog.replace(before)
    assert [path.name for path in tmp_path.rglob("*.parquet")] == ["photos.parquet"]
    assert catalog.read().equals(before)


def test_a_column_that_some_parts_lack_is_null_there(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.add(rows("a.jpg"))
    catalog.add(rows("b.jpg").with_columns(faces=pl.lit(2, pl.Int16)))
    assert catalog.read(["photo", "faces"]).rows() == [("a.jpg", None), ("b.jpg", 2)]


def test_a_folder_that_is_no_catalog_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="wildwear curate scan PHOTOS --out"):
        Catalog(tmp_path).read()


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    Catalog(tmp_path).add(rows("a.jpg"))
    with pytest.raises(DatasetError, match="no column face; it has photo, path"):
        Catalog(tmp_path).read(["face"])


def test_a_damaged_part_is_named_with_what_to_do(tmp_path: Path) -> None:
    Catalog(tmp_path).add(rows("a.jpg"))
    (tmp_path / "parts" / "000002.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DatasetError, match=r"parts/000002\.parquet: is damaged .*; scan once more"):
        Catalog(tmp_path).read()


def test_damage_in_the_middle_of_a_table_is_named_as_well(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.replace(rows(*(f"{number}.jpg" for number in range(5000))))
    content = bytearray((tmp_path / "photos.parquet").read_bytes())
    content[20:2000] = bytes(1980)
    (tmp_path / "photos.parquet").write_bytes(content)
    with pytest.raises(DatasetError, match=r"photos\.parquet: is damaged"):
        catalog.read()


@pytest.mark.parametrize("missing", ["photo", "path", "failure", "signals"])
def test_a_table_without_a_column_that_every_catalog_has_is_none(tmp_path: Path, missing: str) -> None:
    rows("a.jpg").drop(missing).write_parquet(tmp_path / "photos.parquet")
    with pytest.raises(DatasetError, match=rf"photos\.parquet: has no column {missing}, .*another folder"):
        Catalog(tmp_path).read()


@pytest.mark.parametrize(
    ("column", "value", "held", "wanted"),
    [("photo", 1, "Int64", "String"), ("faces", "two", "String", "Int16"), ("people", 1, "Int64", "String")],
)
def test_a_column_of_another_type_is_named(
    tmp_path: Path, column: str, value: object, held: str, wanted: str
) -> None:
    wrong = rows("a.jpg").with_columns(pl.Series(column, [value]))
    wrong.write_parquet(tmp_path / "photos.parquet")
    with pytest.raises(
        DatasetError, match=f"its column {column} is of {held}, in a catalog it is of {wanted}"
    ):
        Catalog(tmp_path).read(["photo"])


def test_a_column_that_somebody_added_is_kept(tmp_path: Path) -> None:
    rows("a.jpg", likes=[7]).write_parquet(tmp_path / "photos.parquet")
    assert Catalog(tmp_path).read(["likes"]).item() == 7


def test_a_file_of_somebody_else_among_the_parts_is_no_part(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.add(rows("a.jpg"))
    (tmp_path / "parts" / "mine.parquet").write_bytes(b"mine")
    catalog.add(rows("b.jpg"))
    assert catalog.read()["photo"].to_list() == ["a.jpg", "b.jpg"]


def test_settings_come_back_as_they_were_noted(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "new")
    assert catalog.settings == {}
    catalog.note({"root": "/pool", "signals": ["facts@1"]})
    assert catalog.settings == {"root": "/pool", "signals": ["facts@1"]}


@pytest.mark.parametrize("damage", [b"a: [", b"\xff\xfe"])
def test_damaged_notes_of_a_scan_are_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "scan.yaml").write_bytes(damage)
    with pytest.raises(DatasetError, match=r"scan\.yaml: is damaged"):
        _ = Catalog(tmp_path).settings
