"""All checks of masks together, on as many annotations at a time as are drawn at once."""

from collections.abc import Mapping

from wildwear.datasets.health.chunk import Size, chunks
from wildwear.datasets.health.measures import check_measures
from wildwear.datasets.health.outlines import check_outlines, check_polygons
from wildwear.datasets.health.pixels import check_pixels, draw_all
from wildwear.datasets.health.problems import Problem
from wildwear.datasets.stream import Record


def check_masks(document: Record, sizes: Mapping[int, Size]) -> list[Problem]:
    """All that is wrong with masks, boxes and areas.

    Args:
        document: a COCO document, whatever its records hold.
        sizes: of the photos by image id; masks of other images are not drawn.
    """
    found: list[Problem] = []
    first: dict[tuple[int, ...], int] = {}
    for chunk in chunks(document["annotations"], sizes, found):
        polygons = check_polygons(chunk)
        outlines = check_outlines(chunk, polygons)
        masks = draw_all(chunk, polygons)
        check_pixels(chunk, masks, first)
        check_measures(chunk, masks, outlines)
    return found
