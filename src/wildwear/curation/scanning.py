"""Photos go into a catalog: what is new or has changed is measured, and what is there already stays."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from wildwear.curation.catalog import TYPES, Catalog
from wildwear.curation.columns import COLUMNS, schema
from wildwear.curation.duplicates import with_duplicates
from wildwear.curation.measurer import columns_of, measured
from wildwear.curation.models import Models
from wildwear.curation.people import with_people
from wildwear.curation.signals import SIGNALS
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with
from wildwear.gathering import Gathered, Photo, Place, uri_of
from wildwear.gathering.archives import Tarred, Zipped
from wildwear.gathering.buckets import Stored
from wildwear.imaging.identity import shown
from wildwear.version import __version__

PART_ROWS = 1000  # after so many photos, or
PART_SECONDS = 20.0  # so long, what was measured is kept


@dataclass(frozen=True)
class Scanned:
    """What a scan came to, in photos.

    Attributes:
        photos: in the catalog.
        measured: now, in whole or in part.
        failed: that cannot be read.
        gone: that were in the catalog, and are not among those scanned.
        duplicates: copies of others.
        damaged: files of the catalog that could not be read; their photos were measured anew.
    """

    photos: int
    measured: int
    failed: int
    gone: int
    duplicates: int
    damaged: tuple[Path, ...] = ()


def scan(
    gathered: Gathered,
    catalog: Catalog,
    models: Models,
    *,
    workers: int,
    ray: str | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Scanned:
    """Measure photos into a catalog. A photo that has the size and the time of last time is not read again,
    unless it could not be read, or a signal is new.

    Args:
        gathered: the photos, and what lies there that is none.
        catalog: made where it is not there; what a scan that was stopped has left in it counts.
        models: that signals look through; without one theirs are left out, but earlier values stay.
        workers: processes of this machine.
        ray: address of a cluster that measures in their place.
        progress: told how many photos are done, and how many there are to do.

    Raises:
        OutputError: another scan is at it, something else lies there, or it cannot be written.
        DatasetError: it is the table of something else.
        ModelError: a model is none.
        MissingExtraError: Daft, or Ray, is not installed.
        ClusterError: the cluster is not there, or is lost.
    """
    models.check()
    with alone_with(catalog.path):
        refuse_foreign(catalog)
        photos = {shown(photo.name): photo for photo in gathered.photos}
        skipped = {shown(name): reason for name, reason in gathered.skipped}
        wanted = {signal.name: key for signal in SIGNALS if (key := signal.key(models)) is not None}
        known, damaged = rescued(catalog)
        gone = refuse_another_collection(known, {*photos, *skipped}, catalog)
        catalog.note(settings(gathered, wanted))
        todo = to_measure(photos, known, wanted)
        done, total = 0, sum(map(len, todo.values()))
        for signals, names in todo.items():
            rows = row_starts([(name, photos[name]) for name in names])
            earlier = known.join(rows.select("photo"), on="photo", how="semi")
            some = [(name, photos[name]) for name in names]
            for part in in_parts(measured(some, signals, models, workers=workers, ray=ray)):
                catalog.add(completed(part, rows, earlier, signals, wanted))
                done += len(part)
                progress(done, total)
        return replace(finish(catalog, photos, skipped, total, gone), damaged=damaged)


def refuse_foreign(catalog: Catalog) -> None:
    """Raise `OutputError` where something else lies in the folder."""
    path = catalog.path
    if path.is_file():
        raise OutputError(f"{path}: is a file; a catalog is a folder, name another with --out")
    if path.is_dir() and any(path.iterdir()) and not catalog.exists() and not catalog.settings:
        raise OutputError(f"{path}: holds something that is no catalog; name another folder with --out")


def rescued(catalog: Catalog) -> tuple[pl.DataFrame, tuple[Path, ...]]:
    """What a catalog holds, and its files that a disk has damaged: these are deleted, and what they held is
    measured anew. Raises `DatasetError` where it is no catalog."""
    if not catalog.exists():
        return pl.DataFrame(schema=schema(COLUMNS)), ()
    try:
        return catalog.read(), ()
    except DatasetError:
        damaged = tuple(catalog.damaged()) if catalog.settings else ()
        if not damaged:
            raise
    for file in damaged:
        file.unlink()
    return rescued(catalog)[0], damaged


def refuse_another_collection(known: pl.DataFrame, names: set[str], catalog: Catalog) -> int:
    """Count the photos that are not there any more. Raises `OutputError` where none of them is."""
    gone = sum(name not in names for name in known["photo"])
    if gone and gone == len(known):
        raise OutputError(
            f"{catalog.path}: is the catalog of other photos ({known['photo'][0]}, …); name another folder"
        )
    return gone


def settings(gathered: Gathered, wanted: dict[str, str]) -> dict[str, object]:
    """What a catalog says of how it was made."""
    return {
        "wildwear": __version__,
        "root": shown(str(gathered.root)) if gathered.root else None,
        "signals": list(wanted.values()),
    }


def to_measure(
    photos: dict[str, Photo], known: pl.DataFrame, wanted: dict[str, str]
) -> dict[tuple[str, ...], list[str]]:
    """The photos that lack something, by the names of the signals that they lack."""
    columns = known.select("photo", "bytes", "modified", "failure", "signals").iter_rows()
    rows = {photo: row for photo, *row in columns}
    todo: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, photo in photos.items():
        length, modified, failure, have = rows.get(name, (None, None, "", ()))
        if failure is not None or (length, modified) != stamp(photo.place):
            have = ()
        if missing := tuple(signal for signal, key in wanted.items() if key not in have):
            todo[missing].append(name)
    return todo


def stamp(place: Place) -> tuple[int | None, int | None]:
    """The length of a photo's file and when it was last written, in ns; None where nobody can tell."""
    match place:
        case Zipped(archive, info):
            return info.file_size, stamp(archive)[1]
        case Tarred(archive=archive, size=size):
            return size, stamp(archive)[1]
        case Stored(size=size, modified=modified):
            return size, modified
        case Path():
            try:
                status = place.stat()
            except (OSError, ValueError):
                return None, None
            return status.st_size, status.st_mtime_ns
    return None, None


def row_starts(photos: Sequence[tuple[str, Photo]]) -> pl.DataFrame:
    """What is known of photos before they are read."""
    names, places = [name for name, _ in photos], [photo.place for _, photo in photos]
    paths = [shown(uri_of(place)) for place in places]
    lengths, times = zip(*map(stamp, places), strict=True) if places else ((), ())
    return pl.DataFrame([names, paths, lengths, times], schema=schema(COLUMNS[:4]))


def in_parts(tables: Iterable[pl.DataFrame]) -> Iterable[pl.DataFrame]:
    """Join small tables to such as are worth a file; what is left when somebody stops the scan as well."""
    waiting: list[pl.DataFrame] = []
    begun = time.monotonic()
    try:
        for table in tables:
            waiting.append(table)
            if sum(map(len, waiting)) >= PART_ROWS or time.monotonic() - begun >= PART_SECONDS:
                ready, waiting, begun = waiting, [], time.monotonic()
                yield pl.concat(ready)
    except KeyboardInterrupt:
        if waiting:
            yield pl.concat(waiting)
        raise
    if waiting:
        yield pl.concat(waiting)


def completed(
    part: pl.DataFrame,
    rows: pl.DataFrame,
    earlier: pl.DataFrame,
    signals: Sequence[str],
    wanted: dict[str, str],
) -> pl.DataFrame:
    """Whole rows of what was measured: with what is known of each photo, and what earlier scans measured.

    Args:
        part: `photo`, `failure` and the columns of the signals.
        rows: as `row_starts`.
        earlier: what the catalog has of the same photos.
        signals: that were measured.
        wanted: the key of each signal.
    """
    new = part.join(rows, on="photo", how="left", maintain_order="left")
    fresh = {column.name for column in columns_of(signals)} | set(schema(COLUMNS))
    kept = earlier.select("photo", "bytes", "modified", had="signals", was="failure")
    kept = kept.hstack(earlier.drop([name for name in earlier.columns if name in fresh]))
    new = new.join(
        kept, on=["photo", "bytes", "modified"], how="left", maintain_order="left", nulls_equal=True
    )
    measured_now = [wanted[signal] for signal in signals]
    names = [f"{signal}@" for signal in signals]
    had = (
        pl.col("had")
        .fill_null([])
        .list.filter(~pl.any_horizontal([pl.element().str.starts_with(name) for name in names]))
    )
    whole = new.with_columns(
        signals=pl.when(pl.col("failure").is_null()).then(had.list.concat(pl.lit(measured_now))).otherwise([])
    ).drop("had", "was")
    return whole.select(*schema(COLUMNS), pl.exclude(*schema(COLUMNS)))


def finish(
    catalog: Catalog, photos: dict[str, Photo], skipped: dict[str, str], measured_now: int, gone: int
) -> Scanned:
    """Make one table of all parts, in the order of the photos, with what is seen over all of them.

    A photo lies where this scan found it, whenever it was measured: its folder may have been moved.
    """
    beside = {name: reason for name, reason in skipped.items() if name not in photos}
    unread = pl.DataFrame(
        {"photo": list(beside), "failure": list(beside.values())}, schema=schema([COLUMNS[0], COLUMNS[4]])
    )
    paths = [shown(uri_of(photo.place)) for photo in photos.values()]
    order = pl.DataFrame(
        {"photo": [*photos, *beside], "path": paths + [None] * len(beside)}, schema=schema(COLUMNS[:2])
    )
    empty = pl.DataFrame(schema=TYPES)
    measured_rows = catalog.read() if catalog.exists() else empty
    rows = pl.concat([empty, measured_rows, unread], how="diagonal").unique("photo", keep="last")
    table = order.join(rows.drop("path"), on="photo", how="left", maintain_order="left")
    table = with_people(with_duplicates(table))
    catalog.replace(table)
    failed, duplicates = len(table.drop_nulls("failure")), len(table.filter("duplicate"))
    return Scanned(len(table), measured_now, failed, gone, duplicates)
