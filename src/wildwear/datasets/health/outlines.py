"""Problems of polygons as lines: malformed, outside the photo, crossing themselves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from wildwear import imaging
from wildwear.datasets.formats.coco import LEAST_POINTS
from wildwear.datasets.health.chunk import Chunk, Size, has_mask, shown
from wildwear.datasets.health.problems import Kind
from wildwear.datasets.health.records import is_finite
from wildwear.datasets.placement import Rings

OUTSIDE = 1.0
"""px that a polygon may reach outside the photo: some tools count pixels, some the edges between them."""

LOOPS = 0.005
"""Share of a polygon that may lie in loops where it crosses itself. Slips of the hand stay below: 315 of
ModaNet's 8,160 polygons cross or touch themselves, and the loops of 17 are larger."""

MOST_POINTS = 2_000
"""Points of a polygon whose loops are measured: in the worst case each of its edges crosses all others."""

COARSE = 0.05
"""Share of a polygon with more points, by which its pixels may differ from its signed area."""

FAR = 1e6  # px; no photo has a longer side

Polygons = list[list[float]]


def check_polygons(chunk: Chunk) -> dict[int, Polygons]:
    """Note masks that are missing, and polygons that are malformed.

    Returns:
        the polygons of each annotation whose polygons are all sound, by its index.
    """
    sound: dict[int, Polygons] = {}
    for index, annotation in chunk.annotations.items():
        segmentation = annotation.get("segmentation")
        if not has_mask(annotation):
            message = f"{shown(segmentation)}; expected polygons or an RLE"
            chunk.note_unusable(Kind.NO_MASK, index, "segmentation", message)
        elif isinstance(segmentation, list):
            complaints = [complaint(polygon) for polygon in segmentation]
            if not any(complaints):
                sound[index] = segmentation
            for part, wrong in enumerate(complaints):
                if wrong is not None:
                    chunk.note(wrong[0], index, "segmentation", wrong[1], part)
    return sound


def complaint(polygon: Any) -> tuple[Kind, str] | None:
    """What keeps a polygon from being drawn, if anything."""
    if not isinstance(polygon, list):
        return Kind.MALFORMED_POLYGON, shown(polygon)
    if not set(map(type, polygon)) <= {int, float}:
        wrong = next(value for value in polygon if type(value) not in (int, float))
        return Kind.MALFORMED_POLYGON, f"holds {wrong!r:.40}"
    if not is_finite(polygon):
        return Kind.MALFORMED_POLYGON, "holds NaN or infinity"
    if len(polygon) % 2:
        return Kind.MALFORMED_POLYGON, f"has {len(polygon)} numbers, an odd count"
    if len(polygon) < 2 * LEAST_POINTS:
        return Kind.SHORT_POLYGON, f"has {len(polygon) // 2} points; a polygon needs at least {LEAST_POINTS}"
    if max(polygon) > FAR or min(polygon) < -FAR:
        return Kind.MALFORMED_POLYGON, f"holds {max(polygon, key=abs):g}, which is no place in a photo"
    return None


def check_outlines(chunk: Chunk, polygons: dict[int, Polygons]) -> dict[int, float]:
    """Note polygons that leave their photo or cross themselves.

    Returns:
        the length of all outlines of each annotation, in px, by its index.
    """
    if not polygons:
        return {}
    rings = Rings.of([chunk.annotations[index] for index in polygons])
    owners = np.fromiter(polygons, np.int64)[rings.owners].tolist()
    parts = (np.arange(len(owners)) - np.searchsorted(rings.owners, rings.owners)).tolist()

    heights, widths = np.array([chunk.sizes[index] or (np.nan, np.nan) for index in polygons]).T
    right = np.maximum.reduceat(rings.x, rings.starts) - widths[rings.owners]
    foot = np.maximum.reduceat(rings.y, rings.starts) - heights[rings.owners]
    left, top = (-np.minimum.reduceat(values, rings.starts) for values in (rings.x, rings.y))
    reach = np.max([right, foot, left, top], axis=0)
    for ring in np.flatnonzero(reach > OUTSIDE).tolist():
        message = f"reaches {reach[ring]:g} px outside the photo"
        chunk.note(Kind.POLYGON_OUTSIDE, owners[ring], "segmentation", message, parts[ring])

    for ring, loops, inside in _loops(rings):
        annotation, size = chunk.annotations[owners[ring]], chunk.sizes[owners[ring]]
        message = ""
        if loops > LOOPS * inside:
            message = f"crosses itself; at least {loops:,.0f} of its {inside:,.0f} px lie in loops"
        elif np.isnan(loops) and size and _seems_looped(annotation["segmentation"][parts[ring]], size):
            message = f"crosses itself; with {rings.lengths[ring]:,} points its loops are not measured"
        if message and not annotation.get("iscrowd"):
            chunk.note(Kind.SELF_CROSSING, owners[ring], "segmentation", message, parts[ring])

    steps = np.hypot(rings.following(rings.x) - rings.x, rings.following(rings.y) - rings.y)
    lengths = np.bincount(rings.owners, np.add.reduceat(steps, rings.starts))
    return dict(zip(polygons, lengths.tolist(), strict=True))


def _loops(rings: Rings) -> Iterator[tuple[int, float, float]]:
    """The rings that cross or touch themselves: which, the least area of their loops, and what they enclose;
    of one with more than MOST_POINTS both are NaN.

    A loop turns the other way than the rest, or lies on what is enclosed already. In the signed area of the
    ring it counts negative, or twice; in what the ring encloses, once. So these two areas differ by twice the
    loop, or once. Where a ring only touches itself they agree, and also where bridges of no width lead to
    holes, as those that `imaging.to_polygons` makes do.
    """
    points = np.stack([rings.x, rings.y], axis=1)
    outlines = shapely.linearrings(points, indices=np.repeat(np.arange(len(rings.starts)), rings.lengths))
    shapes = shapely.polygons(outlines)
    signed = np.abs(rings.signed_areas)
    for ring in np.flatnonzero(~shapely.is_valid(shapes)).tolist():
        inside = np.nan
        if rings.lengths[ring] <= MOST_POINTS:
            # Its other method, `linework`, takes bridges that run side by side for an outline.
            inside = float(shapely.area(shapely.make_valid(shapes[ring], method="structure")))
        yield ring, abs(inside - float(signed[ring])) / 2, inside


def _seems_looped(polygon: list[float], size: Size) -> bool:
    """Whether a polygon encloses clearly more or fewer pixels than its signed area: at no cost of memory, but
    coarsely, as pixels at the edge may be either."""
    (signed,) = np.abs(Rings.of([{"segmentation": [polygon]}]).signed_areas)
    pixels = imaging.area(imaging.from_polygons([polygon], size))
    return bool(abs(pixels - signed) > COARSE * max(pixels, signed))
