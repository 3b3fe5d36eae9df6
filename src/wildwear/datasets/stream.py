"""What one format hands to another: a dataset as a stream of photos, so that its size does not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wildwear.datasets.documents import top_level
from wildwear.errors import DatasetError

Record = dict[str, Any]
Photo = tuple[Record, list[Record]]
"""A COCO image record and the COCO annotation records of that image."""


@dataclass
class PhotoStream:
    """A dataset on its way: what it says of itself, then its photos, one after the other.

    `header` is a COCO document without `images` and `annotations`: `info`, `licenses`, `categories`, and
    whatever else it carries. A reader may complete it while the photos go by (categories that are met on the
    way), so a writer looks at it last. Ids of images, annotations and categories are unique whole numbers.
    Boxes are COCO `xywh` pixels, masks polygons or RLE; `width` and `height` are null where nobody knows.
    """

    header: Record
    photos: Iterator[Photo]
    total: int | None = None  # photos, where known before they have gone by


class Loss(NamedTuple):
    """What a format has no place for."""

    what: str  # has it: "instances"
    field: str  # of theirs: "score"
    format: str  # as people call it: "YOLO"


@dataclass
class Conversion:
    """What a reader and a writer were told, and what they have to say about it."""

    images: Path | None = None  # where the photos lie, if the format's own layout does not say
    attribute: str | None = None  # VIA: the region attribute that names the category
    garments_only: bool = False  # leave out parts and decorations (Fashionpedia), hair and skin (CCP)
    skip_malformed: bool = False  # leave out what is malformed and note it, instead of stopping there
    source: Path | None = None  # what is converted: beside it a writer looks for photos, too
    notes: Counter[str] = field(default_factory=Counter)
    losses: Counter[Loss] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)  # what was malformed and skipped, one message each

    def note(self, what: str, count: int = 1) -> None:
        """Count one more case of something that the user should know: "regions without a category, left
        out"."""
        self.notes[what] += count

    def lose(self, what: str, field: str, format_: str) -> None:
        """Count one more case of something that the format has no place for; see `Loss`."""
        self.losses[Loss(what, field, format_)] += 1

    def said(self) -> Counter[str]:
        """All notes, and what is lost: in one line where as many lose the same, whatever their formats."""
        fields: dict[tuple[str, str, int], list[str]] = {}
        for loss, count in sorted(self.losses.items()):
            fields.setdefault((loss.what, loss.format, count), []).append(loss.field)
        formats: dict[tuple[str, str, int], list[str]] = {}
        for (what, format_, count), names in fields.items():
            formats.setdefault((what, in_a_row(names), count), []).append(format_)
        lost = {
            f"{what} with {names}, which {in_a_row(them)} cannot hold": count
            for (what, names, count), them in formats.items()
        }
        return self.notes + Counter(lost)

    def malformed(self, where: str, what: str) -> None:
        """Meet something malformed: `where` names file and field, `what` says what is wrong there.

        Raises:
            DatasetError: unless what is malformed is to be skipped; then the reader goes on without it, and
                `left_out` says so.
        """
        if not self.skip_malformed:
            raise DatasetError(f"{where}: {what}")
        self.left_out.append(f"{where}: {what}")


def in_a_row(words: list[str]) -> str:
    """Words as people list them: "score, colours and alternatives"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True)
class Candidate:
    """A file or folder whose format is to be guessed."""

    path: Path

    @cached_property
    def top(self) -> dict[str, msgspec.Raw]:
        """The keys of a JSON object, values undecoded; empty for anything else."""
        return top_level(self.path) if self.path.suffix == ".json" and self.path.is_file() else {}

    def value(self, key: str) -> Any:
        """One decoded value of the JSON object, None where it is missing or malformed."""
        try:
            return msgspec.json.decode(self.top[key]) if key in self.top else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


@dataclass(frozen=True)
class Format:
    """One format of annotation: how to tell it, read it and write it."""

    name: str  # as `--from` and `--to` take it
    title: str  # "VGG Image Annotator 2 project or region file"
    looks_like: Callable[[Candidate], bool]
    read: Callable[[Path, Conversion], PhotoStream]
    write: Callable[[PhotoStream, Path, Conversion], None] | None = None
    suffix: str | None = None  # of the file that it is; None for a folder
