"""Is it the masks or the names? AP with wrong names forgiven: within groups, or all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from wildwear.datasets import Dataset
from wildwear.evaluation.measures.curves import Curves, by_category, curves_of
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import FOUND, finished, match, prepare

# What is easily taken for each other: within a group, cut, cloth or use decide the name, while the pixels
# that are meant are the same. Finer than the taxonomy's groups, which say where a thing is worn: a skirt and
# jeans are both lower body and look nothing alike. And across them: a coat is a long jacket.
CONFUSABLE: tuple[tuple[str, ...], ...] = (
    ("jacket", "blazer", "coat", "waistcoat", "cardigan"),  # over other clothes, open in front
    ("shirt", "top", "sweater", "sweatshirt"),  # on the upper body, closed in front
    ("pants", "jeans", "leggings", "joggers"),  # long, round each leg
    ("boots", "slippers", "sneakers", "heels", "flat_shoes"),
    ("dress", "jumpsuit", "cover_ups"),  # torso and legs in one piece
    ("bathrobe", "pyjama", "robe"),  # for the house
    ("swimsuit", "underwear"),
)


@dataclass(frozen=True)
class Names:
    """Mask AP in [0, 1], as it is and with wrong names forgiven; NaN where nothing is to be found.

    The first three average the same `categories` categories, those that occur. `agnostic` has one class for
    all garments, so frequent categories weigh more in it, and a garment found under two names is found once
    and a false alarm once.
    """

    ap: float  # as it is
    group_forgiven: float  # a name of the same group is as good
    all_forgiven: float  # any name is
    agnostic: float
    categories: int
    groups: tuple[tuple[str, ...], ...]  # names of the dataset's categories that were forgiven for each other


def names(evidence: Evidence) -> Names:
    """AP of what counts as it is, with names forgiven, and without names.

    The dataset may have any categories; those that are not wildwear's are in no group.
    """
    dataset = evidence.dataset
    listed = {category["name"]: category["id"] for category in dataset.categories}
    groups = tuple(
        present for group in CONFUSABLE if len(present := tuple(name for name in group if name in listed)) > 1
    )

    def average_forgiven(good: Iterable[Iterable[int]]) -> float:
        return _average(curves_of(finished(prepare(evidence.truth, forgiven(evidence, good), "mask"))))

    return Names(
        ap=_average(evidence.curves),
        group_forgiven=average_forgiven([[listed[name] for name in group] for group in groups]),
        all_forgiven=average_forgiven([listed.values()]),
        agnostic=_average(curves_of(match(*_of_one_class(dataset, evidence.counted), "mask"))),
        categories=sum(number > 0 for number in dataset.instances_by_category().values()),
        groups=groups,
    )


def forgiven(evidence: Evidence, groups: Iterable[Iterable[int]]) -> Iterator[dict[str, Any]]:
    """Give detections that lie on an instance of their group its name.

    Only a detection that is wrong as it is, at mask IoU 0.5, gets another name: that of the instance with
    which it agrees best. Of the detections that then mean the same instance, one of them renamed, the surest
    is kept: a name that is as good leaves no second garment.

    Args:
        evidence: of which what counts is read.
        groups: category ids that are as good as each other; no category is in two groups.

    Yields:
        the results, renamed or as they are.

    Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020,
    section 2.3 (the oracle for classification errors), restricted to groups, with one change. Where the right
    name is there as well, TIDE keeps it, however unsure: a shirt that is surely called a top, and hardly ever
    a shirt, would stay one that is hardly found. Predictions for AP hold such second names of nearly every
    garment, and most of what is to be forgiven would not show.
    """
    group_of = {identity: number for number, group in enumerate(groups) for identity in group}
    predictions = evidence.counted
    for photo in evidence.found_overlaps:
        # Categories without a group get numbers of their own, which no other has.
        ours, theirs = (
            np.array([group_of.get(name, -name - 1) for name in some.tolist()])
            for some in (photo.found_names, photo.true_names)
        )
        grouped = ours[:, None] == theirs[None, :]
        matched = photo.right(FOUND)
        mistaken = np.where(grouped & ~photo.same_names, photo.iou, 0)
        found: set[int] = set()
        for row, index in enumerate(photo.found):  # the surest first
            instance, renamed = int(matched[row]), False
            if instance < 0 and photo.unjudged[row] < FOUND and (mistaken[row] >= FOUND).any():
                instance, renamed = int(mistaken[row].argmax()), True
            if instance >= 0 and instance in found:
                continue
            if instance >= 0:
                found.add(instance)
            name = photo.instances[instance]["category_id"] if renamed else predictions[index]["category_id"]
            yield {**predictions[index], "category_id": name}


def _average(measured: Curves) -> float:
    """Mask AP over the categories that occur; NaN where none does."""
    ap = by_category(measured)[0]
    occurring = ap[np.isfinite(ap)]
    return float(occurring.mean()) if occurring.size else float("nan")


def _of_one_class(
    dataset: Dataset, predictions: Iterable[dict[str, Any]]
) -> tuple[Dataset, list[dict[str, Any]]]:
    """Truth and predictions with one category for all, as pycocotools sees them with `useCats = 0`."""
    document = {
        **dataset.document,
        "categories": [{"id": 1, "name": "garment"}],
        "annotations": [{**annotation, "category_id": 1} for annotation in dataset.annotations],
    }
    return Dataset(document), [{**prediction, "category_id": 1} for prediction in predictions]
