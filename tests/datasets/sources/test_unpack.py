"""Specification of unpacking: what a zip may hold, and what lies on the disk whatever happens."""

import contextlib
import itertools
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hand_made_zips import Packed, write_zip
from wildwear.datasets.sources import space
from wildwear.datasets.sources import unpack as module
from wildwear.datasets.sources.unpack import DamagedError, forget, unpack
from wildwear.errors import DatasetError, OutputError, WildwearError

SYMBOLIC_LINK, FIFO, DEVICE, REGULAR = 0o120777, 0o010666, 0o060666, 0o100644
Unpack = Callable[..., list[str]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out" / "scratch").mkdir(parents=True)
    return tmp_path / "out"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "photos.zip"


@pytest.fixture
def opened(archive: Path, out: Path) -> Unpack:
    """Unpack the archive to a folder of `out`; "train" unless another is named."""

    def opened(
        folder: str = "train", password: str | None = None, said: list[str] | None = None
    ) -> list[str]:
        return unpack(
            archive,
            out,
            folder,
            out / "scratch",
            password=None if password is None else lambda: password,
            say=(said if said is not None else []).append,
            progress=lambda *_: None,
        )

    return opened


def tree(folder: Path) -> dict[str, bytes]:
    """The files below a folder, but for the scratch."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith("scratch/")}


def test_a_zip_becomes_a_folder(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(
        archive,
        Packed("train/", mode=0o040755),
        Packed("train/image/1.jpg", b"one", deflate=True, mode=REGULAR),
        Packed("train/annos/1.json", b"{}"),
        Packed("train/empty"),
    )
    assert opened() == ["train"]
    assert tree(out) == {"train/image/1.jpg": b"one", "train/annos/1.json": b"{}", "train/empty": b""}


@pytest.mark.parametrize(
    ("folder", "names", "made"),
    [
        ("train", ["train/1.jpg"], ["train/1.jpg"]),
        ("train", ["1.jpg"], ["train/1.jpg"]),
        ("train", ["image/1.jpg"], ["train/image/1.jpg"]),
        ("train", ["train/1.jpg", "LICENSE"], ["train/train/1.jpg", "train/LICENSE"]),
        ("train", ["train"], ["train/train"]),
        ("", ["set-master/photos/1.jpg", "set-master/list.mat"], ["photos/1.jpg", "list.mat"]),
        ("", ["photos/1.jpg", "list.mat"], ["photos/1.jpg", "list.mat"]),
        ("train", ["./train/./1.jpg"], ["train/1.jpg"]),
        ("train", ["train\\image\\1.jpg", "train\\image\\"], ["train/image/1.jpg"]),
        ("train", ["train/1.jpg", "__MACOSX/train/._1.jpg", "train/.DS_Store"], ["train/1.jpg"]),
    ],
)
def test_the_content_lies_in_its_folder_however_it_was_packed(
    archive: Path, out: Path, opened: Unpack, folder: str, names: list[str], made: list[str]
) -> None:
    write_zip(archive, *[Packed(name, name.encode() * (not name.endswith("\\"))) for name in names])
    opened(folder)
    assert sorted(tree(out)) == sorted(made)


@pytest.mark.parametrize("name", ["Ünïcode/ñ.jpg", "写真/1.jpg", "a b/c'd.jpg", "-rf/$(true).jpg"])
def test_names_of_people_are_fine(archive: Path, out: Path, opened: Unpack, name: str) -> None:
    write_zip(archive, Packed(name, b"x"))
    opened()
    assert list(tree(out)) == [f"train/{name}"]


def test_a_name_in_an_old_encoding_is_some_name(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(archive, Packed(b"photos/\x81\xfe\xff.jpg", b"x"))
    opened()
    assert list(tree(out).values()) == [b"x"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (Packed("../evil.jpg", b"x"), "leads out of the folder"),
        (Packed("train/../../evil.jpg", b"x"), "leads out of the folder"),
        (Packed("..\\evil.jpg", b"x"), "leads out of the folder"),
        (Packed("train/..", b"x"), "leads out of the folder"),
        (Packed("/etc/evil", b"x"), "leads out of the folder"),
        (Packed("//host/share/evil", b"x"), "leads out of the folder"),
        (Packed("\\evil", b"x"), "leads out of the folder"),
        (Packed("C:\\evil.jpg", b"x"), "leads out of the folder"),
        (Packed("c:evil.jpg", b"x"), "leads out of the folder"),
        (Packed("../", mode=0o040755), "leads out of the folder"),
        (Packed("train/1.jpg:stream", b"x"), "cannot be a file's on every system"),
        (Packed("train/\x1b[2J.jpg", b"x"), "cannot be a file's on every system"),
        (Packed("train/1.jpg\0.txt", b"x"), "cannot be a file's on every system"),
        (Packed("train/1.jpg.", b"x"), "cannot be a file's on every system"),
        (Packed("train/" + "ä" * 128, b"x"), "cannot be a file's on every system"),
        (Packed("train/link", b"/etc/passwd", mode=SYMBOLIC_LINK), "is a link or a device"),
        (Packed("train/pipe", mode=FIFO), "is a link or a device"),
        (Packed("train/disk", mode=DEVICE), "is a link or a device"),
        (Packed("train/aes", b"x", method=99), r"in a way that we do not read \(method 99\)"),
        (Packed("train/deflate64", b"x", method=9), "unpack it with 7-Zip"),
    ],
    ids=lambda value: repr(value.name)[:20] if isinstance(value, Packed) else "",
)
def test_an_entry_that_means_harm_stops_all_before_the_first_byte(
    archive: Path, out: Path, opened: Unpack, entry: Packed, problem: str
) -> None:
    write_zip(archive, Packed("train/good.jpg", b"x"), entry)
    with pytest.raises(DamagedError, match=rf"photos\.zip: entry .*{problem}"):
        opened()
    assert not any(out.rglob("*.jpg"))
    assert sorted(path.name for path in archive.parent.iterdir()) == ["out", "photos.zip"]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["a/1.jpg", "a/1.jpg"], "are one file"),
        (["a", "a"], "are one file"),
        (["a/1.jpg", "a/1.JPG"], "are one file"),
        (["a/\u00e9.jpg", "a/e\u0301.jpg"], "are one file"),
        (["a/1.jpg", "A/2.jpg"], "are one folder"),
        (["a/b", "a/b/c"], "is a file and a folder"),
        (["a/b", "a/B/c"], "is a file and a folder"),
    ],
)
def test_two_entries_are_never_one_file(
    archive: Path, opened: Unpack, names: list[str], problem: str
) -> None:
    write_zip(archive, *[Packed(name, b"x") for name in names])
    with pytest.raises(DamagedError, match=problem):
        opened()


def test_a_bomb_is_refused_by_its_ratio(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(archive, Packed("train/0.jpg", bytes(20_000_000), deflate=True))
    with pytest.raises(DamagedError, match=r"20,000,000 bytes come out of 19,\d{3}; more than 100 times"):
        opened()
    assert tree(out) == {}


def test_a_bomb_of_many_entries_that_share_their_bytes_is_refused(archive: Path, opened: Unpack) -> None:
    write_zip(archive, Packed("1", bytes(5000)), Packed("2"))
    raw = bytearray(archive.read_bytes())
    second = raw.rindex(b"PK\1\2")
    raw[second + 20 : second + 28] = raw[raw.index(b"PK\1\2") + 20 :][:8]  # the sizes of the first one
    archive.write_bytes(raw)
    with pytest.raises(DamagedError, match="its entries overlap"):
        opened()


def test_too_many_entries_are_refused(archive: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    write_zip(archive, *[Packed(f"{number}.jpg", b"x") for number in range(3)])
    with pytest.raises(DamagedError, match="has 3 entries, at most 2"):
        opened()


def test_an_entry_gives_no_more_than_it_states(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(archive, Packed("train/0.jpg", bytes(5_000_000), deflate=True, claimed=10))
    with pytest.raises(DamagedError, match="damaged"):
        opened()
    assert sum(path.stat().st_size for path in out.rglob("*.jpg")) <= 10


@pytest.mark.parametrize("content", [b"", b"PK", b"<html>404</html>", b"PK\5\6" + bytes(18)])
def test_what_is_no_zip_is_said_to_be_none(archive: Path, opened: Unpack, content: bytes) -> None:
    archive.write_bytes(content)
    with pytest.raises(DamagedError, match=r"is no zip, or a damaged one|holds no files"):
        opened()


def test_a_zip_that_is_cut_off_is_damaged(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(archive, *[Packed(f"train/{number}.jpg", bytes(100)) for number in range(9)])
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(DamagedError, match="damaged"):
        opened()


def test_a_flipped_bit_is_noticed(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(archive, Packed("train/1.jpg", b"first"), Packed("train/2.jpg", b"second"))
    archive.write_bytes(archive.read_bytes().replace(b"second", b"secone", 1))
    with pytest.raises(DamagedError, match="Bad CRC-32"):
        opened()
    assert not (out / "train").exists()


@given(flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_wrong_with_a_zip_is_an_error_and_nothing_leaves_the_folder(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    place = tmp_path_factory.mktemp("flipped")
    names = ["train/1.jpg", "train/annos/2.json", "train/3"]
    archive = write_zip(place / "a.zip", *[Packed(name, b"content " * 9, deflate=True) for name in names])
    raw = bytearray(archive.read_bytes())
    for position, value in flips:
        raw[position % len(raw)] = value
    archive.write_bytes(raw)
    (place / "out").mkdir()
    try:
        unpack(archive, place / "out", "train", place / "out", say=lambda _: None, progress=lambda *_: None)
    except WildwearError:
        assert not (place / "out" / "train").exists()
    assert {path.name for path in place.iterdir()} == {"a.zip", "out"}


def test_what_is_there_already_stays(archive: Path, out: Path, opened: Unpack) -> None:
    (out / "train").mkdir()
    (out / "train" / "mine.txt").write_text("mine")
    write_zip(archive, Packed("train/1.jpg", b"x"))
    with pytest.raises(DatasetError, match=r"train: is there already; move it away to unpack photos\.zip"):
        opened()
    assert tree(out) == {"train/mine.txt": b"mine"}


class Killed(BaseException):
    """What a test does instead of pulling the plug."""


@pytest.mark.parametrize("half", [b"half of it", b"?" * 100], ids=["short", "wrong"])
@pytest.mark.parametrize("after", [0, 2, 4])
def test_an_interrupted_run_goes_on_where_it_stopped(
    archive: Path, out: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch, after: int, half: bytes
) -> None:
    contents = {f"train/{number}.jpg": bytes([number]) * 100 for number in range(5)}
    write_zip(archive, *[Packed(name, content) for name, content in contents.items()])
    copied = itertools.count()
    copy = module.shutil.copyfileobj

    def copy_until(packed: object, output: object, length: int) -> None:
        if next(copied) == after:
            output.write(half)  # type: ignore[attr-defined]
            raise Killed
        copy(packed, output, length)  # type: ignore[arg-type]

    monkeypatch.setattr(module.shutil, "copyfileobj", copy_until)
    with pytest.raises(Killed):
        opened()
    assert not (out / "train").exists()
    opened()
    assert tree(out) == contents
    assert next(copied) == 6  # each once, and the half one again


def test_files_of_another_zip_are_not_taken_for_ones_own(
    archive: Path, out: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_zip(archive, Packed("train/old.jpg", b"old"), Packed("train/bad.jpg", b"x", method=8))
    with pytest.raises(DamagedError):
        opened()
    write_zip(archive, Packed("train/new.jpg", b"new"))
    opened()
    assert tree(out) == {"train/new.jpg": b"new"}


def test_what_is_half_unpacked_stays_where_another_zip_is_refused(
    archive: Path, out: Path, opened: Unpack
) -> None:
    write_zip(archive, Packed("train/old.jpg", b"old"), Packed("train/bad.jpg", b"x", method=8))
    with pytest.raises(DamagedError):
        opened()
    half = tree(archive.parent)
    (out / "train").mkdir()
    write_zip(archive, Packed("train/new.jpg", b"new"))
    with pytest.raises(DatasetError, match="train: is there already"):
        opened()
    half[archive.name] = archive.read_bytes()
    assert tree(archive.parent) == half


def test_a_run_that_was_killed_between_two_renames_goes_on(
    archive: Path, out: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_zip(archive, *[Packed(f"set-master/{name}", b"x") for name in ("a/1", "b/1", "c")])
    rename, renamed = Path.rename, itertools.count()

    def rename_until(path: Path, target: Path) -> Path:
        if path.parent.name.endswith(".unpacking") and next(renamed) == 1:
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_until)
    with pytest.raises(Killed):
        opened("")
    assert sorted(tree(out)) == ["a/1"]
    assert opened("") == ["a", "b", "c"]
    assert sorted(tree(out)) == ["a/1", "b/1", "c"]
    assert opened("") == ["a", "b", "c"]  # until it is forgotten
    forget(archive, out / "scratch")
    assert list((out / "scratch").iterdir()) == []


def test_an_encrypted_zip_opens_with_its_password(archive: Path, out: Path, opened: Unpack) -> None:
    secret = "pässwörd"
    write_zip(
        archive,
        *[
            Packed(f"train/{number}.jpg", bytes(70_000), deflate=True, password=secret.encode())
            for number in range(9)
        ],
    )
    opened(password=secret)
    assert tree(out) == {f"train/{number}.jpg": bytes(70_000) for number in range(9)}


@pytest.mark.parametrize("guess", ["wrong", "Secret", "secret ", "secre"])
def test_a_wrong_password_is_said_to_be_wrong_and_makes_nothing(
    archive: Path, out: Path, opened: Unpack, guess: str
) -> None:
    write_zip(
        archive, Packed("train/empty", password=b"secret"), Packed("train/1", b"x" * 50, password=b"secret")
    )
    with pytest.raises(DatasetError, match=r"photos\.zip: the password does not open it") as raised:
        opened(password=guess)
    assert not isinstance(raised.value, DamagedError)  # the zip is not to be loaded again
    assert guess not in str(raised.value).removeprefix(f"{archive}")
    assert tree(out) == {}


def test_a_wrong_password_that_passes_the_first_check_is_noticed(
    archive: Path, out: Path, opened: Unpack
) -> None:
    write_zip(archive, Packed("train/1", b"x" * 50, password=b"secret"))

    def passes(guess: str) -> bool:  # the check is one byte
        with zipfile.ZipFile(archive) as raw, contextlib.suppress(RuntimeError):
            return raw.open("train/1", pwd=guess.encode()) is not None
        return False

    guess = next(guess for guess in map(str, itertools.count()) if passes(guess))
    with pytest.raises(DatasetError, match=r"the password does not open it \(Bad CRC-32"):
        opened(password=guess)


@pytest.mark.parametrize("password", [None, ""])
def test_an_encrypted_zip_needs_a_password(archive: Path, opened: Unpack, password: str | None) -> None:
    write_zip(archive, Packed("train/1", b"x", password=b"secret"))
    with pytest.raises(DatasetError, match="is encrypted, and there is no password"):
        opened(password=password)


def test_a_zip_with_two_passwords_is_an_error(archive: Path, out: Path, opened: Unpack) -> None:
    write_zip(
        archive, Packed("train/1", b"x", password=b"secret"), Packed("train/2", b"xx", password=b"other")
    )
    with pytest.raises(DatasetError):
        opened(password="secret")
    assert not (out / "train").exists()


def test_nobody_is_asked_for_the_password_of_an_open_zip(archive: Path, out: Path) -> None:
    write_zip(archive, Packed("train/1", b"x"))

    def ask() -> str:
        raise AssertionError("asked")

    unpack(archive, out, "train", out, password=ask, say=lambda _: None, progress=lambda *_: None)


def test_without_the_fast_decryption_it_says_that_it_is_slow(
    archive: Path, out: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastzipfile", None)
    write_zip(archive, Packed("train/1", b"x", password=b"secret"))
    said: list[str] = []
    opened(password="secret", said=said)
    assert said == ["fastzipfile is not installed, so decrypting is slow: pip install 'wildwear[fetch]'"]
    assert tree(out) == {"train/1": b"x"}


def test_the_fast_decryption_is_at_work() -> None:
    module.use_fast_decryption(lambda said: pytest.fail(said))
    assert zipfile.ZipExtFile.__module__ == "fastzipfile"


def test_a_disk_without_room_is_said_before_anything_is_written(
    archive: Path, out: Path, opened: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100}))
    write_zip(archive, Packed("train/1.jpg", bytes(1000)))
    with pytest.raises(OutputError, match=r"unpacking photos\.zip needs 0\.00 GB"):
        opened()
    assert tree(out) == {}
