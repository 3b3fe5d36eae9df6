"""Photos are read where they lie in an archive, and what it says of itself is not believed."""

import gzip
import io
import lzma
import os
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from hand_made_zips import Packed, write_zip
from wildwear.errors import PhotoError
from wildwear.gathering.archives import Refused, members
from wildwear.gathering.places import MOST_BYTES

SYMBOLIC_LINK, FIFO = 0o120777, 0o010666


def photos_in(archive: Path) -> dict[str, bytes]:
    return {found[0]: found[1].read() for found in members(archive) if not isinstance(found, Refused)}


def refused_in(archive: Path) -> dict[str, str]:
    return {found.name: found.reason for found in members(archive) if isinstance(found, Refused)}


def write_tar(path: Path, entries: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2")]
)
def test_the_photos_in_a_tar_are_read_in_any_order(name: str, mode: str, tmp_path: Path) -> None:
    entries = {"2.jpg": b"two", "notes.txt": b"no photo", "day/1.PNG": b"one", "._2.jpg": b"a Mac's"}
    tar = write_tar(tmp_path / name, entries, mode)
    assert photos_in(tar) == {"2.jpg": b"two", "day/1.PNG": b"one"}
    found = [one for one in members(tar) if not isinstance(one, Refused)]
    assert [member.read() for _, member in reversed(found)] == [b"one", b"two"]


def test_the_photos_in_a_zip_are_those_that_are_called_so_and_not_hidden(tmp_path: Path) -> None:
    archive = write_zip(
        tmp_path / "a.zip",
        Packed("day/", mode=0o040755),
        Packed("day/1.jpg", b"one", deflate=True),
        Packed("day\\2.jpg", b"two"),
        Packed("notes.txt", b"no photo"),
        Packed("__MACOSX/day/1.jpg", b"a Mac's"),
        Packed(".thumbnails/1.jpg", b"hidden"),
    )
    assert photos_in(archive) == {"day/1.jpg": b"one", "day/2.jpg": b"two"}
    assert not refused_in(archive)


def test_an_archive_that_changed_since_it_was_looked_into_is_read_anew(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", Packed("1.jpg", b"one"))
    assert photos_in(archive) == {"1.jpg": b"one"}
    write_zip(archive, Packed("other.jpg", b"other"))
    os.utime(archive, (1, 1))
    assert photos_in(archive) == {"other.jpg": b"other"}


@pytest.mark.parametrize("name", ["../1.jpg", "/etc/1.jpg", "a/../../1.jpg", "..\\1.jpg", "C:\\1.jpg"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_refused_and_the_others_are_read(
    name: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        write_zip(path, Packed(name, b"evil"), Packed("2.jpg", b"two"))
    else:
        write_tar(path, {name: b"evil", "2.jpg": b"two"})
    assert photos_in(path) == {"2.jpg": b"two"}
    assert list(refused_in(path).values()) == ["its name leads out of the archive"]


def test_links_and_devices_in_archives_are_refused(tmp_path: Path) -> None:
    archive = write_zip(
        tmp_path / "a.zip",
        Packed("link.jpg", b"/etc/passwd", mode=SYMBOLIC_LINK),
        Packed("pipe.jpg", mode=FIFO),
    )
    assert refused_in(archive) == dict.fromkeys(("link.jpg", "pipe.jpg"), "is a link or a device, not a file")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name, kind in (("soft.jpg", tarfile.SYMTYPE), ("hard.jpg", tarfile.LNKTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry)
    assert sorted(refused_in(tmp_path / "a.tar")) == ["hard.jpg", "soft.jpg"]


def test_what_is_encrypted_or_packed_in_a_rare_way_is_refused_by_itself(tmp_path: Path) -> None:
    archive = write_zip(
        tmp_path / "a.zip",
        Packed("secret.jpg", b"one", password=b"x"),
        Packed("rare.jpg", b"two", method=98),
        Packed("3.jpg", b"three"),
    )
    assert photos_in(archive) == {"3.jpg": b"three"}
    assert list(refused_in(archive)) == ["secret.jpg", "rare.jpg"]


def test_two_photos_of_one_name_in_an_archive_do_not_become_one(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", Packed("1.jpg", b"one"), Packed("./1.jpg", b"another"))
    assert photos_in(archive) == {"1.jpg": b"one"}
    assert refused_in(archive) == {"1.jpg": "another photo in the archive has the same name"}


def test_a_bomb_is_refused_before_anything_comes_out(tmp_path: Path) -> None:
    zeros = bytes(30_000_000)
    archive = write_zip(tmp_path / "a.zip", Packed("1.jpg", zeros, deflate=True))
    assert "30,000,000 bytes come out of" in refused_in(archive)[""]
    assert not photos_in(archive)
    tar = write_tar(tmp_path / "a.tar.gz", {"0.jpg": b"zero", "1.jpg": zeros, "2.jpg": zeros}, "w:gz")
    assert "come out of it" in refused_in(tar)[""]
    assert photos_in(tar)["0.jpg"] == b"zero"


def test_a_zip_that_lies_about_sizes_fills_no_memory(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", Packed("1.jpg", bytes(50_000_000), deflate=True, claimed=1000))
    [(_, member)] = [one for one in members(archive) if not isinstance(one, Refused)]
    tracemalloc.start()
    with pytest.raises(PhotoError, match=r"a\.zip/1\.jpg: cannot be read from the archive"):
        member.read()
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_photo_that_is_too_long_for_memory_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        entry = tarfile.TarInfo("1.jpg")
        entry.size = MOST_BYTES + 1
        tar.fileobj.write(entry.tobuf())  # type: ignore[union-attr]
    with (tmp_path / "a.tar").open("r+b") as file:
        file.truncate(512 + 512 * (MOST_BYTES // 512 + 4))  # a file with a hole in it
    [(_, member)] = [one for one in members(tmp_path / "a.tar") if not isinstance(one, Refused)]
    with pytest.raises(PhotoError, match="has more than 200,000,000 bytes"):
        member.read()


@pytest.mark.parametrize("size", [-512, 1 << 40])
def test_a_tar_whose_sizes_lead_astray_ends(size: int, tmp_path: Path) -> None:
    entry = tarfile.TarInfo("1.jpg")
    entry.size = size
    header = entry.tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tar").write_bytes(header + tarfile.TarInfo("2.jpg").tobuf() + bytes(1024))
    assert "" in refused_in(tmp_path / "a.tar")


def test_a_tar_whose_long_name_is_a_bomb_fills_no_memory(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 40_000_000
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as file:
        file.write(entry.tobuf(tarfile.GNU_FORMAT) + bytes(40_000_000))
    tracemalloc.start()
    assert "no honest one" in refused_in(tmp_path / "a.tar.gz")[""]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_what_is_no_archive_says_so(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"Dear diary, this is no archive." * 100)
    [reason] = refused_in(tmp_path / name).values()
    assert "or a damaged one" in reason


def test_of_a_tar_that_breaks_off_the_photos_before_that_are_read(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", {"1.jpg": b"one", "2.jpg": os.urandom(5000)})
    tar.write_bytes(tar.read_bytes()[:3000])
    assert "damaged" in refused_in(tar)[""]
    [first, *_] = [one for one in members(tar) if not isinstance(one, Refused)]
    assert first[1].read() == b"one"


def test_xz_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.tar.xz").write_bytes(lzma.compress(bytes(2048)))
    assert refused_in(tmp_path / "a.tar.xz") == {
        "": "is compressed with xz, which is not read; unpack it, or use gzip"
    }


def test_names_that_are_no_text_are_kept_as_on_a_disk(tmp_path: Path) -> None:
    tar = tmp_path / "a.tar"
    entry = tarfile.TarInfo(os.fsdecode(b"\xfe.jpg"))
    tar.write_bytes(entry.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + bytes(1024))
    assert list(photos_in(tar)) == ["\udcfe.jpg"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("ü.jpg", b"one")
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace("ü".encode(), b"\xff\xfe"))
    assert "or a damaged one" in refused_in(tmp_path / "a.zip")[""]
