"""Photos are measured side by side, in several processes. Not for one photo: see `measuring.py`."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from wildwear.curation.columns import COLUMNS, Column, schema
from wildwear.curation.measuring import BY_NAME, measure
from wildwear.curation.models import Models
from wildwear.engine import spread
from wildwear.gathering import Photo, Place

AT_A_TIME = 16  # photos that a process takes, and what it may lose; more would be seconds for a model
MOST_AT_A_TIME = 128  # likewise, where none looks at them: handing them over takes as long as measuring a few
TURNS = 8  # that each process is to have at least, so that all end together

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

    def __call__(self, photos: Iterable[tuple[str, Place]]) -> pl.DataFrame:
        """Rows of photos: `photo`, `failure`, and the columns of the signals.

        Args:
            photos: what each is called in the catalog, and where it lies.
        """
        rows = [{"photo": name} | measure(place, self.signals, self.models) for name, place in photos]
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
    ray: str | None = None,
) -> Iterator[pl.DataFrame]:
    """Measure photos; a few rows at a time, as soon as they are there and in no order.

    Args:
        photos: what each is called in the catalog, and the photo.
        signals: names of those that are wanted.
        models: that they look through.
        workers: processes of this machine.
        ray: address of a cluster that measures in their place.

    Raises:
        MissingExtraError: Daft, or Ray, is not installed.
        ClusterError: the cluster is not there, or is lost.
    """
    named = [(name, photo.place) for name, photo in photos]
    count = AT_A_TIME
    if not any(BY_NAME[name].needs for name in signals):
        count = max(count, min(MOST_AT_A_TIME, len(named) // (TURNS * workers)))
    some = (named[start : start + count] for start in range(0, len(named), count))
    return spread(Measurer, (models, signals), some, workers=workers, ray=ray)
