"""Which photos of a catalog are worth annotating: those that meet conditions, and those named. Not for how
many of these, see `sampling.py`; nor for what they are handed out as, see `handing_out.py`."""

import codecs
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wildwear.curation.catalog import Catalog
from wildwear.curation.conditions import Condition, brief, conditions
from wildwear.errors import DatasetError
from wildwear.imaging.identity import shown

READ = Condition("can be read", pl.col("failure").is_null())


@dataclass(frozen=True)
class Step:
    """What one condition did.

    Attributes:
        text: the condition.
        left: photos that met it and all before.
        went: photos that had met all before.
        unknown: of those that went, how many have nothing in a column that it looks at.
    """

    text: str
    left: int
    went: int
    unknown: int


@dataclass(frozen=True)
class Selection:
    """Photos that were chosen.

    Attributes:
        photos: their rows in the catalog.
        steps: how it came to them.
        put_back: names of those that met not all conditions, and were asked for all the same.
    """

    photos: pl.DataFrame
    steps: list[Step]
    put_back: frozenset[str] = frozenset()


def select(catalog: Catalog, where: str | None = None, put_back: Path | None = None) -> Selection:
    """Photos that can be read and meet the conditions.

    Args:
        catalog: is not changed.
        where: conditions in SQL, as `conditions`; what they say of all photos (an average, say) is of all
            that can be read.
        put_back: a list of photos, one a line, by their name in the catalog or by their path.

    Raises:
        DatasetError: there is no catalog, a condition is none, or a photo to be put back is not there.
    """
    wanted = conditions(where) if where is not None else []
    table = catalog.read()
    readable = table.filter(READ.expression)
    steps = [Step(READ.text, len(readable), len(table) - len(readable), 0)]
    stays = pl.repeat(True, len(readable), eager=True)
    for condition in wanted:
        meets = answers(readable, condition)
        before, unknown = steps[-1].left, readable.filter(stays & meets.is_null())
        stays = stays & meets.fill_null(False)
        left = len(readable.filter(stays))
        steps.append(Step(condition.text, left, before - left, len(unknown)))
    if put_back is None:
        return Selection(readable.filter(stays), steps)
    named = readable["photo"].is_in(list(find_named(put_back, table)))
    back = frozenset(readable.filter(named & ~stays)["photo"])
    return Selection(readable.filter(stays | named), steps, back)


def answers(table: pl.DataFrame, condition: Condition) -> pl.Series:
    """Whether each photo meets a condition: true, false, or null. Raises `DatasetError`."""
    where = f"--where {brief(condition.text)!r}"
    unknown = [name for name in condition.expression.meta.root_names() if name not in table.columns]
    if unknown:
        raise DatasetError(
            f"{where}: the catalog has no column {unknown[0]}; it has {', '.join(table.columns)}"
        )
    try:
        met = table.with_columns(met=condition.expression)["met"]
    except pl.exceptions.PolarsError as error:
        raise DatasetError(f"{where}: {str(error).splitlines()[0]}") from error
    if met.dtype != pl.Boolean:
        raise DatasetError(
            f"{where}: says neither yes nor no of a photo, but {met.dtype}; compare it to something"
        )
    return met


def find_named(listed: Path, table: pl.DataFrame) -> Iterable[str]:
    """The names in the catalog of the photos that a list names. Raises `DatasetError`."""
    try:
        lines = listed.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        raise DatasetError(f"{listed}: cannot be read ({error.strerror})") from error
    names = dict(zip(table["path"], table["photo"], strict=True)) | {name: name for name in table["photo"]}
    failures = dict(table.select("photo", "failure").iter_rows())
    for number, line in enumerate(lines, start=1):
        name = shown(os.fsdecode(line.strip()))
        if not name:
            continue
        if name not in names:
            raise DatasetError(f"{listed}: line {number}: the catalog has no photo {name}")
        if reason := failures[names[name]]:
            raise DatasetError(f"{listed}: line {number}: {name} cannot be put back: {reason}")
        yield names[name]
