"""From what was typed to photos: each with a name of its own, and a place that it is read from later."""

import codecs
import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from glob import glob, has_magic
from importlib.util import find_spec
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from wildwear.errors import MissingExtraError, PhotoError
from wildwear.gathering.addresses import Address, is_address, wrong_with
from wildwear.gathering.archives import ARCHIVE, Refused, is_archive, members
from wildwear.gathering.buckets import in_bucket, is_bucket
from wildwear.gathering.naming import (
    common_root,
    name_below,
    name_of_address,
    name_of_piped,
    photo_name,
)
from wildwear.gathering.places import Place, piped
from wildwear.imaging import find_photos, photo_size
from wildwear.imaging.identity import Claims
from wildwear.imaging.photo_paths import Skipped, is_named_as_photo, natural_order

PIPE = "-"
LIST = ".txt"
VIDEO = re.compile(r"\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|3gp)", re.IGNORECASE)
LONGEST_LIST = 200_000_000  # bytes: two million paths
MOST_NAMED = 10  # of things that are no photos, where nothing else was named


class Photo(NamedTuple):
    """A photo that somebody named.

    Attributes:
        name: Relative, with `/`; no other of those that were named with it has it.
        place: where it lies; `read` takes it.
    """

    name: str
    place: Place


@dataclass
class Gathered:
    """What is behind all that somebody named.

    Attributes:
        root: the folder or archive that names of photos on the disk begin below; None where none are.
        photos: in natural order, those of a tar as they lie in it, those from elsewhere last.
        skipped: what lies there and cannot be read as a photo, by name, with the reason.
        mistakes: what is so wrong that it must be a typo, a sentence each: nothing should be done then.
    """

    root: Path | None = None
    photos: list[Photo] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


class Named(NamedTuple):
    """Something that was typed, or stands in a list."""

    text: str
    of: Path | None = None  # the list

    @property
    def is_path(self) -> bool:
        """Whether it is meant to be on the disk."""
        elsewhere = is_address(self.text) or is_bucket(self.text)
        return not elsewhere and (self.text != PIPE or self.of is not None)


def gather(
    typed: Iterable[str],
    *,
    recursive: bool = True,
    web: bool = False,
    private: bool = False,
    leave_out: Callable[[Path], bool] = lambda path: False,
) -> Gathered:
    """Find the photos behind files, folders, globs, zips and tars, lists, addresses on the web, s3://, and
    `-`, a pipe.

    Nothing is read yet but what is in archives, lists, and the pipe. Folders and globs are as `find_photos`
    takes them; archives in folders are left alone. A line of a list (.txt) counts as if it were typed, but
    what cannot be found is skipped and no mistake, as long as the list has anything else.

    Args:
        typed: by somebody, at least something.
        recursive: whether photos in the folders of a folder are meant as well.
        web: whether addresses on the web may be read; not where others than the user say what is named.
        private: whether they may be on this machine, or in a network that is not public.
        leave_out: which files are not meant unless they are named themselves, not by a folder or glob.

    Raises:
        MissingExtraError: an address is named, and the extra `fetch` is not installed.
    """
    gathered = Gathered()
    lines: list[Named] = []
    for text in typed:
        try:
            lines += lines_of(text)
        except PhotoError as error:
            gathered.mistakes.append(str(error).rstrip("."))
    on_disk = [line for line in lines if line.is_path]
    root = common_root(line.text for line in on_disk) if on_disk else Path()
    missed: list[tuple[Named, str]] = []
    skipped: Skipped = []
    files: dict[str, Path] = {}
    for line in on_disk:
        try:
            found = paths_of(line.text, skipped, recursive, leave_out)
        except PhotoError as error:
            missed.append((line, str(error).rstrip(".").removeprefix(f"{line.text}: ")))
        else:
            files |= {os.path.abspath(path): path for path in found}  # noqa: PTH100 - links keep their names
    for path in sorted(files.values(), key=natural_order):
        add(path, gathered, root)
    claims = Claims()
    for photo in gathered.photos:
        claims.rival(photo.name, by=str(photo.place))
    for line in dict.fromkeys(line for line in lines if not line.is_path):
        if (wrong := wrong_elsewhere(line.text, web)) is not None:
            missed.append((line, wrong))
        elif is_bucket(line.text):
            try:
                gathered.photos += [Photo(*found) for found in in_bucket(line.text)]
            except PhotoError as error:
                missed.append((line, str(error).rstrip(".").removeprefix(f"{line.text}: ")))
        else:
            gathered.photos.append(from_elsewhere(line.text, claims, private))
    gathered.skipped += [(photo_name(path, root), reason) for path, reason in sorted(skipped)]
    tell_missed(missed, lines, gathered, root)
    if not gathered.photos and not gathered.mistakes:
        gathered.mistakes = [f"{name}: {reason}" for name, reason in gathered.skipped[:MOST_NAMED]]
    gathered.root = root if on_disk else None
    return gathered


def lines_of(text: str) -> list[Named]:
    """What was typed; of a list what stands in it, but for blank lines and those that begin with #.

    Raises:
        PhotoError: it names nothing, or cannot be read.
    """
    path = Path(text)
    if path.suffix.lower() != LIST or not os.path.isfile(path):  # noqa: PTH113 - it takes any name
        return [Named(text)]
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_LIST + 1)
    except OSError as error:
        raise PhotoError(f"{text}: cannot be read ({error.strerror}).") from error
    if len(content) > LONGEST_LIST:
        raise PhotoError(f"{text}: has more than {LONGEST_LIST:,} bytes, the most of a list; split it.")
    content = content.removeprefix(codecs.BOM_UTF8)  # of some editors
    listed = [line for each in content.splitlines() if (line := os.fsdecode(each).strip())]
    named = [Named(seen_from(path, line), of=path) for line in listed if not line.startswith("#")]
    if not named:
        raise PhotoError(f"{text}: is taken for a list of photos, one a line, and names none.")
    return named


def seen_from(listed_in: Path, line: str) -> str:
    """A line of a list as if it were typed: what is not there, but beside the list, is meant to be that."""
    beside = str(listed_in.parent / line)
    return beside if not os.path.lexists(line) and os.path.lexists(beside) else line


def paths_of(text: str, skipped: Skipped, recursive: bool, leave_out: Callable[[Path], bool]) -> list[Path]:
    """The files behind what is meant to be on the disk. Raises `PhotoError` where there are none."""
    if not text or "\0" in text:  # which would be this folder, and what no disk can hold
        raise PhotoError(f"{text}: no such file or folder.")
    path = Path(text)
    if VIDEO.fullmatch(path.suffix) and path.is_file():
        raise PhotoError(
            f"{text}: is a video; take photos out of it first: "
            f"ffmpeg -i {shlex.quote(text)} -vf fps=1 frame-%04d.jpg"
        )
    if is_archive(path):
        if next(members(path), None) is None:
            raise PhotoError(
                f"{text}: the archive holds no photos (no file with a suffix like .jpg or .png)."
            )
        return [path]
    if has_magic(text) and ARCHIVE.fullmatch(path.name):
        matches = map(Path, glob(text, recursive=True))  # noqa: PTH207 - the pattern may be absolute
        if archives := [match for match in matches if is_archive(match)]:
            return archives
    found = find_photos(text, skipped, recursive=recursive)
    if found != [path]:
        return [photo for photo in found if not leave_out(photo)]
    if not is_named_as_photo(path) and (wrong := wrong_inside(path)):
        skipped.append((path, wrong))
        return []
    return found


def wrong_inside(path: Path) -> str | None:
    """Why a file that is not even named as a photo is none; None where it may be one."""
    try:
        photo_size(path)
    except PhotoError as error:
        return str(error).removeprefix(f"{path}: ")
    except MissingExtraError:
        pass
    return None


def add(path: Path, gathered: Gathered, root: Path) -> None:
    """Add the photo that a file is, or those in the archive that it is."""
    if not is_archive(path):
        gathered.photos.append(Photo(photo_name(path, root), path))
        return
    for found in members(path):
        if not isinstance(found, Refused):
            name, member = found
            gathered.photos.append(Photo(name_below(path, name, root), member))
        elif found.name:
            gathered.skipped.append((name_below(path, found.name, root), found.reason))
        else:
            gathered.skipped.append((photo_name(path, path.parent), found.reason))


def wrong_elsewhere(text: str, web: bool) -> str | None:
    """Why nothing can be read from an address, or the pipe; None where something may.

    Raises:
        MissingExtraError: it is an address, and what reads it is not installed.
    """
    if text == PIPE:
        pipe = sys.stdin.buffer
        is_silent = sys.stdin.isatty() or (isinstance(pipe, BufferedReader) and not pipe.peek(1))
        return "nothing comes through a pipe" if is_silent else None
    if not web:
        return "is on the web, from where nothing is read here"
    if is_bucket(text):
        return None
    if find_spec("httpx") is None:
        raise MissingExtraError("reading photos from the web", "fetch")
    return wrong_with(text)


def from_elsewhere(text: str, claims: Claims, private: bool) -> Photo:
    """The photo at an address on the web, or from the pipe, under a name that is not taken."""
    if text == PIPE:
        photo = piped(sys.stdin.buffer)
        name = name_of_piped(photo.content)
        return Photo(f"{name}-" if claims.rival(name, by=PIPE) else name, photo)
    name = name_of_address(text)
    if claims.rival(name, by=text):
        name = name_of_address(text, distinct=True)
    return Photo(name, Address(text, private))


def tell_missed(missed: list[tuple[Named, str]], lines: list[Named], gathered: Gathered, root: Path) -> None:
    """Say what was not found: a mistake where it was typed or a list has nothing else; skipped otherwise."""
    in_lists: dict[Path, list[str]] = {}
    for line, reason in missed:
        if line.of is None:
            near = nearest(Path(line.text)) if line.is_path else None
            gathered.mistakes.append(f"{line.text}: {reason}{f'; nearest: {near}' if near else ''}")
        else:
            in_lists.setdefault(line.of, []).append(f"{line.text}: {reason}")
            name = photo_name(Path(line.text), root) if line.is_path else line.text
            gathered.skipped.append((name, reason))
    lengths = Counter(line.of for line in lines)
    for path, reasons in in_lists.items():
        if len(reasons) == lengths[path]:
            gathered.mistakes.append(
                f"{path}: is taken for a list of photos, and none is there: {reasons[0]}"
            )


def nearest(path: Path) -> Path | None:
    """Return what lies there under a similar name; None where nothing does."""
    wrong, below = path, Path()
    while not os.path.isdir(wrong.parent):  # noqa: PTH112 - it takes a name of any length
        wrong, below = wrong.parent, wrong.name / below
    try:
        similar = get_close_matches(wrong.name, os.listdir(wrong.parent), 1)  # noqa: PTH208 - names alone
    except OSError:
        similar = []
    if not similar or os.path.exists(path):  # noqa: PTH110
        return None
    near = wrong.with_name(similar[0])
    return near / below if (near / below).exists() else near
