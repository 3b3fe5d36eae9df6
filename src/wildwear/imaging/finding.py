"""Which photos a person means by file names, folders and globs."""

import os
import re
from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from wildwear.errors import PhotoError

SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp"),
    *(".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif", ".hif"),
}


def find_photos(patterns: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the photos behind file names, folders and globs, in natural order (2.jpg before 10.jpg), each once.

    Args:
        patterns: a file is kept whatever its suffix. Of a folder come all files below it with the suffix of a
            photo, of a glob (`*`, `?`, `[...]`, `**`) those that match; hidden files and folders (.name) are
            left out, and links to folders are not followed.

    Raises:
        PhotoError: it names the pattern behind which there is no photo.
    """
    if isinstance(patterns, (str, Path)):
        patterns = [patterns]
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in _matches(pattern):
            found.setdefault(os.path.abspath(path), path)  # noqa: PTH100: links keep their names
    return sorted(found.values(), key=_natural_order)


def _matches(pattern: str | Path) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        photos = [photo for photo in _files_below(path) if _is_photo(photo)]
        if not photos:
            raise PhotoError(
                f"{pattern}: the folder holds no photos (no file with a suffix like .jpg or .png)."
            )
        return photos
    if path.exists():
        return [path]
    if not has_magic(str(pattern)):
        raise PhotoError(f"{pattern}: no such file or folder.")
    photos = [photo for photo in map(Path, glob(str(pattern), recursive=True)) if _is_photo(photo)]
    if not photos:
        raise PhotoError(f"{pattern}: no photo matches this pattern.")
    return photos


def _files_below(folder: Path) -> Iterable[Path]:
    for parent, folders, files in os.walk(folder, onerror=_refuse_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in files if not name.startswith("."))


def _refuse_unreadable(error: OSError) -> None:
    raise PhotoError(f"{error.filename}: the folder cannot be read ({error.strerror}).") from error


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """Compare the parts of a path by their words and the values of their numbers, at last letter by letter."""
    parts = [
        [
            int(piece) if index % 2 else piece.casefold()
            for index, piece in enumerate(re.split(r"(\d+)", part))
        ]
        for part in path.parts
    ]
    return parts, str(path)
