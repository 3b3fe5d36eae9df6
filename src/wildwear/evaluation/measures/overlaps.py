"""How far the detections of a photo overlap its instances and unjudged regions, whatever their names.

Not for AP itself: `matching.match` is. Here is what needs detections and instances of several categories at
once, which COCO never compares.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hotcoco.primitives import mask_iou
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.imaging import Rle
from wildwear.imaging.arrays import Floats


@dataclass(frozen=True)
class Overlaps:
    """The detections of one photo beside its truth.

    Attributes:
        image: the image record.
        found: indices of the photo's detections in the list of predictions, the surest first.
        found_names: (found,) their category ids.
        instances: the annotation records of the photo's instances.
        true_names: (instances,) their category ids.
        instance_masks: their masks.
        iou: (found, instances) mask IoU.
        inside: (found, instances) share of the detection that lies on the instance.
        unjudged: (found,) the largest share of the detection in one unjudged region of its category.
    """

    image: dict[str, Any]
    found: list[int]
    found_names: NDArray[np.int64]
    instances: list[dict[str, Any]]
    true_names: NDArray[np.int64]
    instance_masks: list[Rle]
    iou: Floats
    inside: Floats
    unjudged: Floats

    @property
    def same_names(self) -> NDArray[np.bool_]:
        """(found, instances) whether both have one name."""
        same: NDArray[np.bool_] = self.found_names[:, None] == self.true_names[None, :]
        return same

    def right(self, threshold: float) -> NDArray[np.int64]:
        """(found,) the instance that each detection has found, name and mask, as AP has it; -1 for none."""
        return matched_with(np.where(self.same_names, self.iou, 0), threshold)


def overlaps(dataset: Dataset, predictions: Sequence[dict[str, Any]]) -> Iterator[Overlaps]:
    """Compare all detections of each photo with all of its annotations.

    Args:
        dataset: the truth; `iscrowd` marks the regions that are not judged.
        predictions: COCO results, checked.

    Yields:
        each photo that has a detection or an instance, in the order of the dataset.
    """
    found: dict[int, list[int]] = defaultdict(list)
    for index in sorted(range(len(predictions)), key=lambda index: -predictions[index]["score"]):
        found[predictions[index]["image_id"]].append(index)
    annotations = dataset.annotations_by_image()
    for image in dataset.images:
        here = annotations.get(image["id"], [])
        instances = [one for one in here if not one.get("iscrowd")]
        indices = found.get(image["id"], [])
        if not indices and not instances:
            continue
        size = (image["height"], image["width"])
        detections = [mask_of(predictions[index]["segmentation"], size) for index in indices]
        masks = [mask_of(one["segmentation"], size) for one in instances]
        names = [predictions[index]["category_id"] for index in indices]
        yield Overlaps(
            image=image,
            found=indices,
            found_names=np.array(names, np.int64),
            instances=instances,
            true_names=np.array([one["category_id"] for one in instances], np.int64),
            instance_masks=masks,
            iou=shares(detections, masks, of_detection=False),
            inside=shares(detections, masks, of_detection=True),
            unjudged=_unjudged(detections, names, [one for one in here if one.get("iscrowd")], size),
        )


def mask_of(segmentation: Any, size: tuple[int, int]) -> Rle:
    """The mask of a checked annotation or result.

    As `imaging.as_rle`, without reading a compressed RLE once more: of most masks nothing is needed but
    overlaps, and reading took longer than comparing.

    Args:
        segmentation: polygons, or an RLE of the photo's size.
        size: (height, width) of the photo.
    """
    if isinstance(segmentation, dict) and isinstance(segmentation["counts"], str):
        return Rle(size=segmentation["size"], counts=segmentation["counts"])
    return imaging.as_rle(segmentation, size)


def matched_with(iou: Floats, threshold: float) -> NDArray[np.int64]:
    """Match greedily, the surest detection first, each with the best instance that is left, as COCO does.

    Args:
        iou: (detections, instances), the surest detection first; 0 where names do not fit.
        threshold: over 0; the least IoU of a match.

    Returns:
        (detections,) the instance of each, -1 where it has none.
    """
    matched = np.full(len(iou), -1)
    if not iou.size:
        return matched
    left = iou.copy()
    for row in np.flatnonzero((iou >= threshold).any(axis=1)).tolist():
        best = left.shape[1] - 1 - int(left[row, ::-1].argmax())  # of equals the last, as COCO has it
        if left[row, best] >= threshold:
            matched[row] = best
            left[:, best] = 0
    return matched


def shares(detections: Sequence[Rle], masks: Sequence[Rle], *, of_detection: bool) -> Floats:
    """(detections, masks) intersection over union, or over the detection's area as for COCO's crowds."""
    if not detections or not masks:
        return np.zeros((len(detections), len(masks)))
    return mask_iou(
        [dict(mask) for mask in detections], [dict(mask) for mask in masks], [of_detection] * len(masks)
    )


def _unjudged(
    detections: Sequence[Rle], names: Sequence[int], regions: Sequence[dict[str, Any]], size: tuple[int, int]
) -> Floats:
    """(detections,) share in the best region of the detection's category, 0 where there is none."""
    # A region that may hold any category stands in the file once in each: its mask is compared once.
    categories: dict[str, set[int]] = defaultdict(set)
    masks: dict[str, Rle] = {}
    for region in regions:
        mask = mask_of(region["segmentation"], size)
        masks[mask["counts"]] = mask
        categories[mask["counts"]].add(region["category_id"])
    if not masks:
        return np.zeros(len(detections))
    lies = shares(detections, list(masks.values()), of_detection=True)
    same = np.array([[name in categories[counts] for counts in masks] for name in names], bool)
    return np.asarray(np.where(same.reshape(lies.shape), lies, 0.0).max(axis=1))
