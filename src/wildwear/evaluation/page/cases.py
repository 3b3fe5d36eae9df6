"""Single mistakes to look at, worst first. Not for counting what a kind costs: see `failures`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets.stream import Record
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import FOUND
from wildwear.evaluation.measures.overlaps import Overlaps
from wildwear.reporting import plain_name, two_digits

Kind = Literal["background", "wrong_name", "missed", "poor_mask", "double"]

KINDS: tuple[Kind, ...] = ("background", "wrong_name", "missed", "poor_mask", "double")

TOUCHED = 0.1  # mask IoU from which it was meant for an instance, as in TIDE (Bolya et al., ECCV 2020)
GOOD = 0.75  # from which nobody would complain of the mask
MOST = 24  # of each kind: more are not looked at


@dataclass(frozen=True)
class Case:
    """One mistake.

    Attributes:
        kind: `background`: shown where there is nothing of the kind. `wrong_name`: an instance under another
            name. `missed`: an instance that nothing shown stands for. `poor_mask`: the right name, and a mask
            whose IoU is under `GOOD`. `double`: an instance that was shown already.
        image_id: its photo.
        annotation_id: the instance concerned; None where there is none.
        prediction: the COCO result concerned; of a missed instance the best guess there, if any.
        iou: Mask IoU of the two, 0 to 1; of a detection on nothing the highest with any instance.
        text: what happened, in a line.
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


def worst_cases(evidence: Evidence, most: int = MOST) -> Cases:
    """Find what went wrong among the detections that a user is shown.

    What counts as right is what `Displayed` counts: COCO's matching at mask IoU 0.5. A detection in a region
    that is not judged is no mistake. Sure detections come first; of missed instances, large ones.

    Args:
        evidence: what counts in it tells for what a missed instance was taken.
        most: cases of each kind to describe.
    """
    mistakes = list(find_mistakes(evidence))
    by_kind = {
        kind: sorted((one for one in mistakes if one.kind == kind), key=lambda one: -one.weight)
        for kind in KINDS
    }
    names = {category["id"]: plain_name(category["name"]) for category in evidence.dataset.categories}
    photos = {photo.image["id"]: photo for photo in evidence.found_overlaps}
    worst = {
        kind: tuple(described(one, names, evidence, photos) for one in found[:most])
        for kind, found in by_kind.items()
    }
    return Cases({kind: len(found) for kind, found in by_kind.items()}, worst)


def find_mistakes(evidence: Evidence) -> Iterable[Mistake]:
    """Every mistake, in the order of the photos."""
    for photo in evidence.shown_overlaps:
        hits = photo.right(FOUND)
        seen = {photo.instances[hit]["id"] for hit in hits[hits >= 0].tolist()}
        for row in np.flatnonzero((hits >= 0) | (photo.unjudged < FOUND)).tolist():
            mistake = judge(photo, row, evidence.shown[photo.found[row]], hits)
            if mistake:
                yield mistake
                if mistake.kind != "background" and mistake.instance:
                    seen.add(mistake.instance["id"])  # if not well
        pixels = photo.image["height"] * photo.image["width"]
        for instance in photo.instances:
            if instance["id"] not in seen:
                yield Mistake("missed", instance["area"] / pixels, instance, None, 0)


def judge(photo: Overlaps, row: int, prediction: Record, hits: NDArray[np.int64]) -> Mistake | None:
    """What is wrong with a detection.

    Args:
        photo: its photo.
        row: which of the photo's detections it is.
        prediction: the detection.
        hits: (found,) the instance that each of them has found, -1 for none.

    Returns:
        None where nothing is.
    """
    score, there, overlaps = float(prediction["score"]), photo.instances, photo.iou[row]
    if hits[row] >= 0:
        iou = float(overlaps[hits[row]])
        poor = Mistake("poor_mask", score * (1 - iou), there[hits[row]], prediction, iou)
        return poor if iou < GOOD else None
    if not there:
        return Mistake("background", score, None, prediction, 0)
    own = photo.same_names[row]
    best = int(overlaps.argmax())
    iou = float(overlaps[best])
    if iou >= FOUND:
        kind: Kind = "double" if own[best] else "wrong_name"
        return Mistake(kind, score, there[best], prediction, iou, as_well=best in hits)
    nearest = int(np.where(own, overlaps, -1).argmax())
    iou_of_own = float(overlaps[nearest])
    if own[nearest] and iou_of_own >= TOUCHED:
        return Mistake("poor_mask", score * (1 - iou_of_own), there[nearest], prediction, iou_of_own)
    return Mistake("background", score, there[best] if iou >= TOUCHED else None, prediction, iou)


def described(
    mistake: Mistake, names: dict[int, str], evidence: Evidence, photos: dict[int, Overlaps]
) -> Case:
    """A mistake as it is shown; a missed instance with the best guess at its place, shown or not.

    Args:
        photos: of all that counts, by image id.
    """
    instance, prediction, iou = mistake.instance, mistake.prediction, mistake.iou
    image_id = (instance or prediction or {})["image_id"]
    if mistake.kind == "missed" and instance:
        photo = photos[image_id]
        column = [one["id"] for one in photo.instances].index(instance["id"])
        near = np.flatnonzero(photo.iou[:, column] >= FOUND)
        if near.size:
            prediction, iou = evidence.counted[photo.found[near[0]]], float(photo.iou[near[0], column])
    text = in_words(mistake, prediction, iou, names)
    owner = None if mistake.kind == "background" or instance is None else instance["id"]
    return Case(mistake.kind, image_id, owner, prediction, iou, text)


def in_words(mistake: Mistake, prediction: Record | None, iou: float, names: dict[int, str]) -> str:
    """A mistake in a line; of a missed instance, with the best guess at its place and its mask IoU."""
    instance = mistake.instance
    is_called = names[instance["category_id"]] if instance else ""
    guess = f"{names[prediction['category_id']]} {two_digits(prediction['score'])}" if prediction else ""
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
