"""YOLO for segmentation: `data.yaml`, `images/`, and in `labels/` a text file a photo, one polygon a line.

Source: https://docs.ultralytics.com/datasets/segment/. A line is the index of a category and the corners of a
polygon, as shares of the photo's width and height. What has no place in that, `photos.jsonl` keeps beside it:
one image record a line, with its id and size. Not for poses, oriented boxes or tracks.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.formats import coco
from wildwear.datasets.formats.numbering import numbered
from wildwear.datasets.formats.shapes import FieldError, measured, rectangle, relative_name
from wildwear.datasets.formats.yolo_layout import (
    DESCRIPTION,
    PHOTOS,
    SPLITS,
    Dumper,
    Layout,
    category_names,
    decoded,
    description_file,
    find_layout,
    label_path,
    read_description,
    recorded_images,
    recorded_size,
)
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.files import replacing_folder

NOT_LABELS = {"classes.txt", *(f"{split}.txt" for split in SPLITS)}
BOX_NUMBERS = 4
LEAST_NUMBERS = 6  # of a polygon
SLACK = 0.01  # shares so far outside [0, 1] are clipped; Ultralytics lets as many pass
DIGITS = 10  # of a share: a coordinate of a photo 100,000 px wide is at most half of ...
DECIMALS = 5  # ... the last of these of a pixel off, so it comes back exactly, if it has no more
UNKNOWN_SIZE = (
    "YOLO's coordinates are shares of the photo's size, which nobody knows here: say where the photos lie "
    "with --images"
)
KNOWN_FIELDS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd"}


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a dataset photo by photo: a folder with a data.yaml, or a data.yaml.

    Raises:
        DatasetError: there is no data.yaml, or it names no categories or no folder that is there. While
            streaming: a line or a photo is malformed, or nobody knows the size of a photo.
    """
    file = description_file(path)
    if file is None:
        raise DatasetError(f"{path}: holds no {DESCRIPTION}, which names the categories of a YOLO dataset")
    description = read_description(file)
    ids, header = numbered(category_names(file, description), description.get("wildwear", {}))
    layout = find_layout(file, description, conversion)
    return PhotoStream(header, read_photos(layout, ids, conversion))


def read_photos(layout: Layout, category_ids: list[int], conversion: Conversion) -> Iterator[Photo]:
    """The photos that photos.jsonl lists, in its order, then those that it does not know."""
    image_ids, instance_ids = count(1), count(1)
    recorded: set[str] = set()
    labelled: set[Path] = set()

    def photo(image: Record, belongs: Path, lies: Path) -> Iterator[Photo]:
        label = layout.label(belongs)
        labelled.add(label)
        if not label.is_file() and layout.images is not None and image["file_name"] not in recorded:
            conversion.note(f"photos in {layout.images} without labels, left out")
            return
        size = known_size(image, label, lies, conversion)
        if size is None:
            return
        image["height"], image["width"] = size
        instances = []
        for category, polygon, given in read_label(label, size, len(category_ids), conversion):
            try:
                box, area = measured([polygon], size)
            except MaskError as error:
                conversion.malformed(str(label), str(error))
                continue
            instances.append(
                {
                    "id": next(instance_ids),
                    "image_id": image["id"],
                    "category_id": category_ids[category],
                    "segmentation": [polygon],
                    "bbox": given or box,
                    "area": area,
                    "iscrowd": 0,
                }
            )
        yield image, instances

    for image in recorded_images(layout.root / PHOTOS):
        belongs = layout.base / image["file_name"]
        if not layout.lies(belongs).is_file() and not layout.label(belongs).is_file():
            conversion.note(f"photos that {PHOTOS} lists but that are gone, left out")
            continue
        recorded.add(image["file_name"])
        image_ids = count(max(next(image_ids), image["id"] + 1))
        yield from photo(image, belongs, layout.lies(belongs))
    for belongs, lies, split in layout.photos():
        file_name = layout.file_name(belongs)
        if file_name not in recorded:
            image = {"id": next(image_ids), "file_name": file_name, **({"split": split} if split else {})}
            yield from photo(image, belongs, lies)
    for folder in layout.label_folders():
        for label in sorted(folder.rglob("*.txt")):
            if label not in labelled and label.name not in NOT_LABELS:
                conversion.malformed(str(label), f"there is no photo for it; {UNKNOWN_SIZE}")


def known_size(image: Record, label: Path, photo: Path, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) of a photo by its header, or as its record has it; None where it is malformed."""
    recorded = recorded_size(image)
    try:
        size = imaging.photo_size(photo)
    except PhotoError as error:
        if recorded is None:
            conversion.malformed(str(label), f"{error} {UNKNOWN_SIZE}")
        return recorded
    if recorded not in (None, size):
        conversion.note(f"photos of another size than {PHOTOS} says; their own is taken")
    return size


def read_label(
    label: Path, size: tuple[int, int], categories: int, conversion: Conversion
) -> Iterator[tuple[int, list[float], list[float] | None]]:
    """The instances in a label file, none where there is no such file: the index of the category, the polygon
    in pixels, and for a box its xywh in pixels."""
    if not label.is_file():
        return
    height, width = size
    for number, line in enumerate(decoded(label).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            category, shares = parse_line(line.split(), categories)
        except ValueError as error:
            conversion.malformed(f"{label}:{number}", str(error))
            continue
        is_box = shares.size == BOX_NUMBERS
        if is_box:
            conversion.note("boxes, read as rectangles: they are no masks")
        if shares.min() < 0 or shares.max() > 1:
            conversion.note("instances that reach a little over the edge of their photo, clipped")
        points = shares.clip(0, 1).reshape(-1, 2) * (width, height)
        x, y, *rest = numbers = np.round(points, DECIMALS).ravel().tolist()
        if is_box:
            box = [x, y, rest[0] - x, rest[1] - y]
            yield category, rectangle(*box), box
        else:
            yield category, numbers, None


def parse_line(fields: list[str], categories: int) -> tuple[int, NDArray[np.float64]]:
    """The index of a category and the corners of a polygon, or the two of a box, [x1, y1, ...], as shares.

    Raises:
        ValueError: it says what is wrong with the line.
    """
    try:
        numbers = np.asarray(fields, np.float64)
    except ValueError as error:
        raise ValueError(f"expected numbers, {str(error)[:80]}") from error
    if not np.isfinite(numbers).all():
        raise ValueError(f"expected numbers, found {fields[int(np.argmin(np.isfinite(numbers)))]!r}")
    category, shares = float(numbers[0]), numbers[1:]
    if not (category.is_integer() and 0 <= category < categories):
        raise ValueError(f"category {fields[0]} is none of 0 to {categories - 1}, which {DESCRIPTION} names")
    if shares.size == BOX_NUMBERS:
        middle, sides = shares[:2], shares[2:]
        if sides.min() <= 0:
            raise ValueError(f"a box of width {fields[3]} and height {fields[4]} holds nothing")
        shares = np.concatenate([middle - sides / 2, middle + sides / 2])
    elif shares.size < LEAST_NUMBERS or shares.size % 2:
        raise ValueError(
            f"has {shares.size} numbers after the category; a polygon has an even count of at least "
            f"{LEAST_NUMBERS}, a box {BOX_NUMBERS}"
        )
    for share in (shares.min(), shares.max()):
        if not -SLACK <= share <= 1 + SLACK:
            raise ValueError(f"{share:g} is no share of the photo's size, from 0 to 1")
    return int(category), shares


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a folder, whole or not at all. Photos that are found become links in `images/`.

    Raises:
        DatasetError: a photo's size is unknown, its name is another's but for the suffix, or a mask is
            malformed.
        OutputError: the folder cannot be written, or holds what others have put there.
    """
    indices = Indices(photos.header)
    splits: set[str] = set()
    with replacing_folder(path, is_ours) as folder:
        (folder / "labels").mkdir()
        with (folder / PHOTOS).open("wb") as records:
            for image, annotations in photos.photos:
                if record := write_photo(folder, image, annotations, indices, conversion):
                    records.write(coco.encoded(record, path) + b"\n")
                    splits.update(split for split in SPLITS if split == record.get("split"))
        write_description(folder, {**photos.header, "categories": indices.in_order()}, splits, conversion)


class Indices:
    """The index of each category. The reader may still add categories to the header while photos go by."""

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
        for category in self._categories:
            self._indices.setdefault(category["id"], len(self._indices))


def write_photo(
    folder: Path, image: Record, annotations: list[Record], indices: Indices, conversion: Conversion
) -> Record | None:
    """Write the labels of a photo and link it.

    Returns:
        The image record with the size that the coordinates are shares of; None where it is malformed.
    """
    try:
        name = PurePosixPath(relative_name(image.get("file_name")))
    except FieldError as error:
        conversion.malformed(f"image {image['id']}", f"file_name: {error.what}")
        return None
    photo = conversion.images / name if conversion.images else None
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
        conversion.note(f"instances with {field}, which YOLO cannot hold")
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
        conversion.note("photos not linked into images/: say where they lie with --images")
        return
    if not photo.is_file():
        conversion.note(f"photos that are not in {conversion.images}, so not linked into images/")
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


def write_description(folder: Path, header: Record, splits: set[str], conversion: Conversion) -> None:
    """Write data.yaml, and the lists of photos that it names, where images say which split they are of."""
    if splits:
        first = min(splits, key=SPLITS.index)
        with ExitStack() as files:
            lists = {
                split: files.enter_context((folder / f"{split}.txt").open("w", encoding="utf-8"))
                for split in splits
            }
            for image in recorded_images(folder / PHOTOS):
                split = image["split"] if image.get("split") in splits else first
                lists[split].write(f"./images/{image['file_name']}\n")
        places = {split: f"{split}.txt" for split in SPLITS if split in splits}
        places = {"train": f"{first}.txt", "val": f"{first}.txt"} | places  # Ultralytics asks for both
    else:
        places = {"train": "images", "val": "images"}
        conversion.note(f"{DESCRIPTION} names the same photos for train and val; name others for one of them")
    description = {
        **places,
        "names": {index: category["name"] for index, category in enumerate(header["categories"])},
        "wildwear": header,
    }
    try:
        text = yaml.dump(description, Dumper=Dumper, allow_unicode=True, sort_keys=False)
    except yaml.YAMLError as error:
        raise DatasetError(f"{DESCRIPTION}: what the dataset says of itself is no YAML: {error}") from error
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def is_ours(name: str) -> bool:
    """Whether a file of a YOLO folder may be replaced: what `write` makes, and Ultralytics' caches."""
    made = name in {DESCRIPTION, PHOTOS} | {f"{split}.txt" for split in SPLITS}
    return made or (name.startswith(("labels/", "images/")) and name.endswith((".txt", ".cache")))


def looks_like(candidate: Candidate) -> bool:
    """Whether a folder has, or a file is, a YAML file that names categories."""
    return description_file(candidate.path) is not None


FORMAT = Format(
    name="yolo",
    title="YOLO segmentation, a folder with data.yaml",
    looks_like=looks_like,
    read=read,
    write=write,
)
