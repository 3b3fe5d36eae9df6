"""File names, folders and globs become one list of photos."""

import os
from pathlib import Path

import pytest

from wildwear.errors import PhotoError
from wildwear.imaging import find_photos


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "10.jpg",
        "2.JPG",
        "1.png",
        "notes.txt",
        ".hidden.jpg",
        "party/b12.webp",
        "party/b3.heic",
        "party/deep/a.tiff",
        ".thumbnails/1.jpg",
        "folder.jpg/inside.gif",
        "odd[1].jpg",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(patterns: list[str] | str) -> list[str]:
    return [path.as_posix() for path in find_photos(patterns)]


def test_a_folder_gives_the_photos_below_it_in_natural_order(album: Path) -> None:
    assert [path.relative_to(album).as_posix() for path in find_photos([album])] == [
        "1.png",
        "2.JPG",
        "10.jpg",
        "folder.jpg/inside.gif",
        "odd[1].jpg",
        "party/b3.heic",
        "party/b12.webp",
        "party/deep/a.tiff",
    ]


@pytest.mark.usefixtures("album")
def test_a_glob_gives_the_photos_that_match() -> None:
    assert names("*.jpg") == ["10.jpg", "odd[1].jpg"]
    assert names("party/*") == ["party/b3.heic", "party/b12.webp"]
    assert names("[12].*") == ["1.png", "2.JPG"]
    assert names("party/**") == ["party/b3.heic", "party/b12.webp", "party/deep/a.tiff"]
    assert names("**/*.tiff") == ["party/deep/a.tiff"]


def test_a_glob_may_be_absolute(album: Path) -> None:
    assert find_photos(f"{album}/*.png") == [album / "1.png"]


@pytest.mark.usefixtures("album")
def test_a_named_file_is_kept_whatever_its_suffix() -> None:
    assert names(["notes.txt"]) == ["notes.txt"]
    assert names([".hidden.jpg"]) == [".hidden.jpg"]
    assert names(["odd[1].jpg"]) == ["odd[1].jpg"]


def test_a_photo_that_is_named_twice_comes_once(album: Path) -> None:
    assert names(["10.jpg", "*.jpg", "party/../10.jpg", str(album / "10.jpg")]) == ["10.jpg", "odd[1].jpg"]


def test_two_links_to_one_photo_are_two_photos(album: Path) -> None:
    (album / "party" / "link.jpg").symlink_to(album / "10.jpg")
    assert names("party/*.jpg") == ["party/link.jpg"]
    assert len(find_photos(["10.jpg", "party/link.jpg"])) == 2


def test_a_circle_of_folders_ends(album: Path) -> None:
    (album / "party" / "again").symlink_to(album)
    assert len(find_photos([album])) == 8


@pytest.mark.skipif(os.name == "nt", reason="needs pipes and links")
def test_what_is_no_photo_but_lies_among_them_is_named(album: Path) -> None:
    os.mkfifo(album / "pipe.jpg")
    (album / "gone.jpg").symlink_to("nowhere.jpg")
    (album / "party" / "loop.png").symlink_to("loop.png")
    (album / "party" / "again").symlink_to(album)
    (album / "gone.txt").symlink_to("nowhere.txt")  # nobody takes this for a photo
    skipped: list[tuple[Path, str]] = []
    assert len(find_photos([album], skipped)) == 8
    assert {path.relative_to(album).as_posix(): reason.split(":")[0] for path, reason in skipped} == {
        "pipe.jpg": "is no file",
        "gone.jpg": "is a link that leads nowhere",
        "party/loop.png": "is a link that leads nowhere",
        "party/again": "is a link to a folder; name that if its photos are wanted",
    }
    skipped.clear()
    assert len(find_photos(f"{album}/*.jpg", skipped)) == 2
    assert sorted(path.name for path, _ in skipped) == ["gone.jpg", "pipe.jpg"]


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("missing.jpg", "no such file or folder"),
        ("missing/*.jpg", "no photo matches this pattern"),
        ("*.txt", "no photo matches this pattern"),
        ("x" * 300, "cannot be looked up"),
    ],
)
def test_a_pattern_without_photos_is_named(pattern: str, reason: str) -> None:
    with pytest.raises(PhotoError, match=reason) as error:
        find_photos(["10.jpg", pattern])
    assert str(error.value).startswith(f"{pattern}: ")


def test_a_folder_without_photos_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PhotoError, match="the folder holds no photos"):
        find_photos([tmp_path])


def test_no_patterns_are_no_photos() -> None:
    assert find_photos([]) == []
