"""What photos that somebody named are called in results. Not for the files made of them: see `inference`."""

import hashlib
import os
import re
from collections.abc import Iterable
from glob import has_magic
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from wildwear.gathering.archives import is_archive

UNWANTED = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')  # letters that some file system or terminal takes amiss
DIGEST = 8  # letters, that tell apart what would have one name


def common_root(patterns: Iterable[str | Path]) -> Path:
    """Return the folder that results name photos from: the deepest that holds all that was asked for.

    It follows from the question alone, not from what is found, so that names last when photos are added.

    Args:
        patterns: Files, folders, globs and archives, at least one.
    """
    return Path(os.path.commonpath([folder_of(Path(pattern)) for pattern in patterns]))


def folder_of(pattern: Path) -> Path:
    """Return a folder or an archive itself, the folder of a file, or of a glob the part before its first
    wildcard."""
    # `os.path` takes whatever is typed for a name; `Path` raises where one is too long
    if not (os.path.isdir(pattern) or is_archive(pattern)):  # noqa: PTH112
        pattern = pattern.parent
        while has_magic(str(pattern)) and not os.path.exists(pattern):  # noqa: PTH110
            pattern = pattern.parent
    return Path(os.path.abspath(pattern))  # noqa: PTH100 - links keep their names


def photo_name(photo: Path, root: Path) -> str:
    """Return a photo's path below the root, with forward slashes; bytes that are no text as Python has them
    (`imaging.identity`)."""
    absolute = Path(os.path.abspath(photo))  # noqa: PTH100
    return os.path.relpath(absolute, root).replace(os.sep, "/")


def name_below(archive: Path, member: str, root: Path) -> str:
    """Return the name of what lies in an archive, which counts as a folder."""
    folder = photo_name(archive, root)
    return member if folder == "." else f"{folder}/{member}"


def name_of_piped(content: bytes) -> str:
    """Return stdin-1a2b3c4d: a photo from a pipe is known by its content, having no other name."""
    return f"stdin-{hashlib.sha256(content).hexdigest()[:DIGEST]}"


def name_of_address(url: str, *, distinct: bool = False) -> str:
    """Return host/path/photo.jpg, safe as a path below a folder.

    Args:
        url: of the photo.
        distinct: whether a few letters that follow from the address come in; they do wherever it says more
            than that name: in a query, say.
    """
    parsed = urlsplit(url)
    parts = [UNWANTED.sub("_", unquote(part)) for part in (parsed.netloc, *parsed.path.split("/"))]
    path = PurePosixPath(*(part for part in parts if part.strip(".")))
    if len(path.parts) == 1:
        path /= "photo"
    if not distinct and url == f"{parsed.scheme}://{path}":
        return str(path)
    digest = hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()[:DIGEST]
    return str(path.with_name(f"{path.stem}-{digest}{path.suffix}"))
