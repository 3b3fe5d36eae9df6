"""A dataset ready to be browsed: filtered as a table, shown photo by photo. Knows nothing of HTTP."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import cv2
import numpy as np
import polars as pl

from wildwear import imaging
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.description.statistics import NOT_STATED, SIZES
from wildwear.datasets.description.tables import mask_table, photo_table, text
from wildwear.datasets.pictures import picture
from wildwear.datasets.placement import polygons_of
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.reporting import colours, hexadecimal, webp

THUMBNAIL = 360  # pixels, the longer side
LARGE = 2048  # pixels, the longer side of a photo seen alone
REMEMBERED = 2_000  # thumbnails kept in memory, about 20 kB each
AT_ONCE = 4  # photos decoded at the same time: each may take a hundred megabytes
LONGEST_FIELD = 300  # letters of a field of which nothing is known
PHOTO_SIZES = ("under 0.25 Mpx", "0.25 to 1 Mpx", "1 to 4 Mpx", "4 Mpx and more")
PHOTO_SIZE_EDGES = (250_000, 1_000_000, 4_000_000)  # pixels; between the sizes above
STANDARD_OF_IMAGE = {"id", "file_name", "width", "height"}
STANDARD = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd"}


@dataclass(frozen=True)
class Filter:
    """Which photos to show; what is empty does not matter.

    Attributes:
        category: ids of categories; the photo has an instance of one of them ...
        mask_size: ... which is of one of these sizes: "small", "medium", "large".
        source: "street", "wild", "not stated".
        people: "one person", "people, selfie", "not stated", ...
        photo_size: of PHOTO_SIZES, or "not stated".
        text: part of the file's name, in either case.
    """

    category: Sequence[int] = ()
    mask_size: Sequence[str] = ()
    source: Sequence[str] = ()
    people: Sequence[str] = ()
    photo_size: Sequence[str] = ()
    text: str = ""


class Catalog:
    """A dataset, indexed. Photos are addressed by their row in it, never by a path."""

    def __init__(self, dataset: Dataset, name: str, images_dir: Path | None = None) -> None:
        """Index a dataset.

        Raises:
            DatasetError: a mask is malformed.
        """
        self.dataset = dataset
        self.name = name
        self.images_dir = images_dir
        self.by_image = dataset.annotations_by_image()
        ids = [category["id"] for category in dataset.categories]
        names = [category["name"] for category in dataset.categories]
        self.names = dict(zip(ids, names, strict=True))
        self.colours = dict(zip(ids, map(hexadecimal, colours(names)), strict=True))
        masks = mask_table(dataset)
        self.areas = dict(
            zip((instance["id"] for instance in dataset.instances()), masks["area"], strict=True)
        )
        category_ids = pl.Series("category", [ids[row] for row in masks["category"]], pl.Int64)
        self.masks = masks.select("photo", "size").with_columns(category_ids)
        photos = photo_table(dataset)
        self.photos = photos.with_columns(
            pl.col("name").str.to_lowercase().alias("lower"),
            pl.col("source").fill_null(NOT_STATED),
            pl.col("people").fill_null(NOT_STATED),
            pl.Series("photo_size", map(photo_size, photos["width"] * photos["height"]), pl.String),
        )
        self.drawing = BoundedSemaphore(AT_ONCE)
        self.thumbnail = lru_cache(REMEMBERED)(self._thumbnail)

    def overview(self) -> dict[str, Any]:
        """What the dataset is called and holds, and by what its photos can be filtered."""
        by_category = dict(self.masks.group_by("category").len().iter_rows())
        by_size = dict(self.masks.group_by("size").len().iter_rows())
        return {
            "name": self.name,
            "description": str(self.dataset.info.get("description") or ""),
            "mask_convention": self.dataset.mask_convention or "",
            "photos": self.photos.height,
            "masks": self.masks.height,
            "categories": [
                {"id": key, "name": name, "colour": self.colours[key], "masks": by_category.get(key, 0)}
                for key, name in self.names.items()
            ],
            "mask_size": [[size, by_size[size]] for size in SIZES if size in by_size],
            **{column: self._values(column) for column in ("source", "people", "photo_size")},
        }

    def _values(self, column: str) -> list[list[Any]]:
        """Each value of a column and how many photos have it."""
        counted = self.photos.group_by(column).len().sort(pl.col(column) == NOT_STATED, column)
        return [list(row) for row in counted.iter_rows()]

    def find(self, wanted: Filter) -> list[int]:
        """The rows of the photos that a filter lets through, in the order of the dataset."""
        found = self.photos.lazy()
        for column in ("source", "people", "photo_size"):
            if values := getattr(wanted, column):
                found = found.filter(pl.col(column).is_in(list(values)))
        if wanted.text:
            found = found.filter(pl.col("lower").str.contains(wanted.text.lower(), literal=True))
        if wanted.category or wanted.mask_size:
            masks = self.masks.lazy()
            if wanted.category:
                masks = masks.filter(pl.col("category").is_in(list(wanted.category)))
            if wanted.mask_size:
                masks = masks.filter(pl.col("size").is_in(list(wanted.mask_size)))
            found = found.join(masks, on="photo", how="semi", maintain_order="left")
        return found.select("photo").collect()["photo"].to_list()

    def card(self, row: int) -> dict[str, Any]:
        """What the grid says of a photo."""
        image = self.dataset.images[row]
        instances = self.instances(image)
        return {
            "row": row,
            "name": self.photos["name"][row],
            "found": self.photo_is_there(image),
            "masks": len(instances),
            "categories": sorted({instance["category_id"] for instance in instances}),
        }

    def instances(self, image: Record) -> list[Record]:
        """The annotations of an image that stand for a garment."""
        return [one for one in self.by_image.get(image["id"], []) if not one.get("iscrowd")]

    def photo_is_there(self, image: Record) -> bool:
        """Whether the photo of a record lies where it should."""
        try:
            return self.dataset.photo_path(image, self.images_dir).is_file()
        except DatasetError:
            return False

    def photo(self, row: int) -> dict[str, Any]:
        """All there is to say and to draw of one photo; regions that are not judged included, each once."""
        image = self.dataset.images[row]
        size = self.size(image)
        regions: dict[str, dict[str, Any]] = {}
        shown = []
        for annotation in self.by_image.get(image["id"], []):
            drawn = self.drawn(annotation, size)
            if not annotation.get("iscrowd"):
                shown.append(drawn)
            elif (key := str((annotation.get("bbox"), drawn["outlines"]))) not in regions:
                regions[key] = drawn
        fields = {key: value for key, value in image.items() if key not in STANDARD_OF_IMAGE}
        return {
            "row": row,
            "id": image["id"],
            "name": self.photos["name"][row],
            "found": self.photo_is_there(image),
            "size": size,
            "fields": {key: short(value) for key, value in fields.items()},
            "instances": [*shown, *regions.values()],
        }

    def size(self, image: Record) -> tuple[int, int] | None:
        """(height, width) in which the masks of an image are given, None where nobody knows."""
        if image.get("width") and image.get("height"):
            return image["height"], image["width"]
        try:
            return imaging.photo_size(self.dataset.photo_path(image, self.images_dir))
        except (PhotoError, DatasetError):
            return None

    def drawn(self, annotation: Record, size: tuple[int, int] | None) -> dict[str, Any]:
        """One annotation as the page draws and lists it."""
        problem = ""
        outlines: list[list[float]] = []
        try:
            outlines = outlined(annotation, size)
        except MaskError as error:
            problem = str(error)
        area = self.areas.get(annotation["id"])
        return {
            "id": annotation["id"],
            "category": annotation["category_id"],
            "judged": not annotation.get("iscrowd"),
            "outlines": outlines,
            "area": area,
            "share": area / (size[0] * size[1]) if area is not None and size else None,
            "bbox": annotation.get("bbox"),
            "fields": {key: short(value) for key, value in annotation.items() if key not in STANDARD},
            "problem": problem,
        }

    def _thumbnail(self, row: int) -> bytes | None:
        """A photo with its masks as a small WebP file; None where there is nothing to show."""
        image = self.dataset.images[row]
        with self.drawing:
            shown = picture(self.dataset, image, self.instances(image), self.images_dir, long_side=THUMBNAIL)
        return webp(shown.pixels) if shown else None

    def large(self, row: int) -> bytes | None:
        """A photo without its masks as a WebP file; None where it cannot be read."""
        image = self.dataset.images[row]
        with self.drawing:
            try:
                pixels = imaging.read_photo(self.dataset.photo_path(image, self.images_dir))
            except (PhotoError, DatasetError):
                return None
            scale = LARGE / max(pixels.shape[:2])
            if scale < 1:
                size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
                pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            return webp(pixels)


def photo_size(pixels: int | None) -> str:
    """Which of PHOTO_SIZES a photo of so many pixels has."""
    return NOT_STATED if pixels is None else PHOTO_SIZES[bisect(PHOTO_SIZE_EDGES, pixels)]


def outlined(annotation: Record, size: tuple[int, int] | None) -> list[list[float]]:
    """The outlines of a mask, [x1, y1, x2, y2, ...] each; those of an RLE to within a pixel.

    Raises:
        MaskError: the mask is malformed.
    """
    mask = annotation.get("segmentation")
    if not isinstance(mask, dict):
        return polygons_of(annotation)
    height, width = size or mask.get("size") or (0, 0)
    if height * width > imaging.MAX_PIXELS:
        raise MaskError(f"a mask of {width} x {height} pixels is too large to be drawn.")
    return imaging.to_polygons(imaging.as_rle(mask, (height, width)), tolerance=0.5).polygons


def short(value: Any) -> str:
    """A field of whatever type as text that is not long."""
    said = text(value) or ""
    return said if len(said) <= LONGEST_FIELD else f"{said[:LONGEST_FIELD]}…"
