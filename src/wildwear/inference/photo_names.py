"""What the files that are made of photos are called. Not for the photos' own names: see `gathering`."""

import hashlib
from collections.abc import Iterable
from itertools import chain, count
from pathlib import PurePosixPath

from wildwear.imaging.identity import shown
from wildwear.imaging.photo_paths import PHOTO_SUFFIX

LONGEST = 120  # bytes of a file's name before what is added to it; file systems allow 255
LONGEST_FOLDERS = 1000  # letters of all folders together; file systems allow 4096 bytes with what lies above


class Names:
    """Gives every photo a name for its files that no other has, also where case does not count."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Begin with the names that are taken already."""
        self._taken = {name.casefold() for name in taken}

    def choose(self, photo: str) -> str:
        """Return the photo's path without suffix, or with more where that is taken: a, a_png, a_png_2. It is
        text: in place of bytes that are none, and of backslashes, there is more as well."""
        photo = shown(photo).replace("\\", "_")
        path = PurePosixPath(*map(folder, PurePosixPath(photo).parts[:-1])) / PurePosixPath(photo).name
        if len(str(path.parent)) > LONGEST_FOLDERS:
            path = PurePosixPath(digest(str(path.parent))) / path.name
        stem = shortened(path.stem)
        longer = f"{stem}_{path.suffix.removeprefix('.')}"
        for name in chain([stem, longer], (f"{longer}_{number}" for number in count(2))):
            below = str(path.with_name(name))
            if below.casefold() not in self._taken:
                self._taken.add(below.casefold())
                return below
        raise AssertionError("unreachable: the numbers do not end")


def folder(name: str) -> str:
    """What a folder of photos is called among the files made of them. One that is called like a picture is
    another than the picture of that name; one that leads up is none."""
    path = PurePosixPath(name)
    if name in ("..", "/"):
        return "."
    return shortened(f"{path.stem}_{path.suffix[1:]}" if PHOTO_SUFFIX.fullmatch(path.suffix) else name)


def shortened(name: str) -> str:
    """A name that file systems take."""
    if len(name.encode()) <= LONGEST:
        return name
    return name.encode()[:LONGEST].decode(errors="ignore") + "_" + digest(name)


def digest(name: str) -> str:
    """A few letters that tell a name from others."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
