"""Where a photo may lie, and how its pixels come from there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from wildwear.errors import PhotoError
from wildwear.imaging import read_photo
from wildwear.imaging.arrays import Pixels

MOST_BYTES = 200_000_000
"""The longest file of a photo that lies in no folder: it is in memory as a whole. That of 108 megapixels as
JPEG has 60 MB at most; larger TIFFs can be saved to a folder."""


class Elsewhere(Protocol):
    """A place that is no file in a folder; `str` of it is what people call it."""

    def read(self) -> bytes:
        """The file of the photo, at most `MOST_BYTES`. Raises `PhotoError`."""


Place = Path | Elsewhere


def read(place: Place) -> Pixels:
    """The pixels of the photo at a place; returns and raises as `imaging.read_photo`."""
    return read_photo(place) if isinstance(place, Path) else read_photo(place.read(), name=str(place))


@dataclass(frozen=True)
class Piped:
    """A photo that came through a pipe."""

    content: bytes = field(repr=False)

    def __str__(self) -> str:
        """As commands call it."""
        return "-"

    def read(self) -> bytes:
        """The file of the photo. Raises `PhotoError` where it is too long."""
        refuse_too_long(len(self.content), "-")
        return self.content


def piped(stream: BinaryIO) -> Piped:
    """Take a photo from a pipe: no more of it than `Piped.read` refuses."""
    return Piped(stream.read(MOST_BYTES + 1))


def refuse_too_long(length: int, what: str, most: int = MOST_BYTES) -> None:
    """Raise `PhotoError` for a file of more than `most` bytes."""
    if length > most:
        raise PhotoError(
            f"{what}: has more than {most:,} bytes, the most that is read here; a folder has no such limit."
        )
