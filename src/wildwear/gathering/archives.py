"""Photos in a zip or a tar, read where they are: nothing is unpacked to the disk.

What an archive says of itself is not believed. A name that leads out of it, a link, what is encrypted is
refused by itself; an archive of which more would come out than out of an honest one, as a whole.
"""

import bz2
import gzip
import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO, NamedTuple, TypeVar, cast

from wildwear.datasets.sources.unpack import (
    ENCRYPTED,
    LEFT_OUT,
    METHODS,
    MOST_ENTRIES,
    MOST_EXPANSION,
    UNREADABLE,
    DamagedError,
    most_unpacked,
    reading,
    refuse_dishonest,
)
from wildwear.errors import DatasetError, PhotoError
from wildwear.gathering.places import refuse_too_long
from wildwear.imaging.identity import identity, relative_name
from wildwear.imaging.photo_paths import is_named_as_photo

ARCHIVE = re.compile(r".+\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))", re.IGNORECASE)
GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ"  # how compressed files begin
LONGEST_HEADER = 1 << 20  # bytes; a tar keeps long names in entries, which are read as a whole
DAMAGED = (tarfile.TarError, OSError, RecursionError, *UNREADABLE)

# Whoever reads photos from an archive reads the next one too; a tar is opened anew for one further ahead.
IN_TURN = Lock()


class Refused(NamedTuple):
    """Something in an archive that is not read."""

    name: str
    reason: str


@dataclass(frozen=True)
class Zipped:
    """A photo in a zip."""

    archive: Path
    info: zipfile.ZipInfo

    def __str__(self) -> str:
        """The archive and the name in it, as if that were a folder."""
        return f"{self.archive}/{self.info.filename}"

    def read(self) -> bytes:
        """The file of the photo. Raises `PhotoError`."""
        size = self.info.file_size
        refuse_too_long(size, str(self))
        with IN_TURN, blamed_on(self):
            with opened_zip(self.archive, version_of(self.archive)).open(self.info) as packed:
                content = packed.read(size)  # no more is decompressed, whatever the zip says; nor kept
            if len(content) < size:
                raise EOFError("it ends early")
        return content


@dataclass(frozen=True)
class Tarred:
    """A photo in a tar.

    Attributes:
        archive: the tar.
        name: in it.
        start: where its file begins in the tar once that is decompressed.
        size: how many bytes it has.
    """

    archive: Path
    name: str
    start: int
    size: int

    def __str__(self) -> str:
        """The archive and the name in it, as if that were a folder."""
        return f"{self.archive}/{self.name}"

    def read(self) -> bytes:
        """The file of the photo. Raises `PhotoError`."""
        refuse_too_long(self.size, str(self))
        with IN_TURN, blamed_on(self):
            tar = opened_tar(self.archive, version_of(self.archive))
            tar.seek(self.start)
            content = tar.read(self.size)
            if len(content) < self.size:
                raise EOFError("it ends early")
        return content


Member = TypeVar("Member", Zipped, Tarred)


def is_archive(path: Path) -> bool:
    """Whether there is a file that is called a zip or a tar."""
    return ARCHIVE.fullmatch(path.name) is not None and os.path.isfile(path)  # noqa: PTH113 - of any length


def members(archive: Path) -> Iterator[tuple[str, Zipped | Tarred] | Refused]:
    """The photos in an archive by their names, those of a tar as they lie in it: to go back costs. What is
    refused comes in between, an archive that is damaged or too much after what was found in it.

    Hidden files are left out as in a folder; so is what operating systems add.
    """
    taken: set[str] = set()
    try:
        for found in in_zip(archive) if archive.suffix.lower() == ".zip" else in_tar(archive):
            if isinstance(found, Refused):
                yield found
                continue
            name, member = found
            if identity(name) in taken:
                yield Refused(name, "another photo in the archive has the same name")
                continue
            taken.add(identity(name))
            yield name, member
    except DatasetError as error:
        yield Refused("", str(error).removeprefix(f"{archive}: "))


def in_zip(archive: Path) -> Iterator[tuple[str, Zipped] | Refused]:
    """The photos in a zip. Raises `DamagedError`."""
    with reading(archive) as opened:
        infos = [info for info in opened.infolist() if is_wanted(info.filename) and not info.is_dir()]
    if len(infos) > MOST_ENTRIES:
        raise DamagedError(f"{archive}: has {len(infos):,} photos, at most {MOST_ENTRIES:,} are read")
    refuse_dishonest(infos, archive)
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            yield Refused(info.filename, "is a link or a device, not a file")
        elif info.flag_bits & ENCRYPTED:
            yield Refused(info.filename, "is encrypted; unpack it with its password")
        elif info.compress_type not in METHODS:
            method = info.compress_type
            yield Refused(
                info.filename, f"is compressed in a way that is not read (method {method}); unpack it"
            )
        else:
            yield named(info.filename, Zipped(archive, info))


def in_tar(archive: Path) -> Iterator[tuple[str, Tarred] | Refused]:
    """The photos in a tar, compressed or not. Raises `DamagedError`."""
    last = -1
    with called_damaged(archive), Bounded(archive) as bounded:
        tar = tarfile.open(fileobj=bounded, mode="r:")  # noqa: SIM115 - it holds nothing but `bounded`
        for count, entry in enumerate(tar):
            if count >= MOST_ENTRIES or entry.size < 0 or entry.offset_data <= last:
                raise DamagedError(f"{archive}: has too many entries, or entries that lead backwards")
            last = entry.offset_data
            tar.members = []  # type: ignore[attr-defined]  # it keeps all it has met
            if not is_wanted(entry.name) or entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                yield Refused(entry.name, "is a link or a device, not a file")
            else:
                yield named(entry.name, Tarred(archive, entry.name, entry.offset_data, entry.size))


def is_wanted(name: str) -> bool:
    """Whether an entry is called a photo, and is not hidden."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith(".") and part.strip(".") for part in parts)
    return is_named_as_photo(PurePosixPath(name)) and not hidden and LEFT_OUT.isdisjoint(parts)


def named(name: str, member: Member) -> tuple[str, Member] | Refused:
    """A photo in an archive by its name; refused where that leads out of it."""
    try:
        return relative_name(name), member
    except ValueError:
        return Refused(name, "its name leads out of the archive")


class Bounded(io.RawIOBase):
    """A tar as tarfile reads it: decompressed, and no further than an honest one goes."""

    def __init__(self, archive: Path) -> None:
        """Open it."""
        self.archive = archive
        self.most = most_unpacked(archive.stat().st_size)
        self.stream = decompressed(archive)

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes; tarfile asks for headers, and never for all there is."""
        if size is None or not 0 <= size <= LONGEST_HEADER:
            raise DamagedError(f"{self.archive}: is a damaged tar, or no honest one")
        self._refuse_beyond(self.stream.tell() + size)
        return self.stream.read(size)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the start."""
        self._refuse_beyond(place)
        return self.stream.seek(place, whence)

    def tell(self) -> int:
        """Where the next byte is read."""
        return self.stream.tell()

    def close(self) -> None:
        """Close the file below as well."""
        self.stream.close()
        super().close()

    def _refuse_beyond(self, place: int) -> None:
        if place > self.most:
            raise DamagedError(
                f"{self.archive}: over {self.most:,} bytes come out of it; more than {MOST_EXPANSION} times "
                "its size is refused"
            )


def decompressed(archive: Path) -> BinaryIO:
    """Open a tar, compressed or not. Raises `DamagedError` where it is compressed with xz."""
    with archive.open("rb") as file:
        start = file.read(len(XZ))
    if start.startswith(XZ):  # a few bytes of it can ask for gigabytes of memory
        raise DamagedError(f"{archive}: is compressed with xz, which is not read; unpack it, or use gzip")
    if start.startswith(GZIP):
        return cast(BinaryIO, gzip.open(archive))
    return cast(BinaryIO, bz2.open(archive)) if start.startswith(BZIP2) else archive.open("rb")


@lru_cache(maxsize=1)
def opened_zip(archive: Path, version: int) -> zipfile.ZipFile:
    """An open zip; `version` tells it from another that has taken its place."""
    return zipfile.ZipFile(archive)


@lru_cache(maxsize=1)
def opened_tar(archive: Path, version: int) -> BinaryIO:
    """An open tar, decompressed; `version` as in `opened_zip`."""
    return decompressed(archive)


def version_of(archive: Path) -> int:
    """What changes when another file takes the place of an archive."""
    return archive.stat().st_mtime_ns


@contextmanager
def blamed_on(member: Zipped | Tarred) -> Iterator[None]:
    """Turn what reading a damaged archive raises into a `PhotoError`."""
    try:
        yield
    except (*DAMAGED, DatasetError) as error:
        raise PhotoError(f"{member}: cannot be read from the archive ({error}).") from error


@contextmanager
def called_damaged(archive: Path) -> Iterator[None]:
    """Turn what tarfile raises of a damaged tar into a `DamagedError`."""
    try:
        yield
    except DAMAGED as error:
        raise DamagedError(f"{archive}: is no tar, or a damaged one ({error}); load it again") from error
