"""Of copies one is kept, and the others say which."""

from pathlib import Path

import polars as pl
import pytest

from wildwear.curation import duplicates
from wildwear.curation.columns import schema
from wildwear.curation.duplicates import with_duplicates
from wildwear.curation.measuring import measure
from wildwear.curation.models import Models
from wildwear.curation.signals import hashes
from wildwear.imaging import PARTS


def table(*rows: tuple[str, int, float | None, str | None, int | None]) -> pl.DataFrame:
    schema = {
        "photo": pl.String,
        "bytes": pl.Int64,
        "megapixels": pl.Float32,
        "sha256": pl.String,
        "photo_hash": pl.UInt64,
    }
    of_parts = pl.Series("part_hashes", [None] * len(rows), pl.Array(pl.UInt64, PARTS))
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(of_parts)


ONE, OTHER = 0x0F0F_3333_5555_9999, 0x1234_5678_9ABC_DEF0


def test_the_copy_with_the_most_pixels_is_kept() -> None:
    found = with_duplicates(
        table(("small", 90, 0.1, "a", ONE), ("large", 50, 0.4, "b", ONE ^ 1), ("else", 9, 1, "c", OTHER))
    )
    assert found["duplicate"].to_list() == [True, False, False]
    assert found["duplicate_of"].to_list() == ["large", None, None]
    first, second, third = found["duplicate_group"]
    assert (first == second, third) == (True, None)


def test_the_same_file_is_a_copy_also_where_there_is_nothing_to_see() -> None:
    found = with_duplicates(table(("b", 5, 0.1, "same", 0), ("a", 5, 0.1, "same", 0), ("c", 5, 0.1, "x", 0)))
    assert found["duplicate_of"].to_list() == ["a", None, None]


def test_photos_that_were_not_read_are_nobodys_copies() -> None:
    found = with_duplicates(table(("bad", 5, None, None, None), ("bad too", 5, None, None, None)))
    assert found["duplicate"].to_list() == [None, None]
    assert found["duplicate_group"].to_list() == [None, None]


def test_asking_again_changes_nothing() -> None:
    once = with_duplicates(table(("small", 90, 0.1, "a", ONE), ("large", 50, 0.4, "b", ONE ^ 1)))
    assert with_duplicates(once).equals(once)


def test_among_few_photos_copies_may_differ_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = table(("a", 5, 0.2, "a", ONE), ("b", 5, 0.1, "b", ONE ^ 0b111111))
    assert with_duplicates(pair)["duplicate"].to_list() == [False, True]
    monkeypatch.setattr(duplicates, "FEW", 1)
    assert with_duplicates(pair)["duplicate"].to_list() == [False, False]


def test_a_photo_with_a_tenth_cut_off_is_a_copy_of_the_whole() -> None:
    photos = table(("whole", 9, 0.4, "a", ONE), ("part", 5, 0.3, "b", OTHER), ("bad", 5, None, None, None))
    of_parts = [[0] * (PARTS - 1) + [OTHER ^ 1], [0] * PARTS, None]
    found = with_duplicates(
        photos.with_columns(pl.Series("part_hashes", of_parts, pl.Array(pl.UInt64, PARTS)))
    )
    assert found["duplicate_of"].to_list() == [None, "whole", None]


def test_the_same_person_in_the_same_second_is_found_in_clothing_co_parsing(ccp_folder: Path) -> None:
    pairs = ["0692", "0732", "0594", "0722", "0223", "0616", "0197", "0671", "0907", "0990", "0906", "1694"]
    names = [*pairs, "0001", "0002"]
    places = [ccp_folder / "photos" / f"{name}.jpg" for name in names]
    rows = [
        {"photo": place.stem, "bytes": 1} | measure(place, ["facts", "hashes"], Models()) for place in places
    ]
    groups = with_duplicates(pl.DataFrame(rows, schema_overrides=schema(hashes.SIGNAL.columns)))[
        "duplicate_group"
    ].to_list()
    assert [groups[at] == groups[at + 1] for at in range(0, 12, 2)] == [True] * 6
    assert groups[12:] == [None, None]
    assert len(set(groups)) == 7
