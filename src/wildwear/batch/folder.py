"""The folder of a batch: what it holds, and when a shard of it counts. Not for what is found, nor for where
it lies: see `storage.py`.

    DIR/batch.yaml                 what all of it comes from
    DIR/plan/000001.parquet, …     the photos, in shards
    DIR/garments/000000.parquet, … a row a garment: a file a shard
    DIR/photos/000000.parquet, …   a row a photo: likewise

A shard's garments are written first and its photos last, each file as a whole: that its photos are there
makes it done. So a kill leaves nothing half, and nothing is needed to go on but these files.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl
import yaml

from wildwear.batch.plan import Plan
from wildwear.batch.storage import scanned, storage_at
from wildwear.batch.tables import GARMENTS, PHOTOS
from wildwear.errors import DatasetError, OutputError
from wildwear.inference.origin import Origin

ORIGIN = "batch.yaml"
Rows = Iterable[Mapping[str, Any]]


class Batch:
    """A folder of photos and their garments, shard by shard.

    Attributes:
        storage: where it lies.
        plan: the photos.
    """

    def __init__(self, place: str | Path) -> None:
        """Name a folder, whether it is there yet or not; s3://BUCKET/FOLDER is one as well."""
        self.storage = storage_at(place)
        self.plan = Plan(self.storage)

    @property
    def origin(self) -> Origin:
        """What all of it comes from. Raises `DatasetError` where there is no batch, or it is damaged."""
        try:
            text = self.storage.read(ORIGIN)
        except OSError as error:
            advice = f"`wildwear batch PHOTOS --out {self.storage}` makes one"
            raise DatasetError(f"{self.storage}: is no batch ({ORIGIN}: {error}); {advice}") from error
        try:
            return Origin.model_validate(yaml.safe_load(text))
        except (ValueError, yaml.YAMLError) as error:
            advice = "put back a copy (a batch made in the same way has the same one), or name another folder"
            raise DatasetError(f"{self.storage}: its {ORIGIN} is damaged; {advice}") from error

    def begin(self, origin: Origin) -> None:
        """Make the folder ready, or go on with what is in it.

        Raises:
            OutputError: it holds something else, what another model found or was shown from another score; or
                it cannot be written.
        """
        try:
            if self.storage.holds(ORIGIN):
                self._compare(origin)
            elif not self.storage.is_empty():
                raise OutputError(
                    f"{self.storage}: holds something that is no batch; name another folder with --out"
                )
            else:  # before anything else: by it the folder is known again
                text = yaml.safe_dump(origin.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
                self.storage.write(ORIGIN, text.encode(), new=True)
        except OSError as error:
            raise OutputError(f"{self.storage}: cannot be written to ({error.strerror}).") from error

    def commit(self, shard: int, garments: Rows, photos: Rows) -> None:
        """Keep what was found in the photos of a shard: from now on it is done. Raises `OutputError`."""
        self.storage.write_table(table_of("garments", shard), pl.DataFrame(garments, schema=GARMENTS))
        self.storage.write_table(table_of("photos", shard), pl.DataFrame(photos, schema=PHOTOS))

    def done(self) -> list[int]:
        """The shards that are done, in their order."""
        return sorted(int(PurePosixPath(name).stem) for name in self.storage.tables("photos"))

    def shard(self, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The garments and the photos of a shard that is done. Raises `DatasetError` where it is damaged."""
        try:
            return self._of_shards("garments", [number]).collect(), self._of_shards(
                "photos", [number]
            ).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DatasetError(
                f"{self.storage}: shard {number:06} is damaged ({error}); delete "
                f"{self.storage.called(table_of('photos', number))}, and `wildwear batch` does it anew"
            ) from error

    def damaged(self, error: Exception) -> DatasetError:
        """The error for tables that cannot be read: that of the first shard which is to blame."""
        for number in self.done():
            try:
                self.shard(number)
            except DatasetError as found:
                return found
        return DatasetError(f"{self.storage}: is damaged ({error})")

    def garments(self) -> pl.LazyFrame:
        """A row a garment of all shards that are done; nothing is read before it is asked for."""
        return self._of_shards("garments", self.done())

    def photos(self) -> pl.LazyFrame:
        """A row a photo of all shards that are done, likewise."""
        return self._of_shards("photos", self.done())

    def _compare(self, origin: Origin) -> None:
        """Raise unless all of it comes from the same."""
        earlier = self.origin
        for field in Origin.model_fields:
            if (then := getattr(earlier, field)) != (now := getattr(origin, field)):
                raise OutputError(
                    f"{self.storage}: was made with {field} {then}, not {now}. Go on with the same, or name "
                    "another folder with --out."
                )

    def _of_shards(self, kind: str, shards: list[int]) -> pl.LazyFrame:
        schema = GARMENTS if kind == "garments" else PHOTOS
        return scanned(self.storage, [table_of(kind, shard) for shard in shards], schema)


def table_of(kind: str, shard: int) -> str:
    """The name of the garments, or the photos, of a shard."""
    return f"{kind}/{shard:06}.parquet"
