"""The folder of a batch: what it holds, and when a shard of it counts. Not for what is found.

    DIR/batch.yaml                 what all of it comes from
    DIR/plan/000001.parquet, …     the photos, in shards
    DIR/garments/000000.parquet, … a row a garment: a file a shard
    DIR/photos/000000.parquet, …   a row a photo: likewise

A shard's garments are written first and its photos last, each file as a whole: that its photos are there
makes it done. So a kill leaves nothing half, and nothing is needed to go on but these files.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from wildwear.batch.plan import Plan
from wildwear.batch.tables import GARMENTS, PHOTOS
from wildwear.errors import DatasetError, OutputError
from wildwear.files import write_atomically, write_parquet
from wildwear.inference.origin import Origin

ORIGIN = "batch.yaml"
Rows = Iterable[Mapping[str, Any]]


class Batch:
    """A folder of photos and their garments, shard by shard.

    Attributes:
        path: the folder.
        plan: the photos.
    """

    def __init__(self, path: Path) -> None:
        """Name a folder, whether it is there yet or not."""
        self.path = path
        self.plan = Plan(path / "plan")

    @property
    def origin(self) -> Origin:
        """What all of it comes from. Raises `DatasetError` where there is no batch."""
        try:
            return Origin.model_validate(yaml.safe_load((self.path / ORIGIN).read_text(encoding="utf-8")))
        except (OSError, ValueError, yaml.YAMLError) as error:
            advice = f"`wildwear batch PHOTOS --out {self.path}` makes one"
            raise DatasetError(f"{self.path}: is no batch ({ORIGIN}: {error}); {advice}") from error

    def begin(self, origin: Origin) -> None:
        """Make the folder ready, or go on with what is in it.

        Raises:
            OutputError: it holds something else, what another model found or was shown from another score; or
                it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if (self.path / ORIGIN).exists():
                self._compare(origin)
            elif any(self.path.iterdir()):
                raise OutputError(
                    f"{self.path}: holds something that is no batch; name another folder with --out"
                )
            else:  # before anything else: by it the folder is known again
                text = yaml.safe_dump(origin.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
                write_atomically(self.path / ORIGIN, text.encode())
            for folder in ("garments", "photos"):
                (self.path / folder).mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written to ({error.strerror}).") from error

    def commit(self, shard: int, garments: Rows, photos: Rows) -> None:
        """Keep what was found in the photos of a shard: from now on it is done. Raises `OutputError`."""
        write_parquet(self._file("garments", shard), pl.DataFrame(garments, schema=GARMENTS))
        write_parquet(self._file("photos", shard), pl.DataFrame(photos, schema=PHOTOS))

    def done(self) -> list[int]:
        """The shards that are done, in their order."""
        return sorted(int(file.stem) for file in (self.path / "photos").glob("[0-9]*.parquet"))

    def shard(self, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The garments and the photos of a shard that is done. Raises `DatasetError` where it is damaged."""
        try:
            return pl.read_parquet(self._file("garments", number)), pl.read_parquet(
                self._file("photos", number)
            )
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DatasetError(f"{self.path}: shard {number:06} is damaged ({error})") from error

    def garments(self) -> pl.LazyFrame:
        """A row a garment of all shards that are done; nothing is read before it is asked for."""
        return self._scan("garments", GARMENTS)

    def photos(self) -> pl.LazyFrame:
        """A row a photo of all shards that are done, likewise."""
        return self._scan("photos", PHOTOS)

    def _compare(self, origin: Origin) -> None:
        """Raise unless all of it comes from the same."""
        earlier = self.origin
        for field in Origin.model_fields:
            if (then := getattr(earlier, field)) != (now := getattr(origin, field)):
                raise OutputError(
                    f"{self.path}: was made with {field} {then}, not {now}. Go on with the same, or name "
                    "another folder with --out."
                )

    def _scan(self, folder: str, schema: dict[str, Any]) -> pl.LazyFrame:
        files = [self._file(folder, shard) for shard in self.done()]
        return pl.scan_parquet(files) if files else pl.LazyFrame(schema=schema)

    def _file(self, folder: str, shard: int) -> Path:
        return self.path / folder / f"{shard:06}.parquet"
