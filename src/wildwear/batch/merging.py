"""A batch as one dataset, for any of its formats. Not for choosing from it: Parquet is made for that."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from wildwear.batch.folder import Batch
from wildwear.batch.tables import record_of
from wildwear.datasets.stream import PhotoStream
from wildwear.inference.segmenting import Record, photo_stream


def dataset(batch: Batch) -> PhotoStream:
    """All photos that are done, in the order of the plan, read shard by shard: memory stays flat.

    Raises:
        DatasetError: there is no batch, or, while photos are read, it is damaged.
    """
    return photo_stream(records(batch), batch.origin.about())


def records(batch: Batch) -> Iterator[Record]:
    """What is kept of each photo, as `wildwear segment` keeps it."""
    for number in batch.done():
        garments, photos = batch.shard(number)
        of_photo: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in garments.iter_rows(named=True):
            of_photo[row["photo"]].append(row)
        for row in photos.iter_rows(named=True):
            yield record_of(row, of_photo[row["photo"]])
