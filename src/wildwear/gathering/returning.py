"""What a place is called from anywhere, and back to a photo by that: for those who write it down."""

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from wildwear.errors import PhotoError
from wildwear.gathering.addresses import Address, is_address
from wildwear.gathering.archives import Refused, Tarred, Zipped, is_archive, members
from wildwear.gathering.buckets import is_bucket, stored_as
from wildwear.gathering.places import Elsewhere, Place


def uri_of(place: Place) -> str:
    """What a place is called from anywhere on this machine; `place_called` leads back to it."""
    match place:
        case Path():
            return os.path.abspath(place)  # noqa: PTH100 - links keep their names
        case Zipped() | Tarred():  # the name in it stays as it is: it need not be the shortest
            return str(replace(place, archive=place.archive.absolute()))
    return str(place)


def place_called(name: str) -> Place:
    """The place whose `str` this is: a file, ARCHIVE/NAME, s3://BUCKET/KEY, or an address on the web.

    Raises:
        PhotoError: the archive does not hold it any more.
    """
    if is_address(name):
        return Address(name)
    if is_bucket(name):
        return stored_as(name)
    path = Path(name)
    archive = next((parent for parent in path.parents if is_archive(parent)), None)
    if archive is None:
        return path
    try:
        return members_of(archive)[name]
    except KeyError:
        raise PhotoError(f"{name}: is not in {archive} any more") from None


@lru_cache(maxsize=1)  # photos of an archive come one after the other
def members_of(archive: Path) -> dict[str, Elsewhere]:
    """The photos in an archive by what they are called."""
    return {str(found[1]): found[1] for found in members(archive) if not isinstance(found, Refused)}
