"""Which photo is this: the names of photos in datasets and results, compared, and found on disk.

A name is the way from a folder of photos to one of them, with `/`. Capitals count. How accents are put
together (Unicode NFC, or NFD as Macs write it) does not, nor does a backslash for `/`. To a disk names are
bytes: those that are no UTF-8 are held as Python holds them (PEP 383), and `shown` tells them apart.
Not for what people mean by folders and globs: see `photo_paths.py`.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from wildwear.files import spelt_out

WEB = re.compile(r"https?://", re.IGNORECASE)
ABSOLUTE = re.compile(r"/|[a-z]:/|(file|data|blob):", re.IGNORECASE)
# What a name need not be looked at for that has nothing of it; most have not.
ODD = re.compile(r"[\\:]|\.\.|//|(^|/)\.(/|$)|^/|/$|^$")
FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
NO_TEXT = re.compile("[\ud800-\udfff]")
ESCAPED = re.compile(r"\\(?:x([89a-f][0-9a-f])|\\)")


def relative_name(name: Any) -> str:
    """A photo's name as it stands in a dataset: relative, with `/`, not leaving its folder.

    That of a web address is what `wget -x` saves it as: host/path/name.jpg.

    Raises:
        ValueError: it is absolute, has a `..`, or is no name at all; the message says which.
    """
    if not isinstance(name, str) or "\0" in name:
        raise ValueError(f"expected the name of a photo, found {name!r}")
    if not ODD.search(name):
        return name
    path = WEB.sub("", name).replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ABSOLUTE.match(path) or ".." in parts:
        raise ValueError(f"{name!r} leaves its folder; expected a name relative to the folder of the photos")
    if not parts:
        raise ValueError(f"expected the name of a photo, found {name!r}")
    return str(PurePosixPath(*parts))


def identity(name: str) -> str:
    """What all names of one photo have in common, however they are written: to compare, not to open."""
    try:
        name = relative_name(name)
    except ValueError:
        name = name.replace("\\", "/")
    return unicodedata.normalize("NFC", name)


def find_photo(name: str, folders: Iterable[Path]) -> Path | None:
    """Where the photo of this name lies: in the first of the folders that has it; None where none does, or
    none can, as the name is too long, say."""
    folders = list(folders)
    try:
        for folder in folders:
            if (folder / name).is_file():
                return folder / name
        return next((found for folder in folders if (found := _written_otherwise(folder, name))), None)
    except OSError:
        return None


def _written_otherwise(folder: Path, name: str) -> Path | None:
    if "/" in name and (literal := folder / name.replace("/", "\\")).is_file():
        return literal  # as some programs unpack what was packed on Windows
    if name.isascii():
        return None
    path = folder
    for part in name.split("/"):
        spellings = [path / part, *(path / unicodedata.normalize(form, part) for form in FORMS)]
        path = next((spelling for spelling in spellings if spelling.exists()), path / part)
    return path if path.is_file() else None


def shown(name: str) -> str:
    """A name as text that every program takes: a byte that is no UTF-8 as \\xfe, so a backslash as two."""
    return NO_TEXT.sub(lambda letter: spelt_out(letter[0]), name.replace("\\", "\\\\"))


def as_on_disk(text: str) -> str:
    """The name that `shown` made this text of."""
    return ESCAPED.sub(lambda escape: "\\" if not escape[1] else chr(0xDC00 + int(escape[1], 16)), text)


class Claims:
    """Who has which name, so that two photos do not become one."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def rival(self, name: str, by: str) -> str | None:
        """Claim a name for a photo; another that has it already, None where none has.

        Args:
            name: as `identity` compares it.
            by: what tells the photo from others, in words: "image 51 (frame.jpg)". The same may claim again.
        """
        first = self._first.setdefault(identity(name), by)
        return None if first == by else first
