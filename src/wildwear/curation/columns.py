"""What a column of a catalog is, and those that no signal fills; `signals/` has the others."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Column:
    """A column of a catalog.

    Attributes:
        name: as SQL has it.
        dtype: of polars.
        about: what it holds and in which unit, in one line.
    """

    name: str
    dtype: pl.DataType
    about: str


COLUMNS = (
    Column("photo", pl.String(), "the photo's path below what was scanned, with /; no two share it"),
    Column("path", pl.String(), "where it lies: a file, ARCHIVE/NAME, or an address"),
    Column("bytes", pl.Int64(), "length of its file"),
    Column("modified", pl.Int64(), "when its file was last written, in ns since 1970; with `bytes` it tells "
           "whether a photo has changed"),
    Column("failure", pl.String(), "why it cannot be read; null where it can"),
    Column("signals", pl.List(pl.String()), "what was measured, as name@version or name@version:model"),
)  # fmt: skip
"""What every row has, whichever signals were asked for. Bytes of a name that are no UTF-8 stand there as
`imaging.identity.shown` has them."""


OVER_ALL = (
    Column("people", pl.String(), "who is on the photo: `none`, `one`, `several`, `selfie`; null where "
           "nobody can tell"),
    Column("duplicate", pl.Boolean(), "whether it is a copy of another, which is kept"),
    Column("duplicate_of", pl.String(), "the photo that is kept; null for those that are no copies"),
    Column("duplicate_group", pl.Int32(), "the same for all copies of a photo and itself; null without"),
)  # fmt: skip
"""What is seen over the whole table, once a scan is through."""


def schema(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """The types of columns by their names, as polars takes them."""
    return {column.name: column.dtype for column in columns}
