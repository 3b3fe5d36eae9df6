"""Photos of 100 × 100 px whose garments are upright rectangles: what is right can be told by hand."""

from pathlib import Path
from typing import Any

import numpy as np

from wildwear.datasets import Dataset
from wildwear.imaging import bbox, encode, write_image

SIDE = 100
NAMES = ("shirt", "flat_shoes", "coat")
Record = dict[str, Any]
Box = tuple[int, int, int, int]


def shape(x: int, y: int, width: int, height: int) -> Record:
    """The mask and box of a rectangle."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[y : y + height, x : x + width] = 1
    rle = encode(mask)
    return {"segmentation": rle, "bbox": bbox(rle), "area": float(mask.sum())}


def truth(
    *instances: tuple[int, int, Box],
    crowd: Box | None = None,
    photos: int = 3,
    folder: Path | None = None,
    names: tuple[str, ...] = NAMES,
    file_name: str = "photo{}.png",
    info: Record | None = None,
) -> Dataset:
    """A dataset of (photo, category, box xywh) instances.

    Args:
        crowd: A region of photo 1 that is not judged, in each category.
        folder: Where its photos are written to.
    """
    images = [
        {"id": number, "file_name": file_name.format(number), "height": SIDE, "width": SIDE}
        for number in range(1, photos + 1)
    ]
    annotations = [
        {"id": number + 1, "image_id": photo, "category_id": category, "iscrowd": 0} | shape(*box)
        for number, (photo, category, box) in enumerate(instances)
    ]
    if crowd:
        annotations += [
            {"id": 100 + category, "image_id": 1, "category_id": category, "iscrowd": 1} | shape(*crowd)
            for category in range(1, len(names) + 1)
        ]
    categories = [{"id": number + 1, "name": name} for number, name in enumerate(names)]
    document = {"images": images, "annotations": annotations, "categories": categories, "info": info or {}}
    if folder is None:
        return Dataset(document)
    (folder / "images").mkdir(parents=True)
    for image in images:
        write_image(folder / "images" / image["file_name"], np.full((SIDE, SIDE, 3), 90, np.uint8))
    dataset = Dataset(document, folder / "val.json")
    dataset.save(folder / "val.json")
    return dataset


def found(photo: int, category: int, box: Box, score: float = 0.9) -> Record:
    """A COCO result."""
    outline = shape(*box)
    del outline["area"]
    return {"image_id": photo, "category_id": category, "score": score} | outline
