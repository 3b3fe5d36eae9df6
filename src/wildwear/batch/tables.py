"""The two tables of a batch, from a result to their rows and back. Not for files: see `folder.py`.

Both have `photo`, by which they join, and `uri`. Boxes are xyxy pixels. Bytes of a name that are no UTF-8
stand there as `imaging.identity.shown` has them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from wildwear.imaging.identity import as_on_disk
from wildwear.inference.origin import Origin
from wildwear.inference.segmenting import Record
from wildwear.taxonomy import category

DONE, FAILED = "done", "failed"

GARMENTS: dict[str, Any] = {
    "photo": pl.String,
    "uri": pl.String,
    "instance": pl.Int32,  # from 1, the surest first
    "category_id": pl.Int32,
    "category": pl.String,
    "group": pl.String,
    "score": pl.Float64,
    "x1": pl.Int32,  # of the mask's box, in pixels
    "y1": pl.Int32,
    "x2": pl.Int32,
    "y2": pl.Int32,
    "network_box": pl.List(pl.Float64),  # in which the network looked
    "area": pl.Int64,  # pixels of the mask
    "area_share": pl.Float32,  # of the photo
    "mask": pl.Struct({"size": pl.List(pl.Int32), "counts": pl.String}),  # COCO run lengths; [height, width]
    "colours": pl.List(pl.Struct({"name": pl.String, "hex": pl.String, "share": pl.Float64})),
    "alternatives": pl.List(pl.Struct({"category_id": pl.Int32, "probability": pl.Float64})),
    "model": pl.String,  # name and version
}
PHOTOS: dict[str, Any] = {
    "photo": pl.String,
    "uri": pl.String,
    "status": pl.String,  # DONE or FAILED
    "reason": pl.String,  # why it failed; null where it did not
    "width": pl.Int32,  # pixels, upright; null where it failed
    "height": pl.Int32,
    "taken": pl.Datetime("us"),  # EXIF, by the camera's clock; null where nobody says
    "garments": pl.Int32,
    "model": pl.String,
}
DIGITS = 2
"""Of the pixels of a box, as documents keep them: corners and back are the same box."""


def garment_rows(record: Record, photo: str, uri: str, origin: Origin) -> Iterable[dict[str, Any]]:
    """A row for each garment of a photo.

    Args:
        record: what was found.
        photo, uri: the photo, as the tables have it.
        origin: of the result.
    """
    height, width = record.size
    for number, garment in enumerate(record.garments, start=1):
        kind = category(garment["category_id"])
        x1, y1, x2, y2 = xyxy(garment["bbox"])
        yield {
            "photo": photo,
            "uri": uri,
            "instance": number,
            "category_id": kind.id,
            "category": kind.name,
            "group": kind.group,
            "score": garment["score"],
            "x1": int(x1),
            "y1": int(y1),
            "x2": int(x2),
            "y2": int(y2),
            "network_box": xyxy(garment["network_bbox"]),
            "area": garment["area"],
            "area_share": garment["area"] / (width * height),
            "mask": garment["segmentation"],
            "colours": garment["colours"],
            "alternatives": garment["alternatives"],
            "model": named(origin),
        }


def photo_row(
    record: Record, photo: str, uri: str, origin: Origin, taken: datetime | None = None
) -> dict[str, Any]:
    """The row of a photo; the arguments are those of `garment_rows`, and when it was taken."""
    height, width = record.size
    failed = record.failure is not None
    return {
        "photo": photo,
        "uri": uri,
        "status": FAILED if failed else DONE,
        "reason": record.failure,
        "width": None if failed else width,
        "height": None if failed else height,
        "taken": taken,
        "garments": None if failed else len(record.garments),
        "model": named(origin),
    }


def record_of(row: Mapping[str, Any], garments: Iterable[Mapping[str, Any]]) -> Record:
    """The record that rows were made of.

    Args:
        row: of the photo.
        garments: the rows of its garments, in their order.
    """
    photo = as_on_disk(row["photo"])
    if row["status"] == FAILED:
        return Record(photo, failure=row["reason"])
    found = [
        {
            "category_id": one["category_id"],
            "segmentation": one["mask"],
            "bbox": xywh([one["x1"], one["y1"], one["x2"], one["y2"]]),
            "network_bbox": xywh(one["network_box"]),
            "score": one["score"],
            "alternatives": one["alternatives"],
            "area": one["area"],
            "iscrowd": 0,
            "colours": one["colours"],
        }
        for one in garments
    ]
    return Record(photo, (row["height"], row["width"]), found)


def named(origin: Origin) -> str:
    """The model in a cell."""
    return f"{origin.model} {origin.model_version}"


def xyxy(box: Iterable[float]) -> list[float]:
    """A box of COCO as corners."""
    x, y, width, height = box
    return [x, y, round(x + width, DIGITS), round(y + height, DIGITS)]


def xywh(box: Iterable[float]) -> list[float]:
    """Corners as a box of COCO."""
    x1, y1, x2, y2 = box
    return [float(x1), float(y1), round(float(x2 - x1), DIGITS), round(float(y2 - y1), DIGITS)]
