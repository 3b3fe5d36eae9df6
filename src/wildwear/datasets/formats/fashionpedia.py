"""Fashionpedia: COCO files with attributes, of garments and of their parts. Written as COCO: see `coco.py`.

Its categories are known by their names: an early release has 48 of them, the published one 46, and the ids
differ. Masks hold visible pixels, but for parts, which lie in the mask of their garment as well.

Source: Jia et al., "Fashionpedia", ECCV 2020, https://fashionpedia.github.io/home/;
https://github.com/KMnP/fashionpedia-api.
"""

from collections.abc import Iterator
from pathlib import Path

from wildwear import imaging
from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import coco
from wildwear.datasets.formats.coco_sets import categories_of, stated
from wildwear.datasets.formats.shapes import measured
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError

NAME = "fashionpedia"
NO_GARMENTS = {"garment parts", "closures", "decorations"}  # supercategories, and their categories:
PARTS = {"hood", "collar", "lapel", "epaulette", "sleeve", "garment belt", "pocket", "neckline", "buckle"}
PARTS |= {
    "zipper",
    "applique",
    "bead",
    "bow",
    "flower",
    "fringe",
    "ribbon",
    "rivet",
    "ruffle",
    "sequin",
    "tassel",
}


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a file photo by photo: attributes and their ids stay as they are, boxes and areas that are
    missing are computed, RLEs compressed. The test photos come without annotations.

    Args:
        path: the file.
        conversion: `garments_only` leaves out parts, closures and decorations.

    Raises:
        DatasetError: it is no COCO file, or malformed.
    """
    stream = coco.stream(load(path, conversion))
    header = stated(stream.header, NAME, "visible")
    photos = stream.photos
    if conversion.garments_only:
        left_out = {record["id"]: record["name"] for record in header["categories"] if is_no_garment(record)}
        header["categories"] = [record for record in header["categories"] if record["id"] not in left_out]
        photos = without(left_out, photos, conversion)
    return PhotoStream(header, completed(photos, path, conversion), stream.total)


def load(path: Path, conversion: Conversion) -> Record:
    """The document, checked; the photos of the test set (`info_test2020.json`) come without annotations."""
    if "annotations" in Candidate(path).top:
        return coco.load(path, conversion)
    document = read_json(path)
    if not isinstance(document, dict):
        return coco.load(path)  # says what is wrong
    document = {"categories": [], **document, "annotations": []}
    for section in ("images", "categories"):
        if not isinstance(document.get(section), list):
            raise DatasetError(f"{path}: {section}: expected a list, found {document.get(section)!r}")
        coco.check_section(path, document, section, coco.REQUIRED[section])
    coco.check_images(path, document)
    conversion.note("photos alone: the file has no annotations", len(document["images"]))
    return document


def is_no_garment(category: Record) -> bool:
    """Whether a category is of parts, closures or decorations."""
    supercategory = category.get("supercategory")
    return str(supercategory) in NO_GARMENTS if supercategory else category["name"] in PARTS


def without(categories: dict[int, str], photos: Iterator[Photo], conversion: Conversion) -> Iterator[Photo]:
    """The photos without the annotations of some categories, given by id and name."""
    for image, annotations in photos:
        for annotation in annotations:
            if annotation["category_id"] in categories:
                conversion.note(f"{categories[annotation['category_id']]}: left out, as no garments")
        yield image, [one for one in annotations if one["category_id"] not in categories]


def completed(photos: Iterator[Photo], path: Path, conversion: Conversion) -> Iterator[Photo]:
    """The photos, their annotations with `bbox`, `area` and `iscrowd`, RLEs compressed."""
    for image, annotations in photos:
        sound = []
        for annotation in annotations:
            try:
                complete(annotation, image, conversion)
            except MaskError as error:
                where = f"{path}: image {image['id']}: annotation {annotation['id']}: segmentation"
                conversion.malformed(where, str(error))
                continue
            sound.append(annotation)
        yield image, sound


def complete(annotation: Record, image: Record, conversion: Conversion) -> None:
    """Add what is missing. Raises `MaskError` for a malformed mask."""
    annotation.setdefault("iscrowd", 0)
    mask = annotation.get("segmentation")
    if not mask:
        return
    size = (image["height"], image["width"]) if image["height"] and image["width"] else None
    if isinstance(mask, dict):
        annotation["segmentation"] = mask = imaging.as_rle(mask, size or mask.get("size", ()))
    if annotation.get("bbox") is None or annotation.get("area") is None:
        box, area = measured(mask, size)
        for field, value in (("bbox", box), ("area", area)):
            if annotation.get(field) is None:
                conversion.note(f"{field} missing, computed from the mask")
                annotation[field] = value


def looks_like(candidate: Candidate) -> bool:
    """Whether a COCO file has attributes, and categories with a place in Fashionpedia's taxonomy."""
    return "attributes" in candidate.top and any("taxonomy_id" in one for one in categories_of(candidate))


FORMAT = Format(
    name=NAME,
    title="Fashionpedia: COCO instances with attributes and parts",
    looks_like=looks_like,
    read=read,
)
