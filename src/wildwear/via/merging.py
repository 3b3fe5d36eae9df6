"""Several VIA projects as one. Not for datasets: see `datasets.making.merging`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wildwear.datasets.formats.via.attributes import ID
from wildwear.datasets.formats.via.project import ATTRIBUTES, METADATA, ORDER, SETTINGS, inner
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError
from wildwear.imaging.identity import identity
from wildwear.via.project import Project, some

Preference = Literal["first", "last"]
PARTS = (METADATA, ORDER, SETTINGS, ATTRIBUTES)


@dataclass(frozen=True)
class Merged:
    """What became of several projects.

    Attributes:
        project: the one that they make.
        remarks: what met or differed, and what became of it, in sentences.
    """

    project: Project
    remarks: list[str]


def merge(projects: Sequence[Project], name: str, prefer: Preference | None = None) -> Merged:
    """All photos of several projects, in their order; settings and attributes are those of the first.

    A photo is known by its file name and size. One that two projects hold is in the merged one once. Two
    photos under one key both stay; the later gets a key of its own.

    Args:
        projects: at least one, a project first where any is one; they stay as they are.
        name: of the merged project.
        prefer: whose annotation of a photo counts that two projects annotated, each in its own way.

    Raises:
        DatasetError: there is such a photo, and no preference; all are named. Or the first is a file of
            regions, whose settings the others could not take.
    """
    first = projects[0]
    if not first.is_whole and any(project.is_whole for project in projects):
        raise DatasetError(
            f"{first.path}: is a file of regions, without settings; name a project first: the merged one has "
            "its settings and attributes"
        )
    remarks = [remark for later in projects[1:] for remark in differences(first, later)]
    photos: dict[str, Record] = {}
    sources: dict[str, Project] = {}
    known: dict[tuple[str, str], str] = {}  # keys by what tells a photo from others
    clashes: list[str] = []
    numbers = [int(key) for project in projects for key in project.photos if ID.fullmatch(key)]
    fresh = max(numbers, default=-1) + 1
    for project in projects:
        own: dict[tuple[str, str], str] = {}
        for key in project.keys:
            record = complete(project.photos[key]) if first.is_whole else project.photos[key]
            photo = identity(record["filename"]), str(record.get("size"))
            if (held := known.get(photo)) is not None:
                chosen, clash = one_of(photos[held], record, prefer)
                met = f"{record['filename']} is in {sources[held].path} and {project.path}"
                if chosen is None:
                    clashes.append(f"{met}: {clash}")
                else:
                    photos[held] = chosen
                    remarks.append(f"{met}: {clash}")
                continue
            new = key
            if key in photos:
                is_number = ID.fullmatch(key)
                new = str(fresh) if is_number else free(f"{record['filename']}{record.get('size')}", photos)
                fresh += bool(is_number)
                remarks.append(
                    f"key {key!r} is that of {photos[key]['filename']} in {sources[key].path} and of "
                    f"{record['filename']} in {project.path}, now {new!r}"
                )
            photos[new], sources[new] = record, project
            own.setdefault(photo, new)
        known = own | known
    if clashes:
        lines = "".join(f"\n  {clash}" for clash in clashes)
        raise DatasetError(
            f"{len(clashes):,} photos are annotated in two projects, each in its own way; drop them from "
            f"one, or let one count, with --prefer first or last:{lines}"
        )
    return Merged(first.holding(photos).called(name), remarks)


def complete(record: Record) -> Record:
    """A photo with the fields without which VIA leaves it out of a project (project_open_parse_json_file)."""
    return {"size": -1, "regions": [], "file_attributes": {}} | record if is_partial(record) else record


def is_partial(record: Record) -> bool:
    """Whether a photo lacks a field without which VIA leaves it out of a project."""
    return not {"filename", "size", "regions", "file_attributes"} <= record.keys()


def one_of(earlier: Record, later: Record, prefer: Preference | None) -> tuple[Record | None, str]:
    """Which of two records of a photo counts, None where that is for the user to say; and why, in words."""
    if complete(earlier) == complete(later):
        return earlier, "the same in both, kept once"
    if not later.get("regions") and not later.get("file_attributes"):
        return earlier, "annotated in the first alone"
    if not earlier.get("regions") and not earlier.get("file_attributes"):
        return later, "annotated in the second alone"
    counts = [len(record.get("regions") or ()) for record in (earlier, later)]
    differ = f"{counts[0]} regions and {counts[1]}"
    if prefer is None:
        return None, differ
    return (earlier if prefer == "first" else later), f"{differ}; those of the {prefer} count"


def free(key: str, taken: dict[str, Record]) -> str:
    """A key that no photo has."""
    number = 1
    candidate = key
    while candidate in taken:
        number += 1
        candidate = f"{key}-{number}"
    return candidate


def differences(first: Project, later: Project) -> list[str]:
    """What a later project says otherwise than the first, whose word counts, in sentences."""
    if not later.is_whole:
        return []
    said: list[str] = []
    for kind in ("region", "file"):
        ours, theirs = first.definitions(kind), later.definitions(kind)
        for name in theirs:
            said += [
                f"{kind} attribute {name!r} of {later.path} {how}"
                for how in ways_to_differ(ours.get(name), theirs[name], str(first.path))
            ]
    core, other = (inner(project.document, SETTINGS, "core") for project in (first, later))
    folders = core.get("default_filepath") or "", other.get("default_filepath") or ""
    if folders[0] != folders[1]:
        said.append(
            f"{later.path} has its photos in {folders[1]!r}, {first.path} in {folders[0]!r}, which counts"
        )
    for name, value in later.document.items():
        if name not in PARTS and first.document.get(name) != value:
            said.append(f"{name} of {later.path}, which {first.path} has not or otherwise, is left out")
    return said


def ways_to_differ(ours: object, theirs: object, first: str) -> list[str]:
    """How a definition of an attribute differs from the first project's, None where that has none."""
    if ours is None:
        return [f"is not defined in {first}: its values stay, and VIA takes them for text"]
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return [] if ours == theirs else [f"is defined otherwise in {first}, which counts"]
    ways = []
    if ours.get("type") != theirs.get("type"):
        ways.append(f"is a {theirs.get('type')}, in {first} a {ours.get('type')}, which counts")
    options, others = inner(ours, "options"), inner(theirs, "options")
    if only := [value for value in others if value not in options]:
        ways.append(
            f"has options that {first} has not: {some(only)}; a region may have them, nobody can choose"
        )
    if only := [value for value in options if value not in others]:
        ways.append(f"lacks options that {first} has: {some(only)}")
    ways += [
        f"has {others[value]!r} for the option {value!r}, {first} {options[value]!r}, which counts"
        for value in options
        if value in others and options[value] != others[value]
    ]
    return ways
