"""Problems of masks that only show once they are drawn: empty, twice, odd to look at.

A mask is what COCO draws: each polygon filled even-odd, their union the mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import cv2
import numpy as np
from hotcoco import mask as hotcoco_mask
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.health.chunk import Chunk, Size
from wildwear.datasets.health.outlines import Polygons
from wildwear.datasets.health.problems import Kind
from wildwear.errors import MaskError

WHOLE_PHOTO = 0.9  # share of the photo; the largest of ModaNet's 5,467 masks has 0.47
TINY = 30  # px; three of ModaNet's masks are smaller
SPECK = 0.01  # share of its mask
MANY_SPECKS = 10  # what lies in front may cut a mask in several, not in so many

Drawing = dict[str, Any]
"""A mask as hotcoco draws it: an RLE with `counts` of bytes."""


@dataclass(frozen=True)
class Masks:
    """The masks of n annotations as they are drawn."""

    indices: list[int]  # of the annotations
    drawings: list[Drawing]
    parts: list[list[Drawing]]  # polygon by polygon; nothing for an RLE

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """(n,) pixels."""
        return _areas(self.drawings)

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(n, 4) x, y, width, height around the pixels."""
        if not self.drawings:
            return np.empty((0, 4))
        return np.asarray(hotcoco_mask.to_bbox(self.drawings), np.float64)


def draw(segmentation: Polygons, size: Size) -> tuple[Drawing, list[Drawing]]:
    """The mask of sound polygons, and polygon by polygon."""
    parts: list[Drawing] = hotcoco_mask.frPyObjects(segmentation, *size)
    return (parts[0] if len(parts) == 1 else hotcoco_mask.merge(parts)), parts


def draw_all(chunk: Chunk, polygons: dict[int, Polygons]) -> Masks:
    """Draw the sound masks of photos of known size; note RLEs that cannot be decoded.

    Args:
        chunk: annotations.
        polygons: those that are sound, by index.
    """
    masks = Masks([], [], [])
    for index, annotation in chunk.annotations.items():
        size = chunk.sizes[index]
        parts: list[Drawing] = []
        if isinstance(annotation.get("segmentation"), dict):
            drawing = _decodable(chunk, index)
        elif index in polygons and size is not None:
            drawing, parts = draw(polygons[index], size)
        else:
            continue
        if drawing is not None:
            masks.indices.append(index)
            masks.drawings.append(drawing)
            masks.parts.append(parts)
    return masks


def _decodable(chunk: Chunk, index: int) -> Drawing | None:
    rle, size = chunk.annotations[index]["segmentation"], chunk.sizes[index]
    try:
        mask = imaging.as_rle(rle, rle.get("size", ()))
    except MaskError as error:
        chunk.note_unusable(Kind.MALFORMED_RLE, index, "segmentation", str(error).rstrip("."))
        return None
    if size is None:
        return None
    if mask["size"] != list(size):
        message = f"has the size {mask['size']}; its photo has {list(size)} (height, width)"
        chunk.note(Kind.RLE_SIZE, index, "segmentation", message)
        return None
    return {"size": mask["size"], "counts": mask["counts"].encode()}


def check_pixels(chunk: Chunk, masks: Masks, first: dict[tuple[int, ...], int]) -> None:
    """Note masks without a pixel, masks that occurred before, and masks that look odd.

    Args:
        chunk: annotations.
        masks: theirs.
        first: where each mask occurred first; grows from chunk to chunk.
    """
    areas = masks.areas
    owners = np.repeat(np.arange(len(masks.parts)), [len(parts) for parts in masks.parts])
    of_parts = _areas(list(chain.from_iterable(masks.parts)))
    for row in np.flatnonzero(areas == 0).tolist():
        chunk.note(Kind.EMPTY_MASK, masks.indices[row], "segmentation", "holds no pixel of the photo")
    for flat in np.flatnonzero((of_parts == 0) & (areas[owners] > 0)).tolist():
        part = flat - int(np.searchsorted(owners, owners[flat]))
        index = masks.indices[owners[flat]]
        chunk.note(Kind.EMPTY_POLYGON, index, "segmentation", "encloses no pixel of the photo", part)

    specks = np.bincount(owners, of_parts < SPECK * areas[owners], minlength=len(areas))
    sizes = np.array([chunk.sizes[index] for index in masks.indices], np.float64).reshape(-1, 2)
    shares = areas / sizes.prod(axis=1)
    for row, index in enumerate(masks.indices):
        if not areas[row] or chunk.annotations[index].get("iscrowd"):
            continue
        if shares[row] >= WHOLE_PHOTO:
            message = f"covers {shares[row]:.0%} of the photo"
            chunk.note(Kind.WHOLE_PHOTO, index, "segmentation", message)
        if areas[row] < TINY:
            chunk.note(Kind.TINY, index, "segmentation", f"has {areas[row]:g} px")
        if not masks.parts[row] and _most_parts(masks.drawings[row]) > MANY_SPECKS:  # one is no speck
            specks[row] = (_parts_of(masks, row) < SPECK * areas[row]).sum()
        if specks[row] >= MANY_SPECKS:
            message = f"has {specks[row]:g} parts of less than {SPECK:.0%} of it"
            chunk.note(Kind.SPECKS, index, "segmentation", message)
        _check_twins(chunk, index, hash(masks.drawings[row]["counts"]), first)


def _areas(drawings: list[Drawing]) -> NDArray[np.float64]:
    return np.asarray(hotcoco_mask.area(drawings) if drawings else [], np.float64)


def _most_parts(drawing: Drawing) -> int:
    """A number that the parts of an RLE do not exceed, many times faster than to draw and count them: every
    part begins with a run that touches none in the column before, or behind the foot of a column."""
    height = drawing["size"][0]
    edges = np.cumsum(imaging.runs(drawing))
    begins, ends = edges[:-1:2], edges[1::2]  # of the runs that are on
    begins, ends = begins[ends > begins], ends[ends > begins]
    before = np.searchsorted(ends, begins - height, side="right")  # ended above those that it may touch
    untouched = np.searchsorted(begins, ends - height) <= before
    return int(untouched.sum() + ((ends - 1) // height - begins // height).sum())


def _parts_of(masks: Masks, row: int) -> NDArray[np.int32]:
    """The number of pixels of each part of an RLE; pixels that share a corner are in one part."""
    x, y, width, height = masks.boxes[row].astype(int).tolist()
    pixels = hotcoco_mask.decode(masks.drawings[row])[y : y + height, x : x + width]
    _, _, measures, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(pixels.T))
    return measures[1:, cv2.CC_STAT_AREA].astype(np.int32, copy=False)


def _check_twins(chunk: Chunk, index: int, pixels: int, first: dict[tuple[int, ...], int]) -> None:
    """Note a mask that occurred before, as the same category or another. `pixels` is a hash of the mask."""
    annotation = chunk.annotations[index]
    image_id, category_id = annotation["image_id"], annotation.get("category_id")
    if not isinstance(category_id, int):
        return
    alike = first.setdefault((image_id, pixels, category_id), index)
    before = first.setdefault((image_id, pixels), index)
    if alike != index:
        chunk.note(Kind.DUPLICATE, index, "", f"has photo, category and mask of annotations[{alike}]")
    elif before != index:
        message = f"has the mask of annotations[{before}], but another category"
        chunk.note(Kind.TWO_NAMES, index, "", message)
