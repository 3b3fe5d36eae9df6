"""Single mistakes to look at, worst first. Not for counting what a kind of mistake costs: see `errors`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.measures.matching import match

Record = dict[str, Any]
Kind = Literal["background", "wrong_name", "missed", "poor_mask", "double"]

KINDS: tuple[Kind, ...] = ("background", "wrong_name", "missed", "poor_mask", "double")

FOUND = 0.5  # mask IoU from which a detection has found an instance
TOUCHED = 0.1  # from which it was meant for it, as TIDE has it (Bolya et al., ECCV 2020, section 2.2)
GOOD = 0.75  # from which nobody would complain of the mask
MOST = 24  # of each kind: more are not looked at


@dataclass(frozen=True)
class Case:
    """One mistake.

    Attributes:
        kind: `background`: shown where there is nothing of the kind. `wrong_name`: an instance under another
            name. `missed`: an instance that nothing shown stands for. `poor_mask`: the right name, and a mask
            whose IoU is under `GOOD`. `double`: an instance that was shown already.
        image_id: Its photo.
        annotation_id: The instance concerned; None where there is none.
        prediction: The COCO result concerned; of a missed instance the best guess there, if any.
        iou: Mask IoU of the two, 0 to 1; of a detection on nothing the highest with any instance.
        text: What happened, in a line.
    """

    kind: str
    image_id: int
    annotation_id: int | None
    prediction: Record | None
    iou: float
    text: str


@dataclass(frozen=True)
class Cases:
    """How many mistakes of each kind there are, and the worst of them."""

    counts: dict[Kind, int]
    worst: dict[Kind, tuple[Case, ...]]


@dataclass(frozen=True)
class Mistake:
    """A case before it is known whether anyone will look at it; `weight` is higher the worse it is."""

    kind: Kind
    weight: float
    instance: Record | None
    prediction: Record | None
    iou: float
    as_well: bool = False  # the instance was found under its own name, too


def worst_cases(
    dataset: Dataset,
    predictions: Iterable[Record],
    displayed: Sequence[Record],
    most: int = MOST,
) -> Cases:
    """Find what went wrong among the detections that a user is shown.

    What counts as right is what `Displayed` counts: hotcoco's matching at mask IoU 0.5. A detection in a
    region that is not judged is no mistake. Sure detections come first; of missed instances, large ones.

    Args:
        dataset: The truth.
        predictions: COCO results over 0.01, for what a missed instance was taken for; checked.
        displayed: The results that a user is shown; checked.
        most: Cases of each kind to describe.
    """
    mistakes = list(find_mistakes(dataset, displayed))
    by_kind = {
        kind: sorted((one for one in mistakes if one.kind == kind), key=lambda one: -one.weight)
        for kind in KINDS
    }
    guesses: dict[int, list[Record]] = defaultdict(list)
    for prediction in predictions:
        guesses[prediction["image_id"]].append(prediction)
    names = {category["id"]: plain_name(category["name"]) for category in dataset.categories}
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset.images}
    worst = {
        kind: tuple(described(one, names, guesses, sizes) for one in found[:most])
        for kind, found in by_kind.items()
    }
    return Cases({kind: len(found) for kind, found in by_kind.items()}, worst)


def plain_name(name: str) -> str:
    """A category's name as people read it."""
    return name.replace("_", " ")


def find_mistakes(dataset: Dataset, displayed: Sequence[Record]) -> Iterable[Mistake]:
    """Every mistake, in the order of the photos."""
    hits, not_judged = matched(dataset, displayed)
    instances: dict[int, list[Record]] = defaultdict(list)
    for instance in dataset.instances():
        instances[instance["image_id"]].append(instance)
    shown: dict[int, list[int]] = defaultdict(list)
    for index, prediction in enumerate(displayed):
        if index not in not_judged:
            shown[prediction["image_id"]].append(index)
    for image in dataset.images:
        there = instances[image["id"]]
        size = image["height"], image["width"]
        overlaps = mask_overlaps([displayed[index] for index in shown[image["id"]]], there, size)
        right = {hits[index] for index in shown[image["id"]] if index in hits}
        seen = set(right)
        for index, of_one in zip(shown[image["id"]], overlaps, strict=True):
            mistake = judge(displayed[index], hits.get(index), there, of_one, right)
            if mistake:
                yield mistake
                if mistake.kind != "background" and mistake.instance:
                    seen.add(mistake.instance["id"])  # if not well
        for instance in there:
            if instance["id"] not in seen:
                yield Mistake("missed", instance["area"] / (size[0] * size[1]), instance, None, 0)


def judge(
    prediction: Record,
    hit: int | None,
    there: Sequence[Record],
    overlaps: NDArray[np.float64],
    right: Collection[int],
) -> Mistake | None:
    """What is wrong with a detection.

    Args:
        prediction: The detection.
        hit: The id of the instance that it was matched with.
        there: The instances of its photo.
        overlaps: (instances,) its mask IoU with each.
        right: Ids of the instances that some detection was matched with.

    Returns:
        None where nothing is.
    """
    score = float(prediction["score"])
    if hit is not None:
        place = [instance["id"] for instance in there].index(hit)
        iou = float(overlaps[place])
        poor = Mistake("poor_mask", score * (1 - iou), there[place], prediction, iou)
        return poor if iou < GOOD else None
    if not there:
        return Mistake("background", score, None, prediction, 0)
    best = int(overlaps.argmax())
    iou = float(overlaps[best])
    if iou >= FOUND:
        instance = there[best]
        kind: Kind = "double" if instance["category_id"] == prediction["category_id"] else "wrong_name"
        return Mistake(kind, score, instance, prediction, iou, as_well=instance["id"] in right)
    own = np.array([instance["category_id"] == prediction["category_id"] for instance in there])
    nearest = int(np.where(own, overlaps, -1).argmax())
    iou_of_own = float(overlaps[nearest])
    if own[nearest] and iou_of_own >= TOUCHED:
        return Mistake("poor_mask", score * (1 - iou_of_own), there[nearest], prediction, iou_of_own)
    return Mistake("background", score, there[best] if iou >= TOUCHED else None, prediction, iou)


def matched(dataset: Dataset, displayed: Sequence[Record]) -> tuple[dict[int, int], set[int]]:
    """Which detections are right, and which are not judged.

    Returns:
        The id of the instance that a detection found, by the detection's index; and the indices of those that
        count neither for nor against.
    """
    hits: dict[int, int] = {}
    judged: set[int] = set()
    for entry in match(dataset, displayed, "mask", at=FOUND).eval_imgs:
        if entry is None:
            continue
        fields = ("dtMatched", "dtMatches", "dtIgnore")  # the first, since an instance may have the id 0
        columns = zip(entry["dtIds"], *(entry[field][0] for field in fields), strict=True)
        for identity, is_right, instance, is_ignored in columns:
            index = int(identity) - 1  # hotcoco numbers results from 1, in their order
            if not is_ignored:
                judged.add(index)
                if is_right:
                    hits[index] = int(instance)
    return hits, set(range(len(displayed))) - judged


def mask_overlaps(
    detections: Sequence[Record], instances: Sequence[Record], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Mask IoU of each detection of a photo with each of its instances, (detections, instances)."""
    if not detections or not instances:
        return np.zeros((len(detections), len(instances)))
    masks = [[imaging.as_rle(one["segmentation"], size) for one in some] for some in (detections, instances)]
    return imaging.iou(*masks)


def described(
    mistake: Mistake,
    names: dict[int, str],
    guesses: dict[int, list[Record]],
    sizes: dict[int, tuple[int, int]],
) -> Case:
    """A mistake as it is shown; a missed instance with the best guess at its place, shown or not."""
    instance, prediction, iou = mistake.instance, mistake.prediction, mistake.iou
    image_id = (instance or prediction or {})["image_id"]
    if mistake.kind == "missed" and instance:
        of_photo = guesses[image_id]
        overlaps = mask_overlaps(of_photo, [instance], sizes[image_id])[:, 0]
        near = [index for index, overlap in enumerate(overlaps) if overlap >= FOUND]
        if near:
            chosen = max(near, key=lambda index: of_photo[index]["score"])
            prediction, iou = of_photo[chosen], float(overlaps[chosen])
    text = in_words(mistake, prediction, iou, names)
    owner = None if mistake.kind == "background" or instance is None else instance["id"]
    return Case(mistake.kind, image_id, owner, prediction, iou, text)


def in_words(mistake: Mistake, prediction: Record | None, iou: float, names: dict[int, str]) -> str:
    """A mistake in a line; of a missed instance, with the best guess at its place and its mask IoU."""
    instance = mistake.instance
    is_called = names[instance["category_id"]] if instance else ""
    guess = f"{names[prediction['category_id']]} {prediction['score']:.2f}" if prediction else ""
    if mistake.kind == "background":
        return f"{guess} where none is" + (f": partly on {is_called}, IoU {iou:.2f}" if instance else "")
    if mistake.kind == "wrong_name":
        as_well = " as well" if mistake.as_well else ""
        return f"{is_called}, shown as {guess}{as_well} (mask IoU {iou:.2f})"
    if mistake.kind == "poor_mask":
        return f"{guess}: mask IoU {iou:.2f}" + (", too little to count" if iou < FOUND else "")
    if mistake.kind == "double":
        return f"{guess}: shown once more (mask IoU {iou:.2f})"
    return f"{is_called}: " + (
        f"best guess there {guess}, mask IoU {iou:.2f}" if guess else "nothing found there"
    )
