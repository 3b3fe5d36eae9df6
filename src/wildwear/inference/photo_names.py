"""What photos are called in results, and what the files made of them are called."""

import hashlib
import os
from collections.abc import Iterable
from glob import has_magic
from itertools import chain, count
from pathlib import Path, PurePosixPath

from wildwear.imaging.identity import shown

LONGEST = 120  # bytes of a file's name before what is added to it; file systems allow 255


def common_root(patterns: Iterable[str | Path]) -> Path:
    """Return the folder that results name photos from: the deepest that holds all that was asked for.

    It follows from the question alone, not from what is found, so that names last when photos are added.

    Args:
        patterns: files, folders and globs, at least one.
    """
    return Path(os.path.commonpath([folder_of(Path(pattern)) for pattern in patterns]))


def folder_of(pattern: Path) -> Path:
    """Return a folder itself, the folder of a file, or of a glob the part before its first wildcard."""
    if not pattern.is_dir():
        pattern = pattern.parent
        while has_magic(str(pattern)) and not pattern.exists():
            pattern = pattern.parent
    return Path(os.path.abspath(pattern))  # noqa: PTH100 - links keep their names


def photo_name(photo: Path, root: Path) -> str:
    """Return a photo's path below the root, with forward slashes; bytes that are no text as Python has them
    (`imaging.identity`)."""
    absolute = Path(os.path.abspath(photo))  # noqa: PTH100
    return os.path.relpath(absolute, root).replace(os.sep, "/")


class Names:
    """Gives every photo a name for its files that no other has, also where case does not count."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Begin with the names that are taken already."""
        self._taken = {name.casefold() for name in taken}

    def choose(self, photo: str) -> str:
        """Return the photo's path without suffix, or with more where that is taken: a, a_png, a_png_2. It is
        text: in place of bytes that are none, and of backslashes, there is more as well."""
        photo = shown(photo).replace("\\", "_")
        path = PurePosixPath(*(part for part in PurePosixPath(photo).parts if part != ".."))  # stay below
        stem = path.stem
        if len(stem.encode()) > LONGEST:
            digest = hashlib.sha256(stem.encode()).hexdigest()[:12]
            stem = stem.encode()[:LONGEST].decode(errors="ignore") + "_" + digest
        longer = f"{stem}_{path.suffix.removeprefix('.')}"
        for name in chain([stem, longer], (f"{longer}_{number}" for number in count(2))):
            below = str(path.with_name(name))
            if below.casefold() not in self._taken:
                self._taken.add(below.casefold())
                return below
        raise AssertionError("unreachable: the numbers do not end")
