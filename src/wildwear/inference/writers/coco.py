"""The garments of a run as one COCO document."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from wildwear.inference.records import Record
from wildwear.taxonomy import coco_categories

Records = Callable[[], Iterable[Record]]


def write_coco(file: TextIO, records: Records, about: dict[str, Any]) -> None:
    """Write the document piece by piece, however long the run was.

    Args:
        file: Where to.
        records: Called twice, for the images and for the annotations, gives the records in the same order.
        about: The `info` of the document.
    """
    file.write('{"info": ' + json.dumps(about))
    file.write(',\n"categories": ' + json.dumps(coco_categories()))
    for key, items in (
        ("images", images(records())),
        ("annotations", numbered_annotations(records())),
        ("failures", failures(records())),
    ):
        file.write(f',\n"{key}": [')
        for number, item in enumerate(items):
            file.write((",\n" if number else "\n") + json.dumps(item))
        file.write("\n]")
    file.write("\n}\n")


def images(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """Yield the `images`: those that were read, numbered from 1."""
    for number, record in enumerate(read(records), start=1):
        height, width = record.size
        yield {"id": number, "file_name": record.photo, "width": width, "height": height}


def numbered_annotations(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """Yield the `annotations`, each with its id and that of its image."""
    annotation_id = 0
    for image_id, record in enumerate(read(records), start=1):
        for garment in record.garments:
            annotation_id += 1
            yield {"id": annotation_id, "image_id": image_id} | garment


def failures(records: Iterable[Record]) -> Iterator[dict[str, str]]:
    """Yield the photos that were skipped, each with its reason."""
    for record in records:
        if record.failure is not None:
            yield {"file_name": record.photo, "reason": record.failure}


def read(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records of photos that could be read."""
    return (record for record in records if record.failure is None)
