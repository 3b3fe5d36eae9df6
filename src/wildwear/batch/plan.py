"""What a batch has to do: every photo in a shard, and the shards never change. Not for what is done of it.

DIR/plan/000001.parquet, …   `shard`, `photo`, `uri`, `reason`: what each run found that was new
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from wildwear.batch.sources import SCHEMA
from wildwear.batch.storage import Storage, scanned
from wildwear.errors import DatasetError, OutputError

FEWEST, MOST = 16, 256  # photos of a shard: few are done soon, and many are few files
SHARDS = 200  # that photos are cut into as long as shards are neither too small nor too large


class Plan:
    """The photos of a batch, in shards that are numbered from 0."""

    def __init__(self, storage: Storage) -> None:
        """Name the folder of the batch, whether it is there yet or not."""
        self.storage = storage

    def extend(self, photos: pl.LazyFrame, *, shard: int | None = None) -> None:
        """Take in the photos that are not yet there, in new shards.

        Args:
            photos: as `Listed` has them.
            shard: photos of a shard; as many as suit their number where it is not said.

        Raises:
            DatasetError: two photos have one name; or what lists them is damaged.
            OutputError: the plan cannot be written, or is damaged.
        """
        known = self.photos()
        try:
            new = photos.join(known, on="uri", how="anti", maintain_order="left")
            new = new.unique("uri", keep="first", maintain_order=True)
            self._refuse_namesakes(new, known)
            count, first = new.select(pl.len()).collect(engine="streaming").item(), self._next()
            if not count:
                return
            size = shard or min(MOST, max(FEWEST, count // SHARDS))
            number = (pl.int_range(pl.len()) // size + first).cast(pl.Int32)
            part = f"plan/{len(self._parts()) + 1:06}.parquet"
            self.storage.write_table(part, new.select(number.alias("shard"), *SCHEMA), new=True)
        except pl.exceptions.PolarsError as error:
            raise DatasetError(
                f"a table of photos, or the plan in {self.storage}, is damaged: {error}"
            ) from error
        except OSError as error:
            raise OutputError(f"{self.storage}: cannot be written to ({error.strerror}).") from error

    def shards(self) -> list[tuple[int, int]]:
        """The number of each shard, and of its photos."""
        counted = self.photos().group_by("shard").len().sort("shard").collect()
        return [(int(shard), int(photos)) for shard, photos in counted.iter_rows()]

    def of_shard(self, shard: int) -> Sequence[tuple[str, str, str | None]]:
        """The photos of a shard in their order: what each is called, where it lies, and why it is none."""
        return self.photos().filter(pl.col("shard") == shard).select(*SCHEMA).collect().rows()

    def photos(self) -> pl.LazyFrame:
        """All of them, in their order."""
        return scanned(self.storage, self._parts(), {"shard": pl.Int32, **SCHEMA})

    def _parts(self) -> list[str]:
        return self.storage.tables("plan")

    def _next(self) -> int:
        last: Any = self.photos().select(pl.col("shard").max()).collect().item()
        return 0 if last is None else last + 1

    def _refuse_namesakes(self, new: pl.LazyFrame, known: pl.LazyFrame) -> None:
        """Raise where a name would mean two photos."""
        all_of_it = pl.concat([known.select("photo", "uri"), new.select("photo", "uri")])
        found = all_of_it.group_by("photo").agg(pl.len(), pl.first("uri"), pl.last("uri").alias("other"))
        twice = found.filter(pl.col("len") > 1).drop("len").collect(engine="streaming")
        for photo, uri, other in twice.head(1).iter_rows():
            raise DatasetError(
                f"{photo}: is the name of {uri} and of {other}; do them in two batches, each with its "
                "own --out"
            )
