"""Photos in buckets: of S3, and of whatever speaks its language. Needs obstore, the extra `s3`.

Who asks, and where, stands in the environment as for Amazon's own programs: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL; AWS_SKIP_SIGNATURE=true for buckets open to everybody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from wildwear.errors import MissingExtraError, PhotoError
from wildwear.gathering.archives import is_wanted
from wildwear.gathering.places import refuse_too_long
from wildwear.imaging.identity import relative_name
from wildwear.imaging.photo_paths import natural_order

BUCKET = re.compile(r"s3://([^/\s]+)/?(.*)", re.IGNORECASE | re.DOTALL)
MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)  # of S3, for people
PATIENCE = timedelta(seconds=30)  # with a bucket that does not answer
RETRIES = 3


@dataclass(frozen=True)
class Stored:
    """A photo in a bucket.

    Attributes:
        bucket: its name.
        key: of the photo in it.
        size: how many bytes it has; None where nobody has asked.
        modified: when it was put there, in ns since 1970; None likewise.
    """

    bucket: str
    key: str
    size: int | None = None
    modified: int | None = None

    def __str__(self) -> str:
        """As it is named: s3://BUCKET/KEY."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self) -> bytes:
        """The file of the photo. Raises `PhotoError`, and `MissingExtraError`."""
        refuse_too_long(self.size or 0, str(self))
        try:
            found = opened(self.bucket).get(self.key)
            refuse_too_long(found.meta["size"], str(self))
            return bytes(found.bytes())
        except failures() as error:
            raise PhotoError(f"{self}: cannot be loaded ({said(error)}).") from error


def is_bucket(named: str) -> bool:
    """Whether somebody means a bucket, or something in one, by this."""
    return BUCKET.fullmatch(named) is not None


def stored_as(named: str) -> Stored:
    """What lies in a bucket under this name."""
    match = BUCKET.fullmatch(named)
    if match is None:
        raise ValueError(f"{named}: is no s3://BUCKET/KEY")
    return Stored(match[1], match[2])


def in_bucket(named: str) -> Iterator[tuple[str, Stored]]:
    """The photos under a name in a bucket, in natural order, as BUCKET/KEY; or the one that has it.

    Hidden files are left out as in a folder; so are keys that are no path, as those with `..` in them.

    Raises:
        PhotoError: there are none, or the bucket cannot be read.
        MissingExtraError: obstore is not installed.
    """
    place = stored_as(named)
    try:
        store = opened(place.bucket)
        listed = [one for chunk in store.list(place.key.rstrip("/") or None) for one in chunk]
        if not listed and place.key:
            listed = [store.head(place.key)]
    except failures() as error:
        raise PhotoError(f"{named}: the bucket cannot be read ({said(error)}).") from error
    photos = [
        Stored(place.bucket, one["path"], one["size"], int(one["last_modified"].timestamp() * 1e9))
        for one in listed
        if is_wanted(one["path"]) and is_path(one["path"])
    ]
    if not photos:
        raise PhotoError(f"{named}: holds no photos (nothing with a suffix like .jpg or .png).")
    for photo in sorted(photos, key=lambda photo: natural_order(Path(photo.key))):
        yield f"{photo.bucket}/{photo.key}", photo


def is_path(key: str) -> bool:
    """Whether a key is a path that leads nowhere but down."""
    try:
        return relative_name(key) == key
    except ValueError:
        return False


@cache
def opened(bucket: str) -> Any:
    """A bucket. Raises `MissingExtraError`."""
    try:
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"s3://{bucket}: what lies in a bucket", "s3") from error
    return S3Store(bucket, retry_config={"max_retries": RETRIES, "retry_timeout": PATIENCE})


def failures() -> tuple[type[Exception], ...]:
    """What reading from a bucket may raise; nothing where obstore is not installed."""
    try:
        from obstore.exceptions import BaseError
    except ModuleNotFoundError:
        return ()
    return (BaseError, OSError, ValueError)


def said(error: Exception) -> str:
    """What the bucket says, else what obstore does; in a line of a readable length."""
    answer = MESSAGE.search(str(error))
    return " ".join((answer[1] if answer else str(error)).split())[:200].rstrip(".: ")
