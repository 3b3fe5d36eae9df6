"""A stream, as a YOLO folder."""

import os
import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

import numpy as np
import yaml

from wildwear import imaging
from wildwear.datasets.formats import coco
from wildwear.datasets.formats.shapes import FieldError, claim, photo_folders, rectangle, relative_name
from wildwear.datasets.formats.yolo.layout import (
    DESCRIPTION,
    DIGITS,
    LEAST_NUMBERS,
    PHOTOS,
    UNKNOWN_SIZE,
    Dumper,
    label_path,
    recorded_images,
    recorded_size,
)
from wildwear.datasets.splits import SPLITS, stated_split
from wildwear.datasets.stream import Conversion, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.files import replacing_folder
from wildwear.imaging.identity import Claims, find_photo

KNOWN_FIELDS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd"}


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a folder, whole or not at all. Photos that are found become links in `images/`.

    Raises:
        DatasetError: a photo's size is unknown, its name is another's (but for the suffix), a mask is
            malformed, or all splits are others than YOLO has.
        OutputError: the folder cannot be written, or holds what others have put there.
    """
    indices = Indices(photos.header)
    splits: Counter[str | None] = Counter()
    claims = Claims()
    with replacing_folder(path, is_ours) as folder:
        (folder / "labels").mkdir()
        with (folder / PHOTOS).open("wb") as records:
            for image, annotations in photos.photos:
                if record := write_photo(folder, image, annotations, indices, claims, conversion):
                    records.write(coco.encoded(record, path) + b"\n")
                    splits[stated_split(record, photos.header)] += 1
        write_description(folder, {**photos.header, "categories": indices.in_order()}, splits, conversion)


class Indices:
    """The index of each category, in the order of their ids: so two files of one label set agree, whatever
    order each lists it in. The reader may still add categories while photos go by; those come last."""

    def __init__(self, header: Record) -> None:
        self._categories: list[Record] = header["categories"]
        self._indices: dict[int, int] = {}

    def get(self, category_id: Any) -> int | None:
        """The index of a category by its id; None where there is none."""
        if category_id not in self._indices:
            self._catch_up()
        return self._indices.get(category_id)

    def in_order(self) -> list[Record]:
        """The category records by their index."""
        self._catch_up()
        by_id = {category["id"]: category for category in self._categories}
        return [by_id[category_id] for category_id in self._indices]

    def _catch_up(self) -> None:
        for category in sorted(self._categories, key=lambda category: category["id"]):
            self._indices.setdefault(category["id"], len(self._indices))


def write_photo(
    folder: Path,
    image: Record,
    annotations: list[Record],
    indices: Indices,
    claims: Claims,
    conversion: Conversion,
) -> Record | None:
    """Write the labels of a photo and link it.

    Returns:
        the image record with the size that the coordinates are shares of; None where it is malformed.
    """
    try:
        name = PurePosixPath(relative_name(image.get("file_name")))
    except FieldError as error:
        conversion.malformed(f"image {image['id']}", f"file_name: {error.what}")
        return None
    claim(claims, image, DESCRIPTION, "YOLO has a file a photo")
    photo = find_photo(str(name), folders_of(conversion))
    size = size_to_write(image, photo, conversion)
    if size is None:
        return None
    height, width = size
    lines = [
        line
        for annotation in annotations
        if (line := label_line(annotation, size, indices, name, conversion))
    ]
    label = folder / label_path("images" / name)
    label.parent.mkdir(parents=True, exist_ok=True)
    try:
        with label.open("x", encoding="ascii") as file:
            file.writelines(lines)
    except FileExistsError:
        raise DatasetError(
            f"{name}: another photo has the same name but for the suffix, and YOLO keeps the labels of both "
            f"in {label.relative_to(folder).as_posix()}; rename one"
        ) from None
    link(photo, folder / "images" / name, conversion)
    return {**image, "file_name": f"{name}", "height": height, "width": width}


def folders_of(conversion: Conversion) -> list[Path]:
    """Where photos are looked for: in the folder that was named, or beside what is converted."""
    images, source = conversion.images, conversion.source
    if images:
        return [images]
    return photo_folders(source if source.is_dir() else source.parent) if source else []


def size_to_write(image: Record, photo: Path | None, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) that coordinates become shares of; None where it is unknown, which is malformed."""
    if recorded := recorded_size(image):
        return recorded
    problem = "its width and height are null."
    if photo is not None:
        try:
            return imaging.photo_size(photo)
        except PhotoError as error:
            problem = str(error)
    conversion.malformed(f"image {image['id']} ({image['file_name']})", f"{problem} {UNKNOWN_SIZE}")
    return None


def label_line(
    annotation: Record,
    size: tuple[int, int],
    indices: Indices,
    name: PurePosixPath,
    conversion: Conversion,
) -> str | None:
    """An instance as a line of a label file, None where it has none; notes say what the line does not."""
    if annotation.get("iscrowd"):
        conversion.note("regions that are not judged (iscrowd), which YOLO cannot hold; left out")
        return None
    where = f"{name}: annotation {annotation.get('id')}"
    index = indices.get(annotation.get("category_id"))
    if index is None:
        conversion.malformed(where, f"no category has the id {annotation.get('category_id')!r}")
        return None
    try:
        polygon, note = one_polygon(annotation, size)
    except MaskError as error:
        conversion.malformed(where, f"segmentation: {error}")
        return None
    if note:
        conversion.note(note)
    for field in annotation.keys() - KNOWN_FIELDS:
        conversion.lose("instances", field, "YOLO")
    if not polygon:
        return None
    height, width = size
    shares = np.reshape(polygon, (-1, 2)) / (width, height)
    numbers = " ".join(f"{share:.{DIGITS}g}" for share in shares.ravel().tolist())
    return f"{index} {numbers}\n"


def one_polygon(annotation: Record, size: tuple[int, int]) -> tuple[list[float], str | None]:
    """The one polygon that covers exactly the pixels of an instance, and what to note about it.

    A polygon inside the photo stays as it is. Several become one, if their corners allow it; what else there
    is, the outlines of the pixels replace.

    Raises:
        MaskError: the segmentation is malformed.
    """
    segmentation = annotation.get("segmentation")
    if not segmentation:
        polygon = box_polygon(annotation, size)
        return polygon, f"instances without a mask, {'written as their box' if polygon else 'left out'}"
    if isinstance(segmentation, list) and all(is_inside(polygon, size) for polygon in segmentation):
        if len(segmentation) == 1:
            return segmentation[0], None
        joined = imaging.join(segmentation)
        if imaging.from_polygons([joined], size) == imaging.from_polygons(segmentation, size):
            return joined, "masks of several parts, joined by bridges of no width"
    polygons = imaging.to_polygons(imaging.as_rle(segmentation, size)).polygons
    if not polygons:
        return [], "masks without a pixel inside their photo, left out"
    note = "masks drawn along their pixels: RLE, parts that overlap, or reaching over the photo's edge"
    return imaging.join(polygons), note


def is_inside(polygon: Any, size: tuple[int, int]) -> bool:
    """Whether this is a polygon that does not reach outside of its photo."""
    try:
        points = np.asarray(polygon, np.float64)
    except (TypeError, ValueError):
        return False
    if points.ndim != 1 or points.size < LEAST_NUMBERS or points.size % 2:
        return False
    height, width = size
    return bool((points >= 0).all() and (points[0::2] <= width).all() and (points[1::2] <= height).all())


def box_polygon(annotation: Record, size: tuple[int, int]) -> list[float]:
    """The box of an annotation as far as it lies inside the photo; empty where there is none."""
    height, width = size
    if not annotation.get("bbox"):
        return []
    x, y, box_width, box_height = annotation["bbox"]
    left, right = max(x, 0), min(x + box_width, width)
    top, bottom = max(y, 0), min(y + box_height, height)
    return rectangle(left, top, right - left, bottom - top) if left < right and top < bottom else []


def link(photo: Path | None, target: Path, conversion: Conversion) -> None:
    """Put a photo into `images/`: a link, or a copy where links are not to be had."""
    if photo is None:
        ask = "say where they lie with --images"
        if conversion.images:
            conversion.note(f"photos that are not in {conversion.images}, so not linked into images/")
        elif conversion.source:
            conversion.note(
                f"photos that are not beside {conversion.source}, so not linked into images/: {ask}"
            )
        else:
            conversion.note(f"photos not linked into images/: {ask}")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    photo = photo.resolve()
    try:
        target.symlink_to(os.path.relpath(photo, target.parent.resolve()))
    except (OSError, ValueError):  # no right to make links; another drive, on Windows
        try:
            os.link(photo, target)
        except OSError:
            shutil.copyfile(photo, target)


def write_description(
    folder: Path, header: Record, splits: Counter[str | None], conversion: Conversion
) -> None:
    """Write data.yaml, and the lists of photos that it names, where images say which split they are of.

    Args:
        folder: in which `photos.jsonl` is written already.
        header: what the dataset says of itself.
        splits: how many photos say which split; None counts those that say none.
        conversion: takes notes.

    Raises:
        DatasetError: no photo says a split that YOLO has, but some say another; or YAML cannot say something.
    """
    description = {
        **places_of(folder, header, splits, conversion),
        "names": {index: category["name"] for index, category in enumerate(header["categories"])},
        "wildwear": header,
    }
    try:
        text = yaml.dump(description, Dumper=Dumper, allow_unicode=True, sort_keys=False)
    except yaml.YAMLError as error:
        raise DatasetError(f"{DESCRIPTION}: what the dataset says of itself is no YAML: {error}") from error
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def places_of(
    folder: Path, header: Record, splits: Counter[str | None], conversion: Conversion
) -> dict[str, str]:
    """What data.yaml names for train, val and test; lists of photos are written for it.

    A photo of another split, or of none where others say theirs, is in no list: nobody may train on it by
    mistake.
    """
    known = [split for split in SPLITS if splits[split]]
    others = [name for name in splits if name is not None and name not in known]
    if others and not known:
        raise DatasetError(
            f"{DESCRIPTION}: the photos are of the split {others[0]!r}, which YOLO does not have; "
            "state train, val or test as their `split`"
        )
    if not known:
        conversion.note(f"{DESCRIPTION} names the same photos for train and val; name others for one of them")
        return {"train": "images", "val": "images"}
    for name in others:
        conversion.note(f"photos of the split {name!r}, which YOLO does not have: in no list", splits[name])
    if splits[None]:
        conversion.note("photos that do not say their split, as others do: in no list", splits[None])
    with ExitStack() as files:
        lists: dict[str | None, TextIO] = {
            split: files.enter_context(open_list(folder / f"{split}.txt")) for split in known
        }
        for image in recorded_images(folder / PHOTOS):
            if listed := lists.get(stated_split(image, header)):
                listed.write(f"./images/{image['file_name']}\n")
    places: dict[str, str] = {split: f"{split}.txt" for split in known}
    for missing in [split for split in ("train", "val") if split not in places]:  # Ultralytics asks for both
        conversion.note(f"{DESCRIPTION} names the photos of {known[0]} for {missing} as well; name others")
    return {"train": f"{known[0]}.txt", "val": f"{known[0]}.txt", **places}


def open_list(file: Path) -> TextIO:
    """A list of photos, to be written; names go out as the bytes that they are on disk."""
    return file.open("w", encoding="utf-8", errors="surrogateescape")


def is_ours(name: str) -> bool:
    """Whether a file of a YOLO folder may be replaced: what `write` makes, and Ultralytics' caches."""
    made = name in {DESCRIPTION, PHOTOS} | {f"{split}.txt" for split in SPLITS}
    return made or (name.startswith(("labels/", "images/")) and name.endswith((".txt", ".cache")))
