"""A public dataset into a folder: which files, what is there already, loading, unpacking, what comes next."""

import os
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from wildwear.datasets.sources.public_sets import SOURCES, File, Source
from wildwear.datasets.sources.space import check_space, writing_to
from wildwear.datasets.sources.unpack import DamagedError, forget, unpack
from wildwear.errors import DatasetError, MissingExtraError, OutputError
from wildwear.files import alone_with, sha256, write_atomically

SCRATCH = ".fetch"  # in the dataset's folder: what is not complete yet, and a note on each file that is
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}  # of the sets that there are
KINDS = frozenset({"photos", "annotations"})  # parts that cut a dataset one way; train, val, test the other


@dataclass
class Fetched:
    """What came of it."""

    source: Source
    there: list[Path] = field(default_factory=list)  # files and folders that lie in the dataset's folder now
    missing: list[str] = field(default_factory=list)  # files that people must bring themselves
    by_hand: str = ""  # how
    then: str = ""  # the command that comes next


@dataclass
class Done:
    """The note on a file that is where it belongs."""

    url: str | None
    made: list[str] = field(default_factory=list)  # names in the dataset's folder
    bytes: int | None = None  # of the file as it was loaded
    sha256: str | None = None


def fetch(
    name: str,
    out: Path,
    *,
    only: Collection[str] = (),
    given: Path | None = None,
    password: Callable[[], str] | None = None,
    say: Callable[[str], None] = lambda what: None,
    progress: Callable[[str, int, int | None], None] = lambda what, done, total: None,
    sources: Mapping[str, Source] = SOURCES,
) -> Fetched:
    """Bring a public dataset into a folder; a second run goes on where the first one stopped.

    Args:
        name: of the dataset.
        out: the dataset's folder; made if it is not there. Nothing that lies in it is replaced.
        only: parts, of which those that name a split (train, val, test) and those that name a kind (photos,
            annotations) choose independently; none means all.
        given: a folder with files that were loaded by hand; `out` is looked through as well.
        password: asked, once, if a zip is encrypted.
        say: told what is worth knowing.
        progress: told what is being done, the bytes that are done, and those of the whole where known.
        sources: the datasets that there are.

    Raises:
        DatasetError: there is no such dataset or part; a server refuses; a file is not what it should be.
        OutputError: the disk has no room; or another process works in the folder.
        MissingExtraError: something is to be loaded, and the extra `fetch` is not installed.
    """
    if name not in sources:
        raise DatasetError(f"{name}: no such dataset; there are {', '.join(sources)}")
    source = sources[name]
    files = chosen(source, only)
    if given is not None and not given.is_dir():
        raise DatasetError(f"{given}: no such folder")
    fetched = Fetched(source)
    ask = cache(password) if password else None
    with alone_with(out):
        scratch = made_scratch(out)
        todo: list[tuple[File, Path | None]] = []
        for file in files:
            if there := already(file, out, scratch, say):
                fetched.there += there
            elif archive := lying_about(file, given, out):
                todo.append((file, archive))
            elif file.url is None:
                fetched.missing.append(file.name)
            else:
                refuse_in_the_way(file, out, scratch)
                todo.append((file, None))
        check_space(out, space_needed(todo, scratch), source.title)
        for file, archive in todo:
            fetched.there += bring(file, archive, out, scratch, ask, say, progress)
    if fetched.missing or (source.by_hand_makes and not (out / source.by_hand_makes).exists()):
        fetched.by_hand = source.by_hand.replace("{out}", out.as_posix())
    then = next((file.then for file in files if file.then and file.name not in fetched.missing), "")
    fetched.then = then.replace("{out}", shlex.quote(out.as_posix()))
    return fetched


def held(folder: Path) -> Counter[str]:
    """How many `photos` and `JSON files` lie in a folder and below it; DeepFashion2 has as many of the one as
    of the other, but in its test set."""
    counts: Counter[str] = Counter()
    for _, _, files in os.walk(folder):
        for name in files:
            suffix = Path(name).suffix.lower()
            counts["JSON files"] += suffix == ".json"
            counts["photos"] += suffix in PHOTO_SUFFIXES
    return +counts


def chosen(source: Source, only: Collection[str]) -> list[File]:
    """The files of a dataset that some parts ask for.

    Raises:
        DatasetError: the dataset has no such part, or nothing that is in all of them.
    """
    for part in only:
        if part not in source.parts:
            there = f"there are {', '.join(sorted(source.parts))}" if source.parts else "it is one piece"
            raise DatasetError(f"{source.name}: has no part {part!r}; {there}")
    wishes = [wish for wish in (KINDS & set(only), set(only) - KINDS) if wish]
    files = [file for file in source.files if all(wish & file.parts for wish in wishes)]
    if not files:
        raise DatasetError(f"{source.name}: no file is in all of {', '.join(only)}")
    return files


def made_scratch(out: Path) -> Path:
    """The folder for what is not complete, made if it is not there."""
    scratch = out / SCRATCH
    try:
        scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror})") from error
    return scratch


def already(file: File, out: Path, scratch: Path, say: Callable[[str], None]) -> list[Path]:
    """What a file became, if all of that lies in the dataset's folder; empty if it is still to be brought.

    Raises:
        DatasetError: a file of that name is there, but another one.
    """
    note = note_of(file, scratch)
    made = [out / name for name in note.made] if file.folder is not None else [out / file.name]
    if not made or not all(path.exists() for path in made):
        return []
    if file.folder is not None:
        say(f"{file.name}: is unpacked already")
        return made
    expected = file.sha256 or note.sha256
    if expected is None:
        say(f"{file.name}: is there already, and taken as it is; no checksum of it is known")
    elif sha256(made[0]) == expected:
        say(f"{file.name}: is there already")
    else:
        raise DatasetError(
            f"{made[0]}: is there already, but is not what was published; move it away to load it again"
        )
    return made


def lying_about(file: File, given: Path | None, out: Path) -> Path | None:
    """The zip, if people have put it into one of the folders."""
    folders = [folder for folder in (given, out) if folder is not None and file.folder is not None]
    return next((folder / file.name for folder in folders if (folder / file.name).is_file()), None)


def refuse_in_the_way(file: File, out: Path, scratch: Path) -> None:
    """Raise where the folder that a zip is to make is there, before the zip is loaded in vain."""
    if file.folder and (out / file.folder).exists() and not (scratch / file.name).exists():
        raise DatasetError(f"{out / file.folder}: is there already; move it away to unpack {file.name} there")


def note_of(file: File, scratch: Path) -> Done:
    """What an earlier run noted when it was done with a file; empty where it was not."""
    try:
        return msgspec.json.decode((scratch / f"{file.name}.done.json").read_bytes(), type=Done)
    except (OSError, msgspec.DecodeError):
        return Done(file.url)


def space_needed(todo: list[tuple[File, Path | None]], scratch: Path) -> int:
    """Bytes that must be free.

    That is at the fullest moment: a loaded zip goes when its content is there. A zip of photos is about as
    large as its content; `unpack` knows exactly, later.
    """
    kept = fullest = 0
    for file, archive in todo:
        size = archive.stat().st_size if archive else file.about
        loaded = scratch / file.name, scratch / f"{file.name}.part"
        there = next((path.stat().st_size for path in loaded if path.exists()), 0)
        load = 0 if archive else max(0, size - there)
        begun = (scratch / f"{(archive or loaded[0]).name}.unpacking").exists()
        content = 0 if file.folder is None or begun else size
        fullest = max(fullest, kept + load + content)
        kept += content or load
    return fullest


def bring(
    file: File,
    archive: Path | None,
    out: Path,
    scratch: Path,
    password: Callable[[], str] | None,
    say: Callable[[str], None],
    progress: Callable[[str, int, int | None], None],
) -> list[Path]:
    """Load a file, unless it is given as `archive`, and put it, or what is in it, in its place.

    Killed anywhere, it goes on there: a file of its own name in `scratch` is whole and checked, and the note
    that it is done is written before it goes.
    """
    whole = archive or load(file, scratch, say, progress)
    done = Done(file.url, [file.name])
    if archive is None:
        done.bytes, done.sha256 = whole.stat().st_size, file.sha256 or sha256(whole)
    if file.folder is not None:
        try:
            done.made = unpack(
                whole, out, file.folder, scratch, password=password, say=say, progress=progress
            )
        except DamagedError:
            if archive is None:
                whole.unlink()
            raise
    write_atomically(scratch / f"{file.name}.done.json", msgspec.json.encode(done))
    with writing_to(out):
        if file.folder is None:
            whole.rename(out / file.name)
        elif archive is None:
            whole.unlink()
        forget(whole, scratch)
    return [out / name for name in done.made]


def load(
    file: File,
    scratch: Path,
    say: Callable[[str], None],
    progress: Callable[[str, int, int | None], None],
) -> Path:
    """The whole file, in `scratch`. Raises as `download` does, and `MissingExtraError`."""
    whole = scratch / file.name
    if whole.exists():
        return whole
    try:
        from wildwear.datasets.sources.download import download, open_client
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "tenacity"):
            raise
        raise MissingExtraError("wildwear data fetch", "fetch") from error
    with open_client() as client:
        download(client, file, whole, say=say, progress=progress)
    return whole
