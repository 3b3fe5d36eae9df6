"""A dataset as two tables, a row a photo and a row an instance: what is counted, sorted and filtered."""

import sys
from collections.abc import Callable
from itertools import chain
from operator import itemgetter
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

RowNumbers = NDArray[np.uint32]
Look = Callable[[list[Record], RowNumbers, RowNumbers, Rings], None]

CHUNK = 2_000  # instances whose points are held as arrays at a time
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
        look: called with some instances, the rows of their photos and of their categories, and their rings,
            until all have gone by: outlines are too many to be held, and slow to be made twice.

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
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in MASK_COLUMNS}
    # All that is asked of some instances is asked while the processor has them at hand.
    for first in range(0, len(instances), CHUNK):
        some = instances[first : first + CHUNK]
        photo, category = rows_named(some, "image_id", photos), rows_named(some, "category_id", categories)
        area, measured = stated_areas(dataset, some)
        rows = np.flatnonzero(measured) if look is None else np.arange(len(some))
        outlined = [some[row] for row in rows]
        try:
            rings = Rings.of(outlined)
            own = areas(outlined, rings)
            if look is not None:
                look(some, photo, category, rings)
        except MaskError as error:
            raise malformed(dataset, outlined, error) from error
        area[rows] = np.where(measured[rows] & ~np.isnan(own), own, area[rows])
        chunk: tuple[NDArray[Any], ...] = (photo, category, points(some), area, measured)
        for name, column in zip(MASK_COLUMNS, chunk, strict=True):
            columns[name].append(column)
    frame = pl.DataFrame(
        {name: np.concatenate([np.zeros(0, kind), *columns[name]]) for name, kind in MASK_COLUMNS.items()}
    )
    small, large = pl.col("area") < SMALL, pl.col("area") > LARGE
    size = pl.when(small).then(pl.lit("small")).when(large).then(pl.lit("large")).otherwise(pl.lit("medium"))
    return frame.with_columns(
        points=pl.when(pl.col("points") != NO_POLYGONS).then("points"), area=pl.col("area").fill_nan(None)
    ).with_columns(size=pl.when(pl.col("area").is_not_null()).then(size))


MASK_COLUMNS = {
    "photo": np.uint32,
    "category": np.uint32,
    "points": np.int64,
    "area": np.float64,
    "measured": np.bool_,
}
NO_POLYGONS = -1  # points of what has none, as long as they are in an array


def rows_named(instances: list[Record], field: str, rows: dict[int, int]) -> RowNumbers:
    """(n,) the row that a field of each instance names by its id."""
    return np.fromiter(map(rows.__getitem__, map(itemgetter(field), instances)), np.uint32, len(instances))


def points(instances: list[Record]) -> NDArray[np.int64]:
    """(n,) points of the polygons of each instance, `NO_POLYGONS` where it has none."""
    masks = [instance.get("segmentation") for instance in instances]
    polygons = [mask if isinstance(mask, list) else () for mask in masks]
    parts = np.fromiter(map(len, polygons), np.int64, len(polygons))
    numbers = np.fromiter(map(len, chain.from_iterable(polygons)), np.int64, parts.sum())
    upto = np.concatenate([[0], np.cumsum(numbers)])[np.cumsum(parts)]
    return np.where(parts > 0, np.diff(upto, prepend=0) // 2, NO_POLYGONS)


def stated_areas(dataset: Dataset, instances: list[Record]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n,) the area of each instance in square pixels, NaN where the file has none; (n,) whether it has to be
    measured."""
    try:
        stated = np.array([instance.get("area") for instance in instances], np.float64)
        of_box = np.array(
            [box[2] * box[3] if (box := instance.get("bbox")) else np.nan for instance in instances],
            np.float64,
        )
    except (TypeError, ValueError, OverflowError):
        bad = next(one for one in instances if not is_area(one.get("area")))
        raise DatasetError(
            f"{place(dataset, bad)}.area: expected a number, found {bad['area']!r:.60}"
        ) from None
    return stated, np.isnan(stated) | (np.abs(stated - of_box) <= AS_GOOD_AS_EQUAL * of_box)


def is_area(value: Any) -> bool:
    """Whether this is None, or a number that is no larger than numbers can be."""
    return value is None or (isinstance(value, int | float) and not abs(value) > sys.float_info.max)


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
