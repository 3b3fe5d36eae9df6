"""Photos of a dataset with their instances drawn on them, for people to look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from wildwear import imaging, reporting
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.placement import polygons_of
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.imaging.arrays import Pixels
from wildwear.imaging.identity import identity

WHITE = (255, 255, 255)
BETWEEN = 0.02  # of the long side, between a photo and its copy
NAMED = 3  # photos that an error names
GROUND = (206, 204, 200)  # where there is no photo: garments of any colour show on it


@dataclass(frozen=True)
class Picture:
    """A photo as it is shown, and what a looker should know about it.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        remark: "photo not found", or what else is odd; empty where all is well.
    """

    pixels: Pixels
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
        dataset: the photo's.
        image: the record of the photo.
        instances: annotation records of it; one whose mask is malformed is left out.
        images_dir: where the photos lie, if not beside the dataset.
        long_side: of the picture, in pixels.
        labels: whether to write the categories' names.

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


def plate(dataset: Dataset, name: str, images_dir: Path | None, *, long_side: int) -> Pixels:
    """One photo as it is and with its instances drawn on it, side by side, and below what their colours mean:
    a figure for a paper.

    Args:
        dataset: the photo's.
        name: the photo's file name in it, or the end of that, from a folder on, if it is of one photo alone.
        images_dir: where the photos lie, if not beside the dataset.
        long_side: of each of the two, in pixels.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        DatasetError: no photo has this name, or several have; it is not there, or cannot be read.
    """
    image = named_image(dataset, name)
    instances = [one for one in dataset.annotations_by_image().get(image["id"], []) if not one.get("iscrowd")]
    plain, drawn = (
        picture(dataset, image, some, images_dir, long_side=long_side) for some in ([], instances)
    )
    if plain is None or drawn is None or plain.remark.startswith("photo "):
        remark = plain.remark if plain else "photo not found"
        raise DatasetError(f"{dataset.path}: {image['file_name']}: {remark}; --images says where photos lie")
    gap = np.full((plain.pixels.shape[0], round(BETWEEN * long_side), 3), WHITE, np.uint8)
    beside = np.hstack([plain.pixels, gap, drawn.pixels])
    names = {category["id"]: category["name"] for category in dataset.categories}
    colours = dict(zip(names, reporting.colours(list(names.values())), strict=True))
    counted = Counter(instance["category_id"] for instance in instances)
    entries = [
        (f"{names[category_id].replace('_', ' ')}{f' ({count})' if count > 1 else ''}", colours[category_id])
        for category_id, count in counted.most_common()
    ]
    return np.vstack([beside, reporting.legend(entries, beside.shape[1])])


def named_image(dataset: Dataset, name: str) -> Record:
    """The record of the photo of this name, or whose name ends with it. Raises `DatasetError`."""
    wanted = identity(name)
    names = [identity(image["file_name"]) for image in dataset.images]
    found = [place for place, one in enumerate(names) if one == wanted]
    found = found or [place for place, one in enumerate(names) if one.endswith(f"/{wanted}")]
    if len(found) == 1:
        return dataset.images[found[0]]
    if found:
        several = ", ".join(names[place] for place in found[:NAMED])
        raise DatasetError(f"{dataset.path}: {len(found)} photos are called {name}: {several}")
    near = get_close_matches(wanted, names, NAMED)
    hint = f"; did you mean {', '.join(near)}?" if near else f", of {len(names):,}"
    raise DatasetError(f"{dataset.path}: no photo is called {name}{hint}")


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


def plain_ground(size: tuple[int, int], long_side: int) -> Pixels:
    """A photo without content, of these proportions."""
    scale = min(1.0, long_side / max(size))
    height, width = (max(1, round(scale * side)) for side in size)
    return np.full((height, width, 3), GROUND, np.uint8)


def sides(size: tuple[int, int]) -> str:
    """(height, width) as people write it: `400 × 600` is wide by high."""
    return f"{size[1]:,} × {size[0]:,} px"
