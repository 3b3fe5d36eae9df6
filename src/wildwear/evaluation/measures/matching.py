"""COCO's matching of detections with instances, by hotcoco, and the checks that hotcoco does not make."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import numpy as np
from hotcoco import COCO, COCOeval
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.documents import one_collection
from wildwear.datasets.health.fitness import named
from wildwear.errors import DatasetError, MaskError

Kind = Literal["mask", "box"]

MIN_SCORE = 0.01  # of the network's own, not calibrated: COCO's AP reads the whole precision-recall curve
MAX_DETECTIONS = 100  # a photo, as in COCO's AP
FOUND = 0.5  # mask IoU from which a detection has found an instance, for a user and in TIDE
COUNTS = re.compile("[0-o]*[0-O]")  # of a compressed RLE, the last of them ending a number
AT_ONCE = 250  # photos; of them, hotcoco hands out 100 MB of matches, as dicts of lists


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of the detections of one category and size, at each of T IoU thresholds."""

    photos: NDArray[np.int64]  # (n,) row of each detection's photo in `params.img_ids`
    predictions: NDArray[np.int64]  # (n,) row of each detection among the predictions that were matched
    scores: NDArray[np.float64]  # (n,)
    right: NDArray[np.bool_]  # (T, n)
    ignored: NDArray[np.bool_]  # (T, n) in a region that is not judged, or of another size
    there: NDArray[np.int64]  # (photos,) instances to find


def match(
    dataset: Dataset, predictions: Iterable[dict[str, Any]], kind: Kind, *, at: float | None = None
) -> COCOeval:
    """Match predictions with instances by mask or box IoU: within photo and category, greedily by score.

    Args:
        dataset: the truth; `iscrowd` regions are not judged.
        predictions: COCO results with `image_id`, `category_id`, `score`, `segmentation` and `bbox`, checked.
        kind: which IoU. Whether an instance is small, medium or large says its `area` in either case; of a
            detection that is wrong, the area of its mask or box.
        at: this IoU threshold alone, and no sizes; without it COCO's ten, and its four ranges of sizes.

    Returns:
        the evaluation with its matches (`eval_imgs`) and curves (`eval`), as pycocotools would hold them.
    """
    return finished(prepare(truth_of(dataset), predictions, kind), at=at)


def finished(evaluation: COCOeval, *, at: float | None = None) -> COCOeval:
    """An evaluation as `match` returns it, of the same truth and detections; the one given stays as it is."""
    own = _like(evaluation, at)
    own.evaluate()
    own.accumulate()
    return own


def prepare(truth: COCO, predictions: Iterable[dict[str, Any]], kind: Kind) -> COCOeval:
    """Truth and detections together, not matched yet."""
    # Only one shape each: with both, COCO takes the area of the box for the size of the mask.
    shape = "segmentation" if kind == "mask" else "bbox"
    fields = ("image_id", "category_id", "score", shape)
    detections = truth.load_res(
        [{field: prediction[field] for field in fields} for prediction in predictions]
    )
    evaluation = COCOeval(truth, detections, "segm" if kind == "mask" else "bbox")
    evaluation.params.img_ids = sorted(truth.get_img_ids())  # else known only once it has matched
    evaluation.params.cat_ids = sorted(truth.get_cat_ids())
    return evaluation


def truth_of(dataset: Dataset) -> COCO:
    """The fields of a truth that matching needs: hotcoco refuses to read others where they are unusual.

    Raises:
        DatasetError: hotcoco refuses one of these, a negative id for instance.
    """
    annotated = ("id", "image_id", "category_id", "segmentation", "bbox", "area")
    document = {
        "images": [{field: one[field] for field in ("id", "height", "width")} for one in dataset.images],
        "annotations": [
            {field: one[field] for field in annotated} | {"iscrowd": int(bool(one.get("iscrowd")))}
            for one in dataset.annotations
        ],
        "categories": [{field: one[field] for field in ("id", "name")} for one in dataset.categories],
    }
    try:
        return COCO(document)
    except ValueError as error:
        raise DatasetError(f"{dataset.path or 'the dataset'}: {error}") from error


def _like(evaluation: COCOeval, at: float | None) -> COCOeval:
    """A new evaluation of the same photos and sizes; or at this IoU threshold alone, all sizes together."""
    own = COCOeval(evaluation.coco_gt, evaluation.coco_dt, evaluation.params.iou_type)
    sizes = slice(None) if at is None else slice(1)
    own.params.img_ids = evaluation.params.img_ids
    own.params.cat_ids = evaluation.params.cat_ids
    own.params.iou_thrs = evaluation.params.iou_thrs if at is None else [at]
    own.params.area_rng = evaluation.params.area_rng[sizes]  # those of a slice are not COCO's
    own.params.area_rng_lbl = evaluation.params.area_rng_lbl[sizes]
    return own


def matches(evaluation: COCOeval, at: float | None = None) -> dict[tuple[int, int], Matches]:
    """The matches behind the curves, by (row in `params.area_rng`, category id); absent where nothing is.

    Photos are matched again, some at a time: of all at once, hotcoco's answer takes gigabytes.

    Args:
        evaluation: truth and detections, matched or not; it stays as it is.
        at: this IoU threshold alone, and no sizes; without it those of the evaluation.
    """
    photos = list(evaluation.params.img_ids)
    parts: dict[tuple[int, int], list[tuple[int, Matches]]] = defaultdict(list)
    for start in range(0, len(photos), AT_ONCE):
        part = _like(evaluation, at)
        part.params.img_ids = photos[start : start + AT_ONCE]
        part.evaluate()
        for key, found in _by_category(part).items():
            parts[key].append((start, found))
    return {key: _joined(found, len(photos)) for key, found in parts.items()}


def matches_at(evaluation: COCOeval, at: float) -> dict[int, Matches]:
    """`matches` at one IoU threshold, without sizes, by category id."""
    return {category: found for (_, category), found in matches(evaluation, at).items()}


def _by_category(evaluation: COCOeval) -> dict[tuple[int, int], Matches]:
    """The matches of a finished evaluation, as from `matches`."""
    params = evaluation.params
    rows = {identity: row for row, identity in enumerate(params.img_ids)}
    areas = {tuple(limits): row for row, limits in enumerate(params.area_rng)}
    thresholds = range(len(params.iou_thrs))
    groups: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    with one_collection():
        for entry in evaluation.eval_imgs:
            if entry is not None and (entry["dtIds"] or not all(entry["gtIgnore"])):
                groups[areas[tuple(entry["aRng"])], entry["category_id"]].append(entry)
        return {key: _together(entries, rows, thresholds) for key, entries in groups.items()}


def _joined(parts: list[tuple[int, Matches]], photos: int) -> Matches:
    """Matches of one category in parts of the photos, each with the row of its first, as one."""
    there = np.zeros(photos, np.int64)
    for start, part in parts:
        there[start : start + len(part.there)] = part.there
    return Matches(
        photos=np.concatenate([part.photos + start for start, part in parts]),
        predictions=np.concatenate([part.predictions for _, part in parts]),
        scores=np.concatenate([part.scores for _, part in parts]),
        right=np.concatenate([part.right for _, part in parts], axis=1),
        ignored=np.concatenate([part.ignored for _, part in parts], axis=1),
        there=there,
    )


def _together(entries: list[dict[str, Any]], rows: dict[int, int], thresholds: range) -> Matches:
    """The matches of one category and size in all photos."""

    def joined(field: str) -> list[Any]:
        return list(chain.from_iterable(entry[field] for entry in entries))

    def joined_by_threshold(field: str) -> NDArray[np.bool_]:
        return np.array(
            [list(chain.from_iterable(entry[field][row] for entry in entries)) for row in thresholds], bool
        )

    photos = np.array([rows[entry["image_id"]] for entry in entries])
    there = np.zeros(len(rows), np.int64)
    there[photos] = [entry["gtIgnore"].count(False) for entry in entries]
    return Matches(
        photos=np.repeat(photos, [len(entry["dtIds"]) for entry in entries]),
        # hotcoco numbers detections from 1, in the order in which they come
        predictions=np.array(joined("dtIds"), np.int64) - 1,
        scores=np.array(joined("dtScores"), np.float64),
        right=joined_by_threshold("dtMatched"),
        ignored=joined_by_threshold("dtIgnore"),
        there=there,
    )


def judged(predictions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The predictions that AP counts: of each photo the `MAX_DETECTIONS` surest."""
    kept: dict[int, int] = {}
    chosen = []
    for prediction in sorted(predictions, key=lambda prediction: -prediction["score"]):
        photo = prediction["image_id"]
        if kept.get(photo, 0) < MAX_DETECTIONS:
            kept[photo] = kept.get(photo, 0) + 1
            chosen.append(prediction)
    return chosen


def check_truth(dataset: Dataset) -> None:
    """Raise `DatasetError` when there is nothing to measure, or an annotation would falsify the result.

    Of a compressed RLE only the characters are looked at: to count its runs would take longer than the rest.
    `wildwear data health` does.
    """
    where = dataset.path or "the dataset"
    if not dataset.instances():
        raise DatasetError(
            f"{where}: {len(dataset.images)} photos and no instance: there is nothing to evaluate on."
        )
    bare = [str(one["id"]) for one in dataset.annotations if not one.get("segmentation")]
    if bare:
        raise DatasetError(
            f"{where}: {len(bare)} annotations have no mask, with the id {named(bare)}; "
            f"`wildwear data health {where}` lists all there is."
        )
    sizes = {image["id"]: [image["height"], image["width"]] for image in dataset.images}
    for annotation in dataset.annotations:
        if complaint := _annotation_complaint(annotation, sizes[annotation["image_id"]]):
            raise DatasetError(f"{where}: annotation {annotation['id']}: {complaint}")


def _annotation_complaint(annotation: dict[str, Any], size: list[int]) -> str | None:
    for field in ("bbox", "area"):
        if annotation.get(field) is None:
            return f"has no field {field!r}."
    area = annotation["area"]
    if not (isinstance(area, int | float) and area >= 0):  # of no size, it could not be found
        return f"area is {area!r}; expected a number of pixels."
    if annotation.get("iscrowd") not in (0, 1, None):  # some write null where nothing is said
        return f"iscrowd is {annotation['iscrowd']!r}; expected 0 or 1."
    return _mask_complaint(annotation["segmentation"], size)


def check_predictions(dataset: Dataset, predictions: Iterable[dict[str, Any]]) -> None:
    """Raise `DatasetError` naming the first prediction that would silently falsify the result."""
    sizes = {image["id"]: [image["height"], image["width"]] for image in dataset.images}
    categories = {category["id"] for category in dataset.categories}
    for number, prediction in enumerate(predictions):
        if complaint := _complaint(prediction, sizes, categories):
            raise DatasetError(f"predictions[{number}]: {complaint}")


def _complaint(prediction: dict[str, Any], sizes: dict[int, list[int]], categories: set[int]) -> str | None:
    for field in ("image_id", "category_id", "score", "bbox", "segmentation"):
        if field not in prediction:
            return f"has no field {field!r}."
    if prediction["image_id"] not in sizes:
        return f"image_id {prediction['image_id']} is not in the dataset."
    if prediction["category_id"] not in categories:
        return f"category_id {prediction['category_id']} is not in the dataset."
    if not 0 <= prediction["score"] <= 1:  # NaN is not
        return f"score is {prediction['score']}; expected a number from 0 to 1."
    if len(prediction["bbox"]) != 4 or not all(map(math.isfinite, prediction["bbox"])):
        return f"bbox is {prediction['bbox']}; expected four finite numbers, x, y, width and height."
    if not prediction["segmentation"]:
        return "has no mask."
    return _mask_complaint(prediction["segmentation"], sizes[prediction["image_id"]])


def _mask_complaint(segmentation: Any, size: list[int]) -> str | None:
    if not isinstance(segmentation, dict):
        return None
    if list(segmentation.get("size", ())) != size:
        return f"the mask has size {segmentation.get('size')}; its photo has {size} (height, width)."
    counts = segmentation.get("counts")
    if not isinstance(counts, str) or not COUNTS.fullmatch(counts):
        try:
            imaging.as_rle(segmentation, (size[0], size[1]))
        except MaskError as error:
            return f"segmentation.counts: {error}"
    return None
