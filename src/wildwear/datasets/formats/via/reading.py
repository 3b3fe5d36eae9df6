"""A VIA project or region file as a stream of photos."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via.attributes import (
    INSTANCE,
    MEASURED,
    SIDES,
    Naming,
    file_attributes,
    image_fields,
    region_fields,
    said,
    value_of,
)
from wildwear.datasets.formats.via.project import (
    ABOUT,
    ATTRIBUTE,
    ATTRIBUTES,
    DEFINITIONS,
    METADATA,
    NUMBERED,
    ORDER,
    SETTINGS,
    inner,
)
from wildwear.datasets.formats.via.regions import (
    has_area,
    outline,
    plain_regions,
    sound_attributes,
    sound_region,
)
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.imaging.identity import Claims, identity, shown
from wildwear.taxonomy import CATEGORIES

CHOICES = ("dropdown", "radio", "image")  # kinds of attribute of which a region has one of a few values
OWN = ("images", "annotations", "via")  # keys of a COCO document that the header of this stream has itself


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
    project, metadata = parts_of(path, read_json(path, allow_nan=True))
    order = in_order(metadata, project.get(ORDER), conversion)
    entries = [*sound_entries(path, metadata, order, conversion)]
    definitions = inner(project, ATTRIBUTES, "region")
    attribute = naming_attribute(path, entries, definitions, conversion)
    entries = named_entries(path, entries, attribute, conversion)
    naming, label_set = Naming.of(attribute, texts_of(attribute, entries, definitions, conversion))
    header = read_header(path, project, naming, label_set)
    return PhotoStream(header, read_photos(path, entries, naming, conversion), len(entries))


def parts_of(path: Path, document: Any) -> tuple[Record, Record]:
    """What a VIA file holds: the project, empty for a file of regions, and the photos by key, unchecked.

    Raises:
        DatasetError: it is neither.
    """
    if not isinstance(document, dict):
        raise DatasetError(f"{path}: expected a VIA project or an object of photos, found a list or value")
    if METADATA not in document:
        return {}, document
    metadata = document[METADATA]
    if not isinstance(metadata, dict):
        raise DatasetError(f"{path}: {METADATA}: expected an object, found {type(metadata).__name__}")
    return document, metadata


def read_header(path: Path, project: Record, naming: Naming, label_set: str | None) -> Record:
    """What a project says of the dataset; what it says that is VIA's own stands under `via`."""
    settings = inner(project, SETTINGS, "project")
    told = said(settings.get(ABOUT))
    told = {name: value for name, value in told.items() if name not in OWN} if isinstance(told, dict) else {}
    info = {**inner(told, "info"), "description": str(settings.get("name") or shown(path.stem))}
    if label_set:
        info["label_set"] = label_set
    records = told.get("categories")
    for record in records if isinstance(records, list) else []:
        for place, category in enumerate(naming.categories):
            if isinstance(record, dict) and record.items() >= category.items():
                naming.categories[place] = record
    via = {name: value for name, value in project.items() if name not in (METADATA, ORDER)}
    if are_numbers(project.get(ORDER)):
        via[NUMBERED] = True
    if ABOUT in settings:
        settings = {name: value for name, value in settings.items() if name != ABOUT}
        via[SETTINGS] = via[SETTINGS] | {"project": settings}
    return {
        "licenses": [],
        **told,
        "info": info,
        "categories": naming.categories,
        "via": {**via, "attribute": naming.attribute, "values": naming.names},
    }


def in_order(metadata: Record, listed: Any, conversion: Conversion) -> list[str]:
    """The keys of the photos in the order of VIA's list; those that are not in the list come last."""
    keys = [str(key) for key in listed] if isinstance(listed, list) else []
    known = [key for key in dict.fromkeys(keys) if key in metadata]
    if len(known) < len(keys):
        conversion.note(f"entries of {ORDER} that stand for no photo, or one twice", len(keys) - len(known))
    return list(dict.fromkeys([*known, *metadata]))


def are_numbers(listed: Any) -> bool:
    """Whether VIA's list holds the keys of the photos as numbers, as some programs write it."""
    return isinstance(listed, list) and bool(listed) and all(type(key) is int for key in listed)


def sound_entries(path: Path, metadata: Record, order: list[str], conversion: Conversion) -> Iterator[Entry]:
    """The photos whose records are sound, with the regions that are."""
    seen: set[str] = set()
    claims = Claims()
    for key in order:
        where = f"{path}: photo {key!r}"
        try:
            entry = sound_entry(where, key, metadata[key], conversion)
        except FieldError as error:
            conversion.malformed(f"{where}: {error.field}".rstrip(": "), error.what)
            continue
        size = entry.record.get("size")
        if type(size) is int and size > 0 and (rival := claims.rival(entry.file_name, f"{size} bytes")):
            what = f"is a photo of {size} bytes; there is another of this name, of {rival}: rename one"
            conversion.malformed(f"{where}: filename", what)
            continue
        if identity(entry.file_name) in seen:
            conversion.note("photos that have the name of another")
        seen.add(identity(entry.file_name))
        yield entry


def sound_entry(where: str, key: str, record: Any, conversion: Conversion) -> Entry:
    """A photo of a project without its malformed regions, which are told. Raises `FieldError` of a photo."""
    if not isinstance(record, dict):
        raise FieldError("", f"expected an object, found {type(record).__name__}")
    try:
        file_name = shapes.relative_name(record.get("filename"))
    except FieldError as error:
        raise FieldError("filename", error.what) from None
    attributes = sound_attributes(record.get("file_attributes"), "file_attributes")
    return Entry(where, key, file_name, record, attributes, regions_of(where, record, conversion))


def regions_of(where: str, record: Record, conversion: Conversion) -> list[tuple[int, Record]]:
    """The regions of a photo that are sound, with their places; others are told. Raises `FieldError` where
    there is something else than regions."""
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
    return sound


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
    """An attribute with options to choose from, or else the one that most regions have.

    The thesis' own is considered even where nobody has chosen yet.
    """

    def rank(name: str) -> tuple[bool, int]:
        return inner(definitions, name).get("type") in CHOICES, carried.get(name, 0)

    names = [name for name in (carried or definitions) if name not in DEFINITIONS["region"]]
    names += [ATTRIBUTE] if ATTRIBUTE in definitions else []
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


def read_photos(path: Path, entries: list[Entry], naming: Naming, conversion: Conversion) -> Iterator[Photo]:
    """The photos, their shapes drawn and measured only as each is asked for."""
    annotation_id = 0
    for image_id, entry in enumerate(entries, start=1):
        image = image_record(path, image_id, entry, conversion)
        size = (image["height"], image["width"]) if image["height"] else None
        annotations: list[Record] = []
        of_several = 0  # instances so far that have several regions
        for regions in grouped(entry.regions):
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
    """The record of a photo, sides in px; what only VIA has a place for is kept under `via`."""
    image = {"id": image_id, "file_name": entry.file_name, "width": None, "height": None}
    image |= image_fields(entry.attributes)
    if image["height"] is None:
        photo = shapes.find_photo(entry.file_name, path.parent, conversion)
        image["height"], image["width"] = shapes.size_by_header(photo, conversion) or (None, None)
    via = {name: value for name, value in entry.record.items() if name not in ("regions", "file_attributes")}
    if entry.attributes.keys().isdisjoint(SIDES) and image["height"] is not None:
        via[MEASURED] = True
    if entry.key != f"{via['filename']}{via.get('size')}":
        via["key"] = entry.key
    plain = file_attributes(image, {})
    if any(name not in plain or plain[name] != value for name, value in entry.attributes.items()):
        via["file_attributes"] = entry.attributes
    if others := [region for _, region in entry.regions if not has_area(region)]:
        via["regions"] = others
    return {**image, "via": via}


def grouped(regions: list[tuple[int, Record]]) -> list[list[tuple[int, Record]]]:
    """The regions of each instance of a photo, with their places in the file."""
    groups: dict[str | int, list[tuple[int, Record]]] = defaultdict(list)
    for index, region in regions:
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


def note_shapes(entry: Entry, conversion: Conversion) -> None:
    """Note what became of shapes that are no polygons."""
    for _, region in entry.regions:
        kind = region["shape_attributes"].get("name")
        if not has_area(region):
            conversion.note(f"regions that enclose nothing, left out: {kind}")
        elif kind == "polyline":
            conversion.note("polylines, closed to polygons")
        elif kind in ("circle", "ellipse"):
            conversion.note(shapes.CURVE_NOTE)
