"""Problems of the photos behind a dataset: missing, damaged, of another size, twice, in two datasets."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from wildwear import imaging
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.health.chunk import Size
from wildwear.datasets.health.problems import Kind, Place, Problem, Remedy, problem
from wildwear.datasets.health.records import is_whole
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, WildwearError
from wildwear.files import sha256
from wildwear.imaging.duplicates import groups, near_duplicates
from wildwear.imaging.identity import identity
from wildwear.imaging.masks import MAX_MASK_PIXELS

AHEAD = 256  # photos that are given to the threads at a time


@dataclass
class Photos:
    """What was found where a dataset's photos should be, by `file_name`; each name is in one of the
    first four."""

    outside: set[str] = field(default_factory=set)  # names that lead out of the folder
    missing: dict[str, Path] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)  # what is wrong with it
    paths: dict[str, Path] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)  # (height, width), upright
    hashes: dict[str, np.uint64] = field(default_factory=dict)  # `imaging.photo_hash`
    contents: dict[str, str] = field(default_factory=dict)  # SHA-256, where another photo may be the same
    wanted: bool = True  # False: nobody said where they are, and none lies beside the file


def locate(dataset: Dataset, images_dir: Path | None) -> Photos:
    """Look for the photos; `read` then reads them.

    Raises:
        DatasetError: there is no such folder.
    """
    if images_dir is not None and not images_dir.is_dir():
        raise DatasetError(f"{images_dir}: no such folder; name the one in which the photos lie")
    photos = Photos()
    names = (image.get("file_name") for image in dataset.images if isinstance(image, dict))
    for name in dict.fromkeys(name for name in names if isinstance(name, str)):
        try:
            path = dataset.photo_path({"id": None, "file_name": name}, images_dir)
            there = path.is_file()
        except DatasetError:
            photos.outside.add(name)
            continue
        except OSError as error:
            photos.damaged[name] = f"cannot be looked up ({error.strerror})"
            continue
        (photos.paths if there else photos.missing)[name] = path
    photos.wanted = images_dir is not None or bool(photos.paths) or not photos.missing
    return photos


def read(photos: Photos, progress: Callable[[], None]) -> None:
    """Decode every photo, for nothing less finds all that are damaged, and note its size and hash.

    Args:
        photos: as `locate` found them; completed here.
        progress: called after each photo.
    """
    waiting = iter(dict(photos.paths).items())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while some := list(islice(waiting, AHEAD)):
            for (name, _), found in zip(some, pool.map(_decode, (path for _, path in some)), strict=True):
                progress()
                if isinstance(found, str):
                    photos.damaged[name] = found
                    del photos.paths[name]
                else:
                    photos.sizes[name], photos.hashes[name] = found
    alike: dict[tuple[int, Size], list[str]] = defaultdict(list)
    for name, pixels in photos.hashes.items():
        alike[int(pixels), photos.sizes[name]].append(name)
    for names in alike.values():
        if len(names) > 1:
            photos.contents |= {name: sha256(photos.paths[name]) for name in names}


def _decode(path: Path) -> tuple[Size, np.uint64] | str:
    try:
        photo = imaging.read_photo(path)
    except WildwearError as error:
        return str(error)
    return (photo.shape[0], photo.shape[1]), imaging.photo_hash(photo)


def is_sized(image: Record) -> bool:
    """Whether an image record has a width and a height, and no more pixels than a mask can have."""
    height, width = image.get("height"), image.get("width")
    if not (is_whole(height) and is_whole(width)):
        return False
    return min(height, width) > 0 and height * width <= MAX_MASK_PIXELS


def sizes_by_id(images: Sequence[object], photos: Photos) -> dict[int, Size]:
    """(height, width) by image id: as the record says, otherwise as the photo has it."""
    sizes = {}
    for image in images:
        if not isinstance(image, dict) or not is_whole(image.get("id")):
            continue
        if is_sized(image):
            sizes[image["id"]] = (image["height"], image["width"])
        elif isinstance(name := image.get("file_name"), str) and name in photos.sizes:
            sizes[image["id"]] = photos.sizes[name]
    return sizes


def check_photos(images: Sequence[object], photos: Photos) -> Iterator[Problem]:
    """All that is wrong with the photos of image records, and with their names and sizes."""
    by_name: dict[str, int] = {}
    by_letters: dict[str, int] = {}
    by_content: dict[str, int] = {}
    if not photos.wanted:
        message = f"none of {len(photos.missing):,} lies beside the file: say where they are with --images"
        yield problem(Kind.PHOTOS_NOT_FOUND, Place("images"), message)
    for index, image in enumerate(images):
        if not isinstance(image, dict):
            continue
        yield from _check_size(image, index, photos)
        if not isinstance(name := image.get("file_name"), str):
            continue
        place = Place("images", index, "file_name")
        if name in photos.outside:
            yield problem(Kind.LEAVES_FOLDER, place, f"{name!r} leads out of the folder of photos")
        elif name in photos.missing and photos.wanted:
            yield problem(Kind.PHOTO_MISSING, place, f"there is no file {photos.missing[name]}")
        elif name in photos.damaged:
            yield problem(Kind.PHOTO_UNREADABLE, place, photos.damaged[name].rstrip("."))
        # Some file systems do not tell capitals apart.
        own = identity(name)
        first, alike = by_name.setdefault(own, index), by_letters.setdefault(own.casefold(), index)
        if first != index:
            yield problem(Kind.SAME_FILE, place, f"is that of images[{first}]")
        elif alike != index:
            yield problem(Kind.SAME_LETTERS, place, f"is that of images[{alike}] but for capitals")
        elif name in photos.contents:
            copy = by_content.setdefault(photos.contents[name], index)
            if copy != index:
                yield problem(Kind.SAME_PHOTO, place, f"is a file of the same content as images[{copy}]")


def _check_size(image: Record, index: int, photos: Photos) -> Iterator[Problem]:
    name = image.get("file_name")
    size = photos.sizes.get(name) if isinstance(name, str) else None
    place = Place("images", index)
    if not is_sized(image):
        sides = ", ".join(f"{side} {image.get(side)!r:.20}" for side in ("width", "height"))
        message = f"has {sides}; training and evaluation need those of a photo, whole and over 0"
        yield Problem(Kind.SIZE_UNKNOWN, place, message, Remedy.SIZE if size else None)
    elif size is not None and size != (recorded := (image["height"], image["width"])):
        sides = f"the photo has {size[1]} x {size[0]} px, the record {recorded[1]} x {recorded[0]}"
        if size == recorded[::-1]:
            message = f"{sides}: its masks may lie on the photo before EXIF turns it upright"
            yield problem(Kind.TURNED, place, message)
        else:
            message = f"{sides}: its masks belong to a copy of another size, or to another photo"
            yield problem(Kind.SIZE_DIFFERS, place, message)


def check_leaks(datasets: Sequence[Dataset], photos: Sequence[Photos]) -> list[list[Problem]]:
    """For each dataset, its photos that are in an earlier one too, or nearly (`imaging.duplicates`).

    Photos that are not at hand are known by where they would lie.
    """
    found: list[list[Problem]] = [[] for _ in datasets]
    where = [(number, name) for number, some in enumerate(photos) for name in some.hashes]
    hashes = np.array([pixels for some in photos for pixels in some.hashes.values()], np.uint64)
    indices = [
        {
            image["file_name"]: index
            for index, image in reversed(list(enumerate(dataset.images)))
            if isinstance(image, dict) and isinstance(image.get("file_name"), str)
        }
        for dataset in datasets
    ]
    known: list[int | str] = groups(len(where), near_duplicates(hashes)).tolist() if where else []
    missing = [
        (number, name, identity(os.path.abspath(path)))  # noqa: PTH100 - links keep their names
        for number, some in enumerate(photos)
        for name, path in some.missing.items()
    ]
    first: dict[int | str, tuple[int, str]] = {}
    together = [(number, name, group) for (number, name), group in zip(where, known, strict=True)]
    for number, name, group in [*together, *missing]:
        earlier, other = first.setdefault(group, (number, name))
        if earlier != number:
            nearly = "" if isinstance(group, str) else ", or nearly"
            message = f"is also in {datasets[earlier].path}, as {other}{nearly}"
            place = Place("images", indices[number][name], "file_name")
            found[number].append(problem(Kind.LEAK, place, message))
    return found
