"""Small datasets that tests make up: photos of noise, one garment or a few on each."""

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from wildwear import taxonomy
from wildwear.datasets import Dataset

SIDE = 40  # px


def make_dataset(
    path: Path,
    photos: Iterable[tuple[str, list[str]]],
    *,
    info: dict[str, Any] | None = None,
    fields: dict[str, dict[str, Any]] | None = None,
    written: bool = True,
) -> Dataset:
    """A COCO file in the 30 categories, and its photos in `images/` beside it.

    Args:
        path: of the file.
        photos: name of each, and the categories on it.
        info: what the dataset says of itself.
        fields: more fields of an image record, by the photo's name.
        written: whether the photos are; they are all different.
    """
    images, annotations = [], []
    for name, categories in photos:
        record = {"id": 10 * len(images) + 7, "file_name": name, "width": SIDE, "height": SIDE}
        images.append(record | (fields or {}).get(name, {}))
        for category in categories:
            annotations.append(
                {
                    "id": 3 * len(annotations) + 5,
                    "image_id": images[-1]["id"],
                    "category_id": taxonomy.category(category).id,
                    "segmentation": [[4, 4, 20, 4, 20, 30, 4, 30]],
                    "bbox": [4.0, 4.0, 16.0, 26.0],
                    "area": 416.0,
                    "iscrowd": 0,
                }
            )
        if written:
            write_photo(path.parent / "images" / name)
    document = {
        "info": info or {"label_set": "wildwear30", "mask_convention": "visible"},
        "images": images,
        "annotations": annotations,
        "categories": taxonomy.coco_categories(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = Dataset(document, path)
    dataset.save(path)
    return dataset


def write_photo(path: Path) -> None:
    """A photo of coarse noise that depends on its place: no two look alike."""
    seed = zlib.crc32(str(path).encode())
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))


def write_blank_photos(folder: Path, sizes: Mapping[str, tuple[int, int]]) -> None:
    """Black photos of a size (height, width) each, by file name: for labels whose photos are not at hand."""
    folder.mkdir(parents=True, exist_ok=True)
    blank = {
        size: cv2.imencode(".jpg", np.zeros(size, np.uint8))[1].tobytes() for size in set(sizes.values())
    }
    for name, size in sizes.items():
        (folder / name).write_bytes(blank[size])
