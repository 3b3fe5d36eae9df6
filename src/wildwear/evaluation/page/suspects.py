"""Label errors that predictions make one suspect in the truth. A list for a person to look at, no repair."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from wildwear import imaging
from wildwear.datasets.stream import Record
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.overlaps import Overlaps
from wildwear.reporting import plain_name, two_digits

# All numbers here were chosen on CCP-30 val with errors planted (benchmarks/label_errors.py), for scores
# that are calibrated.
ON = 0.5  # mask IoU from which a detection means an instance; under this share on instances it means none
SURE = 0.12  # score from which a detection is evidence
OWN = 4  # how fast doubt goes where the model sees the written name as well: (1 - score) to the power of it
RIGHT_TO_WRONG = 4.0  # how many right labels there are to a wrong one, where a model contradicts
NOBODY_KNOWS = 2.0  # instances that a share is worth from the start, before any is counted,
UNSEEN = 0.3  # and the share that it is then
LISTED = 0.33  # confidence from which a place is worth a look; lists four of five planted errors


@dataclass(frozen=True)
class Suspect:
    """One place where the truth may be wrong, and why one may think so."""

    kind: Literal["wrong name", "missing"]
    image_id: int
    annotation_id: int | None  # the instance with the doubtful name; None where an instance is missing
    category_id: int  # what the name may be, or what is missing
    score: float  # of the prediction that says so
    confidence: float  # in [0, 1], to rank by; no probability
    prediction: Record  # the COCO result that says so
    text: str  # what is suggested and why, in words


class Named(NamedTuple):
    """An instance, and what the predictions call it."""

    instance: dict[str, Any]
    own: float  # the highest score under the name that the truth has; 0 where there is none
    other: int | None  # which prediction is the surest under another name
    says: int  # the surest name, the truth's included; 0 where nothing is found


class Unlabelled(NamedTuple):
    """A garment that is predicted where the truth has none."""

    image_id: int
    prediction: int
    covered: float  # share of the detection that lies on instances


def suspects(evidence: Evidence) -> list[Suspect]:
    """Places where a model contradicts the truth so that the truth may be wrong, the most suspect first.

    A wrong name: on the pixels of an instance the model surely sees another category, and hardly its own. It
    counts less where the model often mistakes these two, as the other instances show. A missing instance: the
    model surely sees a garment where the truth has neither an instance nor an unjudged region. It counts less
    where such detections are often on nothing.

    Args:
        evidence: with predictions of a model that has not been trained on this truth: what it has learnt by
            heart it does not contradict. All names of a garment are wanted, not only the shown one.

    Source: the idea to weigh contradictions by how often names are mistaken is that of Northcutt et al.,
    "Confident Learning", JAIR 2021; the two kinds are those of Tkachenko et al., "ObjectLab", ICML workshop
    on data-centric machine learning 2023 (swapped and overlooked). The weights are ours.
    """
    named: list[Named] = []
    unlabelled: list[Unlabelled] = []
    predictions = evidence.counted
    for photo in evidence.found_overlaps:
        named += _named(photo, predictions)
        unlabelled += _unlabelled(photo, predictions)
    words = {one["id"]: plain_name(str(one["name"])) for one in evidence.dataset.categories}
    found = [
        *_wrong_names(named, predictions, words),
        *_missing(unlabelled, named, predictions, words),
    ]
    return sorted(
        (suspect for suspect in found if suspect.confidence >= LISTED), key=lambda one: -one.confidence
    )


def _named(photo: Overlaps, predictions: Sequence[Record]) -> Iterator[Named]:
    names = photo.found_names
    for column, instance in enumerate(photo.instances):
        on = photo.iou[:, column] >= ON
        own, others = (
            np.flatnonzero(on & same)
            for same in (names == instance["category_id"], names != instance["category_id"])
        )
        score = predictions[photo.found[own[0]]]["score"] if own.size else 0.0
        other = photo.found[others[0]] if others.size else None
        says = instance["category_id"] if own.size else 0
        if other is not None and predictions[other]["score"] > score:
            says = predictions[other]["category_id"]
        yield Named(instance, score, other, says)


def _unlabelled(photo: Overlaps, predictions: Sequence[Record]) -> Iterator[Unlabelled]:
    """The sure detections on nothing; of several on the same pixels, the surest."""
    size = (photo.image["height"], photo.image["width"])
    covered = np.minimum(photo.inside.sum(axis=1), 1)
    meant = (photo.iou >= ON).any(axis=1)
    kept: list[imaging.Rle] = []
    for row in np.flatnonzero(~meant & (covered < ON) & (photo.unjudged < ON)).tolist():
        prediction = predictions[photo.found[row]]
        if prediction["score"] < SURE:
            break  # the surest come first
        mask = imaging.as_rle(prediction["segmentation"], size)
        if imaging.area(mask) and (not kept or imaging.iou([mask], kept).max() < ON):
            kept.append(mask)
            yield Unlabelled(photo.image["id"], photo.found[row], float(covered[row]))


def _wrong_names(
    named: Sequence[Named], predictions: Sequence[Record], words: dict[int, str]
) -> Iterator[Suspect]:
    """Weigh each contradiction by how much likelier it is of a wrong label than of a right one."""
    seen = Counter((one.instance["category_id"], one.says) for one in named)
    of_category = Counter(one.instance["category_id"] for one in named)
    mistaken = Counter(one.says for one in named if one.says != one.instance["category_id"])
    for one in named:
        if one.other is None or predictions[one.other]["score"] < SURE:
            continue
        written = one.instance["category_id"]
        name, score = predictions[one.other]["category_id"], predictions[one.other]["score"]
        # How often garments of that other name are seen as such …
        known = (seen[name, name] + UNSEEN * NOBODY_KNOWS) / (of_category[name] + NOBODY_KNOWS)
        # … and how often other garments of the written name are, too: the model's own mistake.
        itself = int(one.says == name)
        usual = (mistaken[name] - itself) / len(named)
        mistake = (seen[written, name] - itself + usual * NOBODY_KNOWS) / (
            of_category[written] - 1 + NOBODY_KNOWS
        )
        weight = known / (known + RIGHT_TO_WRONG * mistake)
        yield Suspect(
            kind="wrong name",
            image_id=one.instance["image_id"],
            annotation_id=one.instance["id"],
            category_id=name,
            score=score,
            confidence=score * (1 - one.own) ** OWN * weight,
            prediction=predictions[one.other],
            text=f"labelled {words[written]}, but looks like {words[name]} (score {two_digits(score)}; "
            + (f"as {words[written]} {one.own:.2f})" if one.own else f"{words[written]} is not seen there)"),
        )


def _missing(
    unlabelled: Sequence[Unlabelled],
    named: Sequence[Named],
    predictions: Sequence[Record],
    words: dict[int, str],
) -> Iterator[Suspect]:
    """Weigh each detection on nothing by how often those of its name are on an instance of it."""
    right = Counter(one.instance["category_id"] for one in named if one.own >= SURE)
    nothing = Counter(predictions[one.prediction]["category_id"] for one in unlabelled)
    for one in unlabelled:
        prediction = predictions[one.prediction]
        name, score = prediction["category_id"], prediction["score"]
        trusted = (right[name] + UNSEEN * NOBODY_KNOWS) / (right[name] + nothing[name] - 1 + NOBODY_KNOWS)
        yield Suspect(
            kind="missing",
            image_id=one.image_id,
            annotation_id=None,
            category_id=name,
            score=score,
            confidence=score * (1 - one.covered) * trusted,
            prediction=prediction,
            text=f"looks like {words[name]} (score {two_digits(score)}), and nothing is labelled there",
        )
