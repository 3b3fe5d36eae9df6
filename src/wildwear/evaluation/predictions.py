"""Predictions of other programs: COCO results of Detectron2, MMDetection, Ultralytics, DeepFashion2's task.

They agree on one list of objects and differ in what they call photos and how they count categories. Not for
measuring: see `metrics`.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.documents import one_collection, read_json
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, MaskError
from wildwear.evaluation.measures.matching import MAX_DETECTIONS, judged
from wildwear.evaluation.measures.overlaps import overlaps
from wildwear.imaging.identity import identity

Reading = dict[float, int]
"""The dataset's id of each category, by what a file calls it."""

LISTS = ("predictions", "annotations")  # where an object, not a list, may hold the predictions
TRIED = 1_000  # of the surest predictions, whose masks decide between two ways to count categories
SLACK = 1.0  # pixels by which a box may leave its photo without a word: rounding


@dataclass(frozen=True, eq=False)
class Foreign:
    """Predictions from a file, made ready to be scored against one dataset.

    Attributes:
        predictions: COCO results, all that AP counts: `image_id` and `category_id` of the dataset, `score`,
            `bbox` (xywh, px) and `segmentation` (an RLE of the photo's size, compressed).
        notes: how the file was understood where it could be understood otherwise, and what was left out.
    """

    predictions: list[Record]
    notes: tuple[str, ...]


def read_predictions(path: str | Path, dataset: Dataset) -> Foreign:
    """Read a COCO results file, whoever wrote it.

    Photos may be named by the dataset's ids, by `file_name`, or, as Ultralytics does, by the names of their
    files without the ending, as text or as the number they hold. Categories may be counted from 0 where the
    dataset counts from 1, and the other way round; where the ids fit both, the masks of the truth decide.
    Masks may be polygons, or RLE, compressed or not. A missing `bbox` is taken from the mask. Boxes without
    masks are refused.

    Args:
        path: the file: a list of objects with `image_id`, `category_id`, `score`, `segmentation`, `bbox`; or
            an object that holds such a list as `annotations` or `predictions`.
        dataset: the truth.

    Raises:
        DatasetError: the file is no such list; a field is missing or malformed; a photo or category is not in
            the dataset; a mask has another size than its photo. The message names the first, and counts those
            like it.
    """
    path = Path(path)
    where = str(dataset.path or "the dataset")
    _require_sizes(dataset, where)
    with one_collection():
        records, place = _records(path)
        _require_fields(records, place)
        image_ids, notes = _image_ids(records, place, dataset, where)
        readings = _readings(records, place, dataset, where)
        predictions = [
            record | {"image_id": image, "number": number}
            for number, (record, image) in enumerate(zip(records, image_ids, strict=True))
        ]
        counted = judged(predictions)
        as_written = _with_masks(counted, place, dataset)
        reading, said = _chosen(readings, as_written, dataset)
        ready = [one | {"category_id": reading[one["category_id"]]} for one in as_written]
        notes += [*said, *_left_out(predictions, counted)]
    notes += _doubts(ready, dataset)
    return Foreign(ready, tuple(notes))


def _records(path: Path) -> tuple[list[Any], str]:
    """The list that a file holds, and what to call it in a message."""
    if path.is_file() and not path.stat().st_size:
        raise DatasetError(f"{path}: is empty; a file without predictions holds [].")
    document = read_json(path, allow_nan=True)
    if isinstance(document, list):
        return document, f"{path}: "
    if isinstance(document, dict):
        for name in LISTS:
            if isinstance(document.get(name), list):
                return document[name], f"{path}: {name}"
    found = f"an object with {', '.join(document) or 'nothing'}" if isinstance(document, dict) else "a value"
    raise DatasetError(
        f"{path}: expected a list of COCO results, found {found:.200}. Detectron2 calls that file "
        "coco_instances_results.json, MMDetection *.segm.json, Ultralytics predictions.json."
    )


def _refuse(
    records: Sequence[Any], place: str, complaint: Callable[[Any], str | None], advice: str = ""
) -> None:
    """Raise `DatasetError` with the complaint about the first record that gets one, and count the others."""
    found = [(number, text) for number, one in enumerate(records) if (text := complaint(one)) is not None]
    if found:
        number, text = found[0]
        more = f" {len(found) - 1:,} more like it." if len(found) > 1 else ""
        raise DatasetError(f"{place}[{number}]{text}.{more}{advice}")


def _require_fields(records: Sequence[Any], place: str) -> None:
    """Raise `DatasetError` for a field that is missing or is not what COCO results have there."""

    def missing(field: str) -> Callable[[Record], str | None]:
        return lambda record: None if record.get(field) is not None else f": has no field {field!r}"

    def no_object(record: Any) -> str | None:
        return None if isinstance(record, dict) else f": expected an object, found {record!r:.60}"

    _refuse(records, place, no_object)
    if records and not any("score" in record for record in records):
        raise DatasetError(
            f"{place}[0]: has no field 'score', nor has any other: "
            "this is a truth, not what a model predicts."
        )
    if records and not any(record.get("segmentation") for record in records):
        raise DatasetError(
            f"{place}[0]: has no field 'segmentation', nor has any other: boxes alone. "
            "wildwear measures masks: give it the results of a model for instance segmentation "
            "(MMDetection: *.segm.json)."
        )
    for field in ("image_id", "category_id", "score", "segmentation"):
        _refuse(records, place, missing(field))
    for complaint in (_no_id, _no_category, _no_score, _no_box):
        _refuse(records, place, complaint)


def _no_id(record: Record) -> str | None:
    photo = record["image_id"]
    if isinstance(photo, int | float | str) and not isinstance(photo, bool):
        return None
    return f".image_id: expected a number or the name of a file, found {photo!r:.60}"


def _no_category(record: Record) -> str | None:
    category = record["category_id"]
    if isinstance(category, int | float) and not isinstance(category, bool):
        return None
    return f".category_id: expected a whole number, found {category!r:.60}"


def _no_score(record: Record) -> str | None:
    score = record["score"]
    if isinstance(score, int | float) and 0 <= score <= 1:  # NaN is not
        return None
    return f".score: is {score!r:.60}; expected a number from 0 to 1"


def _no_box(record: Record) -> str | None:
    box = record.get("bbox")
    numbers = isinstance(box, list) and all(isinstance(side, int | float) for side in box)
    if box is None or (numbers and len(box) == 4 and all(map(math.isfinite, box)) and min(box[2:]) >= 0):
        return None
    return f".bbox: is {box!r:.80}; expected x, y, width and height, finite and in pixels"


def _require_sizes(dataset: Dataset, where: str) -> None:
    unsized = [image["file_name"] for image in dataset.images if not (image["width"] and image["height"])]
    if unsized:
        raise DatasetError(
            f"{where}: {len(unsized)} of {len(dataset.images)} photos have no width or height, the first is "
            f"{unsized[0]}. `wildwear data health {where} --fix` takes them from the photos."
        )


def _image_ids(
    records: Sequence[Record], place: str, dataset: Dataset, where: str
) -> tuple[list[int], list[str]]:
    """The dataset's id of the photo of each record: one way to name photos is used for the whole file."""
    given = [_photo_key(record["image_id"]) for record in records]
    named = [record.get("file_name") for record in records]
    files = [_photo_key(name) if isinstance(name, str) else None for name in named]
    ids = {image["id"]: image["id"] for image in dataset.images}
    texts = {str(number): number for number in ids}
    names = _by_file_name(dataset)
    # Newer Ultralytics adds `file_name`, which leaves no doubt.
    ways: list[tuple[dict[Any, int], list[Hashable]]] = [
        (names, files),
        (ids, given),
        (texts, given),
        (names, given),
    ]
    chosen = next((way for way in ways if all(key in way[0] for key in way[1])), None)
    if chosen is None:
        nearest, _ = chosen = max(ways[1:], key=lambda way: sum(key in way[0] for key in way[1]))
        _refuse(
            records,
            place,
            lambda record: (
                None
                if _photo_key(record["image_id"]) in nearest
                else f".image_id: {record['image_id']!r:.60} is no photo of {where}"
            ),
            f" It has {len(ids):,} photos, {_ends(sorted(ids))}, as in {dataset.images[0]['file_name']}.",
        )
    known, keys = chosen
    found = [known[key] for key in keys]
    if not records:
        return found, ["the file holds no prediction: every garment counts as missed"]
    if known is names and keys is given and found != given:
        example = next(image for image in dataset.images if image["id"] == found[0])
        return found, [f"image_id names photos by their files: {given[0]} is {example['file_name']}"]
    if known is ids and all(key in names for key in given) and [names[key] for key in given] != found:
        return found, [
            "image_id is taken for the dataset's ids; as numbers of files they would be other photos"
        ]
    return found, []


def _photo_key(value: Hashable) -> Hashable:
    """What a photo is looked up by: a number as it is, a name as names are compared."""
    return identity(value) if isinstance(value, str) else value


def _by_file_name(dataset: Dataset) -> dict[Hashable, int]:
    """Image ids by what the name of a photo's file may be shortened to; what two photos share is left out.

    Source: Ultralytics' validators take the name without folder and ending, as a number where it is one;
    DeepFashion2's evaluation takes the number of the file (its README, "Data Description").
    """
    found: dict[Hashable, set[int]] = {}
    for image in dataset.images:
        path = PurePosixPath(identity(image["file_name"]))
        shortened: set[Hashable] = {str(path), path.name, path.stem}
        if path.stem.isascii() and path.stem.isdigit():
            shortened.add(int(path.stem))
        for name in shortened:
            found.setdefault(name, set()).add(image["id"])
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def _readings(records: Sequence[Record], place: str, dataset: Dataset, where: str) -> list[Reading]:
    """The ways to understand the categories of a file: as they are, and counted from the other of 0 and 1."""
    listed = {category["id"]: category["name"] for category in dataset.categories}
    given = {record["category_id"] for record in records}
    readings = [{number: number for number in listed}]
    first = min(listed, default=None)
    if first in (0, 1) and sorted(listed) == list(range(first, first + len(listed))):
        readings.append({number + 1 - 2 * first: number for number in listed})
    fitting = [reading for reading in readings if given <= reading.keys()]
    if not fitting:
        _refuse(
            records,
            place,
            lambda record: (
                None
                if record["category_id"] in listed
                else f".category_id: {record['category_id']} is no category of {where}"
            ),
            f" It has {len(listed):,}, {_ends(sorted(listed))}; `wildwear data map` "
            "carries a truth to other categories.",
        )
    return fitting


def _chosen(
    readings: Sequence[Reading], predictions: Sequence[Record], dataset: Dataset
) -> tuple[Reading, list[str]]:
    """The reading under which masks lie on garments of their category, and what to say of it.

    Args:
        readings: those that fit, the ids as they are before others.
        predictions: ready but for their categories, the surest first.
        dataset: the truth.
    """
    agreed = [_agreement(reading, predictions[:TRIED], dataset) for reading in readings if len(readings) > 1]
    chosen = readings[int(np.argmax(agreed)) if agreed else 0]  # of equals, the ids as they are
    theirs, ours = min(chosen), min(chosen.values())
    why = (
        f" (mean IoU with garments of their category {max(agreed):.2f}, else {min(agreed):.2f})"
        if agreed
        else ""
    )
    if theirs != ours:
        return chosen, [f"category_id counts from {theirs}, the dataset from {ours}: they are shifted{why}"]
    if agreed and predictions:
        return chosen, [f"category_id is taken for the dataset's ids, not counted from {1 - ours}{why}"]
    return chosen, []


def _agreement(reading: Reading, predictions: Sequence[Record], dataset: Dataset) -> float:
    """The mean over predictions of the best mask IoU with an instance of their category in their photo."""
    named = [one | {"category_id": reading[one["category_id"]]} for one in predictions]
    chosen = {one["image_id"] for one in named}
    part = dataset.restricted_to([image for image in dataset.images if image["id"] in chosen])
    total = 0.0
    for photo in overlaps(part, named):
        total += np.where(photo.same_names, photo.iou, 0).max(axis=1, initial=0).sum()
    return total / max(len(named), 1)


def _ends(ids: Sequence[int]) -> str:
    return f"with the ids {ids[0]} to {ids[-1]}" if ids else "none"


def _left_out(predictions: Sequence[Record], counted: Sequence[Record]) -> Iterator[str]:
    """What does not count, and why."""
    if more := len(predictions) - len(counted):
        yield f"{more:,} predictions beyond the {MAX_DETECTIONS} surest of their photo do not count"


def _with_masks(counted: Sequence[Record], place: str, dataset: Dataset) -> list[Record]:
    """COCO results with compressed RLE and boxes.

    Raises:
        DatasetError: a mask is malformed, or has another size than its photo.
    """
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset.images}
    ready, wrong = [], {}
    for prediction in counted:
        try:
            mask = imaging.as_rle(prediction["segmentation"], sizes[prediction["image_id"]])
        except MaskError as error:
            wrong[prediction["number"]] = str(error)
            continue
        box = prediction.get("bbox")
        ready.append(
            {
                "image_id": prediction["image_id"],
                "category_id": prediction["category_id"],
                "segmentation": mask,
                "bbox": imaging.bbox(mask) if box is None else box,
                "score": prediction["score"],
            }
        )
    if wrong:
        first = min(wrong)
        more = f" {len(wrong) - 1:,} more malformed." if len(wrong) > 1 else ""
        raise DatasetError(f"{place}[{first}].segmentation: {wrong[first]}{more}")
    return ready


def _doubts(ready: Sequence[Record], dataset: Dataset) -> Iterator[str]:
    """What may be wrong with predictions that are sound each by itself."""
    if not ready:
        return
    if unseen := len(dataset.images) - len({prediction["image_id"] for prediction in ready}):
        yield f"{unseen:,} of {len(dataset.images):,} photos have no prediction"
    sides = {image["id"]: (image["width"] + SLACK, image["height"] + SLACK) for image in dataset.images}
    outside = 0
    for prediction in ready:
        x, y, width, height = prediction["bbox"]
        right, foot = sides[prediction["image_id"]]
        outside += x + width > right or y + height > foot
    if outside:
        yield f"{outside:,} boxes reach out of their photos; bbox is taken for x, y, width, height"
