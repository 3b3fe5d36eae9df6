"""What people draw as masks, and masks as what people can edit. Not for what lies on top of what: see
`exporting.py`."""

from collections.abc import Sequence
from typing import Any

from wildwear import imaging
from wildwear.annotation.work import Part
from wildwear.datasets.placement import polygons_of
from wildwear.datasets.stream import Record

TOLERANCE = 1.0  # pixels that an outline may stray from that of a mask, to have few vertices


def parts_of(annotation: Record, size: tuple[int, int]) -> list[Part]:
    """What an annotation covers, as outlines to edit: its polygons as they are, an RLE simplified, a box by
    its corners.

    Args:
        annotation: COCO's.
        size: (height, width) of the photo in pixels.

    Raises:
        MaskError: its mask is malformed.
    """
    mask = annotation.get("segmentation")
    if isinstance(mask, dict):
        return parts_of_mask(imaging.as_rle(mask, size))
    return [
        [[(float(x), float(y)) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]]
        for polygon in polygons_of(annotation)
    ]


def parts_of_mask(mask: imaging.Rle, tolerance: float = TOLERANCE) -> list[Part]:
    """The outlines of a mask, with few vertices; exact where it is too small for that."""
    found = imaging.outlines(mask, tolerance=tolerance) or imaging.outlines(mask)
    return [[[(float(x), float(y)) for x, y in ring] for ring in rings] for rings in found]


def polygons(parts: Sequence[Part]) -> list[list[float]]:
    """Parts as COCO has polygons; holes are cut out by a bridge of no width."""
    return [imaging.join([[value for point in ring for value in point] for ring in part]) for part in parts]


def mask_of(parts: Sequence[Part], size: tuple[int, int]) -> imaging.Rle:
    """The pixels that parts cover, (height, width) `size`."""
    return imaging.from_polygons(polygons(parts), size)


def segmentation(parts: Sequence[Part], original: Any, size: tuple[int, int]) -> Any:
    """Parts as the segmentation of a COCO annotation: the mask that they were made from, if nobody has
    changed them since; polygons otherwise.

    Args:
        parts: as they stand.
        original: the RLE that an imported instance had; None where it had none.
        size: (height, width) of the photo in pixels.
    """
    if original is not None and parts_of_mask(imaging.as_rle(original, size)) == list(parts):
        return original
    return polygons(parts)
