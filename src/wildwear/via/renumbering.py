"""The photos of a VIA project copied as 000000.jpg, 000001.jpg, ..., and named so in it. For datasets see
`datasets.making.derive`."""

import shutil
from collections.abc import Callable
from pathlib import Path

from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.coco import encoded
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via.project import ATTRIBUTES, SETTINGS, inner, text
from wildwear.datasets.making.photo_files import IMAGES
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with, replacing_folder
from wildwear.via.project import Project, some

ORIGINAL = "original_file_name"  # the file attribute that keeps a photo's name, as `data renumber` calls it


def find_photos(project: Project, images: Path | None) -> dict[str, Path]:
    """Where the photos lie, by key; those that are not there are absent.

    Raises:
        DatasetError: a file name leads out of the folder of the photos.
    """
    conversion = Conversion(images=images)
    found = {}
    for key in project.keys:
        try:
            name = shapes.relative_name(project.photos[key]["filename"])
        except FieldError as error:
            raise DatasetError(f"{project.path}: photo {key!r}: filename: {error.what}") from None
        if photo := shapes.find_photo(name, project.path.parent, conversion):
            found[key] = photo
    return found


def renumber(
    project: Project,
    out: Path,
    images: Path | None = None,
    *,
    skip_missing: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Project:
    """Write a folder with the project and, in `images`, copies of its photos, numbered in VIA's order.

    Each keeps its suffix, in small letters. A key that VIA made of name and size is made anew of the new name
    and the size of the file, by which VIA knows a photo again; any other stays. The file attribute
    `original_file_name` says what each was called.

    Args:
        project: stays as it is.
        out: a folder that is empty or does not exist; it is there whole or not at all.
        images: the folder of the photos, if they are not beside the project.
        skip_missing: leave out the photos that are not there, instead of stopping.
        progress: called with the number of photos copied and in all.

    Raises:
        DatasetError: photos are not there.
        OutputError: the folder holds something or cannot be written, or there are not as many copies in it as
            the project has photos.
    """
    found = find_photos(project, images)
    missing = [project.photos[key]["filename"] for key in project.keys if key not in found]
    if missing and not skip_missing:
        raise DatasetError(
            f"{project.path}: {len(missing):,} of {len(project.keys):,} photos are not there: "
            f"{some(missing)}; say where with --images, or leave them out with --skip-missing"
        )
    if not found:
        raise DatasetError(f"{project.path}: none of its {len(project.keys):,} photos is there; see --images")
    photos: dict[str, Record] = {}
    with alone_with(out), replacing_folder(out, ours=lambda name: False) as folder:
        (folder / IMAGES).mkdir()
        for number, (key, photo) in enumerate(found.items()):
            name = f"{number:06d}{photo.suffix.lower()}"
            shutil.copyfile(photo, folder / IMAGES / name)
            new, record = renamed(key, project.photos[key], name, photo.stat().st_size)
            photos[new] = record
            progress(number + 1, len(found))
        made = defining_original(project.holding(photos))
        copies = sum(1 for _ in (folder / IMAGES).iterdir())
        if not copies == len(photos) == len(made.keys) == len(found):
            raise OutputError(
                f"{out}: {len(found):,} photos made {copies:,} copies and {len(made.keys):,} entries of the "
                "project; nothing is written"
            )
        (folder / project.path.name).write_bytes(encoded(made.document, project.path))
    return made


def renamed(key: str, record: Record, name: str, size: int) -> tuple[str, Record]:
    """The key and the record of a photo under another name; `size` is that of its file, in bytes."""
    original = record.get("file_attributes", {}) or {}
    attributes = {ORIGINAL: record["filename"]} | original  # numbered twice, the first name stays
    changed = record | {"filename": name, "file_attributes": attributes}
    if key != f"{record['filename']}{record.get('size')}":
        return key, changed
    return f"{name}{size}", changed | {"size": size}


def defining_original(project: Project) -> Project:
    """The same project with that attribute defined, and the photos looked for beside it."""
    if not project.is_whole:
        return project
    defined = inner(project.document, ATTRIBUTES)
    of_photos = {**inner(defined, "file"), ORIGINAL: text("the name that the photo had")}
    settings = inner(project.document, SETTINGS)
    beside = {**inner(settings, "core"), "default_filepath": f"{IMAGES}/"}
    changes = {ATTRIBUTES: {**defined, "file": of_photos}, SETTINGS: {**settings, "core": beside}}
    return Project(project.path, project.document | changes)
