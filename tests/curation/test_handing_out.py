"""What a selection is handed out as; the photos stay as they are."""

import csv
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest

from curation.conftest import write_noise
from wildwear.curation import Catalog
from wildwear.curation.handing_out import write_folder, write_list, write_via
from wildwear.curation.selecting import select
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError, PhotoError
from wildwear.gathering import gather


def test_a_list_names_files_as_the_disk_does(chosen_from: Catalog, tmp_path: Path) -> None:
    odd = tmp_path / "photos" / os.fsdecode(b"caf\xe9 \\ bar.jpg")
    (tmp_path / "photos" / "0.jpg").rename(odd)
    shown = str(tmp_path / "photos" / r"caf\xe9 \\ bar.jpg")
    photos = select(chosen_from, "faces = 1").photos.with_columns(path=pl.lit(shown))
    write_list(photos, tmp_path / "list.txt")
    assert (tmp_path / "list.txt").read_bytes() == os.fsencode(odd) + b"\n"
    assert [photo.place for photo in gather([str(tmp_path / "list.txt")]).photos] == [odd]


def test_a_name_that_would_be_two_lines_of_a_list_is_refused(chosen_from: Catalog, tmp_path: Path) -> None:
    photos = select(chosen_from).photos.with_columns(path=pl.lit("a\nb.jpg"))
    with pytest.raises(DatasetError, match="end of a line"):
        write_list(photos, tmp_path / "list.txt")
    assert not (tmp_path / "list.txt").exists()


def test_a_list_that_is_called_otherwise_is_refused_and_no_photo_is_overwritten(
    chosen_from: Catalog, tmp_path: Path
) -> None:
    photo = tmp_path / "photos" / "0.jpg"
    before = photo.read_bytes()
    for out in (photo, tmp_path / "chosen"):
        with pytest.raises(OutputError, match=r"a list is a \.txt file"):
            write_list(select(chosen_from).photos, out)
    assert photo.read_bytes() == before


def test_copies_are_numbered_in_their_order_and_a_table_says_which_is_which(
    chosen_from: Catalog, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in (tmp_path / "photos").iterdir()}
    write_folder(select(chosen_from, "faces >= 1").photos, tmp_path / "copies")
    with (tmp_path / "copies" / "names.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "photo", "path"],
            ["000000.jpg", "0.jpg", str(tmp_path / "photos" / "0.jpg")],
            ["000001.jpg", "4.jpg", str(tmp_path / "photos" / "4.jpg")],
        ]
    assert (tmp_path / "copies" / "000001.jpg").read_bytes() == before["4.jpg"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "photos").iterdir()} == before


@pytest.mark.parametrize(
    ("photo", "kind", "suffix"),
    [("a/b.JPG", "JPEG", ".jpg"), ("example.com/photo-12", "JPEG", ".jpg"), ("e.org/a.php", "WEBP", ".webp")],
)
def test_a_copy_is_called_as_a_photo_also_where_an_address_is_not(
    photo: str, kind: str, suffix: str, chosen_from: Catalog, tmp_path: Path
) -> None:
    photos = select(chosen_from, "faces = 1").photos
    write_folder(photos.with_columns(photo=pl.lit(photo), format=pl.lit(kind)), tmp_path / "copies")
    [copy] = gather([str(tmp_path / "copies")]).photos
    assert copy.name == f"000000{suffix}"


def test_photos_in_an_archive_are_copied_out_of_it(chosen_from: Catalog, tmp_path: Path) -> None:
    write_noise(tmp_path / "a.jpg", 1)
    with zipfile.ZipFile(tmp_path / "pool.zip", "w") as archive:
        archive.write(tmp_path / "a.jpg", "in/a.jpg")
    photos = select(chosen_from, "faces = 1").photos
    write_folder(photos.with_columns(path=pl.lit(str(tmp_path / "pool.zip/in/a.jpg"))), tmp_path / "copies")
    assert (tmp_path / "copies" / "000000.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()
    with pytest.raises(PhotoError, match=r"in/b.jpg: is not in .*pool.zip any more"):
        write_folder(photos.with_columns(path=pl.lit(str(tmp_path / "pool.zip/in/b.jpg"))), tmp_path / "more")


def test_nothing_is_written_where_something_lies_or_a_photo_has_gone(
    chosen_from: Catalog, tmp_path: Path
) -> None:
    photos = select(chosen_from).photos
    with pytest.raises(OutputError, match="would be lost"):
        write_folder(photos, tmp_path / "photos")
    (tmp_path / "photos" / "3.jpg").unlink()
    with pytest.raises(PhotoError, match=r"3.jpg: cannot be read .*scan again"):
        write_folder(photos, tmp_path / "copies")
    assert not (tmp_path / "copies").exists()


def test_a_via_project_opens_the_photos_where_they_lie_and_says_who_is_on_them(
    chosen_from: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "projects").mkdir()
    project = tmp_path / "projects" / "via.json"
    write_via(select(chosen_from, "color = 'color'").photos, chosen_from, project)
    assert '"default_filepath":"../photos/"' in project.read_text().replace(": ", ":")
    dataset = Dataset.read(project)
    assert [(image["file_name"], image.get("people")) for image in dataset.images] == [
        ("0.jpg", "0"),
        ("2.jpg", "2"),
        ("3.jpg", None),
        ("4.jpg", "1"),
    ]
    assert (len(dataset.categories), dataset.annotations) == (30, [])


def test_via_is_refused_photos_that_lie_in_no_folder(chosen_from: Catalog, tmp_path: Path) -> None:
    chosen_from.note({"root": str(tmp_path / "pool.zip")})
    with pytest.raises(DatasetError, match="--to folder, scan that"):
        write_via(select(chosen_from).photos, chosen_from, tmp_path / "via.json")


def test_a_via_project_that_is_there_is_not_overwritten(chosen_from: Catalog, tmp_path: Path) -> None:
    project = tmp_path / "via.json"
    project.write_text("hours of work")
    with pytest.raises(OutputError, match="may hold annotations; name another file"):
        write_via(select(chosen_from).photos, chosen_from, project)
    assert project.read_text() == "hours of work"
