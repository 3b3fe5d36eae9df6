"""Writing files that matter: whole or not at all."""

import os
from pathlib import Path
from uuid import uuid4

from wildwear.errors import OutputError


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write under a temporary name beside the file, then rename: a half-written file is never seen.

    Raises:
        OutputError: it names the file and says why; nothing is left behind, and an older file is untouched.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid4().hex}.part")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        raise
