"""Photos of a shard come in: from the network ahead of the model, and once more where a server is busy."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wildwear.errors import UnavailableError
from wildwear.gathering import Elsewhere, Place
from wildwear.gathering.addresses import Address
from wildwear.gathering.buckets import Stored
from wildwear.imaging.arrays import Pixels
from wildwear.imaging.photos import read_with_header

AHEAD = 8  # photos that are on their way at a time
WAITS = (1.0, 5.0)  # seconds before asking a server again


@dataclass(frozen=True)
class Coming:
    """A photo that is on its way."""

    place: Elsewhere
    content: Future[bytes]

    def __str__(self) -> str:
        """As its place."""
        return str(self.place)

    def read(self) -> bytes:
        """The file of the photo, once it is there. Raises as that of its place."""
        return self.content.result()


def coming(photos: Iterable[tuple[str, Place]]) -> Iterator[tuple[str, Place]]:
    """The same photos; those on the web and in buckets are asked for before it is their turn."""
    waiting: deque[tuple[str, Place]] = deque()
    with ThreadPoolExecutor(AHEAD) as loading:
        for name, place in photos:
            if isinstance(place, Address | Stored):
                place = Coming(place, loading.submit(patiently, place))
            waiting.append((name, place))
            if len(waiting) >= AHEAD:
                yield waiting.popleft()
        yield from waiting


def patiently(place: Elsewhere) -> bytes:
    """The file of a photo; a server that is busy or silent is asked again. Raises as `Elsewhere.read`."""
    for wait in WAITS:
        try:
            return place.read()
        except UnavailableError:
            time.sleep(wait)
    return place.read()


class Reader:
    """Reads photos as `gathering.read`, and remembers when they were taken.

    Attributes:
        taken: by what the place is called; None where the file does not say.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.taken: dict[str, datetime | None] = {}

    def __call__(self, place: Place) -> Pixels:
        """The pixels of the photo at a place. Raises as `gathering.read`."""
        source = place if isinstance(place, Path) else place.read()
        pixels, header = read_with_header(source, name=str(place))
        self.taken[str(place)] = header.taken
        return pixels
