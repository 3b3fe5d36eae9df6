"""Files that matter: written whole or not at all, and told apart by their content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
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
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        raise


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal: which model or dataset a result came from."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
