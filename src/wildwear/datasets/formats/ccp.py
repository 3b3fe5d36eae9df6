"""Clothing Co-Parsing in its own layout: `photos/`, `annotations/pixel-level/*.mat`, `label_list.mat`.

A label map says of each pixel what it shows, not which of several such things: all pixels of a label are one
instance, both shoes of a pair and both of two bags.

Source: Yang, Luo and Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling", CVPR 2014;
https://github.com/bearpaw/clothing-co-parsing.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.formats.matlab import read_variable
from wildwear.datasets.formats.shapes import regular_files
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, PhotoError

LABELS, LABEL_MAPS, TAGS = "label_list.mat", "annotations/pixel-level", "annotations/image-level"
URL = "https://github.com/bearpaw/clothing-co-parsing"
LICENCE = {"id": 1, "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
"""Of its photos and label maps, as COCO lists it."""
NOTHING = "null"  # the label of what is none of the others
BODY = ("hair", "skin")
MOST_LABELS = 1000  # so that the numbers of a photo and a label make the id of an instance
LONGEST_NUMBER = 9  # digits, of a photo


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream the photos that have a label map. Those with tags alone are left out and noted: what they show
    lies unmarked.

    The number of a photo is its id, that of a label the id of its category, and a thousand times the former
    plus the latter the id of an instance. Hair and skin are kept, unless `conversion.garments_only`.

    Raises:
        DatasetError: it is no such folder. While streaming: a label map is malformed, or not of the size of
            its photo.
    """
    labels = load_labels(path)
    left_out = {NOTHING, *(BODY if conversion.garments_only else ())}
    header = {
        "info": {
            "description": "Clothing Co-Parsing (Yang et al., CVPR 2014)",
            "url": URL,
            "label_set": "ccp",
            "mask_convention": "visible",
        },
        "licenses": [LICENCE],
        "categories": [
            {"id": number, "name": name, "supercategory": "body" if name in BODY else "fashion"}
            for number, name in enumerate(labels)
            if name not in left_out
        ],
    }
    numbers = [file.stem for file in regular_files((path / LABEL_MAPS).glob("*.mat"), conversion)]
    if not numbers:
        raise DatasetError(f"{path / LABEL_MAPS}: holds no label maps, 0001.mat and the like")
    if tagged := sum(1 for _ in (path / TAGS).glob("*.mat")):
        conversion.note("photos with tags but without a label map, left out", tagged)
    return PhotoStream(header, read_photos(path, numbers, labels, left_out, conversion), len(numbers))


def read_photos(
    path: Path, numbers: list[str], labels: list[str], left_out: set[str], conversion: Conversion
) -> Iterator[Photo]:
    """Stream the photos of these numbers, the labels that are left out excepted."""
    photos = conversion.images or path / "photos"
    seen: set[int] = set()
    for number in numbers:
        file = path / LABEL_MAPS / f"{number}.mat"
        try:
            check_number(number, seen)
            label_map = load_label_map(path, number)
            check_size(label_map, photos / f"{number}.jpg")
            found = np.flatnonzero(np.bincount(label_map.ravel()))
            if found[-1] >= len(labels):
                raise DatasetError(f"groundtruth: {found[-1]} is no label; there are {len(labels)}")
        except DatasetError as error:
            conversion.malformed(str(file), str(error).removeprefix(f"{file}: "))
            continue
        height, width = label_map.shape
        image = {"id": int(number), "file_name": f"{number}.jpg", "width": width, "height": height}
        instances = [
            instance(label_map, label, int(number))
            for label in found.tolist()
            if labels[label] not in left_out
        ]
        yield image | {"license": 1, "source": "street"}, instances


def check_number(number: str, seen: set[int]) -> None:
    """Raise `DatasetError` for what is no number, or one that was seen before."""
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise DatasetError("expected a number as its name, as in 0001.mat")
    if int(number) in seen:
        raise DatasetError("another label map has the same number")
    seen.add(int(number))


def check_size(label_map: NDArray[np.uint8], photo: Path) -> None:
    """Raise `DatasetError` for a label map that is not of the size of its photo, where that is there."""
    try:
        size = imaging.photo_size(photo)
    except PhotoError:
        return
    if size != label_map.shape:
        raise DatasetError(f"groundtruth: has {label_map.shape} px (height, width), its photo {size}")


def instance(label_map: NDArray[np.uint8], label: int, photo: int) -> Record:
    """The annotation record of all pixels of one label."""
    mask = imaging.encode(label_map == label)
    return {
        "id": photo * MOST_LABELS + label,
        "image_id": photo,
        "category_id": label,
        "segmentation": mask,
        "area": float(imaging.area(mask)),
        "bbox": imaging.bbox(mask),
        "iscrowd": 0,
    }


def load_labels(source: Path) -> list[str]:
    """The 59 label names, in the order of the numbers in the label maps; number 0 is `null`."""
    labels = read_variable(source / LABELS, "label_list")
    if labels.dtype != object:
        raise DatasetError(f"{source / LABELS}: label_list: expected the names of labels")
    return [str(label) for label in labels.ravel()]


def load_tags(source: Path) -> dict[str, list[str]]:
    """The labels of each photo that has no label map but tags, by its number (`0002`); `null` is left out.

    Raises:
        DatasetError: there are none, or a file is damaged.
    """
    labels = load_labels(source)
    tags = {}
    for file in sorted((source / TAGS).glob("*.mat")):
        numbers = read_variable(file, "tags").ravel().tolist()
        if not all(isinstance(number, int) and number < len(labels) for number in numbers):
            raise DatasetError(f"{file}: tags: expected numbers of labels; there are {len(labels)}")
        tags[file.stem] = [labels[number] for number in numbers if labels[number] != NOTHING]
    if not tags:
        raise DatasetError(f"{source / TAGS}: holds no tags, 1005.mat and the like")
    return tags


def load_label_map(source: Path, photo: str) -> NDArray[np.uint8]:
    """The label number of each pixel of one photo, (height, width) uint8."""
    labels: NDArray[np.uint8] = read_variable(source / LABEL_MAPS / f"{photo}.mat", "groundtruth")
    if labels.ndim != 2 or labels.dtype != np.uint8 or not labels.size:
        raise DatasetError(
            f"{photo}.mat: groundtruth: expected (height, width) uint8, found {labels.shape} {labels.dtype}"
        )
    return labels


def looks_like(candidate: Candidate) -> bool:
    """Whether a folder has CCP's list of labels and its label maps."""
    return (candidate.path / LABELS).is_file() and (candidate.path / LABEL_MAPS).is_dir()


FORMAT = Format(
    name="ccp",
    title="Clothing Co-Parsing: a folder of label maps",
    looks_like=looks_like,
    read=read,
)
