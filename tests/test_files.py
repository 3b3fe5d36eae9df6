"""A file that matters is written whole or not at all."""

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars
import pytest

from wildwear.errors import DatasetError, OutputError
from wildwear.files import (
    alone_with,
    replacing,
    replacing_folder,
    spelt_out,
    write_atomically,
    write_parquet,
)


@contextmanager
def almost_full_disk() -> Iterator[None]:
    """Let files of this process end at 4 KiB: the kernel refuses the rest, as it does on a full disk.

    Not a fixture: pytest reports a test before its fixtures end, and its own output may be such a file.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_file_is_replaced(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.json", b"old")
    write_atomically(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "a.json", b"")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    with (
        almost_full_disk(),
        pytest.raises(OutputError, match=r"a\.json: cannot be written \(File too large\)"),
    ):
        write_atomically(path, bytes(1_000_000))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [polars.DataFrame, polars.LazyFrame])
def test_a_full_disk_is_an_error_for_tables_too(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_parquet(path, kind({"photo": ["a.jpg"]}))
    with almost_full_disk(), pytest.raises(OutputError, match=r"a\.parquet: cannot be written \("):
        write_parquet(path, kind({"number": np.random.default_rng(0).random(10_000)}))
    assert polars.read_parquet(path)["photo"].to_list() == ["a.jpg"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_for_reading_only_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OutputError, match=r"a\.json: cannot be written \(Read-only file system\)"):
        write_atomically(tmp_path / "a.json", b"new")


def test_a_folder_in_the_way_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OutputError, match=r"a\.json: cannot be written \(Is a directory\)"):
        write_atomically(tmp_path / "a.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def write_folder(folder: Path, name: str) -> None:
    with replacing_folder(folder, ours=lambda name: name.endswith(".txt")) as temporary:
        (temporary / "inner").mkdir()
        (temporary / "inner" / name).write_bytes(b"new")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", "old.txt")
    write_folder(tmp_path / "set", "new.txt")
    assert names(tmp_path) == ["set/inner/new.txt"]


def test_links_in_a_folder_go_and_what_they_point_to_stays(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"pixels")
    write_folder(tmp_path / "set", "old.txt")
    (tmp_path / "set" / "photo.jpg").symlink_to(tmp_path / "photo.jpg")
    (tmp_path / "set" / "all").symlink_to(tmp_path, target_is_directory=True)
    write_folder(tmp_path / "set", "new.txt")
    assert names(tmp_path) == ["photo.jpg", "set/inner/new.txt"]


def test_a_folder_with_the_files_of_others_is_kept(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", "old.txt")
    (tmp_path / "set" / "inner" / "photo.jpg").write_bytes(b"pixels")
    with pytest.raises(OutputError, match=r"set: holds inner/photo\.jpg, which would be lost"):
        write_folder(tmp_path / "set", "new.txt")
    assert names(tmp_path) == ["set/inner/old.txt", "set/inner/photo.jpg"]


def test_what_others_write_into_a_folder_in_the_meantime_is_kept(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", "old.txt")
    with (
        pytest.raises(OutputError, match=r"set: holds photo\.jpg, which would be lost"),
        replacing_folder(tmp_path / "set", ours=lambda name: name.endswith(".txt")) as temporary,
    ):
        (temporary.parent / "set" / "photo.jpg").write_bytes(b"pixels")
    assert names(tmp_path) == ["set/inner/old.txt", "set/photo.jpg"]


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", "old.txt")
    with (
        almost_full_disk(),
        pytest.raises(OutputError, match=r"set: cannot be written \(File too large\)"),
        replacing_folder(tmp_path / "set", ours=lambda name: True) as temporary,
    ):
        (temporary / "new.txt").write_bytes(bytes(1_000_000))
    assert names(tmp_path) == ["set/inner/old.txt"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write_folder(tmp_path / "real", "old.txt")
    (tmp_path / "set").symlink_to(tmp_path / "real", target_is_directory=True)
    write_folder(tmp_path / "set", "new.txt")
    assert (tmp_path / "set").is_symlink()
    assert names(tmp_path / "real") == ["inner/new.txt"]


def test_what_cannot_be_read_is_blamed_for_it_and_not_what_is_being_written(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    for guarded in (
        replacing(tmp_path / "out.json"),
        replacing_folder(tmp_path / "out", ours=lambda _: True),
    ):
        with (
            pytest.raises(DatasetError, match=r"missing\.json: cannot be read \(No such file or directory\)"),
            guarded,
        ):
            missing.read_bytes()
    with (
        pytest.raises(DatasetError, match=r"missing\.json: cannot be read"),
        replacing_folder(tmp_path / "out", ours=lambda _: True) as folder,
    ):
        shutil.copyfile(missing, folder / "copy.json")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_blamed_however_the_system_names_it(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("{}")
    with (
        pytest.raises(OutputError, match=r"out: cannot be written \(No such file or directory\)"),
        replacing_folder(tmp_path / "out", ours=lambda _: True) as folder,
    ):
        (folder / "no" / "such" / "folder").symlink_to(tmp_path / "there.json")
    with pytest.raises(OutputError, match=r"out\.json: cannot be written \(No such file or directory\)"):
        write_atomically(tmp_path / "no" / "out.json", b"")
    with (
        pytest.raises(OutputError, match=r"out\.json: cannot be written \(No space left on device\)"),
        replacing(tmp_path / "out.json"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), tmp_path / "there.json")


def test_a_run_keeps_others_away_from_what_it_writes_and_leaves_no_lock(tmp_path: Path) -> None:
    with alone_with(tmp_path / "new" / "set.json"):
        with (
            pytest.raises(
                OutputError, match=r"set\.json: another run is writing there; wait until it is done"
            ),
            alone_with(tmp_path / "new" / "." / "set.json"),
        ):
            pytest.fail("both have it")
        with alone_with(tmp_path / "new" / "other.json"):
            pass
    with alone_with(tmp_path / "new" / "set.json"):
        pass
    assert list((tmp_path / "new").iterdir()) == []


HOLD = """
import sys
from wildwear.files import alone_with
with alone_with(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_run_that_was_killed_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, tmp_path / "out"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="another run"), alone_with(tmp_path / "out"):
            pytest.fail("both have it")
        other.kill()
    with alone_with(tmp_path / "out"):
        pass


def test_a_folder_in_one_that_is_not_ours_can_still_be_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    with alone_with(tmp_path / "out"):
        assert list(tmp_path.iterdir()) == []


def test_what_killed_runs_left_behind_is_swept_and_what_others_are_writing_is_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for folder in (tmp_path, out, out / "thumbnails" / "more"):
        (folder / f".{'0a' * 16}.part").mkdir(parents=True)
        (folder / f".{'0a' * 16}.part" / "labels").touch()
        (folder / f".{'1b' * 16}.part").touch()
        (folder / ".mine.part").touch()
    with (
        replacing(tmp_path / "a.json") as file,
        replacing_folder(tmp_path / "set", lambda name: False) as others,
    ):
        file.write_bytes(b"half")
        with alone_with(out):
            assert {path.name for path in tmp_path.glob(".*.part")} == {".mine.part", file.name, others.name}
            assert [path.name for path in out.rglob(".*")] == [".mine.part"] * 2
    assert (tmp_path / "a.json").read_bytes() == b"half"
    assert (tmp_path / "set").is_dir()


@pytest.mark.parametrize(
    ("letter", "spelt"),
    [(os.fsdecode(b"\xff"), r"\xff"), ("\x1b", r"\x1b"), ("\u202e", r"\u202e"), ("\ud800", r"\ud800")],
)
def test_a_letter_that_nobody_can_read_is_spelt_out(letter: str, spelt: str) -> None:
    assert spelt_out(letter) == spelt
