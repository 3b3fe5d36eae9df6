"""Where a YOLO dataset has its photos and labels, and what data.yaml and photos.jsonl say of them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from wildwear import imaging
from wildwear.datasets.documents import decode_json, read_bytes
from wildwear.datasets.formats.shapes import FieldError, relative_name
from wildwear.datasets.splits import SPLITS, Split, split_called
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError, PhotoError

DESCRIPTION = "data.yaml"
PHOTOS = "photos.jsonl"
LEAST_NUMBERS = 6  # of a polygon
DIGITS = 10  # of a share: a coordinate of a photo 100,000 px wide is at most half of ...
DECIMALS = 5  # ... the last of these of a pixel off, so it comes back exactly, if it has no more
UNKNOWN_SIZE = (
    "YOLO's coordinates are shares of the photo's size, which nobody knows here: say where the photos lie "
    "with --images"
)
NAMES = re.compile(r"^names\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Layout:
    """Where the photos and labels of a dataset are."""

    root: Path  # the folder that data.yaml speaks of
    base: Path  # the folder that file names are relative to, were all photos where they belong
    places: dict[Path, str | None]  # folders of photos, or lists of them (.txt), and the split of each
    images: Path | None  # where the photos lie instead of in `base`

    def photos(self, conversion: Conversion) -> Iterator[tuple[Path, Path, str | None]]:
        """Of each photo: where it belongs, where it lies, its split. What is none is noted."""
        for place, split in self.places.items():
            if place.suffix == ".txt":
                for line in read_bytes(place).decode("utf-8", "surrogateescape").splitlines():
                    if line.strip():
                        belongs = normal(place.parent / line.strip())
                        yield belongs, self.lies(belongs), split
                continue
            folder = place if self.images is None else self.images / place.relative_to(self.base)
            folder = folder if self.images is None or folder.is_dir() else self.images
            skipped: list[tuple[Path, str]] = []
            try:
                found = imaging.find_photos(folder, skipped)
            except PhotoError:
                found = []  # labels alone; perhaps photos.jsonl knows their sizes
            for what, reason in skipped:
                conversion.note(f"{what}, left out: it {reason}")
            for photo in found:
                yield place / photo.relative_to(folder), photo, split

    def lies(self, belongs: Path) -> Path:
        """Where a photo lies that belongs somewhere."""
        return belongs if self.images is None else self.images / self.file_name(belongs)

    def file_name(self, belongs: Path) -> str:
        """Of a photo, by where it belongs. Raises `DatasetError` for one outside of the dataset."""
        for folder in (self.base, self.root):
            if belongs.is_relative_to(folder):
                return belongs.relative_to(folder).as_posix()
        raise DatasetError(f"{belongs}: is listed but lies outside of {self.root}")

    def label(self, belongs: Path) -> Path:
        """The label file of a photo."""
        if belongs.is_relative_to(self.root):
            return self.root / label_path(belongs.relative_to(self.root))
        return Path(label_path(belongs))

    def label_folders(self) -> list[Path]:
        """The folders that the labels of photos in folders are in."""
        return [self.label(place / "photo").parent for place in self.places if place.suffix != ".txt"]


def label_path(photo: PurePosixPath | Path) -> PurePosixPath:
    """Where the labels of a photo belong: `images/a/1.jpg` has `labels/a/1.txt`. Only the last folder of that
    name counts; without one, the labels lie beside the photo."""
    parts = list(photo.parts)
    for index in reversed(range(len(parts) - 1)):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return PurePosixPath(*parts).with_suffix(".txt")


def find_layout(file: Path, description: Record, conversion: Conversion) -> Layout:
    """Where the photos and labels of a dataset are, as Ultralytics finds them; a dataset that has moved, too.

    Raises:
        DatasetError: a place is not text, or none of them is there.
    """
    stated = description.get("path")
    root = normal(file.parent / stated) if isinstance(stated, str) else normal(file.parent)
    root = root if root.is_dir() else normal(file.parent)
    places: dict[Path, str | None] = {}
    for key, split in named_splits(description):
        stated = description[key] or []
        stated = [stated] if isinstance(stated, str) else stated
        if not isinstance(stated, list) or not all(isinstance(place, str) for place in stated):
            raise DatasetError(f"{file}: {key}: expected a folder or a list of them, found {stated!r}")
        for place in stated:
            found = normal(root / place)
            if not found.exists() and place.startswith("../"):  # Roboflow writes ../train for train
                found = normal(root / place.removeprefix("../"))
            places.setdefault(found, split)
    if not places:  # labels alone
        alone = not any((root / folder).is_dir() for folder in ("images", "labels"))
        places = {root if alone else root / "images": None}
    if len(set(places.values())) == 1:
        places = dict.fromkeys(places)
    folders = [place for place in places if place.suffix != ".txt"]
    bases = [base for base in (root / "images", root) if all(base in (it, *it.parents) for it in folders)]
    base = bases[0] if bases else Path(os.path.commonpath(folders))
    layout = Layout(root, base, places, conversion.images)
    missing = [
        place for place in places if not place.exists() and not layout.label(place / "photo").parent.is_dir()
    ]
    if len(missing) == len(places):
        raise DatasetError(f"{file}: {missing[0]}: no such folder of photos, and none of labels for them")
    for place in missing:
        del places[place]
        conversion.note(f"{place}, which {file.name} names, is not there; left out")
    return layout


def named_splits(description: Record) -> list[tuple[str, Split]]:
    """The keys of a data.yaml that name photos of a split (`val`, `validation`), and which, train first."""
    named = [(key, split) for key in description if (split := split_called(key))]
    return sorted(named, key=lambda one: SPLITS.index(one[1]))


def normal(path: Path) -> Path:
    """A path without `..`, links as they are."""
    return Path(os.path.normpath(path))


def description_file(path: Path) -> Path | None:
    """The YAML file that describes a dataset: the file itself, a folder's data.yaml, or its only one."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
        if path / DESCRIPTION in files:
            return path / DESCRIPTION
        return files[0] if len(files) == 1 and names_categories(files[0]) else None
    return path if path.suffix in (".yaml", ".yml") and names_categories(path) else None


def names_categories(file: Path) -> bool:
    """Whether a YAML file has the key `names`."""
    try:
        return NAMES.search(file.read_text(encoding="utf-8")) is not None
    except (OSError, ValueError):
        return False


class Loader(yaml.SafeLoader):
    """YAML without references: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references (*name) are not read")
        return super().compose_node(parent, index)


class Dumper(yaml.SafeDumper):
    """YAML without references, as `Loader` reads it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def read_description(file: Path) -> Record:
    """The content of a data.yaml. Raises `DatasetError` where it is not YAML, or not an object."""
    try:
        description = yaml.load(decoded(file), Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DatasetError(f"{file}: is not YAML: {error}") from error
    if not isinstance(description, dict):
        raise DatasetError(
            f"{file}: expected keys such as names and train, found {type(description).__name__}"
        )
    if not isinstance(description.get("wildwear", {}), dict):
        raise DatasetError(f"{file}: wildwear: expected an object, found {description['wildwear']!r}")
    return description


def category_names(file: Path, description: Record) -> list[str]:
    """The names of the categories by their index, which the file has as a list or by number."""
    names = description.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict):
        raise DatasetError(f"{file}: names: expected a list of names, or names by number, found {names!r}")
    for index in range(len(names)):
        if not isinstance(names.get(index), str | int) or isinstance(names[index], bool):
            raise DatasetError(
                f"{file}: names: expected text for each number from 0 to {len(names) - 1}, "
                f"found {names.get(index)!r} for {index}"
            )
    return [str(names[index]) for index in range(len(names))]


def recorded_images(file: Path) -> Iterator[Record]:
    """The image records of a photos.jsonl; none where there is no such file.

    Raises:
        DatasetError: a line is no image record, or its id is that of another.
    """
    if not file.is_file():
        return
    ids: set[int] = set()
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                image = decode_json(line)
            except ValueError as error:
                raise DatasetError(f"{file}:{number}: is no image record: {error}") from error
            if not isinstance(image, dict):
                raise DatasetError(f"{file}:{number}: is no image record: {image!r:.60}")
            if type(image.get("id")) is not int or image["id"] in ids:
                raise DatasetError(
                    f"{file}:{number}: id: expected a number of its own, found {image.get('id')!r}"
                )
            try:
                relative_name(image.get("file_name"))
            except FieldError as error:
                raise DatasetError(f"{file}:{number}: file_name: {error.what}") from error
            ids.add(image["id"])
            yield image


def recorded_size(image: Record) -> tuple[int, int] | None:
    """(height, width) as the record has it; None where it does not."""
    height, width = image.get("height"), image.get("width")
    return (height, width) if type(height) is type(width) is int and min(height, width) > 0 else None


def decoded(file: Path) -> str:
    """The text of a file. Raises `DatasetError` where it cannot be read or is not UTF-8."""
    try:
        return read_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{file}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
