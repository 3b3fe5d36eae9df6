"""COCO instance files (https://cocodataset.org/#format-data), kept losslessly."""

import json
import math
from pathlib import Path
from typing import Any

from wildwear.errors import DatasetError
from wildwear.files import write_atomically

REQUIRED: dict[str, dict[str, type]] = {
    "images": {"id": int, "file_name": str, "width": int, "height": int},
    "annotations": {"id": int, "image_id": int, "category_id": int},
    "categories": {"id": int, "name": str},
}


def load(path: Path) -> dict[str, Any]:
    """Read and check a COCO document.

    Raises:
        DatasetError: the file is missing or is not JSON; a list or field is missing or of another type;
            an id occurs twice; an annotation refers to an image or category that does not exist; a box is not
            four finite
            numbers.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DatasetError(f"{path}: is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DatasetError(
            f"{path}: a COCO file is an object with images, annotations, categories; this is a list or value"
        )
    for section, fields in REQUIRED.items():
        check_section(path, document, section, fields)
    check_references(path, document)
    return document


def check_section(path: Path, document: dict[str, Any], section: str, fields: dict[str, type]) -> None:
    """Raise `DatasetError` unless `document[section]` lists records with these fields and unique ids."""
    records = document.get(section)
    if not isinstance(records, list):
        raise DatasetError(f"{path}: {section}: expected a list, found {type(records).__name__}")
    seen: set[int] = set()
    for position, record in enumerate(records):
        where = f"{path}: {section}[{position}]"
        if not isinstance(record, dict):
            raise DatasetError(f"{where}: expected an object, found {type(record).__name__}")
        for field, kind in fields.items():
            if not isinstance(record.get(field), kind):
                raise DatasetError(f"{where}.{field}: expected {kind.__name__}, found {record.get(field)!r}")
        if record["id"] in seen:
            raise DatasetError(f"{where}.id: {record['id']} occurs twice")
        seen.add(record["id"])


def check_references(path: Path, document: dict[str, Any]) -> None:
    """Raise `DatasetError` for an annotation of an unknown image or category, or with a malformed box."""
    images = {image["id"] for image in document["images"]}
    categories = {category["id"] for category in document["categories"]}
    for position, annotation in enumerate(document["annotations"]):
        where = f"{path}: annotations[{position}]"
        if annotation["image_id"] not in images:
            raise DatasetError(f"{where}.image_id: no image has the id {annotation['image_id']}")
        if annotation["category_id"] not in categories:
            raise DatasetError(f"{where}.category_id: no category has the id {annotation['category_id']}")
        box = annotation.get("bbox")
        if box is not None and not is_box(box):
            raise DatasetError(
                f"{where}.bbox: expected four finite numbers (x, y, width, height), found {box!r}"
            )


def is_box(box: Any) -> bool:
    """Whether this is a list of four finite numbers."""
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(value, int | float) and math.isfinite(value) for value in box)
    )


def save(document: dict[str, Any], path: Path) -> None:
    """Write a document, whole or not at all.

    Raises:
        DatasetError: it holds NaN or infinity, which JSON cannot say.
        OutputError: the file cannot be written.
    """
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise DatasetError(f"{path}: a number in the document is not finite: {error}") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode("utf-8"))
