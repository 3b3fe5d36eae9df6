"""Problems of the records themselves: fields, types, ids, references. Not of what masks and photos hold."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, TypeGuard

from wildwear.datasets.formats.coco import REQUIRED
from wildwear.datasets.health.problems import Kind, Place, Problem, Remedy, problem
from wildwear.datasets.stream import Record
from wildwear.taxonomy import CATEGORIES

DRAWN = {"segmentation", "bbox", "area"}  # checked with the masks
NAMED = 5  # foreign categories
LARGEST = sys.float_info.max


def check_records(document: Record) -> Iterator[Problem]:
    """All that is wrong with the records of a COCO document, whatever they hold."""
    for section in REQUIRED:
        yield from _check_section(document, section)
    yield from _check_references(document)
    yield from _check_categories(document)
    yield from _check_bare_images(document)
    yield from _check_regions(document)
    for key, value in document.items():
        if key not in REQUIRED and not is_finite(value):
            yield problem(Kind.NOT_FINITE, Place(key), "holds a number that is not finite")


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether this is a whole number; true and false are none."""
    return type(value) is int


def is_number(value: Any) -> TypeGuard[float]:
    """Whether this is a finite number; true and false are none."""
    return type(value) in (int, float) and is_finite(value)


def _check_section(document: Record, section: str) -> Iterator[Problem]:
    first: dict[int, Record] = {}
    for index, record in enumerate(document[section]):
        place = Place(section, index)
        if not isinstance(record, dict):
            yield problem(Kind.NOT_AN_OBJECT, place, f"is {record!r:.40}, not an object")
            continue
        for field, kind in REQUIRED[section].items():
            value = record.get(field)
            if type(value) is not kind:
                yield _wrong_type(place._replace(field=field), value, kind)
        if section == "annotations":
            yield from _check_crowd_flag(record, place)
        identity = record.get("id")
        if type(identity) is int:
            if identity in first:
                yield _repeated(place._replace(field="id"), record, first[identity])
            first.setdefault(identity, record)
        for field, value in record.items():
            if field not in DRAWN and not is_finite(value):
                yield problem(
                    Kind.NOT_FINITE, place._replace(field=field), "holds a number that is not finite"
                )


def _wrong_type(place: Place, value: Any, kind: type) -> Problem:
    expected = "a whole number" if kind is int else "text"
    found = f"is {value!r:.40}" if value is not None else "is missing"
    if kind is int and (isinstance(value, bool) or (isinstance(value, float) and value.is_integer())):
        return problem(Kind.NOT_WHOLE, place, f"{found}; expected {expected}")
    # Nothing refers to the id of an annotation.
    own = place.section == "annotations" and place.field == "id"
    return Problem(Kind.WRONG_TYPE, place, f"{found}; expected {expected}", Remedy.RENUMBER if own else None)


def _check_crowd_flag(annotation: Record, place: Place) -> Iterator[Problem]:
    flag = annotation.get("iscrowd")
    if flag is None:  # as if it were not there
        return
    if type(flag) is int and flag in (0, 1):
        return
    sound = isinstance(flag, bool | float) and flag in (0, 1)
    kind = Kind.NOT_WHOLE if sound else Kind.WRONG_TYPE
    yield problem(kind, place._replace(field="iscrowd"), f"is {flag!r:.40}; expected 0 or 1")


def _repeated(place: Place, record: Record, first: Record) -> Problem:
    remedy: Remedy | None = Remedy.RENUMBER
    if place.section != "annotations":  # others refer to it: which of the two do they mean?
        remedy = Remedy.DROP_RECORD if record == first else None
    alike = "the same record as" if record == first else "another record than"
    return Problem(
        Kind.DUPLICATE_ID, place, f"{record['id']} occurs before; this is {alike} the first", remedy
    )


def _check_references(document: Record) -> Iterator[Problem]:
    ids = {
        section: {
            record["id"]
            for record in document[section]
            if isinstance(record, dict) and isinstance(record.get("id"), int | float)
        }
        for section in ("images", "categories")
    }
    for index, annotation in enumerate(document["annotations"]):
        if not isinstance(annotation, dict):
            continue
        for field, section, kind in (
            ("image_id", "images", Kind.UNKNOWN_IMAGE),
            ("category_id", "categories", Kind.UNKNOWN_CATEGORY),
        ):
            value = annotation.get(field)
            if isinstance(value, int | float) and value not in ids[section]:
                place = Place("annotations", index, field)
                yield problem(kind, place, f"is {value}, which is the id of nothing in {section}")
        keypoints = annotation.get("keypoints")
        if keypoints is not None and not (isinstance(keypoints, list) and len(keypoints) % 3 == 0):
            found = f"{len(keypoints)} values" if isinstance(keypoints, list) else f"{keypoints!r:.40}"
            place = Place("annotations", index, "keypoints")
            yield problem(Kind.KEYPOINTS, place, f"has {found}; expected x, y, visibility for each")


def _check_categories(document: Record) -> Iterator[Problem]:
    ours = {category.id: category.name for category in CATEGORIES}
    names: set[str] = set()
    foreign = []
    for index, category in enumerate(document["categories"]):
        if not isinstance(category, dict) or not isinstance(name := category.get("name"), str):
            continue
        if name in names:
            yield problem(Kind.SAME_NAME, Place("categories", index, "name"), f"{name!r} occurs before")
        names.add(name)
        if is_whole(category.get("id")) and ours.get(category["id"]) != name:
            foreign.append(name)
    if foreign:
        shown = ", ".join(foreign[:NAMED]) + ("" if len(foreign) <= NAMED else ", ...")
        message = f"{len(foreign)} have other ids or names ({shown}): `wildwear data map` carries them over"
        yield problem(Kind.FOREIGN_CATEGORIES, Place("categories"), message)


def _check_bare_images(document: Record) -> Iterator[Problem]:
    annotated = {
        annotation["image_id"]
        for annotation in document["annotations"]
        if isinstance(annotation, dict) and isinstance(annotation.get("image_id"), int)
    }
    for index, image in enumerate(document["images"]):
        if isinstance(image, dict) and type(image.get("id")) is int and image["id"] not in annotated:
            yield problem(Kind.BARE_IMAGE, Place("images", index), "has no annotation")


def _check_regions(document: Record) -> Iterator[Problem]:
    """Garments that count for nothing, because all there is of them says `iscrowd: 1`: so CVAT exports what
    was drawn with a brush.

    A region that stands under several categories was put there on purpose (nobody knows what it is), unless
    the dataset has nothing else.
    """
    judged, regions = set(), {}
    for index, annotation in enumerate(document["annotations"]):
        if isinstance(annotation, dict) and is_whole(annotation.get("category_id")):
            if annotation.get("iscrowd"):
                regions[index] = annotation
            else:
                judged.add(annotation["category_id"])
    if not regions:
        return
    if not judged:
        message = f"holds regions alone that are not judged (iscrowd: 1), {len(regions):,} of them"
        yield problem(Kind.NOTHING_JUDGED, Place("annotations"), message)
    categories: dict[str, set[int]] = defaultdict(set)
    for annotation in regions.values():
        categories[_shape(annotation)].add(annotation["category_id"])
    names = {one.get("id"): one.get("name") for one in document["categories"] if isinstance(one, dict)}
    for index, annotation in regions.items():
        category_id = annotation["category_id"]
        if category_id not in judged and (not judged or len(categories[_shape(annotation)]) == 1):
            message = f"is 1, as in every annotation of {names.get(category_id)!r}: none of it is judged"
            yield problem(Kind.ONLY_REGIONS, Place("annotations", index, "iscrowd"), message)


def _shape(annotation: Record) -> str:
    """What tells the mask of an annotation from all others."""
    return f"{annotation.get('image_id')} {annotation.get('segmentation')}"


def is_finite(value: Any) -> bool:
    """Whether no number in a value of JSON is NaN, infinite, or beyond what a float can hold."""
    if isinstance(value, int | float):
        return -LARGEST <= value <= LARGEST
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if not isinstance(value, list):
        return True
    try:
        if -LARGEST <= sum(value) <= LARGEST:  # a list of numbers, as keypoints are: fast
            return True
    except (TypeError, OverflowError):
        pass
    return all(map(is_finite, value))
