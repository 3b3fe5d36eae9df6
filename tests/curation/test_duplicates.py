"""Of copies one is kept, and the others say which."""

import polars as pl

from wildwear.curation.duplicates import with_duplicates


def table(*rows: tuple[str, int, float | None, str | None, int | None]) -> pl.DataFrame:
    schema = {
        "photo": pl.String,
        "bytes": pl.Int64,
        "megapixels": pl.Float32,
        "sha256": pl.String,
        "photo_hash": pl.UInt64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


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
