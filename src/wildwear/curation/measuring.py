"""One photo becomes the values of its row. Runs in the processes of an engine; knows no catalog."""

import stat
from collections.abc import Iterable
from pathlib import Path

from wildwear.curation.models import Models
from wildwear.curation.signals import SIGNALS, Photo
from wildwear.curation.signals.signal import Values
from wildwear.errors import MissingExtraError, ModelError, PhotoError
from wildwear.gathering import Place
from wildwear.imaging.photos import MAX_BYTES, read_with_header

BY_NAME = {signal.name: signal for signal in SIGNALS}


def measure(place: Place, signals: Iterable[str], models: Models) -> Values:
    """Measure signals of a photo, which is read and decoded once.

    Args:
        place: where it lies.
        signals: names of those that are wanted.
        models: that they look through.

    Returns:
        the values by column; of a photo that cannot be read there is only `failure`, the reason.
    """
    try:
        photo = opened(place, models)
        values: Values = {}
        for name in signals:
            values |= BY_NAME[name].measure(photo)
    except (PhotoError, MissingExtraError, ModelError) as error:
        return {"failure": str(error).removeprefix(f"{place}: ")}
    except MemoryError:
        return {"failure": "takes more memory than there is."}
    return values


def opened(place: Place, models: Models) -> Photo:
    """Read a photo. Raises `PhotoError` and `MissingExtraError`."""
    source = content_of(place) if isinstance(place, Path) else place.read()
    pixels, header = read_with_header(source, name=str(place))
    return Photo(source if isinstance(source, bytes) else source.read_bytes(), pixels, header, models)


def content_of(path: Path) -> bytes | Path:
    """The bytes of a file; the path where it is not there, is no file, or is too long: reading it says so."""
    try:
        status = path.stat()
        return path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES else path
    except (OSError, ValueError):
        return path
