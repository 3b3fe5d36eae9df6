"""VGG Image Annotator 2 (https://www.robots.ox.ac.uk/~vgg/software/via/): projects, and files of regions.

What VIA holds and COCO has no place for stays under the key `via` of the header, of an image and of an
annotation, so that a project survives the way to COCO and back. Attributes become fields of the records, see
`via_attributes.py`.
"""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.coco import encoded, make_parent
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via_attributes import (
    INSTANCE,
    NO_ATTRIBUTES,
    OF_ANNOTATIONS,
    OF_IMAGES,
    Naming,
    file_attributes,
    image_fields,
    is_held,
    region_attributes,
    region_fields,
    value_of,
)
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.files import replacing
from wildwear.taxonomy import CATEGORIES

METADATA, ORDER = "_via_img_metadata", "_via_image_id_list"
ATTRIBUTES, SETTINGS = "_via_attributes", "_via_settings"
VERSION = {"_via_data_format_version": "2.0.10"}  # that of VIA 2.0.10 and later
ATTRIBUTE = "clothing"  # the region attribute of the thesis: a dropdown with the category's id as value
CHOICES = ("dropdown", "radio", "image")  # kinds of attribute of which a region has one of a few values
SHAPES = ("polygon", "polyline", "rect", "circle", "ellipse", "point")
UNKNOWN_BYTES = -1  # the size of a photo's file, where VIA does not know it

# As VIA 2.0.11 itself begins a project (_via_settings in its via.js).
DEFAULT_SETTINGS: Record = {
    "ui": {
        "annotation_editor_height": 25,
        "annotation_editor_fontsize": 0.8,
        "leftsidebar_width": 18,
        "image_grid": {
            "img_height": 80,
            "rshape_fill": "none",
            "rshape_fill_opacity": 0.3,
            "rshape_stroke": "yellow",
            "rshape_stroke_width": 2,
            "show_region_shape": True,
            "show_image_policy": "all",
        },
        "image": {
            "region_label": "__via_region_id__",
            "region_color": "__via_default_region_color__",
            "region_label_font": "10px Sans",
            "on_image_annotation_editor_placement": "NEAR_REGION",
        },
    },
    "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""},
}


def definition(kind: str, description: str, options: Mapping[str, str]) -> Record:
    """An attribute as VIA defines one that has options, by their values."""
    return {"type": kind, "description": description, "options": {**options}, "default_options": {}}


def text(description: str = "") -> Record:
    """An attribute as VIA defines one that is a text."""
    return {"type": "text", "description": description, "default_value": ""}


JUDGED = {"0": "an instance", "1": "a region that is not judged"}
PEOPLE = {"0": "one person", "1": "people", "2": "no people", "3": "selfie"}
DEFINITIONS: dict[str, dict[str, Record]] = {
    "region": {
        INSTANCE: text("regions of one instance have the same number"),
        "iscrowd": definition("dropdown", "whether it is judged", JUDGED),
    },
    "file": {"people": definition("checkbox", "who is in the photo", PEOPLE)},
}


@dataclass(frozen=True)
class Entry:
    """A photo in the file, and those of its regions that are sound, with their places there."""

    where: str  # as messages name it
    key: str
    file_name: str  # as COCO has it
    record: Record
    attributes: Record
    regions: list[tuple[int, Record]]


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a VIA project or region file, in the order in which VIA shows its photos.

    The file itself is held in memory. Polygons stay as they are; rectangles, circles and ellipses become
    polygons (`shapes.ellipse` says of how many points), polylines are closed; points have no area and are
    left out. Regions of one photo with the same value of the attribute `instance` are one instance. The size
    of a photo is that of its file attributes `width` and `height`, or else of its header.

    Raises:
        DatasetError: it is no VIA file; a photo or region is malformed; regions do not say their category:
            all of these are named.
    """
    document = read_json(path, allow_nan=True)
    if not isinstance(document, dict):
        raise DatasetError(f"{path}: expected a VIA project or an object of photos, found a list or value")
    project: Record = {}
    metadata = document
    if METADATA in document:
        project, metadata = document, document[METADATA]
    if not isinstance(metadata, dict):
        raise DatasetError(f"{path}: {METADATA}: expected an object, found {type(metadata).__name__}")
    order = in_order(metadata, project.get(ORDER), conversion)
    entries = [*sound_entries(path, metadata, order, conversion)]
    definitions = inner(project, ATTRIBUTES, "region")
    attribute = naming_attribute(path, entries, definitions, conversion)
    entries = named_entries(path, entries, attribute, conversion)
    naming, label_set = Naming.of(attribute, texts_of(attribute, entries, definitions, conversion))
    settings = inner(project, SETTINGS, "project")
    info: Record = {name: value for name, value in settings.items() if isinstance(value, str | int | float)}
    info["description"] = info.pop("name", None) or path.stem
    if label_set:
        info["label_set"] = label_set
    via = {name: value for name, value in project.items() if name not in (METADATA, ORDER)}
    header = {
        "info": info,
        "licenses": [],
        "categories": naming.categories,
        "via": {**via, "attribute": attribute, "values": naming.names},
    }
    return PhotoStream(header, read_photos(path, entries, naming, conversion), len(entries))


def inner(record: Record, *keys: str) -> Record:
    """The object under these keys; empty where there is none."""
    for key in keys:
        value = record.get(key)
        record = value if isinstance(value, dict) else {}
    return record


def in_order(metadata: Record, listed: Any, conversion: Conversion) -> list[str]:
    """The keys of the photos in the order of VIA's list; those that are not in the list come last."""
    keys = [str(key) for key in listed] if isinstance(listed, list) else []
    known = [key for key in dict.fromkeys(keys) if key in metadata]
    if len(known) < len(keys):
        conversion.note(f"entries of {ORDER} that stand for no photo, or one twice", len(keys) - len(known))
    return list(dict.fromkeys([*known, *metadata]))


def sound_entries(path: Path, metadata: Record, order: list[str], conversion: Conversion) -> Iterator[Entry]:
    """The photos whose records are sound, with the regions that are."""
    seen: set[str] = set()
    for key in order:
        where = f"{path}: photo {key!r}"
        try:
            entry = sound_entry(where, key, metadata[key], conversion)
        except FieldError as error:
            conversion.malformed(f"{where}: {error.field}".rstrip(": "), error.what)
            continue
        if entry.file_name in seen:
            conversion.note("photos that have the name of another")
        seen.add(entry.file_name)
        yield entry


def sound_entry(where: str, key: str, record: Any, conversion: Conversion) -> Entry:
    if not isinstance(record, dict):
        raise FieldError("", f"expected an object, found {type(record).__name__}")
    try:
        file_name = shapes.relative_name(record.get("filename"))
    except FieldError as error:
        raise FieldError("filename", error.what) from None
    attributes = sound_attributes(record.get("file_attributes"), "file_attributes")
    regions = record.get("regions", [])
    if isinstance(regions, dict):  # VIA 1
        regions = list(regions.values())
    if not isinstance(regions, list):
        raise FieldError("regions", f"expected a list, found {type(regions).__name__}")
    sound = []
    for index, region in enumerate(regions):
        try:
            sound.append((index, sound_region(region)))
        except FieldError as error:
            conversion.malformed(f"{where}: regions[{index}]{error.field}", error.what)
    return Entry(where, key, file_name, record, attributes, sound)


def sound_region(region: Any) -> Record:
    if not isinstance(region, dict):
        raise FieldError("", f"expected an object, found {type(region).__name__}")
    if not isinstance(shape := region.get("shape_attributes"), dict):
        raise FieldError(".shape_attributes", f"expected an object, found {type(shape).__name__}")
    attributes = sound_attributes(region.get("region_attributes"), ".region_attributes")
    return {**region, "region_attributes": attributes}


def sound_attributes(attributes: Any, field: str) -> Record:
    if attributes is None:
        return {}
    if not isinstance(attributes, dict):
        raise FieldError(field, f"expected an object, found {type(attributes).__name__}")
    for name, value in attributes.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise FieldError(f"{field}.{name}", "is not a finite number")
    return attributes


def naming_attribute(path: Path, entries: list[Entry], definitions: Record, conversion: Conversion) -> str:
    """The region attribute that names the category: the one asked for, or a guess that is noted.

    Raises:
        DatasetError: no region has it.
    """
    regions = [region for entry in entries for _, region in entry.regions if has_area(region)]
    carried = Counter(
        name for region in regions for name, value in region["region_attributes"].items() if value_of(value)
    )
    attribute = conversion.attribute or guessed_attribute(carried, definitions)
    if not regions:
        return attribute or ATTRIBUTE
    if not attribute or not carried[attribute]:
        which = f"the attribute {attribute!r}" if attribute else "an attribute that could name its category"
        others = f"; there are {', '.join(map(repr, carried))}" if carried else ""
        raise DatasetError(f"{path}: region_attributes: no region has {which}{others}")
    if not conversion.attribute:
        what = f"regions whose attribute {attribute!r} names the category, as guessed; see --attribute"
        conversion.note(what, carried[attribute])
    return attribute


def guessed_attribute(carried: Mapping[str, int], definitions: Record) -> str | None:
    """An attribute with options to choose from, or else the one that most regions have."""

    def rank(name: str) -> tuple[bool, int]:
        return inner(definitions, name).get("type") in CHOICES, carried.get(name, 0)

    names = [name for name in (carried or definitions) if name not in DEFINITIONS["region"]]
    return max(names, key=rank, default=None)


def named_entries(path: Path, entries: list[Entry], attribute: str, conversion: Conversion) -> list[Entry]:
    """The photos without the regions that do not say their category.

    Raises:
        DatasetError: it names every such region, unless they are to be skipped.
    """

    def is_named(region: Record) -> bool:
        return not has_area(region) or bool(value_of(region["region_attributes"].get(attribute)))

    missing = {
        entry.file_name: [index for index, region in entry.regions if not is_named(region)]
        for entry in entries
    }
    missing = {file_name: indices for file_name, indices in missing.items() if indices}
    if not missing:
        return entries
    if not conversion.skip_malformed:
        lines = [
            f"\n  {file_name}: {', '.join(str(index + 1) for index in indices)}"
            for file_name, indices in missing.items()
        ]
        raise DatasetError(
            f"{path}: region_attributes.{attribute}: {sum(map(len, missing.values())):,} regions do not have "
            "exactly one value (numbered from 1, as VIA does); mend them, or leave them out with "
            f"--skip-malformed:{''.join(lines)}"
        )
    for entry in entries:
        for index, region in entry.regions:
            if not is_named(region):
                field = f"regions[{index}].region_attributes.{attribute}"
                conversion.malformed(f"{entry.where}: {field}", "expected exactly one value")
    return [replace(entry, regions=[one for one in entry.regions if is_named(one[1])]) for entry in entries]


def texts_of(
    attribute: str, entries: list[Entry], definitions: Record, conversion: Conversion
) -> dict[str, str]:
    """The category's name for each value of the attribute: the text of the option, or else the value. The
    options come first, then numbers by size, then names by length and letters."""
    defined = inner(definitions, attribute)
    options = {} if defined.get("type") == "image" else inner(defined, "options")  # there: web addresses
    texts = {value: str(text).strip() or value for value, text in options.items()}
    regions = (region for entry in entries for _, region in entry.regions)
    met = {value_of(region["region_attributes"].get(attribute)) for region in regions} - {"", *texts}
    texts |= {
        value: value for value in sorted(met, key=lambda value: (not value.isdecimal(), len(value), value))
    }
    ours = {str(category.id): category.name for category in CATEGORIES}
    if (
        attribute == ATTRIBUTE
        and texts
        and all(value in ours and text == value for value, text in texts.items())
    ):
        # A file of regions alone, exported from a project like the thesis' or ours, lacks the options.
        conversion.note(
            f"values of {ATTRIBUTE!r} that are numbers without names, taken for ids of the 30", len(texts)
        )
        return {value: ours[value] for value in texts}
    return texts


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
    across, down = coordinates(shape, "all_points_x"), coordinates(shape, "all_points_y")
    if len(across) != len(down):
        raise FieldError("all_points_y", f"has {len(down)} numbers, but all_points_x {len(across)}")
    if len(across) < shapes.LEAST_POINTS:
        what = f"has {len(across)} points; a polygon needs at least {shapes.LEAST_POINTS}"
        raise FieldError("all_points_x", what)
    return [value for point in zip(across, down, strict=True) for value in point]


def coordinates(shape: Record, field: str) -> list[float]:
    values = shape.get(field)
    if not isinstance(values, list):
        raise FieldError(field, f"expected a list of numbers, found {type(values).__name__}")
    for place, value in enumerate(values):
        if not shapes.is_coordinate(value):
            raise FieldError(f"{field}[{place}]", f"expected a number of pixels, found {value!r}")
    return values


def read_photos(path: Path, entries: list[Entry], naming: Naming, conversion: Conversion) -> Iterator[Photo]:
    """The photos, their shapes drawn and measured only as each is asked for."""
    annotation_id = 0
    for image_id, entry in enumerate(entries, start=1):
        image = image_record(path, image_id, entry, conversion)
        size = (image["height"], image["width"]) if image["height"] else None
        annotations: list[Record] = []
        of_several = 0  # instances so far that have several regions
        for regions in grouped(entry):
            of_several += len(regions) > 1
            try:
                annotation = annotation_record(regions, naming, size, str(of_several))
            except FieldError as error:
                conversion.malformed(f"{entry.where}: {error.field}", error.what)
                continue
            annotation_id += 1
            annotations.append({"id": annotation_id, "image_id": image_id, **annotation})
        note_shapes(entry, conversion)
        if size is None and annotations:
            conversion.note(shapes.SIZE_NOTE)
        yield image, annotations


def image_record(path: Path, image_id: int, entry: Entry, conversion: Conversion) -> Record:
    image = {"id": image_id, "file_name": entry.file_name, "width": None, "height": None}
    image |= image_fields(entry.attributes)
    if image["height"] is None:
        photo = shapes.find_photo(entry.file_name, path.parent, conversion)
        image["height"], image["width"] = shapes.size_by_header(photo, conversion) or (None, None)
    via = {name: value for name, value in entry.record.items() if name not in ("regions", "file_attributes")}
    if entry.key != f"{via['filename']}{via.get('size')}":
        via["key"] = entry.key
    plain = file_attributes(image, {})
    if any(name not in plain or plain[name] != value for name, value in entry.attributes.items()):
        via["file_attributes"] = entry.attributes
    if others := [region for _, region in entry.regions if not has_area(region)]:
        via["regions"] = others
    return {**image, "via": via}


def grouped(entry: Entry) -> list[list[tuple[int, Record]]]:
    """The regions of each instance, with their places in the file."""
    groups: dict[str | int, list[tuple[int, Record]]] = defaultdict(list)
    for index, region in entry.regions:
        if has_area(region):
            shared = value_of(region["region_attributes"].get(INSTANCE))
            groups[shared or index].append((index, region))
    return list(groups.values())


def annotation_record(
    regions: list[tuple[int, Record]], naming: Naming, size: tuple[int, int] | None, number: str
) -> Record:
    """The annotation that the regions of an instance make, but for its ids.

    Raises:
        FieldError: a shape is, or the regions do not agree on the category.
    """
    polygons = []
    for index, region in regions:
        try:
            polygons.append(outline(region["shape_attributes"]))
        except FieldError as error:
            raise FieldError(f"regions[{index}].shape_attributes.{error.field}", error.what) from None
    places = ", ".join(f"regions[{index}]" for index, _ in regions)
    originals = [region for _, region in regions]
    category_ids = {naming.category(region) for region in originals}
    if len(category_ids) > 1:
        raise FieldError(places, f"are one {INSTANCE}, but have different values of {naming.attribute!r}")
    try:
        fields = region_fields(originals, naming.attribute)
        box, area = shapes.measured(polygons, size)
    except (FieldError, MaskError) as error:
        raise FieldError(places, str(error)) from None
    annotation = {
        "category_id": category_ids.pop(),
        "segmentation": polygons,
        "bbox": box,
        "area": area,
        "iscrowd": 0,
        **fields,
    }
    if plain_regions(annotation, polygons, naming, number) != originals:
        annotation["via"] = {"regions": originals}
    return annotation


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


def note_shapes(entry: Entry, conversion: Conversion) -> None:
    """Note what became of shapes that are no polygons."""
    for _, region in entry.regions:
        kind = region["shape_attributes"]["name"]
        if not has_area(region):
            conversion.note(f"regions that enclose nothing, left out: {kind}")
        elif kind == "polyline":
            conversion.note("polylines, closed to polygons")
        elif kind in ("circle", "ellipse"):
            conversion.note(shapes.CURVE_NOTE)


def sound_regions(via: Record) -> list[Record]:
    """The regions that were kept under `via`, copied; none if someone has changed them beyond recognition."""
    kept = via.get("regions")
    try:
        return [sound_region(region) for region in kept] if isinstance(kept, list) else []
    except FieldError:
        return []


def stands_for(filename: Any, file_name: str) -> bool:
    """Whether a photo is in VIA by this name."""
    try:
        return shapes.relative_name(filename) == file_name
    except FieldError:
        return False


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a VIA project, photo by photo.

    Masks become polygons; those of one instance share a value of the attribute `instance`. The category is a
    dropdown, `clothing` unless another is asked for, with its id as value and its name as text.

    Raises:
        DatasetError: a mask is malformed, a photo's name leaves its folder, or VIA could not tell two photos
            apart.
        OutputError: the file cannot be written.
    """
    make_parent(path)
    project = Project(photos.header, path, conversion)
    order: dict[str, None] = {}
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(b"{" + encoded(METADATA, path) + b":{")
        for image, annotations in photos.photos:
            key, entry = project.entry(image, annotations)
            if key in order:
                raise DatasetError(f"{path}: two photos are {key!r}; VIA tells them by name and size")
            file.write((b"," if order else b"") + encoded(key, path) + b":" + encoded(entry, path))
            order[key] = None
        file.write(b"}")
        for name, value in {**project.rest(), ORDER: list(order)}.items():
            file.write(b"," + encoded(name, path) + b":" + encoded(value, path))
        file.write(b"}")


class Project:
    """A VIA project in the making: what it was before, and the attributes that its photos turn out to use."""

    def __init__(self, header: Record, path: Path, conversion: Conversion) -> None:
        self.header = header
        self.path = path
        self.conversion = conversion
        self.before = inner(header, "via")
        categories = header.get("categories", [])
        names = {value: name for value, name in inner(self.before, "values").items() if isinstance(name, str)}
        # Once the categories have been mapped to others, the values that they had stand for nothing.
        self.is_mapped = not names or not set(names.values()) <= {category["name"] for category in categories}
        attribute = conversion.attribute or self.before.get("attribute") or ATTRIBUTE
        self.naming = Naming(str(attribute), {} if self.is_mapped else names, categories)
        self.definitions: dict[str, Record] = {
            kind: {**inner(self.before, ATTRIBUTES, kind)} for kind in ("region", "file")
        }
        if not self.before:
            self.definitions["file"] |= DEFINITIONS["file"]  # for whoever annotates on

    def entry(self, image: Record, annotations: list[Record]) -> tuple[str, Record]:
        """The key and the record of a photo.

        Raises:
            DatasetError: the photo's name leaves its folder, or a mask is malformed.
        """
        before = inner(image, "via")
        where = f"{self.path}: image {image['id']}"
        try:
            file_name = shapes.relative_name(image["file_name"])
        except FieldError as error:
            raise DatasetError(f"{where}: file_name: {error.what}") from None
        key, filename, size = (before.get(field) for field in ("key", "filename", "size"))
        if not stands_for(filename, file_name):  # renamed since, or never in VIA
            key, filename = None, file_name
        if not isinstance(size, int):
            photo = shapes.find_photo(file_name, self.path.parent, self.conversion)
            size = photo.stat().st_size if photo else UNKNOWN_BYTES
        regions = [region for of_one in self.instances(annotations, where) for region in of_one]
        regions += sound_regions(before)
        attributes = file_attributes(image, inner(before, "file_attributes"))
        self.define("file", [attributes])
        self.define("region", [region["region_attributes"] for region in regions])
        self.note_lost("image", image, OF_IMAGES)
        extra = {name: value for name, value in before.items() if name != "key"}
        written = {"filename": filename, "size": size, "regions": regions, "file_attributes": attributes}
        return str(key or f"{filename}{size}"), {**extra, **written}

    def instances(self, annotations: list[Record], where: str) -> Iterator[list[Record]]:
        """The regions of each annotation; those of one with several share a number that no other has."""
        taken: set[str] = set()
        for annotation in annotations:
            try:
                regions = self.regions(annotation)
            except MaskError as error:
                raise DatasetError(f"{where}: annotation {annotation['id']}: segmentation: {error}") from None
            shared = {value_of(region["region_attributes"].get(INSTANCE)) for region in regions}
            if len(regions) > 1 or any(shared):
                number = shared.pop()
                if shared or not number or number in taken:
                    number = next(free for free in map(str, count(1)) if free not in taken)
                    for region in regions:
                        region["region_attributes"][INSTANCE] = number
                taken.add(number)
            yield regions

    def regions(self, annotation: Record) -> list[Record]:
        """The regions of an annotation: those that it was read from, as far as they still say the same."""
        segmentation, box = annotation.get("segmentation"), annotation.get("bbox")
        polygons = shapes.as_polygons(segmentation, self.conversion) if segmentation else []
        if not segmentation and box:
            polygons = [shapes.rectangle(*box)]
            self.conversion.note("annotations without a mask, written as their box")
        elif not polygons:
            self.conversion.note("annotations without a mask or with an empty one, left out")
        regions = plain_regions(annotation, polygons, self.naming, number="")
        self.note_lost("annotation", annotation, OF_ANNOTATIONS, NO_ATTRIBUTES | {self.naming.attribute})
        before = sound_regions(inner(annotation, "via"))
        try:
            is_as_drawn = [outline(region["shape_attributes"]) for region in before] == polygons
            then = region_fields(before, self.naming.attribute)
        except FieldError:
            is_as_drawn = False
        if not is_as_drawn:
            return regions
        return [
            {
                **region,
                "region_attributes": region_attributes(
                    annotation, region["region_attributes"], then, self.naming
                ),
            }
            for region in before
        ]

    def note_lost(self, kind: str, record: Record, own: set[str], taken: Set[str] = frozenset()) -> None:
        """Note the fields that cannot be attributes: lists and the like, and those whose name is `taken`."""
        for name, value in record.items():
            if name not in own and value is not None and (name in taken or not is_held(value)):
                self.conversion.note(f"{kind} field {name!r}: VIA has no place for it, left out")

    def define(self, kind: str, used: list[Record]) -> None:
        """Give the attributes that are used a definition where they have none."""
        definitions = self.definitions[kind]
        for name, value in ((name, value) for attributes in used for name, value in attributes.items()):
            is_category = kind == "region" and name == self.naming.attribute
            if is_category or (name in definitions and not isinstance(value, dict)):
                continue
            if name not in definitions:
                otherwise = definition("checkbox", "", {}) if isinstance(value, dict) else text()
                definitions[name] = DEFINITIONS[kind].get(name, otherwise)
            options = definitions[name].get("options")
            if isinstance(value, dict) and isinstance(options, dict) and not value.keys() <= options.keys():
                definitions[name] = {**definitions[name], "options": dict.fromkeys(value, "") | options}

    def rest(self) -> Record:
        """All of the project but its photos, once these are through."""
        for category in self.naming.categories if self.is_mapped else []:
            self.naming.value(category["id"])
        regions = self.definitions["region"]
        category_attribute = regions.get(self.naming.attribute)
        if self.is_mapped or not isinstance(category_attribute, dict):
            category_attribute = definition("dropdown", "the category", {})
        if category_attribute.get("type") != "text":
            options = {**self.naming.names, **inner(category_attribute, "options")}
            category_attribute = {**category_attribute, "options": options}
        regions = (
            {self.naming.attribute: category_attribute}
            | regions
            | {self.naming.attribute: category_attribute}
        )
        kept = {name: value for name, value in self.before.items() if name not in ("attribute", "values")}
        attributes = {**inner(kept, ATTRIBUTES), "region": regions, "file": self.definitions["file"]}
        return VERSION | kept | {SETTINGS: self.settings(), ATTRIBUTES: attributes}

    def settings(self) -> Record:
        """VIA's settings; what the dataset says of itself stands with the project's name."""
        info = self.header.get("info")
        about = {**info} if isinstance(info, dict) else {"description": info} if info else {}
        name = about.pop("description", None) or self.path.stem
        lost = [field for field, value in about.items() if not isinstance(value, str | int | float)]
        others = self.header.keys() - {"info", "licenses", "categories", "via"}
        for field in [*lost, *sorted(others), *(["licenses"] if self.header.get("licenses") else [])]:
            self.conversion.note(f"{field!r} of the dataset: VIA has no place for it, left out")
        about = {field: value for field, value in about.items() if field not in lost}
        settings = inner(self.before, SETTINGS)
        if not settings:
            settings = DEFAULT_SETTINGS
            if folder := self.conversion.images:
                beside = os.path.relpath(folder, self.path.parent).replace(os.sep, "/") + "/"
                settings = {**settings, "core": {**settings["core"], "default_filepath": beside}}
        return {**settings, "project": {**inner(settings, "project"), **about, "name": name}}


def looks_like(candidate: Candidate) -> bool:
    """Whether a JSON file is a VIA project, or its first value is a photo with regions."""
    if METADATA in candidate.top:
        return True
    first = next(iter(candidate.top.values()), None)
    if first is None:
        return False
    try:
        return {"filename", "regions"} <= msgspec.json.decode(first, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.DecodeError, RecursionError):
        return False


FORMAT = Format(
    name="via",
    title="VGG Image Annotator 2 project or regions (JSON)",
    looks_like=looks_like,
    read=read,
    write=write,
    suffix=".json",
)
