"""Tasks of Label Studio as a stream of photos."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.label_studio.layout import IMAGE, INTERFACE, META, TASKS
from wildwear.datasets.formats.label_studio.regions import has_shape, label_of, outlined
from wildwear.datasets.formats.numbering import as_list, numbered
from wildwear.datasets.formats.shapes import FieldError, measured
from wildwear.datasets.formats.xml_documents import elements
from wildwear.datasets.stream import Candidate, Conversion, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.imaging.identity import Claims
from wildwear.imaging.photo_paths import is_named_as_photo

UPLOADED = re.compile(r"/?data/upload/\d+/[0-9a-f]{8}-(.+)")  # what Label Studio calls a file that was sent
BUCKET = re.compile(r"(s3|gs|azure-blob)://")
LABELS = {"Labels", "PolygonLabels", "BrushLabels", "RectangleLabels", "EllipseLabels"}
START = 65_536  # bytes of a file that tell whether it is worth reading
LISTED = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")
MENTIONED = re.compile(rb'"(annotations|predictions|data)"')


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream the tasks that Label Studio exports as JSON, or those in a folder that we wrote.

    Of a task counts the first annotation that was not cancelled, or else what a model predicts. Polygons,
    rectangles, ellipses and what was painted become masks; points, choices and relations are left out.

    Raises:
        DatasetError: it holds no tasks. While streaming: one is malformed.
    """
    file = path / TASKS if path.is_dir() else path
    tasks = read_json(file)
    if not isinstance(tasks, list):
        raise DatasetError(f"{file}: expected a list of tasks, as Label Studio exports JSON")
    drawn = [
        label for task in tasks for region in regions_of(task, Conversion()) if (label := label_of(region))
    ]
    labels = list(dict.fromkeys([*interface_labels(path), *drawn]))
    ids, header = numbered(labels, {})
    return PhotoStream(
        header, photos(file, tasks, dict(zip(labels, ids, strict=True)), conversion), len(tasks)
    )


def interface_labels(path: Path) -> list[str]:
    """The labels of the labelling interface beside tasks that we wrote; none where there is none."""
    if not (path / INTERFACE).is_file():
        return []
    found = (label for tag in elements(path / INTERFACE, "View", LABELS) for label in tag.iter("Label"))
    return [value for label in found if (value := label.get("value"))]


def photos(file: Path, tasks: list[Any], ids: dict[str, int], conversion: Conversion) -> Iterator[Photo]:
    """The photos of tasks, one after the other; `ids` tells what each label counts as."""
    image_ids, annotation_ids = count(1), count(1)
    claims = Claims()
    for position, task in enumerate(tasks):
        where = f"{file}: [{position}]"
        try:
            name = photo_name(task)
            if rival := claims.rival(name, by=f"task {position}"):
                raise FieldError(f"data.{IMAGE}", f"{name!r} is the photo of {rival}, too")
        except FieldError as error:
            conversion.malformed(f"{where}.{error.field}", error.what)
            continue
        image: Record = {"id": next(image_ids), "file_name": name, **kept_of(task)}
        annotations = []
        size = None
        for region in regions_of(task, conversion):
            try:
                size = photo_size(region)
                annotations.append(annotation_of(region, size, ids))
            except FieldError as error:
                conversion.malformed(f"{where}: region {region.get('id')}: {error.field}", error.what)
        size = size or stated_size(image) or found_size(file, name, conversion)
        image |= {"width": size[1] if size else None, "height": size[0] if size else None}
        yield (
            image,
            [
                {"id": next(annotation_ids), "image_id": image["id"], **annotation}
                for annotation in annotations
            ],
        )


def annotation_of(region: Record, size: tuple[int, int], ids: dict[str, int]) -> Record:
    """A region as an annotation without ids. Raises `FieldError`."""
    segmentation = outlined(region, size)
    try:
        box, area = measured(segmentation, size)
    except MaskError as error:
        raise FieldError("value", str(error)) from error
    label = label_of(region)
    assert label is not None  # `regions_of` leaves out the others
    record = {
        "category_id": ids[label],
        "segmentation": segmentation,
        "bbox": box,
        "area": area,
        "iscrowd": 0,
    }
    score = region.get("score")
    return record | ({"score": score} if isinstance(score, int | float) else {})


def regions_of(task: Any, conversion: Conversion) -> Iterator[Record]:
    """What was drawn on the photo of a task and has a label.

    What stands in several parts under one id, shape and label, is put together.
    """
    by_id: dict[str, Record] = {}
    for number, part in enumerate(results_of(task, conversion)):
        if isinstance(part, dict) and isinstance(part.get("value"), dict):
            region = by_id.setdefault(str(part.get("id", number)), part)
            if part is not region:
                value = {**region["value"], **part["value"]}
                labelled = part if label_of(part) else region
                by_id[str(part["id"])] = {**region, "type": labelled.get("type"), "value": value}
    for region in by_id.values():
        if not has_shape(region):
            conversion.note("points, choices and other things without an area, left out")
        elif label_of(region) is None:
            conversion.note("regions without a label, left out")
        else:
            yield region


def results_of(task: Any, conversion: Conversion) -> list[Any]:
    """The result that counts of a task."""
    task = task if isinstance(task, dict) else {}
    valid = [
        one
        for one in as_list(task.get("annotations"))
        if isinstance(one, dict) and not one.get("was_cancelled")
    ]
    if len(valid) > 1:
        conversion.note("photos that several people annotated, read as the first of them did")
    predicted = [one for one in as_list(task.get("predictions")) if isinstance(one, dict)]
    if predicted and not valid:
        conversion.note("photos that only a model has annotated, read as it did")
    counting = valid or predicted
    return as_list(counting[0].get("result")) if counting else []


def photo_size(region: Record) -> tuple[int, int]:
    """(height, width) of the photo that a region was drawn on. Raises `FieldError`."""
    if region.get("image_rotation") not in (None, 0):
        raise FieldError("image_rotation", "the photo was turned in Label Studio; turn it back there")
    sides = [shapes.whole(region.get(side)) for side in ("original_height", "original_width")]
    if not all(sides):
        raise FieldError("original_width", "expected the photo's width and height in pixels")
    return sides[0], sides[1]


def stated_size(image: Record) -> tuple[int, int] | None:
    """(height, width) as we wrote it into a task; None where we did not."""
    sides = shapes.whole(image.pop("height", None)), shapes.whole(image.pop("width", None))
    return sides if all(sides) else None


def found_size(file: Path, name: str, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) of a photo on which nothing was drawn, if it lies beside the tasks."""
    return shapes.size_by_header(shapes.find_photo(name, file.parent, conversion), conversion)


def kept_of(task: Record) -> Record:
    """The fields of the image record that a task was written from."""
    meta = task.get("meta")
    kept = meta.get(META) if isinstance(meta, dict) else None
    known = {"id", "file_name"}
    return {key: value for key, value in kept.items() if key not in known} if isinstance(kept, dict) else {}


def photo_name(task: Any) -> str:
    """The name of a task's photo. Raises `FieldError`."""
    values = task.get("data") if isinstance(task, dict) else None
    if not isinstance(values, dict):
        raise FieldError("data", "expected an object with the photo")
    text = [value for value in values.values() if isinstance(value, str)]
    place = values.get(IMAGE) or next((one for one in text if is_named_as_photo(PurePosixPath(one))), None)
    if not isinstance(place, str):
        raise FieldError(f"data.{IMAGE}", "expected where the photo lies")
    if uploaded := UPLOADED.fullmatch(place):
        return shapes.relative_name(unquote(uploaded[1]))
    _, _, query = place.partition("?")
    if local := parse_qs(query).get("d"):
        return shapes.relative_name(local[0])
    return shapes.relative_name(BUCKET.sub("", place.partition("?")[0].lstrip("/")))


def looks_like(candidate: Candidate) -> bool:
    """Whether a JSON file is a list of tasks, or a folder holds one that we wrote."""
    path = candidate.path
    if path.is_dir():
        return (path / TASKS).is_file() and (path / INTERFACE).is_file()
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(START)
    if not (LISTED.match(start) and MENTIONED.search(start)):
        return False
    try:
        tasks = msgspec.json.decode(path.read_bytes(), type=list[dict[str, msgspec.Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return {"data"} <= tasks[0].keys() and bool({"annotations", "predictions"} & tasks[0].keys())
