"""Files that matter: written whole or not at all, and told apart by their content."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from wildwear.errors import OutputError


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file as a whole: a half-written one is never seen.

    Raises:
        OutputError: it names the file and says why; nothing is left behind, and an older file is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside the file; what was written there takes its place when all went well.

    Raises:
        OutputError: as `write_atomically`.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid4().hex}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):  # of a file system for reading only: the error says so
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
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
    try:
        _refuse_foreign(path, ours)
        temporary.mkdir(parents=True)
        yield temporary
        _refuse_foreign(path, ours)
        if path.exists():
            path.replace(old)
        temporary.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not path.exists():
            old.replace(path)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        raise


def _refuse_foreign(folder: Path, ours: Callable[[str], bool]) -> None:
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
