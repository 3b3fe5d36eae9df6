"""Where the files of a batch lie: in a folder of a disk, or of a bucket of S3. Not for what is in them.

A file is there whole or not at all: on a disk it is renamed when it is whole, and a bucket shows none before.
"""

import errno
import re
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import polars as pl

from wildwear.errors import OutputError
from wildwear.files import alone_with, write_atomically, write_parquet
from wildwear.gathering.buckets import failures, is_bucket, opened, said, stored_as

TABLE = re.compile(r"[0-9]+\.parquet")  # and no copy that a program made of one beside it
ERRORS = {"AlreadyExistsError": errno.EEXIST, "FileNotFoundError": errno.ENOENT}
"""By what obstore raises: the numbers of errors that are told apart."""


class Storage(Protocol):
    """A folder of files; `str` of it is what people call it. Names in it are relative, with `/`."""

    def called(self, name: str) -> str:
        """What people, and polars, call a file in it."""

    def anywhere(self) -> str:
        """What the folder is called from wherever a process runs."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep other runs away, if that can be done here. Raises `OutputError` where one is at it."""

    def is_empty(self) -> bool:
        """Whether nothing lies there, or it is not there. Raises `OSError`."""

    def holds(self, name: str) -> bool:
        """Whether a file is there. Raises `OSError`."""

    def tables(self, folder: str) -> list[str]:
        """The names of the numbered tables in a folder of it, in order. Raises `OSError`."""

    def read(self, name: str) -> bytes:
        """The content of a file. Raises `OSError`."""

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """Write a file; `new` if it would be a mistake to replace one. Raises `OutputError`."""

    def write_table(self, name: str, table: pl.DataFrame | pl.LazyFrame, *, new: bool = False) -> None:
        """Write a table as Parquet, likewise."""


@dataclass(frozen=True)
class Folder:
    """A folder of a disk.

    Attributes:
        path: of it.
    """

    path: Path

    def __str__(self) -> str:
        """Its path."""
        return str(self.path)

    def called(self, name: str) -> str:
        """Its path."""
        return str(self.path / name)

    def anywhere(self) -> str:
        """Its path from the root on."""
        return str(self.path.absolute())

    def alone(self) -> AbstractContextManager[None]:
        """Lock it, and sweep up what a killed run left half."""
        return alone_with(self.path)

    def is_empty(self) -> bool:
        """Whether nothing lies there."""
        return not self.path.exists() or not any(self.path.iterdir())

    def holds(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).exists()

    def tables(self, folder: str) -> list[str]:
        """The names of the tables in a folder of it."""
        names = [file.name for file in (self.path / folder).glob("*.parquet")]
        return sorted(f"{folder}/{name}" for name in names if TABLE.fullmatch(name))

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """Write a file. Nobody else does, since this run is alone."""
        write_atomically(self._ready(name), content)

    def write_table(self, name: str, table: pl.DataFrame | pl.LazyFrame, *, new: bool = False) -> None:
        """Write a table, likewise."""
        write_parquet(self._ready(name), table)

    def _ready(self, name: str) -> Path:
        """The path of a file that can be written."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self}: cannot be written to ({error.strerror}).") from error
        return path


@dataclass(frozen=True)
class Bucket:
    """A folder of a bucket. It has no locks: two runs at once do shards twice, to the same rows, and of a
    file that must not be replaced the first counts.

    Attributes:
        bucket: its name.
        prefix: of the keys, without a `/` at its end; "" for all of the bucket.
    """

    bucket: str
    prefix: str

    def __str__(self) -> str:
        """As it is named: s3://BUCKET/PREFIX."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def called(self, name: str) -> str:
        """Its address."""
        return f"{self}/{name}"

    def anywhere(self) -> str:
        """Its address."""
        return str(self)

    def alone(self) -> AbstractContextManager[None]:
        """Promise nothing."""
        return nullcontext()

    def is_empty(self) -> bool:
        """Whether nothing lies there."""
        with self._blamed():
            return not any(opened(self.bucket).list(self.prefix or None, chunk_size=1))

    def holds(self, name: str) -> bool:
        """Whether a file is there."""
        try:
            with self._blamed():
                opened(self.bucket).head(self._key(name))
        except FileNotFoundError:
            return False
        return True

    def tables(self, folder: str) -> list[str]:
        """The names of the tables in a folder of it."""
        with self._blamed():
            listed = opened(self.bucket).list(self._key(folder))
            names = [PurePosixPath(one["path"]).name for chunk in listed for one in chunk]
        return sorted(f"{folder}/{name}" for name in names if TABLE.fullmatch(name))

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self._blamed():
            return bytes(opened(self.bucket).get(self._key(name)).bytes())

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """Write a file."""
        self._put(name, content, new)

    def write_table(self, name: str, table: pl.DataFrame | pl.LazyFrame, *, new: bool = False) -> None:
        """Write a table, by a file on this machine: it may be larger than memory."""
        with tempfile.TemporaryDirectory() as folder:
            write_parquet(Path(folder, "table"), table)
            self._put(name, Path(folder, "table"), new)

    def _put(self, name: str, content: bytes | Path, new: bool) -> None:
        try:
            with self._blamed():
                mode = "create" if new else "overwrite"
                opened(self.bucket).put(self._key(name), content, mode=mode)
        except FileExistsError as error:
            raise OutputError(f"{self}: another run is writing there; wait until it is done.") from error
        except OSError as error:
            raise OutputError(f"{self}: cannot be written to ({error.strerror}).") from error

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}".strip("/")

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Raise `OSError` with what a bucket says where it does not do as it was asked."""
        try:
            yield
        except failures() as error:
            number = ERRORS.get(type(error).__name__, errno.EIO)
            raise OSError(number, said(error), str(self)) from error


def storage_at(place: str | Path) -> Storage:
    """The folder that somebody named: s3://BUCKET/FOLDER, or a path."""
    if isinstance(place, str) and is_bucket(place):
        stored = stored_as(place)
        return Bucket(stored.bucket, stored.key.strip("/"))
    return Folder(Path(place))


def scanned(storage: Storage, names: list[str], schema: dict[str, Any]) -> pl.LazyFrame:
    """Tables of a folder as one; nothing is read before it is asked for.

    Args:
        names: of their files; there may be none.
        schema: of the tables.
    """
    if not names:
        return pl.LazyFrame(schema=schema)
    # Who asks stands in the environment, as for all else; polars would look for boto3 first
    return pl.scan_parquet([storage.called(name) for name in names], glob=False, credential_provider=None)
