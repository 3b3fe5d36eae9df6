"""What is kept of each photo of a run, and the journal that it is kept in."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wildwear import imaging
from wildwear.errors import OutputError
from wildwear.inference.prediction import Prediction


@dataclass(frozen=True)
class Record:
    """One photo of a run.

    Attributes:
        photo: Its path below the root of the run, with forward slashes.
        size: (height, width) in pixels, upright.
        garments: COCO annotations without ids; `alternatives` are the runners-up.
        name: What its output files are called, without suffix; may hold folders.
        files: What was written for it alone, below the output folder.
        thumbnail: A small picture of its garments, as a data URI.
        failure: Why it was skipped; then there is nothing else.
    """

    photo: str
    size: tuple[int, int] = (0, 0)
    garments: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""
    files: list[str] = field(default_factory=list)
    thumbnail: str = ""
    failure: str | None = None


def annotations(prediction: Prediction) -> list[dict[str, Any]]:
    """Return the garments of a prediction as COCO annotations that lack only their ids."""
    found = []
    for index, result in enumerate(prediction.to_coco()):
        del result["image_id"]
        alternatives = [
            {"category_id": category_id, "probability": round(probability, 4)}
            for category_id, probability in prediction.alternatives[index]
        ]
        area = imaging.area(prediction.masks[index])
        found.append(result | {"area": area, "iscrowd": 0, "alternatives": alternatives})
    return found


class Journal:
    """The records of a run in a file, a line each: memory stays flat, and an interrupted run resumes."""

    def __init__(self, path: Path) -> None:
        """Open a journal, or begin one; a last line that was cut off in mid-write is dropped."""
        self.path = path
        self._lines: dict[str, int] = {}  # photo: where its last record starts
        self.path.touch()
        with self.path.open("rb+") as file:
            start = 0
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._lines[photo_of(line, path)] = start
                start += len(line)
            file.truncate(start)

    def append(self, record: Record) -> None:
        """Keep a record; it replaces one of the same photo. Raises `OutputError`, on a full disk say."""
        try:
            with self.path.open("ab") as file:
                at = file.tell()
                file.write(json.dumps(asdict(record)).encode() + b"\n")
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror}).") from error
        self._lines[record.photo] = at

    def records(self, order: Iterable[str] = ()) -> Iterator[Record]:
        """Read the records one by one: first those of the photos in `order`, then the others."""
        with self.path.open("rb") as file:
            for photo in dict.fromkeys([*order, *self._lines]):
                if photo in self._lines:
                    file.seek(self._lines[photo])
                    yield Record(**json.loads(file.readline()))


def photo_of(line: bytes, journal: Path) -> str:
    """Return the photo that a line of a journal is about."""
    try:
        return Record(**json.loads(line)).photo
    except (ValueError, TypeError) as error:
        raise OutputError(f"{journal}: is damaged ({error}); write into another folder.") from error
