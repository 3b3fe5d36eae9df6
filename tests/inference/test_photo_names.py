"""No two photos share a name, and no name leaves the output folder."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.inference.photo_names import Names


def test_names_whose_bytes_are_no_text_stay_apart_and_their_files_are_text() -> None:
    names = Names()
    photos = ("\udcfe.jpg", "\udcff.jpg", "\udcfe.png", "_xfe.jpg")
    assert [names.choose(photo) for photo in photos] == [*("_xfe", "_xff", "_xfe_png", "_xfe_jpg")]


def test_photos_that_differ_in_suffix_or_case_alone_get_names_of_their_own() -> None:
    names = Names()
    chosen = [names.choose(photo) for photo in ("a.jpg", "a.png", "A.PNG", "a_png.gif", "b/a.jpg", "a.png")]
    assert chosen == ["a", "a_png", "A_PNG_2", "a_png_gif", "b/a", "a_png_3"]


def test_names_that_an_earlier_run_gave_stay_taken() -> None:
    assert Names(["a"]).choose("a.jpg") == "a_jpg"


def test_a_folder_that_is_called_like_a_picture_is_not_in_the_way_of_that_picture() -> None:
    names = Names()
    assert [names.choose(photo) for photo in ("a.png", "a.jpg/b.jpg", "a_jpg/b.jpg")] == [
        *("a", "a_jpg/b", "a_jpg/b_jpg")
    ]


@pytest.mark.parametrize("photo", ["x" * 300 + "/1.jpg", "/".join(["folder"] * 800) + "/1.jpg"])
def test_names_that_no_file_system_takes_are_shortened_and_stay_apart(photo: str, tmp_path: Path) -> None:
    names = Names()
    first, second = names.choose(photo), names.choose("y" + photo)
    assert first != second
    (tmp_path / first).parent.mkdir(parents=True)
    (tmp_path / f"{first}.jpg").touch()


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
