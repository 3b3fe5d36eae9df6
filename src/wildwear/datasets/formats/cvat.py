"""CVAT for images 1.1, one XML file: polygons, boxes, ellipses and masks drawn in CVAT.

Source: https://docs.cvat.ai/docs/other/xml_format. Shapes of one label and group are
one instance. CVAT has no ids of categories and no licences: what else a dataset says of itself stands in an
element of ours, <wildwear>, which CVAT passes over. Not for tracks in videos.
"""

import math
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import msgspec
import numpy as np

from wildwear import imaging
from wildwear.datasets.documents import encode_json
from wildwear.datasets.formats import coco, shapes
from wildwear.datasets.formats.numbering import numbered
from wildwear.datasets.formats.shapes import FieldError, measured, rectangle, relative_name
from wildwear.datasets.formats.xml_documents import elements, root_name, serialised
from wildwear.datasets.splits import split_called
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.files import replacing
from wildwear.imaging.identity import Claims, identity

ROOT = "annotations"
FILE = "annotations.xml"  # in the folder of an export
HEADER = "wildwear"
CROWD = "is_crowd"  # the attribute that CVAT gives shapes from COCO files
TRUE = ("true", "1")
KNOWN_FIELDS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd", "attributes"}
KNOWN_IMAGE_FIELDS = {"id", "file_name", "width", "height", "split"}


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a CVAT file, or the folder of an export, photo by photo.

    Raises:
        DatasetError: it is no CVAT file for images. While streaming: a photo or a shape is malformed.
    """
    file = path / FILE if path.is_dir() else path
    meta = next(elements(file, ROOT, {"meta", "image", "track"}), Element("meta"))
    labels = [name for label in meta.iter("label") if (name := label.findtext("name"))]
    ids, header = numbered(labels, recorded_header(file, meta))
    total = shapes.whole(meta.findtext("task/size"))
    categories = dict(zip(labels, ids, strict=True))
    return PhotoStream(header, read_photos(file, categories, header, conversion), total or None)


def recorded_header(file: Path, meta: Element) -> Record:
    """What a dataset said of itself when it was written; empty where we did not write it."""
    try:
        return msgspec.json.decode(meta.findtext(HEADER) or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise DatasetError(f"{file}: meta.{HEADER}: is no JSON object: {error}") from error


def read_photos(
    file: Path, categories: dict[str, int], header: Record, conversion: Conversion
) -> Iterator[Photo]:
    """The photos of a file; a label that its <meta> does not name joins the categories."""
    instance_ids = count(1)
    taken: set[int] = set()
    claims = Claims()
    shared: set[str] | None = None  # names, looked for once there is a subset
    for position, element in enumerate(elements(file, ROOT, {"image", "track"})):
        if element.tag == "track":
            raise DatasetError(f"{file}: holds tracks of a video; export it as CVAT for images 1.1")
        where = f"{file}: image[{position}]"
        if shared is None and element.get("subset"):
            shared = names_in_several_subsets(file)
        try:
            image = read_image(element, file, shared or (), conversion)
            if rival := claims.rival(image["file_name"], f"image[{position}] ({element.get('name')})"):
                raise FieldError("name", f"{element.get('name')!r} is that of {rival} too, in one subset")
        except FieldError as error:
            conversion.malformed(f"{where}.{error.field}", error.what)
            continue
        if image["id"] in taken:  # the tasks of a project count from 0, each
            image["id"] = max(taken) + 1
        taken.add(image["id"])
        instances = []
        for group in grouped(element):
            label = group[0][1].get("label", "")
            try:
                record = read_instance(group, image, conversion)
            except (FieldError, MaskError) as error:
                conversion.malformed(f"{where} ({image['file_name']})", str(error))
                continue
            if record is None:
                continue
            if label not in categories:
                categories[label] = max(categories.values(), default=0) + 1
                header["categories"].append({"id": categories[label], "name": label})
            ids = {"id": next(instance_ids), "image_id": image["id"], "category_id": categories[label]}
            instances.append({**ids, **record})
        yield image, instances


def names_in_several_subsets(file: Path) -> set[str]:
    """The names that photos have in more than one subset: each of its tasks may have a frame_000000.jpg."""
    subsets: dict[str, str] = {}
    several = set()
    for image in elements(file, ROOT, {"image"}):
        name = identity(image.get("name", ""))
        subset = image.get("subset", "")
        if subsets.setdefault(name, subset) != subset:
            several.add(name)
    return several


def read_image(element: Element, file: Path, shared: Collection[str], conversion: Conversion) -> Record:
    """The record of an <image>. Raises `FieldError`.

    CVAT exports the photos of a project into a folder for each subset. So the name of a photo begins with its
    subset where it lies there alone, or where it would be `shared` with a photo of another subset.
    """
    subset = element.get("subset", "")
    try:
        name = relative_name(element.get("name"))
        below = relative_name(f"{subset}/{name}") if subset else name
    except FieldError as error:
        raise FieldError("name", error.what) from None
    if identity(name) in shared:
        name = below
    elif subset and not shapes.find_photo(name, file.parent, conversion):
        name = below if shapes.find_photo(below, file.parent, conversion) else name
    number = element.get("id", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise FieldError("id", f"expected a whole number, found {number!r}")
    height, width = (shapes.whole(element.get(side)) for side in ("height", "width"))
    size = (height, width) if height and width else None
    if size is None:
        size = shapes.size_by_header(shapes.find_photo(name, file.parent, conversion), conversion)
    if size is None:
        conversion.note(shapes.SIZE_NOTE)
    image: Record = {"id": int(number), "file_name": name, "width": None, "height": None}
    if size is not None:
        image["height"], image["width"] = size
    return image if subset.lower() in ("", "default") else {**image, "split": split_called(subset) or subset}


def grouped(image: Element) -> list[list[tuple[str, Element]]]:
    """The shapes of a photo by instance, each with its place: those of one label and group are one."""
    groups: dict[object, list[tuple[str, Element]]] = {}
    places: dict[str, Iterator[int]] = {}
    for index, shape in enumerate(image):
        group = shape.get("group_id", "0")
        place = f"{shape.tag}[{next(places.setdefault(shape.tag, count()))}]"
        key = (shape.get("label"), group) if group != "0" else index
        groups.setdefault(key, []).append((place, shape))
    return list(groups.values())


def read_instance(group: list[tuple[str, Element]], image: Record, conversion: Conversion) -> Record | None:
    """The fields of an instance that shapes make; None where they enclose nothing.

    Raises:
        FieldError: a shape is malformed.
        MaskError: as `measured`.
    """
    size = (image["height"], image["width"]) if image["height"] else None
    polygons: list[list[float]] = []
    masks: list[imaging.Rle] = []
    attributes: Record = {}
    for place, shape in group:
        try:
            if shape.tag == "mask":
                masks.append(mask_of(shape, size))
            elif polygon := polygon_of(shape, conversion):
                polygons.append(polygon)
            else:
                continue
        except FieldError as error:
            raise FieldError(f"{place}.{error.field}", error.what) from None
        if not shape.get("label"):
            raise FieldError(f"{place}.label", "is missing")
        attributes |= {one.get("name", ""): one.text or "" for one in shape.iter("attribute")}
        if shape.get("occluded") == "1":
            attributes["occluded"] = True
    if not polygons and not masks:
        return None
    segmentation: Any = polygons
    if masks:
        segmentation = imaging.union([*masks, imaging.from_polygons(polygons, masks[0]["size"])])
    box, area = measured(segmentation, size)
    if len(group) == 1 and group[0][1].tag == "box" and not angle(group[0][1]):
        left, top, right, _, _, bottom, *_ = polygons[0]
        box = [left, top, right - left, bottom - top]
    crowd = str(attributes.pop(CROWD, "")).lower() in TRUE
    record = {"segmentation": segmentation, "bbox": box, "area": area, "iscrowd": int(crowd)}
    return {**record, "attributes": attributes} if attributes else record


def polygon_of(shape: Element, conversion: Conversion) -> list[float] | None:
    """The polygon of a shape; None for one that encloses nothing. Raises `FieldError`."""
    match shape.tag:
        case "polygon":
            return points_of(shape)
        case "box":
            left, top, right, bottom = (number(shape, side) for side in ("xtl", "ytl", "xbr", "ybr"))
            if left >= right or top >= bottom:
                raise FieldError(
                    "xbr", f"a box from {left:g}, {top:g} to {right:g}, {bottom:g} holds nothing"
                )
            conversion.note("boxes, read as rectangles: they are no masks")
            return turned(rectangle(left, top, right - left, bottom - top), angle(shape))
        case "ellipse":
            x, y, x_radius, y_radius = (number(shape, field) for field in ("cx", "cy", "rx", "ry"))
            if min(x_radius, y_radius) <= 0:
                raise FieldError("rx", f"expected radii over 0, found {x_radius:g} and {y_radius:g}")
            conversion.note(shapes.CURVE_NOTE)
            return shapes.ellipse(x, y, x_radius, y_radius, angle(shape))
        case kind:
            conversion.note(f"shapes of the kind {kind}, which enclose nothing; left out")
            return None


def points_of(shape: Element) -> list[float]:
    """[x1, y1, x2, y2, ...] of a polygon. Raises `FieldError`."""
    text = shape.get("points", "")
    points = [point.split(",") for point in text.split(";")]
    if any(len(point) != 2 for point in points):
        raise FieldError("points", f"expected x,y;x,y;..., found {text[:40]!r}")
    if len(points) < shapes.LEAST_POINTS:
        raise FieldError("points", f"are {len(points)}; a polygon needs at least {shapes.LEAST_POINTS}")
    return [coordinate("points", value) for point in points for value in point]


def number(shape: Element, field: str) -> float:
    """A number of a shape. Raises `FieldError`."""
    return coordinate(field, shape.get(field))


def coordinate(field: str, text: str | None) -> float:
    """A number of pixels. Raises `FieldError` where it is none, or no place in a photo."""
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not shapes.is_coordinate(value):
        raise FieldError(field, f"expected a number of pixels, found {text!r}")
    return value


def angle(shape: Element) -> float:
    """By how much a shape is turned, clockwise in radians."""
    return math.radians(number(shape, "rotation")) if shape.get("rotation") else 0.0


def turned(polygon: list[float], by: float) -> list[float]:
    """A polygon turned around the middle of its corners, clockwise by radians."""
    if not by:
        return polygon
    points = np.reshape(polygon, (-1, 2))
    middle = points.mean(axis=0)
    rotation = np.array([[math.cos(by), math.sin(by)], [-math.sin(by), math.cos(by)]])
    corners: list[float] = ((points - middle) @ rotation + middle).ravel().tolist()
    return corners


def mask_of(shape: Element, size: tuple[int, int] | None) -> imaging.Rle:
    """The pixels of a <mask>: runs off, on, off, ... along the rows of a box in the photo.

    Raises:
        FieldError: it is malformed, or larger than its photo.
    """
    if size is None:
        raise FieldError("width", "the photo's size is unknown; say where the photos are with --images")
    left, top, width, height = (int(number(shape, side)) for side in ("left", "top", "width", "height"))
    if not (0 < width <= size[1] and 0 < height <= size[0] and width * height <= imaging.MAX_PIXELS):
        raise FieldError("width", f"{width} x {height} px do not fit into a photo of {size[1]} x {size[0]}")
    try:
        runs = np.array(shape.get("rle", "").split(","), np.int64)
    except (ValueError, OverflowError):
        runs = np.array([-1])
    if runs.min() < 0 or runs.max() > width * height or runs.sum() != width * height:
        raise FieldError("rle", f"expected whole numbers that sum to {width} x {height}")
    crop = np.repeat(np.arange(runs.size) % 2, runs).reshape(height, width)
    return imaging.encode_crop(crop, top, left, size)


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a file, in flat memory: photos wait in a temporary file, as the labels stand first.

    Raises:
        DatasetError: a name leaves its folder, or is another's; or XML cannot say something.
        OutputError: the file cannot be written.
    """
    coco.make_parent(path)
    group_ids = count(1)
    claims = Claims()
    attributes: dict[str, None] = {}
    written = 0
    with replacing(path) as temporary, temporary.open("wb") as file, TemporaryFile(dir=path.parent) as later:
        for image, annotations in photos.photos:
            shapes.claim(claims, image, path, "CVAT tells photos by their names")
            names = {category["id"]: category["name"] for category in photos.header["categories"]}
            try:
                element = image_element(image, conversion)
            except FieldError as error:
                conversion.malformed(f"image {image['id']}", str(error))
                continue
            for annotation in annotations:
                made = instance_elements(annotation, image, names, group_ids, conversion)
                element.extend(made)
                attributes |= {one.get("name", ""): None for shape in made for one in shape}
            later.write(encoded(element, path))
            written += 1
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
        file.write(encoded(meta_element(photos.header, written, list(attributes), path), path))
        coco.append(later, file)
        file.write(b"</annotations>\n")


def encoded(element: Element, path: Path) -> bytes:
    """An element inside <annotations>. Raises `DatasetError` naming the file that it was meant for."""
    try:
        return serialised(element, level=1).encode()
    except ValueError as error:
        raise DatasetError(f"{path}: {element.get('name', element.tag)}: {error}") from error


def image_element(image: Record, conversion: Conversion) -> Element:
    """An <image> without its shapes. Raises `FieldError`."""
    try:
        name = relative_name(image.get("file_name"))
    except FieldError as error:
        raise FieldError("file_name", error.what) from None
    element = Element("image", id=str(image["id"]), name=name)
    if isinstance(image.get("split"), str):
        element.set("subset", image["split"])
    if image.get("width") and image.get("height"):
        element.set("width", str(image["width"]))
        element.set("height", str(image["height"]))
    else:
        conversion.note("photos whose size is unknown, also to CVAT")
    for field in image.keys() - KNOWN_IMAGE_FIELDS:
        conversion.lose("photos", field, "CVAT")
    return element


def instance_elements(
    annotation: Record, image: Record, names: dict[int, str], group_ids: Iterator[int], conversion: Conversion
) -> list[Element]:
    """The shapes of an instance: of several polygons a group, of an RLE a mask; none where it has neither."""
    where = f"{image['file_name']}: annotation {annotation.get('id')}"
    try:
        made = shape_elements(annotation)
        label = names[annotation["category_id"]]
    except KeyError:
        conversion.malformed(where, f"no category has the id {annotation.get('category_id')!r}")
        return []
    except MaskError as error:
        conversion.malformed(where, f"segmentation: {error}")
        return []
    if not made:
        conversion.note("instances without a pixel or a box, left out")
    for field in annotation.keys() - KNOWN_FIELDS:
        conversion.lose("instances", field, "CVAT")
    attributes = annotation.get("attributes")
    attributes = {**attributes} if isinstance(attributes, dict) else {}
    occluded = attributes.pop("occluded", False)
    if annotation.get("iscrowd"):
        attributes[CROWD] = "true"
    group = {"group_id": str(next(group_ids))} if len(made) > 1 else {}
    for shape in made:
        shape.attrib = {
            "label": label,
            "source": "manual",
            "occluded": "1" if occluded in (True, 1, "1", "true") else "0",
            **shape.attrib,
            "z_order": "0",
            **group,
        }
        for name, value in attributes.items():
            one = SubElement(shape, "attribute", name=str(name))
            one.text = value if isinstance(value, str) else encode_json(value).decode()
    return made


def shape_elements(annotation: Record) -> list[Element]:
    """The shapes of an instance, where they lie alone. Raises `MaskError`."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return mask_elements(imaging.as_rle(segmentation, segmentation.get("size", ())))
    if segmentation:
        if (short := coco.short_polygon(segmentation)) is not None:
            raise MaskError(f"polygon {short[0]} {short[1]}")
        if not all(shapes.is_coordinate(value) for polygon in segmentation for value in polygon):
            raise MaskError("holds something else than numbers of pixels")
        return [Element("polygon", points=points_text(polygon)) for polygon in segmentation]
    if annotation.get("bbox"):
        x, y, width, height = (float(value) for value in annotation["bbox"])
        corners = {"xtl": x, "ytl": y, "xbr": x + width, "ybr": y + height}
        return [Element("box", {name: repr(value) for name, value in corners.items()})]
    return []


def points_text(polygon: list[float]) -> str:
    """A polygon as CVAT writes it, x,y;x,y, with all of its decimals."""
    points = zip(polygon[::2], polygon[1::2], strict=True)
    return ";".join(f"{float(x)!r},{float(y)!r}" for x, y in points)


def mask_elements(mask: imaging.Rle) -> list[Element]:
    """A <mask>; none for a mask without pixels."""
    left, top, width, height = map(int, imaging.bbox(mask))
    if not width or not height:
        return []
    pixels = imaging.decode(mask)[top : top + height, left : left + width].ravel()
    edges = np.flatnonzero(np.diff(pixels, prepend=False))
    runs = np.diff(edges, prepend=0, append=pixels.size).tolist()
    place = {"left": left, "top": top, "width": width, "height": height}
    rle = ", ".join(map(str, runs))
    return [Element("mask", {"rle": rle, **{name: str(value) for name, value in place.items()}})]


def meta_element(header: Record, photos: int, attributes: list[str], path: Path) -> Element:
    """The <meta>: labels, the attributes that shapes have, and what else the dataset says of itself."""
    meta = Element("meta")
    task = SubElement(meta, "task")
    SubElement(task, "size").text = str(photos)
    SubElement(task, "mode").text = "annotation"
    labels = SubElement(task, "labels")
    for category in header["categories"]:
        label = SubElement(labels, "label")
        SubElement(label, "name").text = category["name"]
        SubElement(label, "type").text = "any"
        declared = SubElement(label, "attributes")
        for name in attributes:
            attribute = SubElement(declared, "attribute")
            SubElement(attribute, "name").text = name
            SubElement(attribute, "mutable").text = "False"
            SubElement(attribute, "input_type").text = "checkbox" if name == CROWD else "text"
            SubElement(attribute, "default_value").text = "false" if name == CROWD else ""
            SubElement(attribute, "values").text = "false" if name == CROWD else ""
    SubElement(meta, HEADER).text = coco.encoded(header, path).decode()
    return meta


def looks_like(candidate: Candidate) -> bool:
    """Whether a file, or annotations.xml in a folder, has the root element of CVAT."""
    file = candidate.path / FILE if candidate.path.is_dir() else candidate.path
    return file.suffix == ".xml" and root_name(file) == ROOT


FORMAT = Format(
    name="cvat",
    title="CVAT for images 1.1 (XML)",
    looks_like=looks_like,
    read=read,
    write=write,
    suffix=".xml",
)
