"""A dataset as a VIA project."""

import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.coco import encoded, make_parent
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.via.attributes import (
    ID,
    INSTANCE,
    MEASURED,
    SIDES,
    Naming,
    are_checkboxes,
    file_attributes,
    region_attributes,
    region_fields,
    value_of,
)
from wildwear.datasets.formats.via.project import (
    ABOUT,
    ATTRIBUTE,
    ATTRIBUTES,
    DEFAULT_SETTINGS,
    DEFINITIONS,
    METADATA,
    NUMBERED,
    ORDER,
    SETTINGS,
    VERSION,
    definition,
    inner,
    text,
)
from wildwear.datasets.formats.via.reannotation import for_annotation
from wildwear.datasets.formats.via.regions import outline, plain_regions, sound_region
from wildwear.datasets.stream import Conversion, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.files import replacing
from wildwear.imaging.identity import shown
from wildwear.taxonomy import coco_categories

OWN = ("attribute", "values", NUMBERED)  # what a reader says of a project beside what the project holds
UNKNOWN_BYTES = -1  # the size of a photo's file, where VIA does not know it


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a VIA project, photo by photo.

    Masks become polygons; those of one instance share a value of the attribute `instance`. The category is a
    dropdown, `clothing` unless another is asked for, with its id as value and its name as text. A public set
    in labels of its own is written to be named anew in the 30: see `reannotation.py`.

    Raises:
        DatasetError: a mask is malformed, a photo's name leaves its folder, or VIA could not tell two photos
            apart.
        OutputError: the file cannot be written.
    """
    make_parent(path)
    photos = for_annotation(photos, conversion)
    project = Project(photos.header, path, conversion)
    order: dict[str, str] = {}  # keys, each with the record that has it
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(b"{" + encoded(METADATA, path) + b":{")
        for image, annotations in photos.photos:
            try:
                key, entry = project.entry(image, annotations)
            except ValueError as error:
                raise DatasetError(f"{path}: image {image['id']}: {error}") from error
            if key in order:
                raise DatasetError(
                    f"{path}: image {image['id']} ({image['file_name']}) has the photo of {order[key]}, and "
                    "VIA tells photos by name and size; rename or drop one"
                )
            file.write((b"," if order else b"") + encoded(key, path) + b":" + encoded(entry, path))
            order[key] = f"image {image['id']} ({image['file_name']})"
        file.write(b"}")
        for name, value in {**project.rest(), ORDER: project.listed(order)}.items():
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
        self.give_values()

    def entry(self, image: Record, annotations: list[Record]) -> tuple[str, Record]:
        """The key and the record of a photo.

        Raises:
            FieldError: the photo's name leaves its folder, or a mask is malformed.
            ValueError: a field holds NaN.
        """
        before = inner(image, "via")
        file_name = shapes.relative_name(image["file_name"])
        key, filename, size = (before.get(field) for field in ("key", "filename", "size"))
        if not stands_for(filename, file_name):  # renamed since, or never in VIA
            key, filename = None, file_name
        if not isinstance(size, int):
            photo = shapes.find_photo(file_name, self.path.parent, self.conversion)
            size = photo.stat().st_size if photo else UNKNOWN_BYTES
        regions = [region for of_one in self.instances(annotations) for region in of_one]
        regions += sound_regions(before)
        said = {name: value for name, value in image.items() if MEASURED not in before or name not in SIDES}
        attributes = file_attributes(said, inner(before, "file_attributes"))
        self.define("file", [attributes])
        self.define("region", [region["region_attributes"] for region in regions])
        extra = {name: value for name, value in before.items() if name not in ("key", MEASURED)}
        written = {"filename": filename, "size": size, "regions": regions, "file_attributes": attributes}
        return str(key or f"{filename}{size}"), {**extra, **written}

    def instances(self, annotations: list[Record]) -> Iterator[list[Record]]:
        """The regions of each annotation; those of one with several share a number that no other has."""
        taken: set[str] = set()
        for annotation in annotations:
            try:
                regions = self.regions(annotation)
            except MaskError as error:
                raise FieldError(f"annotation {annotation['id']}: segmentation", str(error)) from None
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
        for name in annotation.keys() & {INSTANCE, self.naming.attribute}:
            self.conversion.note(f"annotation field {name!r}: an attribute with another meaning, left out")
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

    def define(self, kind: str, used: list[Record]) -> None:
        """Give the attributes that are used a definition where they have none."""
        definitions = self.definitions[kind]
        for name, value in ((name, value) for attributes in used for name, value in attributes.items()):
            if kind == "region" and name == self.naming.attribute:
                continue
            checkboxes = value if isinstance(value, dict) and are_checkboxes(value) else {}
            if name not in definitions:
                otherwise = definition("checkbox", "", {}) if isinstance(value, dict) else text()
                definitions[name] = DEFINITIONS[kind].get(name, otherwise)
            if checkboxes.keys() - (options := inner(definitions, name, "options")):
                options = dict.fromkeys(checkboxes, "") | options
                definitions[name] = {**definitions[name], "options": options}

    def give_values(self) -> None:
        """Give every category a value, unless a project's own choice of them is kept."""
        for category in self.naming.categories if self.is_mapped else []:
            self.naming.value(category["id"])

    def listed(self, keys: Iterable[str]) -> list[str | int]:
        """The keys of the photos as VIA's list has them: as numbers where it did."""
        is_numbered = self.before.get(NUMBERED) is True
        return [int(key) if is_numbered and ID.fullmatch(key) else key for key in keys]

    def rest(self) -> Record:
        """All of the project but its photos, once these are through."""
        self.give_values()  # a reader may have met more categories on the way
        name, regions = self.naming.attribute, self.definitions["region"]
        dropdown = regions.get(name)
        if self.is_mapped or not isinstance(dropdown, dict):
            dropdown = definition("dropdown", "the category", {})
        if dropdown.get("type") != "text":
            dropdown = {**dropdown, "options": self.naming.names | inner(dropdown, "options")}
        before = {key: value for key, value in self.before.items() if key not in OWN}
        attributes = {**inner(before, ATTRIBUTES), "region": {**regions, name: dropdown}}
        attributes["file"] = self.definitions["file"]
        return VERSION | before | {SETTINGS: self.settings(), ATTRIBUTES: attributes}

    def settings(self) -> Record:
        """VIA's settings; with the project's name stands whatever else the dataset says of itself."""
        info = self.header.get("info")
        info = {**info} if isinstance(info, dict) else {"description": info} if info else {}
        name = str(info.pop("description", None) or shown(self.path.stem))
        if info.get("label_set") == "wildwear30":
            del info["label_set"]  # the names of the categories say so
        ours = coco_categories()
        categories = [one for one in self.naming.categories if len(one) > 2 and one not in ours]
        told = {field: value for field, value in self.header.items() if field != "via"}
        told |= {"info": info, "categories": categories}
        told = {field: value for field, value in told.items() if value}
        settings = inner(self.before, SETTINGS)
        if not settings:
            settings = DEFAULT_SETTINGS
            if folder := self.conversion.images:
                beside = os.path.relpath(folder, self.path.parent).replace(os.sep, "/") + "/"
                settings = {**settings, "core": {**settings["core"], "default_filepath": beside}}
        about = {ABOUT: encoded(told, self.path).decode()} if told else {}
        return {**settings, "project": {**inner(settings, "project"), "name": name, **about}}


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
