"""A stream, as tasks to import into Label Studio."""

from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from wildwear import imaging
from wildwear.datasets.formats import coco, shapes
from wildwear.datasets.formats.label_studio.brush import packed
from wildwear.datasets.formats.label_studio.layout import (
    IMAGE,
    INTERFACE,
    LOCAL,
    MASK,
    META,
    OUTLINE,
    TASKS,
    WHOLE,
)
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.formats.xml_documents import serialised
from wildwear.datasets.stream import Conversion, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.files import replacing_folder
from wildwear.imaging.identity import Claims

KNOWN_FIELDS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd", "score"}
BRIDGED = (
    "instances of several polygons, joined by bridges of no width: Label Studio has one outline a region"
)


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a folder, whole or not at all: tasks.json, and interface.xml for the project.

    Photos on which all has a score are a model's drafts: they become predictions, for people to accept.
    Photos are expected in a folder that Label Studio may read (local files).

    Raises:
        DatasetError: a photo's size is unknown, its name is another's, or a mask is malformed.
        OutputError: the folder cannot be written, or holds what others have put there.
    """
    claims = Claims()
    with replacing_folder(path, {TASKS, INTERFACE}.__contains__) as folder:
        with (folder / TASKS).open("wb") as file:
            file.write(b"[")
            written = 0
            for image, annotations in photos.photos:
                shapes.claim(claims, image, path, "a task has one photo")
                try:
                    made = task(image, annotations, photos.header, conversion)
                except FieldError as error:
                    conversion.malformed(
                        f"image {image['id']} ({image['file_name']}): {error.field}", error.what
                    )
                    continue
                file.write((b",\n" if written else b"\n") + coco.encoded(made, path))
                written += 1
            file.write(b"\n]\n")
        names = [str(category["name"]) for category in photos.header["categories"]]
        (folder / INTERFACE).write_text(interface(names, path), encoding="utf-8")
    shapes.note_lost_header(photos.header, "Label Studio", conversion)


def task(image: Record, annotations: list[Record], header: Record, conversion: Conversion) -> Record:
    """A photo as a task. Raises `FieldError`."""
    name = shapes.relative_name(image.get("file_name"))
    size = size_of(image, name, conversion)
    names = {category["id"]: str(category["name"]) for category in header["categories"]}
    results = []
    judged = [annotation for annotation in annotations if not annotation.get("iscrowd")]
    if others := len(annotations) - len(judged):
        conversion.note(
            "regions that are not judged (iscrowd), for which Label Studio has no place; left out", others
        )
    for annotation in judged:
        for field in annotation.keys() - KNOWN_FIELDS:
            conversion.lose("instances", field, "Label Studio")
        try:
            result = region(annotation, names, size, conversion)
        except (MaskError, KeyError) as error:
            what = str(error) if isinstance(error, MaskError) else f"no category has the id {error}"
            raise FieldError(f"annotation {annotation.get('id')}", what) from error
        results += [result] if result else []
    drafted = bool(results) and all("score" in result for result in results)
    fields = {key: value for key, value in image.items() if key not in ("id", "file_name")}
    return {
        "data": {IMAGE: LOCAL + quote(name)},
        "meta": {META: fields},
        "annotations": [] if drafted else [{"result": results}],
        "predictions": [{"model_version": "wildwear", "result": results}] if drafted else [],
    }


def size_of(image: Record, name: str, conversion: Conversion) -> tuple[int, int]:
    """(height, width) of a photo in pixels, of which coordinates are shares. Raises `FieldError`."""
    if image.get("width") and image.get("height"):
        return image["height"], image["width"]
    source = conversion.source
    beside = (source if source.is_dir() else source.parent) if source else Path()
    found = shapes.size_by_header(shapes.find_photo(name, beside, conversion), conversion)
    if found is None:
        raise FieldError(
            "width", "is unknown, and coordinates are shares of it; say where the photos are, --images"
        )
    return found


def region(
    annotation: Record, names: dict[int, str], size: tuple[int, int], conversion: Conversion
) -> Record | None:
    """An instance as a region: polygons as an outline, an RLE as painted; None where it has no shape.

    Raises:
        KeyError: there is no such category.
        MaskError: its mask is malformed.
    """
    height, width = size
    label = names[annotation["category_id"]]
    segmentation = annotation.get("segmentation")
    if not segmentation and annotation.get("bbox"):
        segmentation = [shapes.rectangle(*annotation["bbox"])]
    if not segmentation:
        conversion.note("instances without a mask or a box, left out")
        return None
    value: Record
    if isinstance(segmentation, dict):
        mask = imaging.as_rle(segmentation, size)
        tag, kind, value = MASK, "brushlabels", {"format": "rle", "rle": packed(mask)}
    else:
        imaging.as_rle(segmentation, size)  # says what is malformed
        if len(segmentation) > 1:
            conversion.note(BRIDGED)
        outline = imaging.join(segmentation)
        points = [
            [x * WHOLE / width, y * WHOLE / height] for x, y in zip(outline[::2], outline[1::2], strict=True)
        ]
        tag, kind, value = OUTLINE, "polygonlabels", {"points": points, "closed": True}
    score = {"score": annotation["score"]} if isinstance(annotation.get("score"), int | float) else {}
    return {
        "id": str(annotation.get("id")),
        "type": kind,
        "from_name": tag,
        "to_name": IMAGE,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {**value, kind: [label]},
        **score,
    }


def interface(names: list[str], path: Path) -> str:
    """The labelling interface: outlines and painted masks of these labels."""
    view = Element("View")
    SubElement(view, "Image", name=IMAGE, value=f"${IMAGE}", zoom="true")
    for kind, tag in (("PolygonLabels", OUTLINE), ("BrushLabels", MASK)):
        labels = SubElement(view, kind, name=tag, toName=IMAGE)
        for name in names:
            SubElement(labels, "Label", value=name)
    try:
        return serialised(view)
    except ValueError as error:
        raise DatasetError(f"{path}: {INTERFACE}: {error}") from error
