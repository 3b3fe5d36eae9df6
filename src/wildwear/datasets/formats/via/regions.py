"""The regions of VIA: their checks, their shapes as polygons, and those that an annotation becomes."""

import math
import reprlib
from typing import Any

from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via.attributes import INSTANCE, Naming, region_attributes
from wildwear.datasets.stream import Record

SHAPES = ("polygon", "polyline", "rect", "circle", "ellipse", "point")


def sound_region(region: Any) -> Record:
    """A region whose shape and attributes are objects. Raises `FieldError` where they are not."""
    if not isinstance(region, dict):
        raise FieldError("", f"expected an object, found {type(region).__name__}")
    if not isinstance(shape := region.get("shape_attributes"), dict):
        raise FieldError(".shape_attributes", f"expected an object, found {type(shape).__name__}")
    attributes = sound_attributes(region.get("region_attributes"), ".region_attributes")
    return {**region, "region_attributes": attributes}


def sound_attributes(attributes: Any, field: str) -> Record:
    """The attributes of a photo or region. Raises `FieldError` where they are no object, or hold NaN."""
    if attributes is None:
        return {}
    if not isinstance(attributes, dict):
        raise FieldError(field, f"expected an object, found {type(attributes).__name__}")
    for name, value in attributes.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise FieldError(f"{field}.{name}", "is not a finite number")
    return attributes


def has_area(region: Record) -> bool:
    """Whether a region encloses anything; points and lines of two do not."""
    shape: Record = region["shape_attributes"]
    if shape.get("name") == "polyline" and isinstance(corners := shape.get("all_points_x"), list):
        return len(corners) >= shapes.LEAST_POINTS
    return shape.get("name") != "point"


def outline(shape: Record) -> list[float]:
    """The polygon of a shape, [x1, y1, x2, y2, ...].

    Raises:
        FieldError: a coordinate is missing or is no number, there are too few, or it is of another kind.
    """
    match shape.get("name"):
        case "polygon" | "polyline":
            return corners(shape)
        case "rect":
            width, height = shapes.number(shape, "width", over=0), shapes.number(shape, "height", over=0)
            return shapes.rectangle(shapes.number(shape, "x"), shapes.number(shape, "y"), width, height)
        case "circle":
            radius = shapes.number(shape, "r", over=0)
            return shapes.ellipse(shapes.number(shape, "cx"), shapes.number(shape, "cy"), radius, radius)
        case "ellipse":
            radii = shapes.number(shape, "rx", over=0), shapes.number(shape, "ry", over=0)
            angle = shapes.number(shape, "theta") if "theta" in shape else 0.0  # older projects have none
            return shapes.ellipse(shapes.number(shape, "cx"), shapes.number(shape, "cy"), *radii, angle)
        case other:
            raise FieldError("name", f"expected one of {', '.join(SHAPES)}, found {other!r}")


def corners(shape: Record) -> list[float]:
    """The polygon [x1, y1, x2, y2, ...] of a shape, px. Raises `FieldError` where it is malformed."""
    across, down = coordinates(shape, "all_points_x"), coordinates(shape, "all_points_y")
    if len(across) != len(down):
        raise FieldError("all_points_y", f"has {len(down)} numbers, but all_points_x {len(across)}")
    if len(across) < shapes.LEAST_POINTS:
        what = f"has {len(across)} points; a polygon needs at least {shapes.LEAST_POINTS}"
        raise FieldError("all_points_x", what)
    return [value for point in zip(across, down, strict=True) for value in point]


def coordinates(shape: Record, field: str) -> list[float]:
    """One field of a shape as numbers of pixels. Raises `FieldError` where it holds anything else."""
    values = shape.get(field)
    if not isinstance(values, list):
        raise FieldError(field, f"expected a list of numbers, found {type(values).__name__}")
    for place, value in enumerate(values):
        if not shapes.is_coordinate(value):
            raise FieldError(f"{field}[{place}]", f"expected a number of pixels, found {reprlib.repr(value)}")
    return values


def plain_regions(
    annotation: Record, polygons: list[list[float]], naming: Naming, number: str
) -> list[Record]:
    """The regions of an annotation of which VIA held nothing else; `number` is that of an instance of several
    polygons."""
    attributes = region_attributes(annotation, {}, {}, naming)
    if len(polygons) > 1:
        attributes[INSTANCE] = number
    return [
        {
            "shape_attributes": {
                "name": "polygon",
                "all_points_x": polygon[::2],
                "all_points_y": polygon[1::2],
            },
            "region_attributes": dict(attributes),
        }
        for polygon in polygons
    ]
