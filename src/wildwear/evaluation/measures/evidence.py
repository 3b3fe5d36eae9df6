"""`Evidence`: the truth, what is found, what is shown, and what follows from them, each worked out once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from hotcoco import COCO, COCOeval

from wildwear.datasets import Dataset
from wildwear.datasets.stream import Record
from wildwear.evaluation.measures.curves import Curves, curves_of
from wildwear.evaluation.measures.matching import (
    FOUND,
    Matches,
    check_predictions,
    check_truth,
    finished,
    judged,
    matches_at,
    prepare,
    truth_of,
)
from wildwear.evaluation.measures.overlaps import Overlaps, overlaps


@dataclass(frozen=True, eq=False)
class Evidence:
    """What all figures of a result are read from. What several of them need is kept once it is known.

    Attributes:
        dataset: the truth, checked.
        predictions: COCO results, boxes xywh px, checked: all that is found.
        displayed: those that a user is shown; None where nobody says.
    """

    dataset: Dataset
    predictions: Sequence[Record]
    displayed: Sequence[Record] | None = None

    @cached_property
    def counted(self) -> list[Record]:
        """The predictions that AP counts, the surest first."""
        return judged(self.predictions)

    @property
    def shown(self) -> Sequence[Record]:
        """What a user is shown; nothing where nobody says."""
        return self.displayed or ()

    @cached_property
    def truth(self) -> COCO:
        """The dataset as hotcoco holds it."""
        return truth_of(self.dataset)

    @cached_property
    def found_masks(self) -> COCOeval:
        """What counts beside the truth, to be matched by masks."""
        return prepare(self.truth, self.counted, "mask")

    @cached_property
    def shown_masks(self) -> COCOeval:
        """What is shown beside the truth, to be matched by masks."""
        return prepare(self.truth, self.shown, "mask")

    @cached_property
    def curves(self) -> Curves:
        """Precision and recall of masks, of what counts."""
        return curves_of(finished(self.found_masks))

    @cached_property
    def found_matches(self) -> dict[int, Matches]:
        """What counts, matched by masks at IoU 0.5, by category id."""
        return matches_at(self.found_masks, FOUND)

    @cached_property
    def shown_matches(self) -> dict[int, Matches]:
        """What is shown, matched by masks at IoU 0.5, by category id."""
        return matches_at(self.shown_masks, FOUND)

    @cached_property
    def found_overlaps(self) -> list[Overlaps]:
        """How far what counts overlaps the truth, a photo each."""
        return list(overlaps(self.dataset, self.counted))

    @cached_property
    def shown_overlaps(self) -> list[Overlaps]:
        """How far what is shown overlaps the truth, a photo each."""
        return list(overlaps(self.dataset, self.shown))


def checked(
    dataset: Dataset, predictions: Iterable[Record], displayed: Iterable[Record] | None = None
) -> Evidence:
    """Evidence that can be measured.

    Raises:
        DatasetError: the dataset has no instance; an annotation or prediction lacks a field; a prediction
            names an unknown image or category; a score or box is not finite; a mask has not its photo's size.
    """
    check_truth(dataset)
    evidence = Evidence(dataset, list(predictions), None if displayed is None else list(displayed))
    check_predictions(dataset, evidence.predictions)
    check_predictions(dataset, evidence.shown)
    return evidence
