"""What people draw in Label Studio: a shape in shares of the photo's sides, and its label."""

import math
from typing import Any

import numpy as np

from wildwear import imaging
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.label_studio.brush import unpacked
from wildwear.datasets.formats.label_studio.layout import DIGITS, WHOLE
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.stream import Record

SHAPES = ("points", "rle", "radiusX", "width")  # the field that tells each from the others


def label_of(region: Record) -> str | None:
    """The label of a region; None where it has none, or several."""
    kind = region.get("type")
    named = region["value"].get(kind) if isinstance(kind, str) and kind.endswith("labels") else None
    if isinstance(named, list) and len(named) == 1 and isinstance(named[0], str) and named[0]:
        return named[0]
    return None


def has_shape(region: Record) -> bool:
    """Whether a region has an area."""
    return any(field in region["value"] for field in SHAPES)


def outlined(region: Record, size: tuple[int, int]) -> list[list[float]] | imaging.Rle:
    """The segmentation of a region. Raises `FieldError`.

    Args:
        region: as Label Studio has it.
        size: (height, width) of the photo in pixels.
    """
    value = region["value"]
    if "rle" in value:
        return unpacked(value["rle"], size)
    if "points" in value:
        return [polygon(value["points"], size)]
    x, y = (pixels(value, field, size) for field in ("x", "y"))
    turned_by = math.radians(shapes.number({"rotation": 0, **value}, "rotation"))
    if "radiusX" in value:
        x_radius, y_radius = (pixels(value, field, size) for field in ("radiusX", "radiusY"))
        return [shapes.ellipse(x, y, x_radius, y_radius, turned_by)]
    width, height = (pixels(value, field, size) for field in ("width", "height"))
    along, across = math.cos(turned_by), math.sin(turned_by)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    turned = corners @ np.array([[along, across], [-across, along]]) + (x, y)  # around the first
    return [rounded(turned.ravel().tolist())]


def polygon(points: Any, size: tuple[int, int]) -> list[float]:
    """Points in shares of the photo as [x1, y1, x2, y2, ...] in pixels. Raises `FieldError`."""
    if not isinstance(points, list) or len(points) < shapes.LEAST_POINTS:
        raise FieldError("value.points", "expected a list of at least 3 points")
    found: list[float] = []
    for number, point in enumerate(points):
        if not (isinstance(point, list) and len(point) == 2 and all(map(shapes.is_coordinate, point))):
            raise FieldError(f"value.points[{number}]", f"expected two numbers, found {point!r:.60}")
        found += [point[0] * size[1] / WHOLE, point[1] * size[0] / WHOLE]
    return rounded(found)


def pixels(value: Record, field: str, size: tuple[int, int]) -> float:
    """A share of the photo's width or height in pixels. Raises `FieldError`."""
    side = size[0] if field in ("y", "height", "radiusY") else size[1]
    least = -math.inf if field in ("x", "y") else 0
    try:
        return shapes.number(value, field, over=least) * side / WHOLE
    except FieldError as error:
        raise FieldError(f"value.{field}", error.what) from error


def rounded(numbers: list[float]) -> list[float]:
    """Pixels without the noise of shares."""
    return [round(number, DIGITS) for number in numbers]
