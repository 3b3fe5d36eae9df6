"""What a user sees, chosen on val: what scores are worth, and the thresholds that garments are shown from.

There is one threshold for all categories, and one a category where val has enough of it.
AP does not know of either: it counts all that is found, in an order that stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.evaluation.calibrating import calibrate, held_out
from wildwear.evaluation.evaluating import find_everything, labelled
from wildwear.evaluation.explanation.calibration import Judged, Reliability, reliability
from wildwear.evaluation.measures.curves import draw_photos
from wildwear.evaluation.measures.evidence import Evidence, checked
from wildwear.evaluation.measures.metrics import Displayed, displayed_of, tally_by_photo
from wildwear.evaluation.measures.thresholds import best_threshold

if TYPE_CHECKING:
    from wildwear.inference import Prediction, Segmenter
    from wildwear.inference.card import Calibration, Thresholds

LOWEST, HIGHEST = 0.1, 0.95  # scores that are tried,
COARSE, FINE = 0.05, 0.01  # in these steps: first all, then those around the best
SHRINK = 20  # instances; with so many a category's own threshold counts half, with few hardly


@dataclass(frozen=True)
class Choice:
    """Calibration and thresholds, and what they make of the datasets.

    Attributes:
        calibration: of the network's scores, learnt from all datasets together.
        thresholds: that garments are shown from, on the scale of what is calibrated.
        promised: how far the card's scores are from the share that is right, over all datasets.
        kept: how far calibrated ones are, each by what other photos taught.
        before: what the card shows of each dataset.
        common: what one threshold for all categories shows.
        after: what the chosen thresholds show.
    """

    calibration: "Calibration"
    thresholds: "Thresholds"
    promised: Reliability
    kept: Reliability
    before: tuple[Displayed, ...]
    common: tuple[Displayed, ...]
    after: tuple[Displayed, ...]


@dataclass(frozen=True)
class Found:
    """All that a model finds on the photos of a dataset, a prediction an image, in its order."""

    dataset: Dataset
    predictions: tuple["Prediction", ...]

    def calibrated(self, calibration: "Calibration") -> "Found":
        """The same, where the scores are still the network's."""
        from wildwear.inference.display import calibrated

        return replace(self, predictions=tuple(calibrated(one, calibration) for one in self.predictions))

    def evidence(self, thresholds: "Thresholds") -> Evidence:
        """What these thresholds show, beside the truth."""
        from wildwear.inference.display import shown

        listed = labelled(self.dataset)
        records = [
            record
            for image, prediction in zip(self.dataset.images, self.predictions, strict=True)
            for record in shown(prediction, thresholds).to_coco(image["id"])
            if record["category_id"] in listed
        ]
        return checked(self.dataset, records, records)

    def shown(self, thresholds: "Thresholds") -> Displayed:
        """What a user would see."""
        return displayed_of(tally_by_photo(self.evidence(thresholds)), draw_photos(len(self.predictions), 0))


def choose_display(
    segmenter: "Segmenter",
    datasets: Sequence[tuple[Dataset, Path | None]],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Choice:
    """What scores are worth, then the thresholds with the highest F1 of what is shown.

    A score is worth the share of garments that are right, each shown once, every garment of every dataset
    counting as much. F1 is the mean over the datasets, each counting as much: first one threshold for all
    categories. Then each category's own, by its F1 over all datasets, drawn towards the common one the more,
    the fewer its instances are; these are kept where they raise the mean F1.

    Args:
        segmenter: the model; an earlier choice in its card is compared with, no more.
        datasets: val sets, and where their photos lie, if not beside them.
        progress: called with the number of photos done and in all.

    Raises:
        DatasetError: a dataset is not fit to measure on.
        PhotoError: a photo cannot be read.
    """
    old, card = segmenter.card.calibration, segmenter.card.thresholds
    as_said = find_all(segmenter.uncalibrated(), datasets, progress)
    judged = judge([one.evidence(card.changed(score=0)) for one in as_said])
    calibration = calibrate(judged)
    found = [one.calibrated(calibration) for one in as_said]
    before = tuple(one.calibrated(old).shown(card) for one in as_said)
    start = card.changed(score=float(calibration.shares(old.score(card.score))))
    thresholds, common, after = choose_thresholds(found, start)
    return Choice(
        calibration,
        thresholds,
        reliability(old.shares(judged.scores), judged.right),
        reliability(held_out(judged), judged.right),
        before,
        common,
        after,
    )


def judge(found: Sequence[Evidence]) -> Judged:
    """Whether what is shown is right, on the photos of several datasets."""
    parts: list[Judged] = []
    photos = 0
    for evidence in found:
        part = Judged.of(evidence.shown_matches.values())
        parts.append(replace(part, photos=part.photos + photos))
        photos += len(evidence.dataset.images)
    return Judged.joined(parts)


def choose_thresholds(
    found: Sequence[Found], start: "Thresholds"
) -> tuple["Thresholds", tuple[Displayed, ...], tuple[Displayed, ...]]:
    """The chosen thresholds, what the common one alone shows of each dataset, and what the chosen show.

    Args:
        found: on each dataset.
        start: of several that show the same, the one that is closest to it is chosen.
    """

    def seen(thresholds: "Thresholds") -> tuple[Displayed, ...]:
        return tuple(one.shown(thresholds) for one in found)

    def mean_f1(sets: Sequence[Displayed]) -> float:
        return float(np.mean([one.f1 for one in sets]))

    def best_of(scores: Sequence[float]) -> float:
        f1 = {score: mean_f1(seen(start.changed(score=score))) for score in scores}
        return max(scores, key=lambda score: (f1[score], -abs(score - start.score)))

    about = best_of(np.arange(LOWEST, HIGHEST, COARSE).round(2).tolist())
    near = np.arange(about - COARSE, about + COARSE, FINE).round(2)
    common = start.changed(score=best_of(near[(near >= LOWEST) & (near <= HIGHEST)].tolist()))
    evidence = [one.evidence(start.changed(score=LOWEST)) for one in found]
    own: dict[int, float] = {}
    for category in sorted(set().union(*(one.found_matches for one in evidence))):
        matches = [one.found_matches[category] for one in evidence if category in one.found_matches]
        if best := best_threshold(matches):
            instances = sum(int(one.there.sum()) for one in matches)
            weight = instances / (instances + SHRINK)
            own[category] = round(weight * best.score + (1 - weight) * common.score, 2)
    chosen = common.model_copy(update={"category_scores": own})
    at_common, after = seen(common), seen(chosen)
    if mean_f1(after) <= mean_f1(at_common):
        return common, at_common, at_common
    return chosen, at_common, after


def find_all(
    segmenter: "Segmenter",
    datasets: Sequence[tuple[Dataset, Path | None]],
    progress: Callable[[int, int], None],
) -> list[Found]:
    """Run the model once over every photo; nothing is left out yet."""
    for dataset, images in datasets:
        require_ready(dataset, images)
    total, done = sum(len(dataset.images) for dataset, _ in datasets), 0
    found = []
    for dataset, images in datasets:
        predictions = []
        for image in dataset.images:
            photo = imaging.read_photo(dataset.photo_path(image, images))
            predictions.append(find_everything(segmenter, photo))
            done += 1
            progress(done, total)
        found.append(Found(dataset, tuple(predictions)))
    return found
