"""A YOLO folder, as a stream."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.formats.numbering import numbered
from wildwear.datasets.formats.shapes import measured, rectangle
from wildwear.datasets.formats.yolo.layout import (
    DECIMALS,
    DESCRIPTION,
    LEAST_NUMBERS,
    PHOTOS,
    UNKNOWN_SIZE,
    Layout,
    category_names,
    decoded,
    description_file,
    find_layout,
    read_description,
    recorded_images,
    recorded_size,
)
from wildwear.datasets.splits import SPLITS
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.imaging.identity import Claims

NOT_LABELS = {"classes.txt", *(f"{split}.txt" for split in SPLITS)}
BOX_NUMBERS = 4
SLACK = 0.01  # shares so far outside [0, 1] are clipped; Ultralytics lets as many pass


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
    claims = Claims()
    for belongs, lies, split in layout.photos(conversion):
        file_name = layout.file_name(belongs)
        if rival := claims.rival(file_name, str(belongs)):
            conversion.malformed(str(belongs), f"would be called {file_name!r}, as {rival} is; rename one")
            continue
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
