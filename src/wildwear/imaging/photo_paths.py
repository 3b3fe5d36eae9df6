"""Which photos a person means by file names, folders and globs."""

import os
import re
from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from wildwear.errors import PhotoError

PHOTO_SUFFIX = re.compile(r"\.(jpe?g|jpe|jfif|a?png|webp|tiff?|bmp|gif|hei[cf]|hif)", re.IGNORECASE)


def find_photos(patterns: str | Path | Iterable[str | Path]) -> list[Path]:
    """The photos behind file names, folders and globs: each once, in natural order (2.jpg before 10.jpg).

    Args:
        patterns: a named file is kept whatever its suffix. Of a folder come all files below it that have the
            suffix of a photo, of a glob (`*`, `?`, `[...]`, `**`) those that match it; hidden files and
            folders (.name) are left out.

    Raises:
        PhotoError: it names the pattern behind which there is no photo.
    """
    if isinstance(patterns, (str, Path)):
        patterns = [patterns]
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in _matches(pattern):
            found.setdefault(os.path.abspath(path), path)  # noqa: PTH100 - links keep their names
    return sorted(found.values(), key=_natural_order)


def _matches(pattern: str | Path) -> list[Path]:
    path = Path(pattern)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except OSError as error:
        raise PhotoError(f"{pattern}: cannot be looked up ({error.strerror}).") from error
    if is_folder:
        photos = [photo for photo in _files_below(path) if _is_photo(photo)]
        if not photos:
            raise PhotoError(
                f"{pattern}: the folder holds no photos (no file with a suffix like .jpg or .png)."
            )
        return photos
    if exists:
        return [path]
    if not has_magic(str(pattern)):
        raise PhotoError(f"{pattern}: no such file or folder.")
    matches = map(Path, glob(str(pattern), recursive=True))  # noqa: PTH207 - the pattern may be absolute
    photos = [match for match in matches if _is_photo(match)]
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
    return PHOTO_SUFFIX.fullmatch(path.suffix) is not None and path.is_file()


def _natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """Compare the parts of a path by their words and the values of their numbers, then letter by letter."""
    parts: list[list[str | int]] = []
    for part in path.parts:
        pieces = re.split(r"(\d+)", part)  # words and numbers in turn, a word first
        parts.append([int(piece) if piece.isdecimal() else piece.casefold() for piece in pieces])
    return parts, str(path)
