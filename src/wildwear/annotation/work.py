"""What stands on one photo: a person's work, as the page and the store hold it. Not for what it means as a
dataset: see `exporting.py`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from wildwear.errors import DatasetError
from wildwear.taxonomy.categories import BY_ID

Ring = list[tuple[float, float]]
"""A closed outline, its first point not repeated."""
Part = list[Ring]
"""An outline, then those of the holes in it."""
Status = Literal["todo", "done", "skipped"]
Source = Literal["drawn", "proposal", "import"]

SKIP_REASONS = ("unrecognisable", "too occluded", "too small", "no garment")
FLAGS = ("occluded", "truncated", "doubtful")
PEOPLE = {0, 1, 2, 3}  # of `datasets.terms.PEOPLE`
LEAST_POINTS = 3  # of a ring
MOST_POINTS = 100_000  # of a photo; a person draws some hundreds
MOST_INSTANCES = 1_000
LONGEST_ID = 100  # letters
FARTHEST = 100_000  # pixels from the corner; no photo is larger


class Flags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is unusual about a garment."""

    occluded: bool = False
    truncated: bool = False
    doubtful: bool = False  # its name


class Original(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an imported instance comes from; the page hands it back as it is.

    Attributes:
        annotation: its id in the dataset.
        label: what it was called there, where that is no name of ours.
        candidates: ids of categories that it may be, the likeliest first.
        remark: why somebody should look at it.
    """

    annotation: int | None = None
    label: str | None = None
    candidates: list[int] = []
    remark: str | None = None


class Instance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A garment, or a region that is not judged.

    Attributes:
        id: made by the page; no other of the photo has it.
        category: of the 30; None where nobody has named it yet, and of a region that is not judged.
        judged: False for such a region.
        parts: what it covers, in pixels of the upright photo.
        score: of the proposal that it was.
    """

    id: str
    category: int | None
    judged: bool
    parts: list[Part]
    flags: Flags = Flags()
    source: Source = "drawn"
    score: float | None = None
    original: Original | None = None


class Attributes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of the photo: who is on it, by the thesis' checkboxes, and whether it is a selfie."""

    people: list[int] = []
    selfie: bool = False


class Work(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands on a photo; of its instances the later lie on top of the earlier."""

    status: Status = "todo"
    skip_reason: str | None = None
    attributes: Attributes = Attributes()
    instances: list[Instance] = []


class Summary(msgspec.Struct, frozen=True):
    """What a list of photos says of one.

    Attributes:
        status: of the photo.
        instances: number of garments on it, named or not.
        counts: number of them by category.
        flags: those that one of them has, and `unnamed` where one has no name yet.
    """

    status: Status
    instances: int
    counts: dict[int, int]
    flags: list[str]


class WorkError(DatasetError):
    """A document is no work on a photo; the message names the place in it."""


def read(content: bytes | str) -> Work:
    """Work out of JSON. Raises `WorkError`."""
    try:
        work = msgspec.json.decode(content, type=Work)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorkError(in_words(error)) from error
    check(work)
    return work


def in_words(error: Exception) -> str:
    """What is wrong with JSON, and where: `instances[3].category: expected int | null, got str`."""
    what, _, place = str(error).partition(" - at `$")
    what = what.replace("`", "")
    return f"{place.strip('.`')}: {what}" if place.strip(".`") else what


def write(work: Work) -> bytes:
    """Work as JSON; the same work is always the same bytes."""
    return msgspec.json.encode(work)


def check(work: Work) -> None:
    """Raise `WorkError` for what the types cannot say: numbers, ids and counts that no work has."""
    if work.status == "skipped":
        refuse(work.skip_reason not in (None, *SKIP_REASONS), "skip_reason", f"is {work.skip_reason!r:.60}")
    else:
        refuse(work.skip_reason is not None, "skip_reason", f"is said of a photo that is {work.status}")
    refuse(not PEOPLE.issuperset(work.attributes.people), "attributes.people", "holds something but 0 to 3")
    count = len(work.instances)
    refuse(count > MOST_INSTANCES, "instances", f"are {count:,}; a photo has at most {MOST_INSTANCES:,}")
    points = sum(len(ring) for instance in work.instances for part in instance.parts for ring in part)
    refuse(points > MOST_POINTS, "instances", f"have {points:,} points; a photo has at most {MOST_POINTS:,}")
    seen: set[str] = set()
    for number, instance in enumerate(work.instances):
        place = f"instances[{number}]"
        check_instance(instance, place)
        refuse(instance.id in seen, f"{place}.id", f"{instance.id!r} occurs twice")
        seen.add(instance.id)


def check_instance(instance: Instance, place: str) -> None:
    """Raise `WorkError` naming the place."""
    refuse(not 0 < len(instance.id) <= LONGEST_ID, f"{place}.id", f"has {len(instance.id)} letters")
    if instance.category is not None:
        refuse(not instance.judged, f"{place}.category", "is given to a region that is not judged")
        check_category(instance.category, f"{place}.category")
    if instance.original is not None:
        for category in instance.original.candidates:
            check_category(category, f"{place}.original.candidates")
    check_parts(instance.parts, f"{place}.parts")


def check_parts(parts: Sequence[Part], place: str) -> None:
    """Raise `WorkError` unless parts cover something that may be on a photo."""
    refuse(not parts, place, "are none; delete it instead")
    points = sum(len(ring) for part in parts for ring in part)
    refuse(points > MOST_POINTS, place, f"have {points:,} points; a photo has at most {MOST_POINTS:,}")
    for ring_place, ring in rings(parts, place):
        refuse(len(ring) < LEAST_POINTS, ring_place, f"has {len(ring)} points; an outline has at least 3")
        for number, point in enumerate(ring):
            check_point(point, f"{ring_place}[{number}]")


def check_point(point: tuple[float, float], place: str) -> None:
    """Raise `WorkError` for what lies far from every photo."""
    x, y = point
    if not (-FARTHEST <= x <= FARTHEST and -FARTHEST <= y <= FARTHEST):  # nor is NaN
        raise WorkError(f"{place}: ({x}, {y}) is no place on a photo")


def check_category(category: int, place: str) -> None:
    """Raise `WorkError` unless a category is one of the 30."""
    refuse(category not in BY_ID, place, f"no category has the id {category}")


def rings(parts: Sequence[Part], place: str) -> Iterator[tuple[str, Ring]]:
    """Each ring with its place; a part has at least one. Raises `WorkError`."""
    for number, part in enumerate(parts):
        refuse(not part, f"{place}[{number}]", "has no outline")
        for index, ring in enumerate(part):
            yield f"{place}[{number}][{index}]", ring


def refuse(wrong: bool, place: str, what: str) -> None:
    """Raise `WorkError` where something is wrong."""
    if wrong:
        raise WorkError(f"{place}: {what}")


def summary(work: Work) -> Summary:
    """What a list of photos says of this one."""
    garments = [instance for instance in work.instances if instance.judged]
    return Summary(
        status=work.status,
        instances=len(garments),
        counts=dict(Counter(one.category for one in garments if one.category is not None)),
        flags=flags_of(garments),
    )


def flags_of(garments: Sequence[Instance]) -> list[str]:
    """As `Summary` has them."""
    flags: list[str] = [flag for flag in FLAGS if any(getattr(one.flags, flag) for one in garments)]
    return flags + (["unnamed"] if any(one.category is None for one in garments) else [])
