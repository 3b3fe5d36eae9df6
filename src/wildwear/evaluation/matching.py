"""COCO's matching of detections with instances, by hotcoco, and the checks that hotcoco does not make."""

import math
from collections.abc import Iterable
from typing import Any, Literal

from hotcoco import COCO, COCOeval

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError

Kind = Literal["mask", "box"]

MIN_SCORE = 0.01  # COCO's AP reads the whole precision-recall curve: nearly every detection counts
MAX_DETECTIONS = 100  # a photo, as in COCO's AP


def match(dataset: Dataset, predictions: Iterable[dict[str, Any]], kind: Kind) -> COCOeval:
    """Match predictions with instances by mask or box IoU: within photo and category, greedily by score.

    Args:
        dataset: the truth; `iscrowd` regions are not judged.
        predictions: COCO results with `image_id`, `category_id`, `score`, `segmentation` and `bbox`, checked.
        kind: which IoU. The sizes small, medium and large go by the area of the same kind.

    Returns:
        The evaluation with its matches (`eval_imgs`) and curves (`eval`), as pycocotools would hold them.
    """
    # A view, since hotcoco refuses some of the top-level fields that datasets in the wild carry.
    truth = COCO({key: dataset.document[key] for key in ("images", "annotations", "categories")})
    # Only one shape each: with both, COCO takes the area of the box for the size of the mask.
    shape = "segmentation" if kind == "mask" else "bbox"
    fields = ("image_id", "category_id", "score", shape)
    detections = truth.load_res(
        [{field: prediction[field] for field in fields} for prediction in predictions]
    )
    evaluation = COCOeval(truth, detections, "segm" if kind == "mask" else "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation


def judged(predictions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The predictions that AP counts: those over `MIN_SCORE`, of each photo the `MAX_DETECTIONS` highest."""
    kept: dict[int, int] = {}
    chosen = []
    for prediction in sorted(predictions, key=lambda prediction: -prediction["score"]):
        photo = prediction["image_id"]
        if prediction["score"] >= MIN_SCORE and kept.get(photo, 0) < MAX_DETECTIONS:
            kept[photo] = kept.get(photo, 0) + 1
            chosen.append(prediction)
    return chosen


def check_truth(dataset: Dataset) -> None:
    """Raise `DatasetError` when there is nothing to measure, or an annotation would falsify the result."""
    where = dataset.path or "the dataset"
    if not dataset.instances():
        raise DatasetError(
            f"{where}: {len(dataset.images)} photos and no instance: there is nothing to evaluate on."
        )
    sizes = {image["id"]: [image["height"], image["width"]] for image in dataset.images}
    for annotation in dataset.annotations:
        if missing := [field for field in ("segmentation", "bbox", "area") if field not in annotation]:
            raise DatasetError(f"{where}: annotation {annotation['id']} has no field {missing[0]!r}.")
        if complaint := _size_complaint(annotation["segmentation"], sizes[annotation["image_id"]]):
            raise DatasetError(f"{where}: annotation {annotation['id']}: {complaint}")


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
    if len(prediction["bbox"]) != 4 or not all(math.isfinite(side) for side in prediction["bbox"]):
        return f"bbox is {prediction['bbox']}; expected four finite numbers, x, y, width and height."
    return _size_complaint(prediction["segmentation"], sizes[prediction["image_id"]])


def _size_complaint(segmentation: Any, size: list[int]) -> str | None:
    if isinstance(segmentation, dict) and list(segmentation["size"]) != size:
        return f"the mask has size {list(segmentation['size'])}; its photo has {size} (height, width)."
    return None
