"""The annotations that the checks of masks work on at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wildwear.datasets.health.problems import NOWHERE, Kind, Place, Problem, Remedy
from wildwear.datasets.health.records import is_finite, is_whole
from wildwear.datasets.stream import Record

LENGTH = 10_000  # annotations; their masks are in memory as drawn

Size = tuple[int, int]
"""Height and width of a photo in pixels."""


@dataclass
class Chunk:
    """Some annotations, and what is found wrong with them."""

    annotations: dict[int, Record]  # by their index in the document
    sizes: dict[int, Size | None]  # of their photos, by the same index; None where nobody knows
    found: list[Problem]

    def note(self, kind: Kind, index: int, field: str, message: str, part: int = NOWHERE) -> None:
        """Note a problem of an annotation, with the usual remedy of its kind."""
        place = Place("annotations", index, field, part)
        self.found.append(Problem(kind, place, message, kind.remedy))

    def note_unusable(
        self, kind: Kind, index: int, field: str, message: str, remedy: Remedy | None = None
    ) -> None:
        """Note a field that nobody can use. Without a remedy it stays, as null if it is no JSON at all."""
        value = self.annotations[index].get(field)
        remedy = remedy or (None if is_finite(value) else Remedy.BLANK)
        self.found.append(Problem(kind, Place("annotations", index, field), message, remedy))


def chunks(annotations: list[Any], sizes: Mapping[int, Size], found: list[Problem]) -> Iterator[Chunk]:
    """All annotations that are objects.

    Args:
        annotations: whatever a document has there.
        sizes: by image id.
        found: the list that takes the problems.
    """
    for start in range(0, len(annotations), LENGTH):
        some = dict(enumerate(annotations[start : start + LENGTH], start))
        records = {index: record for index, record in some.items() if isinstance(record, dict)}
        yield Chunk(records, {index: size_of(record, sizes) for index, record in records.items()}, found)


def size_of(annotation: Record, sizes: Mapping[int, Size]) -> Size | None:
    """The size of an annotation's photo, None where nobody knows it."""
    image_id = annotation.get("image_id")
    return sizes.get(image_id) if is_whole(image_id) else None


def has_mask(annotation: Record) -> bool:
    """Whether there is a mask, sound or not."""
    segmentation = annotation.get("segmentation")
    return isinstance(segmentation, dict) or (isinstance(segmentation, list) and bool(segmentation))


def shown(value: Any) -> str:
    """A value that should be another, for a message."""
    return "is missing" if value is None else f"is {value!r:.60}"
