"""A batch is done: what is missing of it goes to the processes, shard by shard."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wildwear import inference
from wildwear.batch.folder import Batch
from wildwear.batch.sources import Listed
from wildwear.batch.tables import FAILED
from wildwear.batch.working import Way, Worker
from wildwear.engine import spread
from wildwear.inference.origin import Origin


@dataclass(frozen=True)
class Ran:
    """What a batch came to.

    Attributes:
        photos: of all runs.
        before: of these, that earlier runs had done.
        failed: of these, that cannot be segmented.
        garments: in all of them.
    """

    photos: int
    before: int
    failed: int
    garments: int


def run(
    listed: Listed,
    out: str | Path,
    way: Way,
    *,
    workers: int,
    ray: str | None = None,
    shard: int | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Ran:
    """Segment photos into a folder. What an earlier run has done is not done again, and photos that are new
    come in; the folder is as if there had been one run.

    Args:
        listed: the photos.
        out: the folder; s3://BUCKET/FOLDER is one as well.
        way: how they are looked at.
        workers: processes of this machine.
        ray: address of a cluster that does it in their place; the model, the photos and `out` lie at the same
            paths on all of its machines, or in buckets.
        shard: photos of a shard; as many as suit their number where it is not said.
        progress: told how many photos are done, and how many there are to do.

    Raises:
        OutputError: another run is at it, something else lies there, or it cannot be written.
        DatasetError: a table of photos, or one of the folder, is damaged, or two photos have one name.
        ModelError: the model is none.
        MissingExtraError: Daft, or Ray, is not installed.
        ClusterError: the cluster is not there, or is lost.
    """
    batch = Batch(out)
    segmenter = inference.load(way.model, providers=way.providers, threads=way.threads)
    origin = Origin.of_model(segmenter, way.score)
    del segmenter  # each process has its own
    with batch.storage.alone():
        batch.begin(origin)
        batch.plan.extend(listed.photos, shard=shard)
        done = set(batch.done())
        shards = batch.plan.shards()
        todo = [number for number, _ in shards if number not in done]
        total = sum(photos for number, photos in shards if number not in done)
        finished = 0
        counts = spread(Worker, (batch.storage.anywhere(), way), todo, workers=workers, ray=ray)
        for photos in counts if todo else ():
            finished += photos
            progress(finished, total)
        return counted(batch, total)


def counted(batch: Batch, now: int) -> Ran:
    """Count what a batch holds; so many photos of it were done now. Raises `DatasetError`."""
    table = batch.photos().select(
        pl.len().alias("photos"), (pl.col("status") == FAILED).sum().alias("failed"), pl.col("garments").sum()
    )
    try:
        photos, failed, garments = table.collect().row(0)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise batch.damaged(error) from error
    return Ran(photos, photos - now, failed, garments)
