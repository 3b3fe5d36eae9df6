"""No two photos share a name, and no name leaves the output folder."""

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.inference.photo_names import Names, common_root, photo_name


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("one/a.jpg", "two/a.jpg", "two/deep/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
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
def test_names_whose_bytes_are_no_text_stay_apart_and_their_files_are_text(photos: Path) -> None:
    paths = [Path(os.fsdecode(os.fsencode(photos) + name)) for name in (b"/\xfe.jpg", b"/\xff.jpg")]
    found = [photo_name(path, photos) for path in paths]
    assert found == ["\udcfe.jpg", "\udcff.jpg"]
    names = Names()
    assert [names.choose(photo) for photo in (*found, "\udcfe.png", "_xfe.jpg")] == [
        *("_xfe", "_xff", "_xfe_png", "_xfe_jpg")
    ]


def test_photos_that_differ_in_suffix_or_case_alone_get_names_of_their_own() -> None:
    names = Names()
    chosen = [names.choose(photo) for photo in ("a.jpg", "a.png", "A.PNG", "a_png.gif", "b/a.jpg", "a.png")]
    assert chosen == ["a", "a_png", "A_PNG_2", "a_png_gif", "b/a", "a_png_3"]


def test_names_that_an_earlier_run_gave_stay_taken() -> None:
    assert Names(["a"]).choose("a.jpg") == "a_jpg"


folders = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)
files = folders.filter(lambda name: name not in (".", ".."))


@given(
    st.lists(
        st.tuples(st.lists(folders | st.just("..")), files).map(lambda parts: "/".join([*parts[0], parts[1]]))
    )
)
def test_whatever_photos_are_called_their_files_are_apart_and_below_the_folder(photos: list[str]) -> None:
    names = Names()
    chosen = [names.choose(photo) for photo in photos]
    assert len({name.casefold() for name in chosen}) == len(chosen)
    for name in chosen:
        path = PurePosixPath(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert len(path.name.encode()) < 200
