"""Repairs: what can be put right without a person, and without losing what somebody could still use."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hotcoco import mask as hotcoco_mask

from wildwear import imaging
from wildwear.datasets.formats.coco import LEAST_POINTS, REQUIRED
from wildwear.datasets.health.chunk import Size, size_of
from wildwear.datasets.health.clipping import clip
from wildwear.datasets.health.photo_problems import Photos, sizes_by_id
from wildwear.datasets.health.pixels import draw
from wildwear.datasets.health.problems import Problem, Remedy
from wildwear.datasets.health.records import is_finite, is_whole
from wildwear.datasets.stream import Record


def repair(document: Record, problems: Sequence[Problem], photos: Photos) -> Record:
    """A copy of a COCO document in which each problem was treated by its remedy.

    What that brings to light (two ids that become one whole number) is left for another repair.

    Args:
        document: a COCO document, whatever its records hold.
        problems: what is wrong with it.
        photos: whose sizes records without one take.
    """
    repaired = {**document}
    for section in REQUIRED:
        repaired[section] = [{**r} if isinstance(r, dict) else r for r in document[section]]
    places = defaultdict(list)
    for found in problems:
        if found.remedy is not None:
            places[found.remedy].append(found.place)
    annotations = repaired["annotations"]

    for section, index, field, _ in places[Remedy.WHOLE]:
        record = repaired[section][index]
        record[field] = int(record[field])
    for place in places[Remedy.JUDGE]:
        annotations[place.position]["iscrowd"] = 0
    for place in places[Remedy.SIZE]:
        image = repaired["images"][place.position]
        image["height"], image["width"] = photos.sizes[image["file_name"]]
    highest = max((a["id"] for a in annotations if isinstance(a, dict) and is_whole(a.get("id"))), default=0)
    for number, place in enumerate(places[Remedy.RENUMBER], start=highest + 1):
        annotations[place.position]["id"] = number

    sizes = sizes_by_id(repaired["images"], photos)
    dropped = {(place.section, place.position) for place in places[Remedy.DROP_RECORD]}
    polygons: dict[int, dict[int, bool]] = defaultdict(dict)  # by annotation, then part: whether it stays
    for place in places[Remedy.CLIP]:
        polygons[place.position][place.part] = True
    for place in places[Remedy.DROP_POLYGON]:
        polygons[place.position][place.part] = False
    for index, parts in polygons.items():
        annotation = annotations[index]
        annotation["segmentation"] = _polygons(annotation["segmentation"], parts, size_of(annotation, sizes))
        if not annotation["segmentation"]:
            dropped.add(("annotations", index))
    for index in {place.position for place in places[Remedy.MEASURE]} | polygons.keys():
        if ("annotations", index) not in dropped:
            _measure(annotations[index], size_of(annotations[index], sizes))

    for section in REQUIRED:
        kept = [r for index, r in enumerate(repaired[section]) if (section, index) not in dropped]
        repaired[section] = [r if is_finite(r) else _blanked(r) for r in kept]
    return {key: value if is_finite(value) else _blanked(value) for key, value in repaired.items()}


def _polygons(segmentation: list[Any], parts: Mapping[int, bool], size: Size | None) -> list[Any]:
    """The polygons that are left: those in `parts` are cut at the edge of the photo, or dropped."""
    kept = []
    for part, polygon in enumerate(segmentation):
        if part not in parts:
            kept.append(polygon)
        elif parts[part] and size is not None:
            cut = clip(polygon, *size)
            if len(cut) >= 2 * LEAST_POINTS:
                kept.append(cut)
    return kept


def _measure(annotation: Record, size: Size | None) -> None:
    """Take area and box from the mask."""
    if size is None:
        return
    segmentation = annotation["segmentation"]
    if isinstance(segmentation, dict):
        mask: Any = imaging.as_rle(segmentation, size)
    else:
        mask, _ = draw(segmentation, size)
    annotation["area"] = float(hotcoco_mask.area(mask))
    annotation["bbox"] = hotcoco_mask.to_bbox(mask).tolist()


def _blanked(value: Any) -> Any:
    """A value of JSON with null for every number that JSON cannot say."""
    if isinstance(value, dict):
        return {key: _blanked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_blanked(inner) for inner in value]
    return value if is_finite(value) else None
