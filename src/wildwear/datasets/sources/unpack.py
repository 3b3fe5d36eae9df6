"""A zip, unpacked so that nothing in it can do harm, and so that an interrupted run goes on where it stopped.

Everything is judged before the first byte is written: names, kinds of entries, sizes. The content goes to a
folder beside its place and is renamed when all of it is there with the right checksums. Knows no datasets.
"""

import hashlib
import importlib
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from wildwear.datasets.sources.space import check_space, writing_to
from wildwear.errors import DatasetError
from wildwear.files import write_atomically

MOST_ENTRIES = 2_000_000  # DeepFashion2's largest zip has 400,000
MOST_EXPANSION = 100  # times the size of the zip; annotations in JSON shrink to a tenth
ALWAYS_ALLOWED = 1_000_000  # bytes, however small the zip
LONGEST_NAME = 255  # bytes of UTF-8 in one part of a path: what file systems hold
CHUNK = 1 << 20
ENCRYPTED, STRONGLY_ENCRYPTED = 1, 1 << 6  # flag bits
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # AES-encrypted entries have a method of their own
LEFT_OUT = {"__MACOSX", ".DS_Store", "Thumbs.db"}  # what macOS and Windows leave in zips
UNWANTED = re.compile(r'[\x00-\x1f\x7f:*?"<>|]')  # characters that some file system or terminal takes amiss
# What zipfile stumbles over in a damaged zip.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OverflowError,
    RuntimeError,
    ValueError,
)

Password = Callable[[], str]


class DamagedError(DatasetError):
    """The zip itself is at fault: it is damaged, or holds what we do not unpack."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a zip, and where it goes."""

    info: zipfile.ZipInfo
    path: str  # below the dataset's folder, with "/"


@dataclass(frozen=True)
class State:
    """How far a zip is unpacked."""

    fingerprint: str  # which zip
    complete: bool = False  # every file is there, with its checksum; what is left is to rename


def unpack(
    archive: Path,
    out: Path,
    folder: str,
    scratch: Path,
    *,
    password: Password | None = None,
    say: Callable[[str], None],
    progress: Callable[[str, int, int | None], None],
) -> list[str]:
    """Unpack a zip to a folder of a dataset.

    Args:
        archive: the zip; only read.
        out: the dataset's folder.
        folder: the content lies in this folder below `out`, whether the zip has that folder or not; "" puts
            the content into `out` itself, without the one folder that it may lie in.
        scratch: a folder on the same disk, for what is not complete yet.
        password: asked once, if the zip is encrypted.
        say: told what is worth knowing.
        progress: told what is done, bytes that are there, and bytes of the whole.

    Returns:
        the names below `out` that are new, sorted. NAME.unpacking.json in `scratch` says that they are
        complete; until `forget`, a second call finds them so.

    Raises:
        DamagedError: it is no zip, or a damaged one, or one with entries that we do not unpack.
        DatasetError: the password is wrong or missing; what it would make is there already.
        OutputError: the disk is full, or cannot be written.
    """
    place = scratch / f"{archive.name}.unpacking"
    notes = scratch / f"{archive.name}.unpacking.json"
    with reading(archive) as opened, writing_to(out):
        entries = plan(opened, archive, folder)
        tops = sorted({top_of(entry.path) for entry in entries})
        state = State(fingerprint(entries))
        before = state_of(notes)
        is_another = before.fingerprint != state.fingerprint
        if is_another or not before.complete:
            refuse_existing(out, tops, archive)
            if is_another:
                shutil.rmtree(place, ignore_errors=True)
            write_atomically(notes, msgspec.json.encode(state))
            extract(opened, archive, entries, place, password, say, progress)
            write_atomically(notes, msgspec.json.encode(State(state.fingerprint, complete=True)))
        for top in tops:  # one rename each; a run that was cut off between two goes on here
            if (place / top).exists():
                refuse_existing(out, [top], archive)
                (place / top).rename(out / top)
        shutil.rmtree(place, ignore_errors=True)
    return tops


def forget(archive: Path, scratch: Path) -> None:
    """Remove the note on a zip that is unpacked."""
    (scratch / f"{archive.name}.unpacking.json").unlink(missing_ok=True)


@contextmanager
def reading(archive: Path) -> Iterator[zipfile.ZipFile]:
    """An opened zip; what zipfile raises becomes a `DamagedError`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except UNREADABLE as error:
        raise DamagedError(f"{archive}: is no zip, or a damaged one ({error}); load it again") from error
    except OSError as error:
        raise DatasetError(f"{archive}: cannot be read ({error.strerror})") from error


def plan(opened: zipfile.ZipFile, archive: Path, folder: str) -> list[Entry]:
    """Judge every entry of a zip, and say where each file goes.

    Raises:
        DamagedError: an entry is unsafe, or all of them together are too much.
    """
    infos = opened.infolist()
    if len(infos) > MOST_ENTRIES:
        raise DamagedError(f"{archive}: has {len(infos):,} entries, at most {MOST_ENTRIES:,} are unpacked")
    judged = (Entry(info, safe_path(info, archive)) for info in infos)
    files = [entry for entry in judged if is_wanted(entry)]
    if not files:
        raise DamagedError(f"{archive}: holds no files")
    refuse_dishonest([entry.info for entry in files], archive)
    entries = below(files, folder)
    refuse_collisions(entries, archive)
    return entries


def refuse_dishonest(infos: list[zipfile.ZipInfo], archive: Path) -> None:
    """Raise `DamagedError` where entries lie outside their zip or on each other, or more would come out of it
    than out of an honest one."""
    packed, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
    size = archive.stat().st_size
    if any(not 0 <= info.header_offset < size for info in infos):
        raise DamagedError(f"{archive}: is a damaged zip, or a part of one; load it again")
    if packed > size:
        raise DamagedError(f"{archive}: its entries overlap; that is no honest zip")
    if unpacked > most_unpacked(size):
        raise DamagedError(
            f"{archive}: {unpacked:,} bytes come out of {size:,}; more than {MOST_EXPANSION} times is refused"
        )


def most_unpacked(size: int) -> int:
    """The bytes that may come out of an archive of so many."""
    return max(ALWAYS_ALLOWED, MOST_EXPANSION * size)


def is_wanted(entry: Entry) -> bool:
    """Whether an entry is a file, and not one that an operating system left there."""
    is_folder = entry.info.orig_filename[-1] in "/\\"
    return not is_folder and entry.path != "." and LEFT_OUT.isdisjoint(entry.path.split("/"))


def safe_path(info: zipfile.ZipInfo, archive: Path) -> str:
    """The path of an entry, relative and free of tricks; "." for the folder itself.

    Raises:
        DamagedError: the path leads out of the folder or cannot be a name everywhere; or the entry is a
            link, a device, or encrypted or compressed in a way that we do not read.
    """
    where = f"{archive}: entry {info.orig_filename!r}"
    name = info.orig_filename.replace("\\", "/")  # zips made on Windows
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise DamagedError(f"{where} leads out of the folder")
    if UNWANTED.search(name) or any(
        len(part.encode()) > LONGEST_NAME or part.endswith((".", " ")) for part in path.parts
    ):
        raise DamagedError(f"{where} has a name that cannot be a file's on every system")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DamagedError(f"{where} is a link or a device, expected a file")
    if info.compress_type not in METHODS or info.flag_bits & STRONGLY_ENCRYPTED:
        raise DamagedError(
            f"{where} is compressed or encrypted in a way that we do not read (method {info.compress_type}); "
            "unpack it with 7-Zip"
        )
    return str(path)


def top_of(path: str) -> str:
    """The first part of a path."""
    return path.partition("/")[0]


def below(files: list[Entry], folder: str) -> list[Entry]:
    """The files in `folder`, without the one folder at the top that stands for it in the zip."""
    tops = {top_of(entry.path) for entry in files}
    wrapped = len(tops) == 1 and all("/" in entry.path for entry in files)
    drop = wrapped and (not folder or tops == {folder})
    before = f"{folder}/" if folder else ""
    return [
        Entry(entry.info, before + (entry.path.partition("/")[2] if drop else entry.path)) for entry in files
    ]


def refuse_collisions(entries: list[Entry], archive: Path) -> None:
    """Raise where two entries would be one file, on systems that ignore case too, or a file is a folder."""
    files: dict[str, str] = {}
    for entry in entries:
        if (name := same_name(entry.path)) in files:
            raise DamagedError(f"{archive}: entries {files[name]!r} and {entry.path!r} are one file")
        files[name] = entry.path
    folders: set[str] = set()
    for entry in entries:
        folder = entry.path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    spelled: dict[str, str] = {}
    for folder in sorted(folders):
        if (name := same_name(folder)) in files:
            raise DamagedError(f"{archive}: {files[name]!r} is a file and a folder")
        if name in spelled:
            raise DamagedError(f"{archive}: folders {spelled[name]!r} and {folder!r} are one folder")
        spelled[name] = folder


def same_name(path: str) -> str:
    """What a path is on a system that ignores case and the composition of accents."""
    return unicodedata.normalize("NFC", path).casefold()


def fingerprint(entries: list[Entry]) -> str:
    """What tells one zip from another without reading it: names, sizes and checksums of its entries."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry.path}\0{entry.info.file_size}\0{entry.info.CRC}\n".encode())
    return digest.hexdigest()


def state_of(notes: Path) -> State:
    """What an earlier run noted; of no zip where there was none."""
    try:
        return msgspec.json.decode(notes.read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return State("")


def refuse_existing(out: Path, names: list[str], archive: Path) -> None:
    """Raise where something lies already that the zip would put there."""
    for name in names:
        if (out / name).exists():
            raise DatasetError(f"{out / name}: is there already; move it away to unpack {archive.name} there")


def extract(
    opened: zipfile.ZipFile,
    archive: Path,
    entries: list[Entry],
    place: Path,
    password: Password | None,
    say: Callable[[str], None],
    progress: Callable[[str, int, int | None], None],
) -> None:
    """Write every file of a zip that is not there yet with the right content."""
    secret = unlock(opened, archive, entries, password, say)
    total = sum(entry.info.file_size for entry in entries)
    place.mkdir(parents=True, exist_ok=True)
    there = {path for path in place.rglob("*") if path.is_file()}
    check_space(place, total - sum(path.stat().st_size for path in there), f"unpacking {archive.name}")
    folders: set[Path] = set()
    done = 0
    for entry in entries:
        target = place / entry.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        if target not in there or not is_same(target, entry.info):
            # zipfile gives at most the size that the zip states, and checks the checksum at the end.
            with opened.open(entry.info, pwd=secret) as packed, target.open("wb") as output:
                shutil.copyfileobj(packed, output, CHUNK)
        done += entry.info.file_size
        progress(f"unpacking {archive.name}", done, total)


def is_same(path: Path, info: zipfile.ZipInfo) -> bool:
    """Whether a file has the content of an entry, by size and checksum."""
    if path.stat().st_size != info.file_size:
        return False
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum == info.CRC


def unlock(
    opened: zipfile.ZipFile,
    archive: Path,
    entries: list[Entry],
    password: Password | None,
    say: Callable[[str], None],
) -> bytes | None:
    """The password of an encrypted zip, tried on an entry; None where it is not encrypted.

    Raises:
        DatasetError: there is none, or it is wrong.
    """
    locked = [entry.info for entry in entries if entry.info.flag_bits & ENCRYPTED]
    if not locked:
        return None
    secret = password().encode() if password else b""
    if not secret:
        raise DatasetError(f"{archive}: is encrypted, and there is no password for it")
    use_fast_decryption(say)
    small = min(locked, key=lambda info: (info.file_size == 0, info.compress_size))
    try:
        # One byte of the header tells most wrong passwords, the content's checksum all of them.
        with opened.open(small, pwd=secret) as packed:
            while packed.read(CHUNK):
                pass
    except UNREADABLE as error:
        raise DatasetError(f"{archive}: the password does not open it ({error})") from None
    return secret


def use_fast_decryption(say: Callable[[str], None]) -> None:
    """Replace zipfile's decryption, which is written in Python, by fastzipfile's: 120 MB/s, not 2."""
    try:
        importlib.import_module("fastzipfile")  # importing it is all there is to do
    except ImportError:
        say("fastzipfile is not installed, so decrypting is slow: pip install 'wildwear[fetch]'")
