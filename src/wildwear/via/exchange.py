"""A COCO file as a VIA project to annotate on with the 30 categories. The way there and back is
`datasets.formats.via`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wildwear.datasets.formats import via
from wildwear.datasets.formats.shapes import named_categories
from wildwear.datasets.stream import Conversion, Format, Photo, PhotoStream
from wildwear.taxonomy import CATEGORIES


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a project in which all of the 30 can be chosen. Raises as `via.write`."""
    via.write(with_all_categories(photos), path, conversion)


def with_all_categories(photos: PhotoStream) -> PhotoStream:
    """The same photos with all of the 30 to choose from, where their categories are of these.

    What comes from a VIA project keeps the choice that it had, and labels of other sets stay as they are: of
    those that we know, the writer makes a project to be named anew.
    """
    listed = photos.header["categories"]
    names = [category["name"] for category in listed]
    ids, _, label_set = named_categories(names, dict.fromkeys(names, 0))
    if "via" in photos.header or (names and label_set is None):
        return photos
    known = {category["id"]: ids[category["name"]] for category in listed}
    own = {known[category["id"]]: category for category in listed}  # with whatever else they say
    categories = [own.get(one.id, {}) | one.coco_record() for one in CATEGORIES]

    def renamed() -> Iterator[Photo]:
        for image, annotations in photos.photos:
            yield image, [one | {"category_id": known[one["category_id"]]} for one in annotations]

    return PhotoStream(photos.header | {"categories": categories}, renamed(), photos.total)


TO_ANNOTATE: Format = replace(via.FORMAT, write=write)
