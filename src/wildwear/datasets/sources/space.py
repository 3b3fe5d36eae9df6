"""What the disk allows: said before a long work begins, and in one sentence when it fails."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wildwear.errors import OutputError


def check_space(folder: Path, needed: int, what: str) -> None:
    """Raise `OutputError` when fewer than the needed bytes are free on the disk of a folder."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(f"{folder}: {what} needs {gigabytes(needed)}, and {gigabytes(free)} are free there")


def gigabytes(size: int) -> str:
    """A size for people: "3.3 GB", "0.02 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e9:.2f} GB"


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into an `OutputError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"cannot be written ({error.strerror or error})"
        raise OutputError(f"{folder}: {what}; what is there is kept, and the same command goes on") from error
