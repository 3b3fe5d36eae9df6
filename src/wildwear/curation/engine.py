"""Daft, whose embedded engine measures photos side by side, in processes of this machine.

Not for what is measured: see `measuring.py`. What Daft would send about its use is switched off.
"""

import logging
import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from wildwear.curation.catalog import COLUMNS, Column, schema
from wildwear.curation.measuring import BY_NAME, measure
from wildwear.curation.models import Models
from wildwear.errors import MissingExtraError
from wildwear.gathering import Photo

SURROUNDINGS = {
    "DAFT_RUNNER": "native",  # asked for here, since Daft refuses to be told twice in a process
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "DAFT_ANALYTICS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
}
BATCH = 16  # photos that a process takes at a time, and what it may lose

KNOWN = [column for column in COLUMNS if column.name in ("photo", "failure")]


class Measurer:
    """What runs in each process: it opens models once, and measures photos."""

    def __init__(self, models: Models, signals: Sequence[str]) -> None:
        """Remember what is to be measured."""
        import cv2

        cv2.setNumThreads(1)  # processes share the cores
        self.models = models
        self.signals = signals
        self.schema = schema([*KNOWN, *columns_of(signals)])

    def __call__(self, names: Iterable[str], places: Iterable[bytes]) -> pl.DataFrame:
        """Rows of photos: `photo`, `failure`, and the columns of the signals.

        Args:
            names: of the photos.
            places: pickled; they come from the process that started this one.
        """
        rows = [
            {"photo": name} | measure(pickle.loads(place), self.signals, self.models)
            for name, place in zip(names, places, strict=True)
        ]
        return pl.DataFrame(rows, schema=self.schema)


def columns_of(signals: Iterable[str]) -> list[Column]:
    """The columns that signals fill."""
    return [column for name in signals for column in BY_NAME[name].columns]


def measured(
    photos: Sequence[tuple[str, Photo]],
    signals: Sequence[str],
    models: Models,
    *,
    workers: int,
) -> Iterator[pl.DataFrame]:
    """Measure photos; a few rows at a time, as soon as they are there and in no order.

    Args:
        photos: what each is called in the catalog, and the photo.
        signals: names of those that are wanted.
        models: that they look through.
        workers: processes.

    Raises:
        MissingExtraError: Daft is not installed.
    """
    engine = opened()
    names = [name for name, _ in photos]
    places = [pickle.dumps(photo.place) for _, photo in photos]
    rows = engine.from_pydict({"photo": names, "place": places}).into_batches(BATCH)
    packed = engine.DataType.binary()

    class Worker(Measurer):
        """A measurer whose rows travel as bytes: nested types come through as they are."""

        @engine.method.batch(return_dtype=packed, batch_size=BATCH)  # type: ignore[untyped-decorator]
        def rows(self, names: Any, places: Any) -> list[bytes]:
            """The rows of a batch in its first place."""
            table = self(names.to_pylist(), places.to_pylist())
            return [pickle.dumps(table), *[b""] * (len(table) - 1)]

    worker: Any = engine.cls(Worker, use_process=True, max_concurrency=workers)(models, signals)
    wanted = rows.select(worker.rows(engine.col("photo"), engine.col("place")).alias("rows"))
    for batch in wanted.to_arrow_iter(results_buffer_size=workers):
        for content in batch.column("rows").to_pylist():
            if content:
                yield pickle.loads(content)


def opened() -> Any:
    """Import Daft. Raises `MissingExtraError`."""
    os.environ.update(SURROUNDINGS)
    try:
        import daft
    except ModuleNotFoundError as error:
        raise MissingExtraError("measuring photos", "curate") from error
    # It says there once more what it raises, and that a process is slow to end on a busy machine
    logging.getLogger("daft_local_execution").setLevel(logging.CRITICAL)
    return daft
