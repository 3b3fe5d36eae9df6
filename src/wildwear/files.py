"""Files that matter: written whole or not at all, by one run at a time, and told apart by their content."""

import errno
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from wildwear.errors import DatasetError, OutputError

if TYPE_CHECKING:
    import polars

TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.part")  # as `replacing` and `replacing_folder` call theirs
LONGEST_NAME = 60  # letters of a lock's; they may be four bytes each, of 255 in all
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # only writing can meet them


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file as a whole: a half-written one is never seen.

    Raises:
        OutputError: it names the file and says why; nothing is left behind, and an older file is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_parquet(path: str | Path, table: "polars.DataFrame | polars.LazyFrame") -> None:
    """Write a table as a whole, as `write_atomically`. Raises `OutputError`."""
    import polars

    with replacing(path) as temporary:
        try:
            if isinstance(table, polars.LazyFrame):
                table.sink_parquet(temporary)
            else:
                table.write_parquet(temporary)
        except polars.exceptions.PolarsError as error:  # what it makes of a full disk, too
            raise OutputError(f"{path}: cannot be written ({error}).") from error


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside the file; what was written there takes its place when all went well.

    Raises:
        OutputError: as `write_atomically`.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid4().hex}.part")
    with ExitStack() as stack:
        try:
            temporary.touch()
            stack.enter_context(_in_use(temporary))
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException as error:
            with suppress(OSError):  # of a file system for reading only: the error says so
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise blamed(error, path, temporary) from error
            raise


@contextmanager
def replacing_folder(path: str | Path, ours: Callable[[str], bool]) -> Iterator[Path]:
    """Yield a temporary folder; it takes the place of `path` when all went well.

    Args:
        path: the folder to write. What is there already goes, if we may have written it; looked at before
            anything is written, and once more before anything goes.
        ours: whether a file of this name, relative to the folder and with `/`, may be deleted; links may.

    Raises:
        OutputError: it cannot be written, or holds something that is not ours: then nothing is touched.
    """
    path = Path(path).resolve()
    temporary, old = (path.with_name(f".{uuid4().hex}.{end}") for end in ("part", "old"))
    with ExitStack() as stack:
        try:
            refuse_foreign(path, ours)
            temporary.mkdir(parents=True)
            stack.enter_context(_in_use(temporary))
            yield temporary
            refuse_foreign(path, ours)
            if path.exists():
                path.replace(old)
            temporary.replace(path)
            shutil.rmtree(old, ignore_errors=True)
        except BaseException as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if old.exists() and not path.exists():
                old.replace(path)
            if isinstance(error, OSError):
                raise blamed(error, path, temporary) from error
            raise


@contextmanager
def _in_use(temporary: Path) -> Iterator[None]:
    """Lock a temporary file or folder, so that no run takes it for one that another left behind."""
    if sys.platform == "win32":  # where nobody can delete a file that is open
        yield
        return
    import fcntl

    held = os.open(temporary, os.O_RDONLY)
    try:
        with suppress(OSError):  # of a disk that knows no locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _sweep(folder: Path) -> None:
    """Remove the temporary files and folders that killed runs left in a folder."""
    left = [place for place in folder.iterdir() if TEMPORARY.fullmatch(place.name)]
    for place in left:
        with suppress(OSError), ExitStack() as stack:
            if sys.platform != "win32":
                import fcntl

                held = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                stack.callback(os.close, held)
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where a run is writing it
            if place.is_dir():
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink()


@contextmanager
def alone_with(path: str | Path) -> Iterator[None]:
    """Keep every other run away from a file or folder as long as this one writes it.

    The lock is a hidden file beside it, which the system lets go of when the process ends, however it ends.
    What a run that was killed left of its temporary files, beside it and anywhere in it, is removed.
    Where that folder is not ours to write, there is none: what lies there can be filled, but not replaced.

    Raises:
        OutputError: another run has it, or the folder around it cannot be made.
    """
    path = Path(path).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise blamed(error, path, path) from error
    if not os.access(path.parent, os.W_OK):
        yield
        return
    place = path.parent / f".{path.name[:LONGEST_NAME]}.lock"
    with _locked(place, path):
        try:
            inside = (Path(folder) for folder, _, _ in os.walk(path))
            for folder in (path.parent, *inside):
                with suppress(OSError):  # not a folder, or none to look into
                    _sweep(folder)
            yield
        finally:
            with suppress(OSError):  # on Windows, where an open file stays
                place.unlink()


@contextmanager
def _locked(place: Path, path: Path) -> Iterator[None]:
    """Hold the lock that lies at `place`."""
    while True:
        try:
            lock = place.open("w")
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        with lock:
            try:
                if sys.platform == "win32":
                    import msvcrt

                    msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl

                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    f"{path}: another run is writing there; wait until it is done, or name another."
                ) from error
            if _is_at(lock.fileno(), place):
                yield
                return


def _is_at(file: int, place: Path) -> bool:
    """Whether an open file still lies at a place: the run before may have deleted it after we opened it."""
    try:
        return os.path.samestat(os.fstat(file), place.stat())
    except FileNotFoundError:
        return False


def blamed(error: OSError, path: Path, temporary: Path) -> OutputError | DatasetError:
    """The error to raise for one that came up while a file or folder was written.

    Args:
        error: what the system said, of whichever file.
        path: what was to be written.
        temporary: where it is until it is whole.
    """
    reason, culprit = error.strerror or str(error), error.filename
    if (
        isinstance(error.filename2, str) and Path(culprit).exists()
    ):  # a link or copy of something that is there
        culprit = error.filename2
    if not isinstance(culprit, str) or error.errno in NO_ROOM:
        return OutputError(f"{path}: cannot be written ({reason}).")
    culprit = Path(culprit)
    if any(place.is_relative_to(culprit) or culprit.is_relative_to(place) for place in (path, temporary)):
        return OutputError(f"{path}: cannot be written ({reason}).")
    return DatasetError(f"{culprit}: cannot be read ({reason}).")


def refuse_foreign(folder: Path, ours: Callable[[str], bool]) -> None:
    """Raise `OutputError` where `replacing_folder` would: for those who ask before they set to work."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, where a folder is to be written; delete it or name another")
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place, name)
            if not file.is_symlink() and not ours(file.relative_to(folder).as_posix()):
                raise OutputError(
                    f"{folder}: holds {file.relative_to(folder).as_posix()}, which would be lost; "
                    "move it away or name another folder"
                )


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal: which model or dataset a result came from."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spelt_out(letter: str) -> str:
    r"""A letter that nobody can read, in letters that all can: \x1b, \u202e; and a byte in the name of a file
    that is no UTF-8, which Python holds as a letter of its own (PEP 383), as \xff."""
    is_byte = "\udc80" <= letter <= "\udcff"
    return rf"\x{ord(letter) - 0xDC00:x}" if is_byte else ascii(letter)[1:-1]
