"""What somebody named, as a table of photos: what `gathering` finds, and what tables list themselves."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from wildwear.curation import Catalog
from wildwear.errors import DatasetError
from wildwear.gathering import Gathered, gather, uri_of
from wildwear.imaging.identity import shown
from wildwear.inference.run_folder import of_a_run

SCHEMA: dict[str, type[pl.DataType]] = {"photo": pl.String, "uri": pl.String, "reason": pl.String}
PLACES = ("uri", "url", "path", "file_name", "photo")
"""Columns of a table that say where photos lie; the first of them that is there counts."""
NAME = "photo"  # the column that says what they are called, where another says where they lie
ABSOLUTE = r"^([A-Za-z][A-Za-z0-9+.-]*:/)?/"  # a path from the root on, or an address
PIPE = "-"


@dataclass
class Listed:
    """Photos that somebody named.

    Attributes:
        photos: `photo`, what each is called; `uri`, where it lies; and `reason`, why it can be told without
            reading that it is none, else null. Nothing is read from tables before it is asked for.
        mistakes: what is so wrong that it must be a typo, a sentence each: nothing should be done then.
    """

    photos: pl.LazyFrame
    mistakes: list[str] = field(default_factory=list)


def listed(sources: Iterable[str], *, private: bool = False) -> Listed:
    """Find the photos behind folders, files, globs, archives, lists and addresses, as `gather` takes them, or
    in a table: a .parquet or .csv with a column of paths or addresses, a catalog of `wildwear curate scan`.

    Photos of tables are called what their column `photo` says, or what they are listed as. A table may hold
    millions: whether they are there is seen when they are read.

    Args:
        sources: typed by somebody, at least one.
        private: whether addresses may be on this machine, or in a network that is not public.

    Raises:
        DatasetError: a table cannot be read, or has none of the columns `PLACES`.
        MissingExtraError: as `gather`.
    """
    frames, others, mistakes = [], [], []
    for source in sources:
        if source == PIPE:
            mistakes.append("-: a pipe cannot be read again; save the photo to a file")
        elif (frame := table(Path(source))) is not None:
            frames.append(in_table(frame, Path(source)))
        else:
            others.append(source)
    if others:
        gathered = gather(others, web=True, private=private, leave_out=of_a_run)
        mistakes += gathered.mistakes
        frames.insert(0, found(gathered))
    return Listed(pl.concat(frames) if frames else pl.LazyFrame(schema=SCHEMA), mistakes)


def table(path: Path) -> pl.LazyFrame | None:
    """The table that a path leads to; None where it is something else. Raises `DatasetError`."""
    if (catalog := Catalog(path)).exists() and path.is_dir():
        return catalog.scan([NAME, "path"])
    if not path.is_file() or path.suffix.lower() not in (".parquet", ".csv"):
        return None
    if path.suffix.lower() == ".csv":
        return pl.scan_csv(path, infer_schema=False)
    return pl.scan_parquet(path)


def in_table(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    """The photos that a table lists. A path is seen from where the command runs; from the folder of the table
    where the first is not there, but would be so. Raises `DatasetError`."""
    try:
        columns = frame.collect_schema().names()
        place = next((name for name in PLACES if name in columns), None)
        if place is None:
            raise DatasetError(
                f"{path}: has none of the columns {', '.join(PLACES)}, which say where photos lie; it has "
                f"{', '.join(columns) or 'no column'}"
            )
        relative = pl.col(place).cast(pl.String)
        relatives = frame.filter(~relative.str.contains(ABSOLUTE)).select(relative).head(1).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DatasetError(f"{path}: is a damaged table, or none ({error})") from error
    first = next(iter(relatives[place]), "")
    beside = path if path.is_dir() else path.parent
    # `os.path` takes whatever stands in a table for a path; `Path` raises where one is too long
    is_beside = not os.path.exists(first) and os.path.exists(beside / first)  # noqa: PTH110
    seen_from = beside if is_beside else Path()
    folder = shown(os.path.abspath(seen_from))  # noqa: PTH100 - links keep their names
    text = relative if path.is_dir() else relative.str.replace_all("\\", r"\\", literal=True)  # as `shown`
    uri = pl.when(relative.str.contains(ABSOLUTE)).then(text).otherwise(pl.lit(f"{folder}/") + text)
    name = pl.col(NAME).cast(pl.String) if NAME in columns else text
    return frame.select(photo=name, uri=uri, reason=pl.lit(None, pl.String)).drop_nulls(["photo", "uri"])


def found(gathered: Gathered) -> pl.LazyFrame:
    """The photos that were gathered, and what lies there that is none."""
    root = f"{gathered.root}/" if gathered.root else ""
    photos = {name: (uri_of(place), None) for name, place in gathered.photos}
    skipped = {name: (f"{root}{name}", reason) for name, reason in gathered.skipped if name not in photos}
    rows = [(shown(name), shown(uri), reason) for name, (uri, reason) in (photos | skipped).items()]
    return pl.LazyFrame(rows, schema=SCHEMA, orient="row")
