"""Names of photos: what is one photo and what are two, and how each is found and shown."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.imaging.identity import Claims, as_on_disk, find_photo, identity, relative_name, shown

COMPOSED = unicodedata.normalize("NFC", "Kleid_grün.jpg")
APART = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.jpg", "a.jpg"),
        ("a..b/c.jpg", "a..b/c.jpg"),
        ("images\\a.jpg", "images/a.jpg"),
        (".\\x\\.\\a.jpg", "x/a.jpg"),
        ("./x//a.jpg", "x/a.jpg"),
        ("https://host/x/a.jpg", "host/x/a.jpg"),
        ("10:30.jpg", "10:30.jpg"),
        (APART, APART),
    ],
)
def test_a_name_is_relative_and_has_slashes(written: str, name: str) -> None:
    assert relative_name(written) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "/",
        "/a.jpg",
        "\\a.jpg",
        "C:\\a.jpg",
        "c:/a.jpg",
        "..\\a.jpg",
        "x/../../a.jpg",
        "a\0.jpg",
        None,
        7,
    ],
)
def test_what_leads_elsewhere_or_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match=r"leaves its folder|expected the name of a photo"):
        relative_name(name)


def test_names_that_differ_in_slashes_or_accents_are_of_one_photo_and_in_capitals_of_two() -> None:
    assert identity(f"x\\{COMPOSED}") == identity(f"./x/{APART}")
    assert identity("a.jpg") != identity("A.jpg")
    assert identity("../a.jpg") == identity("..\\a.jpg")  # not a name, but may be compared


@given(st.text())
def test_writing_a_name_once_more_changes_nothing(name: str) -> None:
    try:
        once = relative_name(name)
    except ValueError:
        return
    assert relative_name(once) == once
    assert identity(identity(once)) == identity(once)


@pytest.mark.parametrize("on_disk", [COMPOSED, APART])
@pytest.mark.parametrize("wanted", [COMPOSED, APART])
def test_a_photo_is_found_however_its_accents_are_put_together(
    tmp_path: Path, on_disk: str, wanted: str
) -> None:
    folder = tmp_path / unicodedata.normalize("NFC", "Schränke")
    folder.mkdir()
    (folder / on_disk).touch()
    name = unicodedata.normalize("NFD", "Schränke") + "/" + wanted
    found = find_photo(name, [tmp_path / "elsewhere", tmp_path])
    assert found is not None
    assert found.samefile(folder / on_disk)
    assert find_photo(f"{name}.png", [tmp_path]) is None


@pytest.mark.skipif(os.name == "nt", reason="there a backslash is a slash")
def test_a_photo_whose_name_holds_a_backslash_is_found(tmp_path: Path) -> None:
    (tmp_path / "images\\a.jpg").touch()
    assert find_photo("images/a.jpg", [tmp_path]) == tmp_path / "images\\a.jpg"


@given(st.binary())
def test_what_is_shown_leads_back_to_what_the_disk_has(name: bytes) -> None:
    assert as_on_disk(shown(os.fsdecode(name))) == os.fsdecode(name)


def test_bytes_that_are_no_text_are_shown_apart() -> None:
    names = [os.fsdecode(name) for name in (b"\xfe.jpg", b"\xff.jpg", b"\\xff.jpg", "grün.jpg".encode())]
    assert [shown(name) for name in names] == ["\\xfe.jpg", "\\xff.jpg", "\\\\xff.jpg", "grün.jpg"]
    assert shown("\ud800.jpg") == "\\ud800.jpg"


def test_a_name_is_for_one_photo() -> None:
    claims = Claims()
    assert claims.rival(COMPOSED, "image 1") is None
    assert claims.rival(COMPOSED, "image 1") is None
    assert claims.rival(APART, "image 2") == "image 1"
    assert claims.rival("other.jpg", "image 2") is None
