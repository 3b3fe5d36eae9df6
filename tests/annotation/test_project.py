"""A project: a folder that knows its photos wherever it is opened from, and whose token is its owner's."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from made_annotations import made_photos, made_project
from wildwear.annotation import add, existing_project, from_photos, open_project
from wildwear.annotation.pictures import picture
from wildwear.errors import DatasetError, OutputError, PhotoError
from wildwear.gathering import gather


def test_the_token_outlives_a_restart_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    assert len(project.token) >= 32
    assert open_project(project.folder).token == project.token
    file = project.folder / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    open_project(project.folder)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "whoever loosened it"


def test_a_new_token_is_another(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    renewed = open_project(project.folder, new_token=True)
    assert renewed.token != project.token
    assert open_project(project.folder).token == renewed.token
    assert stat.S_IMODE((project.folder / "token").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, b"line\nbreak" * 9])
def test_what_is_no_token_is_refused_with_the_way_to_another(tmp_path: Path, content: bytes) -> None:
    folder = made_project(tmp_path).folder
    (folder / "token").write_bytes(content)
    with pytest.raises(DatasetError, match=r"token: holds no token; --new-token makes one"):
        open_project(folder)
    assert len(open_project(folder, new_token=True).token) >= 32


def test_photos_are_found_whatever_folder_we_are_in_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_photos(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    project = open_project(Path("work"))
    add(project, from_photos(gather(["photos"]).photos, "ann"))
    monkeypatch.chdir("/")
    photo = project.store.photo(1)
    assert photo is not None
    assert picture(photo).startswith(b"\xff\xd8")


def test_photos_that_moved_are_named_again_and_keep_their_work(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    (tmp_path / "photos").rename(tmp_path / "moved")
    assert add(project, from_photos(gather([str(tmp_path / "moved")]).photos, "ann")) == 0
    photo = project.store.photo(1)
    assert photo is not None
    assert picture(photo)


def test_photos_in_an_archive_are_annotated_where_they_are(tmp_path: Path) -> None:
    photos = made_photos(tmp_path / "photos")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as packed:
        for path in sorted(photos.iterdir()):
            packed.write(path, path.name)
    project = open_project(tmp_path / "project")
    add(project, from_photos(gather([str(tmp_path / "photos.zip")]).photos, "ann"))
    photo = project.store.photo(1)
    assert photo is not None
    assert picture(photo).startswith(b"\xff\xd8")
    (tmp_path / "photos.zip").unlink()
    with pytest.raises(PhotoError):
        picture(photo)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_a_photo_like_any_other(tmp_path: Path) -> None:
    made_photos(tmp_path / "photos")
    (tmp_path / "photos" / "1.jpg").rename(os.fsdecode(bytes(tmp_path / "photos") + b"/\xff\\.jpg"))
    project = open_project(tmp_path / "project")
    add(project, from_photos(gather([str(tmp_path / "photos")]).photos, "ann"))
    [photo] = [one for one in map(project.store.photo, (1, 2)) if one is not None and "xff" in one.name]
    assert photo.name == "\\xff\\\\.jpg"
    assert picture(photo).startswith(b"\xff\xd8")


def test_what_is_no_project_is_said_to_be_none_and_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no project of `wildwear annotate`"):
        existing_project(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file: cannot be made"):
        open_project(tmp_path / "file")
