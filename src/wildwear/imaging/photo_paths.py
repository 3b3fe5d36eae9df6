"""Which photos a person means by file names, folders and globs."""

import os
import re
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path, PurePath

from wildwear.errors import PhotoError

NUMBER = re.compile(r"\d+")
PHOTO_SUFFIX = re.compile(r"\.(jpe?g|jpe|jfif|a?png|webp|tiff?|bmp|gif|hei[cf]|hif)", re.IGNORECASE)


Skipped = list[tuple[Path, str]]
"""What lies in a folder of photos and cannot be read as one, each with the reason."""


def find_photos(
    patterns: str | Path | Iterable[str | Path], skipped: Skipped | None = None, *, recursive: bool = True
) -> list[Path]:
    """The photos behind file names, folders and globs: each once, in natural order (2.jpg before 10.jpg).

    Args:
        patterns: a named file is kept whatever its suffix. Of a folder come all files below it that have the
            suffix of a photo, of a glob (`*`, `?`, `[...]`, `**`) those that match it; hidden files and
            folders (.name) are left out.
        skipped: takes what has the suffix of a photo there but is none (a pipe, a link that leads nowhere),
            folders in there that may not be read, and links to folders, which are not followed: they may
            lead round in circles.
        recursive: whether those in the folders of a folder are meant as well.

    Raises:
        PhotoError: it names the pattern behind which there is no photo.
    """
    if isinstance(patterns, (str, Path)):
        patterns = [patterns]
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in _matches(pattern, skipped if skipped is not None else [], recursive):
            found.setdefault(os.path.abspath(path), path)  # noqa: PTH100 - links keep their names
    return sorted(found.values(), key=natural_order)


def _matches(pattern: str | Path, skipped: Skipped, recursive: bool) -> list[Path]:
    path = Path(pattern)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except OSError as error:
        raise PhotoError(f"{pattern}: cannot be looked up ({error.strerror}).") from error
    if is_folder:
        named = _named_as_photos(path, skipped, recursive)
        photos = [place for place in named if _is_photo(place, skipped)]
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
    photos = [match for match in matches if is_named_as_photo(match) and _is_photo(match, skipped)]
    if not photos:
        raise PhotoError(f"{pattern}: no photo matches this pattern.")
    return photos


def _named_as_photos(folder: Path, skipped: Skipped, recursive: bool) -> Iterator[Path]:
    def note_unreadable(error: OSError) -> None:
        reason = f"the folder cannot be read ({error.strerror})"
        if Path(error.filename) == folder:
            raise PhotoError(f"{folder}: {reason}.") from error
        skipped.append((Path(error.filename), reason))

    for parent, folders, files in os.walk(folder, onerror=note_unreadable):
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        for name in folders:
            if (link := Path(parent, name)).is_symlink():
                skipped.append((link, "is a link to a folder; name that if its photos are wanted"))
        places = (Path(parent, name) for name in files if not name.startswith("."))
        yield from filter(is_named_as_photo, places)


def is_named_as_photo(path: PurePath) -> bool:
    """Whether a file has the suffix of a photo."""
    return PHOTO_SUFFIX.fullmatch(path.suffix) is not None


def _is_photo(path: Path, skipped: Skipped) -> bool:
    """Whether there is a file; a folder may have any name, of all else `skipped` takes a note."""
    if path.is_file():
        return True
    if not path.is_dir():
        what = "is no file: a pipe, or a device" if path.exists() else "is a link that leads nowhere"
        skipped.append((path, what))
    return False


def natural_order(path: Path) -> tuple[tuple[str, ...], str]:
    """Compare the parts of a path by their words and the values of their numbers, then letter by letter."""
    return tuple(NUMBER.sub(_by_value, part.casefold()) for part in path.parts), str(path)


def _by_value(number: re.Match[str]) -> str:
    """Digits that compare as the number does; before them, what no name holds: there a word has ended."""
    digits = str(int(number[0]))
    return f"\0{len(digits):03}{digits}"
