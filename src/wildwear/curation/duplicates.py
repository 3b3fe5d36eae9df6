"""Which photos of a catalog are copies of which. Not for how these are found: see `imaging/duplicates.py`."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.imaging import FLAT, PARTS
from wildwear.imaging.duplicates import DISTANCE, cropped, groups, near_duplicates

FEW = 50_000  # photos, among which
WIDE = 6  # bits join hardly any two scenes, but do join photos of one person in the same second

COLUMNS = ("duplicate", "duplicate_of", "duplicate_group")


def with_duplicates(table: pl.DataFrame) -> pl.DataFrame:
    """A catalog with its columns `duplicate`, `duplicate_of` and `duplicate_group`, anew.

    Of the copies of a photo the one with the most pixels is kept, of these the one with the longest file, of
    these the first by name.

    Args:
        table: with `photo`, `bytes`, `megapixels`, `sha256`, `photo_hash` and `part_hashes`.
    """
    numbers = copies(table)
    rows = table.select("photo", "bytes", "megapixels", group=pl.Series(numbers, dtype=pl.Int32))
    kept = (
        rows.drop_nulls("group")
        .sort(["megapixels", "bytes", "photo"], descending=[True, True, False], nulls_last=True)
        .group_by("group", maintain_order=True)
        .agg(pl.col("photo").first().alias("kept"), pl.len())
        .filter(pl.col("len") > 1)
    )
    joined = rows.join(kept, on="group", how="left", maintain_order="left")
    is_copy = pl.col("kept").is_not_null() & (pl.col("kept") != pl.col("photo"))
    found = joined.select(
        pl.when(pl.col("group").is_not_null()).then(is_copy).alias("duplicate"),
        pl.when(is_copy).then(pl.col("kept")).alias("duplicate_of"),
        pl.when(pl.col("kept").is_not_null()).then(pl.col("group")).alias("duplicate_group"),
    )
    return table.drop(COLUMNS, strict=False).hstack(found)


def copies(table: pl.DataFrame) -> list[int | None]:
    """A number for each row, the same for copies; None for photos that were not read.

    Of more than `FEW` photos no cropped copies are looked for, and hashes are nearer: what is joined wrongly
    grows with the square of their number, and so does the time that a wide search takes.
    """
    hashes = table["photo_hash"].fill_null(0).to_numpy().astype(np.uint64)
    if len(table) > FEW:
        pairs = [near_duplicates(hashes, DISTANCE)]
    else:
        pairs = [near_duplicates(hashes, WIDE), cropped(hashes, parts(table))]
    same = (
        table.select("sha256")
        .with_row_index("row")
        .drop_nulls("sha256")
        .with_columns(first=pl.col("row").first().over("sha256"))
        .filter(pl.col("row") != pl.col("first"))
        .select("first", "row")
        .to_numpy()
        .astype(np.int64)
    )
    numbers = groups(len(table), np.concatenate([*pairs, same.reshape(-1, 2)]))
    known = table["sha256"].is_not_null()
    return [number if is_known else None for number, is_known in zip(numbers.tolist(), known, strict=True)]


def parts(table: pl.DataFrame) -> NDArray[np.uint64]:
    """The hashes of parts, (photos, `PARTS`) uint64; `FLAT`, which pairs with none, where they are null."""
    found = np.full((len(table), PARTS), FLAT)
    is_known = table["part_hashes"].is_not_null()
    found[is_known.to_numpy()] = table["part_hashes"].drop_nulls().to_numpy()
    return found
