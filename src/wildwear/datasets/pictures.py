"""Photos of a dataset with their instances drawn on them, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, reporting
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.placement import polygons_of
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, MaskError, PhotoError

Photo = NDArray[np.uint8]

GROUND = (206, 204, 200)  # where there is no photo: garments of any colour show on it


@dataclass(frozen=True)
class Picture:
    """A photo as it is shown, and what a looker should know about it.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        remark: "photo not found", or what else is odd; empty where all is well.
    """

    pixels: Photo
    remark: str


def picture(
    dataset: Dataset,
    image: Record,
    instances: Sequence[Record],
    images_dir: Path | None,
    *,
    long_side: int,
    labels: bool = False,
) -> Picture | None:
    """Draw instances on their photo; where it cannot be read, on a plain ground.

    Args:
        dataset: The photo's.
        image: The record of the photo.
        instances: Annotation records of it; one whose mask is malformed is left out.
        images_dir: Where the photos lie, if not beside the dataset.
        long_side: Of the picture, in pixels.
        labels: Whether to write the categories' names.

    Returns:
        None where there is no photo, and no size to draw its masks by.
    """
    stated = (image["height"], image["width"]) if image.get("height") and image.get("width") else None
    try:
        photo = imaging.read_photo(dataset.photo_path(image, images_dir))
        size = (photo.shape[0], photo.shape[1])
        remark = (
            "" if stated in (None, size) else f"the photo is {sides(size)}, the file says {sides(stated)}"
        )
    except (PhotoError, DatasetError) as error:
        if stated is None:
            return None
        missing = isinstance(error, DatasetError) or not dataset.photo_path(image, images_dir).exists()
        remark = "photo not found" if missing else "photo cannot be read"
        size = stated
        photo = plain_ground(size, long_side)
    names = {category["id"]: category["name"] for category in dataset.categories}
    colours = dict(zip(names, reporting.colours(list(names.values())), strict=True))
    masks = {}
    for index, instance in enumerate(instances):
        try:
            masks[index] = mask_near(instance, stated or size, long_side)
        except MaskError:
            remark = remark or "a mask is malformed"
    drawn = [instances[index]["category_id"] for index in masks]
    pixels = reporting.draw_as(
        photo,
        list(masks.values()),
        [names[category_id] for category_id in drawn],
        [colours[category_id] for category_id in drawn],
        long_side=long_side,
        labels=labels,
    )
    return Picture(pixels, remark)


def mask_near(instance: Record, size: tuple[int, int], long_side: int) -> imaging.Rle:
    """The mask of an instance, polygons rasterised no larger than they will be drawn."""
    mask = instance.get("segmentation")
    if isinstance(mask, dict):
        if size[0] * size[1] > imaging.MAX_PIXELS:
            raise MaskError(f"a mask of {sides(size)} is too large to be drawn.")
        return imaging.as_rle(mask, size)
    scale = min(1.0, long_side / max(size))
    scaled = [[scale * number for number in polygon] for polygon in polygons_of(instance)]
    height, width = (max(1, round(scale * side)) for side in size)
    return imaging.from_polygons(scaled, (height, width))


def plain_ground(size: tuple[int, int], long_side: int) -> Photo:
    """A photo without content, of these proportions."""
    scale = min(1.0, long_side / max(size))
    height, width = (max(1, round(scale * side)) for side in size)
    return np.full((height, width, 3), GROUND, np.uint8)


def sides(size: tuple[int, int]) -> str:
    """(height, width) as people write it: `400 × 600` is wide by high."""
    return f"{size[1]:,} × {size[0]:,} px"
