"""A VIA 2 project, or a file of regions alone, as the document that it is: what a verb does not change stays.

Not for its photos as COCO records: see `datasets.formats.via`, whose checks these are.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from wildwear.datasets.documents import read_json
from wildwear.datasets.formats.coco import encoded, make_parent
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via.attributes import ID, value_of
from wildwear.datasets.formats.via.project import ATTRIBUTE, ATTRIBUTES, METADATA, ORDER, SETTINGS, inner
from wildwear.datasets.formats.via.reading import (
    are_numbers,
    guessed_attribute,
    in_order,
    parts_of,
    regions_of,
)
from wildwear.datasets.formats.via.regions import sound_attributes
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with, write_atomically
from wildwear.imaging.identity import identity


@dataclass(frozen=True)
class Project:
    """A document whose photos and regions are sound; nobody changes it, a verb makes another.

    Attributes:
        path: where it was read.
        document: all of it.
    """

    path: Path
    document: Record

    @classmethod
    def read(cls, path: Path) -> "Project":
        """Read and check a file.

        Raises:
            DatasetError: it is no VIA file, or a photo or region is malformed; it is named.
        """
        document = read_json(path)
        _, photos = parts_of(path, document)
        for key, record in photos.items():
            where = f"{path}: photo {key!r}"
            try:
                if not isinstance(record, dict):
                    raise FieldError("", f"expected an object, found {type(record).__name__}")
                if not isinstance(name := record.get("filename"), str) or not name:
                    raise FieldError("filename", f"expected the name of a photo, found {name!r}")
                sound_attributes(record.get("file_attributes"), "file_attributes")
                regions_of(where, record, Conversion())
            except FieldError as error:
                raise DatasetError(f"{f'{where}: {error.field}'.rstrip(': ')}: {error.what}") from None
        return cls(path, document)

    @property
    def is_whole(self) -> bool:
        """Whether it is a project; a file of regions has neither settings nor an id list."""
        return METADATA in self.document

    @property
    def photos(self) -> dict[str, Record]:
        """The records of the photos by their keys, in the order of the file."""
        photos: dict[str, Record] = self.document[METADATA] if self.is_whole else self.document
        return photos

    @property
    def listed(self) -> Any:
        """VIA's list of keys; None where there is none."""
        return self.document.get(ORDER) if self.is_whole else None

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the photos that are there, each once, in the order in which VIA shows them."""
        return in_order(self.photos, self.listed, Conversion())

    def names(self) -> list[str]:
        """The file names of the photos in that order."""
        return [self.photos[key]["filename"] for key in self.keys]

    def regions(self, key: str) -> list[tuple[int, Record]]:
        """The regions of a photo, with their places from 0."""
        return regions_of(key, self.photos[key], Conversion())

    def definitions(self, kind: str) -> Record:
        """The attributes that the project defines, of regions ("region") or of photos ("file")."""
        return inner(self.document, ATTRIBUTES, kind) if self.is_whole else {}

    def attribute(self, asked: str | None) -> str:
        """The region attribute that names the category: the one asked for, or the reader's own guess.

        Raises:
            DatasetError: nobody has ever used or defined the one asked for.
        """
        carried = Counter(
            name
            for key in self.keys
            for _, region in self.regions(key)
            for name, value in region["region_attributes"].items()
            if value_of(value)
        )
        definitions = self.definitions("region")
        known = {**definitions, **carried}
        if asked and known and asked not in known:
            raise DatasetError(
                f"{self.path}: no region has the attribute {asked!r}; there are {', '.join(map(repr, known))}"
            )
        return asked or guessed_attribute(carried, definitions) or ATTRIBUTE

    def key_of(self, name: str) -> str:
        """The key of a photo that a user names by that key or by its file name.

        Raises:
            DatasetError: there is none, or there are several.
        """
        if name in self.photos:
            return name
        found = self.keys_by_name.get(identity(name), [])
        if len(found) > 1:
            raise DatasetError(
                f"{self.path}: {name!r} is the name of {len(found)} photos; say which by its key: "
                f"{', '.join(found)}"
            )
        if not found:
            raise DatasetError(f"{self.path}: there is no photo {name!r}")
        return found[0]

    @cached_property
    def keys_by_name(self) -> dict[str, list[str]]:
        """The keys of the photos of each file name."""
        found: dict[str, list[str]] = {}
        for key in self.keys:
            found.setdefault(identity(self.photos[key]["filename"]), []).append(key)
        return found

    def holding(self, photos: Mapping[str, Record]) -> "Project":
        """The same project with these photos in place of its own.

        Args:
            photos: by key, in the order in which VIA is to show them; in the file they keep the order that
                they had, and the id list is in step.
        """
        in_file = {key: photos[key] for key in self.photos if key in photos} | dict(photos)
        if not self.is_whole:
            return Project(self.path, in_file)
        document = self.document | {METADATA: in_file}
        if ORDER in document:
            document[ORDER] = [self.listed_as(key) for key in photos]
        return Project(self.path, document)

    def listed_as(self, key: str) -> str | int:
        """A key as the id list has it: a number where those are numbers."""
        return int(key) if are_numbers(self.listed) and ID.fullmatch(key) else key

    def called(self, name: str) -> "Project":
        """The same project under another name; a file of regions has none."""
        if not self.is_whole:
            return self
        settings = inner(self.document, SETTINGS)
        named = {**settings, "project": {**inner(settings, "project"), "name": name}}
        return Project(self.path, self.document | {SETTINGS: named})


def list_problems(project: Project) -> list[str]:
    """What is wrong with the id list, in sentences: it is to hold the keys of the photos, in their order."""
    if not project.is_whole:
        return []
    if not isinstance(project.listed, list):
        return [f"{ORDER} is missing: VIA 2.0.10 and later show the photos in its order"]
    listed = [str(one) for one in project.listed]
    photos = project.photos
    problems = []
    if strange := [key for key in dict.fromkeys(listed) if key not in photos]:
        problems.append(f"{ORDER} has {some(strange)}, of which there is no photo")
    if twice := [key for key, times in Counter(listed).items() if times > 1]:
        problems.append(f"{ORDER} has more than once: {some(twice)}")
    if missing := photos.keys() - set(listed):
        problems.append(f"{ORDER} lacks {some([key for key in photos if key in missing])}: VIA hides them")
    if not problems and listed != list(photos):
        place = next(place for place, key in enumerate(photos) if key != listed[place])
        problems.append(
            f"{ORDER} has another order than the photos, from place {place + 1} on ({listed[place]!r})"
        )
    return problems


def some(keys: list[str]) -> str:
    """Keys as a sentence names them: a few, and how many more there are."""
    shown = ", ".join(map(repr, keys[:SHOWN]))
    return f"{shown} and {len(keys) - SHOWN:,} more" if len(keys) > SHOWN else shown


SHOWN = 5  # keys in a sentence


def save(projects: Mapping[Path, Project], sources: Collection[Project], *, overwrite: bool = False) -> None:
    """Write projects, each whole or not at all.

    Args:
        projects: by the file to write.
        sources: what they were made of, which stays as it is.
        overwrite: replace what is there already.

    Raises:
        OutputError: a file is one of the sources, is there already, or cannot be written. Of the first two
            it is known before anything is written.
    """
    for path in projects:
        if any(path.resolve() == source.path.resolve() for source in sources):
            raise OutputError(f"{path}: is the source itself; name another file")
        if path.exists() and not overwrite:
            raise OutputError(f"{path}: is there already; name another, or replace it with --overwrite")
    for path, project in projects.items():
        with alone_with(path):
            make_parent(path)
            write_atomically(path, encoded(project.document, path))


def save_in_place(project: Project) -> Path:
    """Write a project over the file that it was read from, which stays beside it under another name.

    Returns:
        the file that holds what was there: project.json.bak, or .bak2 and so on where there is one already.

    Raises:
        OutputError: one of the two cannot be written; then the file is as it was.
    """
    path = project.path.resolve()  # of a link, the file that it leads to
    content = encoded(project.document, path)
    with alone_with(path):
        names = (f"{path.name}.bak{number if number > 1 else ''}" for number in count(1))
        backup = next(place for place in map(path.with_name, names) if not place.exists())
        write_atomically(backup, path.read_bytes())
        write_atomically(path, content)
    return backup
