"""ModaNet: COCO files with 13 categories of street fashion. Written as COCO: see `coco.py`.

What its authors do not say was measured on its validation file. Masks hold visible pixels: 3 % of what they
cover lies in two of them, most of that in shoes; of a top and an outer, one lies by a fifth under the other
in 1 of 100 photos. Of the shoes of a pair, 4 in 9 have polygons of both, each with a box of its own: they are
kept like that. The area given with a mask is that of its box.

Source: Zheng et al., "ModaNet", ACM Multimedia 2018, https://github.com/eBay/modanet.
"""

from collections.abc import Iterator
from pathlib import Path

from wildwear.datasets.formats import coco
from wildwear.datasets.formats.coco_sets import categories_of, stated
from wildwear.datasets.formats.measuring import with_areas
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream
from wildwear.taxonomy import maps

NAME = "modanet"
BOX_AREAS = "areas that were those of boxes: now those of masks"


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a file photo by photo, as it is but for the areas, which become those of the masks.

    Raises:
        DatasetError: it is no COCO file, or malformed.
    """
    stream = coco.read(path, conversion)
    photos = with_areas(noted(stream.photos, conversion), str(path), conversion)
    return PhotoStream(stated(stream.header, NAME, "visible"), photos, stream.total)


def noted(photos: Iterator[Photo], conversion: Conversion) -> Iterator[Photo]:
    """The photos as they are, counted the areas that are those of boxes."""
    for image, annotations in photos:
        for annotation in annotations:
            box = annotation.get("bbox")
            if box and annotation.get("area") == box[2] * box[3]:
                conversion.note(BOX_AREAS)
        yield image, annotations


def looks_like(candidate: Candidate) -> bool:
    """Whether a COCO file has exactly ModaNet's categories."""
    rules = maps.load(NAME)
    labels = [rules.rule(str(category.get("name"))) for category in categories_of(candidate)]
    return None not in labels and len(labels) == len(set(labels)) == len(rules.rules)


FORMAT = Format(
    name=NAME,
    title="ModaNet: COCO instances in its 13 categories",
    looks_like=looks_like,
    read=read,
)
