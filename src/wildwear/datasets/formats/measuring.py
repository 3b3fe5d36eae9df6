"""The areas of masks for formats that do not say them, a few photos at a time. Not for one mask: see
`shapes.py`."""

from collections.abc import Iterator
from itertools import islice

from wildwear import imaging
from wildwear.datasets.formats.shapes import measured
from wildwear.datasets.stream import Conversion, Photo
from wildwear.errors import MaskError

BATCH = 32  # photos; the masks of several are measured much faster together


def with_areas(photos: Iterator[Photo], source: str, conversion: Conversion) -> Iterator[Photo]:
    """The photos, their annotation records given the `area` of their masks in px.

    It is the number of pixels; where the photo's size is unknown, it is what the polygons enclose.

    Args:
        photos: records without a segmentation stay as they are.
        source: the file or folder, for messages.
        conversion: annotation records with malformed masks are taken out, if it says so.

    Raises:
        DatasetError: a mask is malformed.
    """
    while batch := list(islice(photos, BATCH)):
        try:
            measure(batch)
        except MaskError:
            take_out_malformed(batch, source, conversion)
            measure(batch)
        yield from batch


def measure(photos: list[Photo]) -> None:
    """Set the areas of the masks of some photos. Raises `MaskError` for a malformed one, not saying which."""
    polygons, sizes = [], []
    for image, annotations in photos:
        size = (image["height"], image["width"]) if image["height"] and image["width"] else None
        for annotation in annotations:
            if not annotation.get("segmentation"):
                continue
            if size is not None and isinstance(annotation["segmentation"], list):
                polygons.append(annotation)
                sizes.append(size)
            else:
                annotation["area"] = measured(annotation["segmentation"], size)[1]
    areas = imaging.areas([annotation["segmentation"] for annotation in polygons], sizes)
    for annotation, area in zip(polygons, areas.tolist(), strict=True):
        annotation["area"] = float(area)


def take_out_malformed(photos: list[Photo], source: str, conversion: Conversion) -> None:
    """Find the malformed masks by measuring each alone."""
    for image, annotations in photos:
        for annotation in list(annotations):
            try:
                measure([(image, [annotation])])
            except MaskError as error:
                where = f"{source}: image {image['id']}: annotation {annotation['id']}: segmentation"
                conversion.malformed(where, str(error))
                annotations.remove(annotation)
