"""What a selection is handed out as: a list, a folder of renumbered copies, or a project for VIA. The photos
themselves are only read."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import polars as pl

from wildwear.curation.catalog import Catalog
from wildwear.datasets.formats import via
from wildwear.datasets.stream import Conversion, Photo, PhotoStream
from wildwear.errors import DatasetError, OutputError, PhotoError
from wildwear.files import replacing_folder, write_atomically
from wildwear.gathering import Place, place_called
from wildwear.gathering.sources import LIST
from wildwear.imaging.identity import as_on_disk
from wildwear.imaging.photo_paths import is_named_as_photo
from wildwear.taxonomy import coco_categories

To = Literal["list", "folder", "via"]
NAMES = "names.csv"  # beside renumbered copies: which photo each is
DIGITS = 6  # of their numbers, as the thesis has them
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg"}  # of formats whose names are none, as Pillow calls them
CHECKED = {"one": "0", "several": "1", "none": "2", "selfie": "3"}
"""The checkbox of VIA (`datasets.terms.PEOPLE`) for each word of the column `people`."""


def write_list(photos: pl.DataFrame, out: Path) -> None:
    """The paths of the photos, one a line, which `segment`, `scan` and `--put-back` take.

    Raises:
        DatasetError: the name of a photo runs over the end of a line.
        OutputError: it is not called a list, by which it is known as one, and no photo is overwritten; or it
            cannot be written.
    """
    if out.suffix.lower() != LIST:
        raise OutputError(f"{out}: a list is a {LIST} file, which other commands take for one; name it so")
    write_atomically(out, lines(photos["path"]))


def lines(names: Iterable[str]) -> bytes:
    """Names, one a line, as the disk has them. Raises `DatasetError` for one that has several lines."""
    content = [os.fsencode(as_on_disk(name)) for name in names]
    for name in content:
        if len(name.splitlines()) != 1:
            raise DatasetError(f"{os.fsdecode(name)!r}: has the end of a line in its name; rename it")
    return b"".join(name + b"\n" for name in content)


def write_folder(
    photos: pl.DataFrame, out: Path, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> None:
    """Copies of the photos, 000000.jpg and so on in their order, and `names.csv`: which is which.

    Raises:
        OutputError: something lies there already, or it cannot be written; then nothing is left behind.
        PhotoError: a photo is not there any more.
    """
    with replacing_folder(out, ours=lambda name: False) as folder:
        named = []
        for number, (photo, path, kind) in enumerate(photos.select("photo", "path", "format").iter_rows()):
            name = f"{number:0{DIGITS}}{suffix_of(PurePosixPath(photo), kind)}"
            (folder / name).write_bytes(content_of(place_called(as_on_disk(path))))
            named.append((name, photo, path))
            progress(number + 1, len(photos))
        with (folder / NAMES).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("name", "photo", "path"), *named])


def suffix_of(photo: PurePosixPath, kind: str) -> str:
    """By which the copy of a photo is known as one: its own, or where it has none, as on the web, that of its
    format."""
    return (photo.suffix if is_named_as_photo(photo) else SUFFIXES.get(kind, f".{kind}")).lower()


def content_of(place: Place) -> bytes:
    """The file of a photo. Raises `PhotoError`."""
    try:
        return place.read_bytes() if isinstance(place, Path) else place.read()
    except OSError as error:
        raise PhotoError(f"{place}: cannot be read ({error.strerror}); scan again") from error


def write_via(photos: pl.DataFrame, catalog: Catalog, out: Path) -> None:
    """A VIA 2 project of the photos where they lie, without regions; who is on them is ticked beforehand,
    where that is known.

    Raises:
        DatasetError: photos lie elsewhere than in one folder, or VIA could not tell two apart.
        OutputError: something lies there already, annotations maybe; or it cannot be written.
    """
    root = catalog.settings.get("root")
    folder = Path(as_on_disk(str(root))).absolute() if root else None
    if folder is None or not folder.is_dir():
        raise DatasetError(
            f"{catalog.path}: its photos are no files in one folder, and VIA opens no others; hand them out "
            "by --to folder, scan that, and make the project of it"
        )
    if out.suffix.lower() != ".json":
        raise OutputError(f"{out}: a VIA project is a .json file; name it so")
    if out.exists():
        raise OutputError(f"{out}: is there already, and may hold annotations; name another file")
    header = {"info": {"label_set": "wildwear30"}, "categories": coco_categories()}
    stream = PhotoStream(header, records(photos), len(photos))
    via.write(stream, out, Conversion(images=folder))


def records(photos: pl.DataFrame) -> Iterator[Photo]:
    """Image records without annotations."""
    columns = photos.select("photo", "width", "height", "people").iter_rows()
    for number, (photo, width, height, people) in enumerate(columns, start=1):
        image = {"id": number, "file_name": photo, "width": width, "height": height}
        yield image | ({"people": CHECKED[people]} if people else {}), []
