"""Photos that somebody named get names that last, and that are safe."""

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.gathering.naming import common_root, name_of_address, photo_name


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("one/a.jpg", "two/a.jpg", "two/deep/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "two/holiday.zip").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "root"),
    [
        (["two"], "two"),
        (["two/a.jpg"], "two"),
        (["one/a.jpg", "two/a.jpg"], "."),
        (["two/deep", "two/a.jpg"], "two"),
        (["two/*.jpg"], "two"),
        (["two/**/*.jpg"], "two"),
        (["*/a.jpg"], "."),
        (["two/deep", "one"], "."),
        (["two/holiday.zip"], "two/holiday.zip"),
        (["two/holiday.zip", "two/a.jpg"], "two"),
        (["two/*.zip"], "two"),
    ],
)
def test_photos_are_named_from_the_deepest_folder_that_holds_all_that_was_asked_for(
    patterns: list[str], root: str, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    assert common_root(patterns) == (photos / root).resolve()
    assert common_root([photos / pattern for pattern in patterns]) == (photos / root).resolve()


def test_a_name_does_not_change_when_photos_are_added(photos: Path) -> None:
    before = photo_name(photos / "two/deep/b.jpg", common_root([photos]))
    (photos / "c.jpg").touch()
    assert photo_name(photos / "two/deep/b.jpg", common_root([photos])) == before == "two/deep/b.jpg"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps file names as text")
def test_bytes_that_are_no_text_are_kept_in_names(photos: Path) -> None:
    paths = [Path(os.fsdecode(os.fsencode(photos) + name)) for name in (b"/\xfe.jpg", b"/\xff.jpg")]
    assert [photo_name(path, photos) for path in paths] == ["\udcfe.jpg", "\udcff.jpg"]


def test_an_address_is_named_as_wget_saves_it_and_by_more_where_that_does_not_tell_it_from_others() -> None:
    assert name_of_address("https://example.com/a/1.jpg") == "example.com/a/1.jpg"
    names = {
        name_of_address(f"https://example.com{path}")
        for path in ("/a/1.jpg", "/a/1.jpg?w=2", "/a/1.jpg?w=3", "/a/%31.jpg", "//a/1.jpg", "/a/1.jpg#top")
    }
    assert len(names) == 6
    assert name_of_address("https://example.com").startswith("example.com/photo-")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_an_address_is_its_name_stays_below_a_folder(path: str) -> None:
    name = PurePosixPath(name_of_address(f"https://example.com:8080/{path}"))
    assert name.parts[0] == "example.com_8080"
    assert ".." not in name.parts
    assert str(name).isprintable() or not path.isprintable()
