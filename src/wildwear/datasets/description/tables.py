"""A dataset as two tables, a row a photo and a row an instance: what is counted, sorted and filtered."""

import sys
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.placement import Rings, areas
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import photo_kind, photo_people
from wildwear.errors import DatasetError, MaskError
from wildwear.imaging.identity import shown

Look = Callable[[pl.DataFrame, list[Record], Rings], None]

CHUNK = 20_000  # instances whose points are held as arrays at a time
SMALL, LARGE = 32**2, 96**2
"""Areas in square pixels under which COCO calls an object small, and over which large
(https://cocodataset.org/#detection-eval)."""
AS_GOOD_AS_EQUAL = 0.01


def photo_table(dataset: Dataset) -> pl.DataFrame:
    """A row an image record, in the order of the dataset.

    Returns:
        `photo` the number of the row, `name`, `width` and `height` in pixels (null where unknown), `source`
        and `people` (in words, as `terms` has them; null where the record does not say).
    """
    columns: dict[str, tuple[Any, list[Any]]] = {
        "name": (pl.String, [shown(image["file_name"]) for image in dataset.images]),
        "width": (pl.Int64, [image.get("width") for image in dataset.images]),
        "height": (pl.Int64, [image.get("height") for image in dataset.images]),
        "source": (pl.String, [text(photo_kind(image)) for image in dataset.images]),
        "people": (pl.String, [", ".join(photo_people(image)) or None for image in dataset.images]),
    }
    frame = pl.DataFrame({name: pl.Series(name, values, kind) for name, (kind, values) in columns.items()})
    return frame.with_row_index("photo")


def mask_table(dataset: Dataset, look: Look | None = None) -> pl.DataFrame:
    """A row an instance, in the order of the dataset; regions that are not judged have none.

    Args:
        dataset: any.
        look: called with some rows of the table (`photo` and `category`), their instances and the rings of
            these, until all instances have gone by: outlines are too many to be held, and slow to be made
            twice.

    Returns:
        `photo` the row of its photo, `category` the place of its category in the dataset's list, `points` of
        its polygons (null for an RLE and for a box without a mask), `area` in square pixels (null where
        unknown), `measured` whether the area is that of the mask because the file states none, or that of
        the box as ModaNet does and DeepFashion2's converter, and `size` "small", "medium" or "large".

    Raises:
        DatasetError: a mask is malformed, or an area is no number.
    """
    instances = dataset.instances()
    photos = {image["id"]: row for row, image in enumerate(dataset.images)}
    categories = {category["id"]: row for row, category in enumerate(dataset.categories)}
    frame = pl.DataFrame(
        {
            "photo": pl.Series([photos[instance["image_id"]] for instance in instances], dtype=pl.UInt32),
            "category": pl.Series(
                [categories[instance["category_id"]] for instance in instances], dtype=pl.UInt32
            ),
            "points": pl.Series(list(map(points, instances)), dtype=pl.Int64),
        }
    )
    area, measured = stated_areas(dataset, instances)
    rows = np.flatnonzero(measured) if look is None else np.arange(len(instances))
    for chunk in np.split(rows, range(CHUNK, rows.size, CHUNK)):
        some = [instances[row] for row in chunk]
        try:
            rings = Rings.of(some)
            own = areas(some, rings)
            if look is not None:
                look(frame[chunk], some, rings)
        except MaskError as error:
            raise malformed(dataset, some, error) from error
        area[chunk] = np.where(measured[chunk] & ~np.isnan(own), own, area[chunk])
    frame = frame.with_columns(area=pl.Series(area).fill_nan(None), measured=pl.Series(measured))
    small, large = pl.col("area") < SMALL, pl.col("area") > LARGE
    size = pl.when(small).then(pl.lit("small")).when(large).then(pl.lit("large")).otherwise(pl.lit("medium"))
    return frame.with_columns(size=pl.when(pl.col("area").is_not_null()).then(size))


def stated_areas(dataset: Dataset, instances: list[Record]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The area of each instance, NaN where the file has none, and whether it has to be measured."""
    try:
        stated = np.array([instance.get("area") for instance in instances], np.float64)
        boxes = [instance.get("bbox") or UNKNOWN_BOX for instance in instances]
        sides = np.fromiter(chain.from_iterable(boxes), np.float64, 4 * len(boxes)).reshape(-1, 4)[:, 2:]
    except (TypeError, ValueError, OverflowError):
        bad = next(one for one in instances if not is_area(one.get("area")))
        raise DatasetError(
            f"{place(dataset, bad)}.area: expected a number, found {bad['area']!r:.60}"
        ) from None
    of_box = sides[:, 0] * sides[:, 1]
    return stated, np.isnan(stated) | (np.abs(stated - of_box) <= AS_GOOD_AS_EQUAL * of_box)


UNKNOWN_BOX = [np.nan] * 4


def is_area(value: Any) -> bool:
    """Whether this is None, or a number that is no larger than numbers can be."""
    return value is None or (isinstance(value, int | float) and not abs(value) > sys.float_info.max)


def points(instance: Record) -> int | None:
    """Points of its polygons; None where it has none."""
    polygons = instance.get("segmentation")
    return sum(map(len, polygons)) // 2 if polygons and isinstance(polygons, list) else None


def malformed(dataset: Dataset, instances: list[Record], error: MaskError) -> DatasetError:
    """The error that says which of these instances has a malformed mask."""
    for instance in instances:
        mask = instance.get("segmentation")
        try:
            if mask:
                imaging.as_rle(mask, mask["size"] if isinstance(mask, dict) else (1, 1))
        except (MaskError, KeyError) as own:
            return DatasetError(f"{place(dataset, instance)}.segmentation: {own}")
    return DatasetError(f"{dataset.path}: {error}")


def place(dataset: Dataset, annotation: Record) -> str:
    """Which annotation of the file this is: `train.json: annotations[12]`."""
    index = next(index for index, one in enumerate(dataset.annotations) if one is annotation)
    return f"{dataset.path}: annotations[{index}]"


def text(value: Any) -> str | None:
    """A field of whatever type as text; letters that are no Unicode (names of files may have them) as `?`."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()
