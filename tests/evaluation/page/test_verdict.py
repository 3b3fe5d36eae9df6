"""What figures say in sentences: of made-up figures, so that each sentence can be foreseen."""

from math import nan

import numpy as np
import pytest

from squares import found, truth
from wildwear.evaluation import score
from wildwear.evaluation.explanation.boundary import Boundary
from wildwear.evaluation.explanation.calibration import Bin, Calibration, calibration
from wildwear.evaluation.explanation.explaining import Explanation
from wildwear.evaluation.explanation.failures import Confusion, ErrorShares
from wildwear.evaluation.explanation.names import Names
from wildwear.evaluation.explanation.slices import Slice
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.metrics import Displayed
from wildwear.evaluation.page.verdict import (
    confused,
    honesty,
    main_failure,
    names_or_masks,
    outlines,
    rare,
    verdict,
    weak_slice,
)
from wildwear.evaluation.page.verdict import (
    found as sentence_of_found,
)

NO_GAINS = dict.fromkeys(("classification", "localisation", "both", "duplicate", "background", "missed"), 0.0)


def errors(ap50: float = 0.5, **gains: float) -> ErrorShares:
    return ErrorShares(ap50, NO_GAINS | gains, dict.fromkeys(NO_GAINS, 0), 0, 0)


def explanation(
    shares: ErrorShares, names: Names | None = None, boundary: float = 0.2, slices: tuple[Slice, ...] = ()
) -> Explanation:
    return Explanation(
        errors=shares,
        confusion=Confusion(("shirt", "flat_shoes"), np.array([[5, 2, 0], [1, 3, 0], [0, 0, 0]])),
        calibration=Calibration(0.1, 0, (), Bin(nan, nan, 0, nan, nan)),
        boundary=Boundary(boundary, nan, nan, 2, {}),
        names=names or Names(0.3, 0.35, 0.4, 0.5, 2, ()),
        slices=slices,
    )


def part(name: str, recall: float, instances: int = 100) -> Slice:
    return Slice("garment area", name, 10, instances, 0.3, 0.5, 5, None, 0.5, recall)


def test_precision_and_recall_are_said_in_hundreds_with_their_ranges() -> None:
    shown = Displayed(0.6, 0.642, 0.62, 100, 60, {"recall": (0.58, 0.7)})
    assert (
        sentence_of_found(shown) == "Of 100 garments it finds 64 (58–70); of 100 that it shows 60 are right."
    )
    assert sentence_of_found(Displayed(nan, 0.0, 0.0, 0, 0)) == "It shows no garment at all."
    assert sentence_of_found(None) == ""


def test_the_two_costliest_kinds_of_error_are_named_with_what_mending_them_would_win() -> None:
    assert main_failure(errors(classification=0.14, missed=0.03, background=0.05)) == (
        "What costs most is right masks under a wrong name: without that, AP50 would be 0.64 instead of 0.50."
        " Next: finds where there is no garment (0.55)."
    )
    assert main_failure(errors(missed=0.1)).endswith("AP50 would be 0.60 instead of 0.50.")
    assert main_failure(errors()) == ""
    assert main_failure(errors(nan, missed=nan)) == ""


@pytest.mark.parametrize(
    ("gains", "beginning"),
    [
        (
            {"classification": 0.2, "localisation": 0.1},
            "Masks are better than names: mended names would win 0.20",
        ),
        (
            {"classification": 0.1, "localisation": 0.2},
            "Names are better than masks: mended names would win 0.10",
        ),
        ({"classification": 0.2, "localisation": 0.195}, "Names and masks fail about as much"),
    ],
)
def test_masks_and_names_are_compared_by_what_mending_each_would_win(
    gains: dict[str, float], beginning: str
) -> None:
    said = names_or_masks(explanation(errors(**gains)))
    assert said.startswith(beginning)
    assert said.endswith("0.35 with look-alikes forgiven, 0.40 with every wrong name forgiven.")


def test_nothing_is_said_of_forgiveness_that_wins_nothing() -> None:
    perfect = Names(1.0, 1.0, 1.0, 1.0, 2, ())
    assert "forgiven" not in names_or_masks(explanation(errors(1.0), perfect))


def test_confused_categories_are_named_the_most_frequent_first() -> None:
    said = confused(explanation(errors()).confusion)
    assert (
        said
        == "Most often shown under another name: shirt as flat shoes (2 of 7), flat shoes as shirt (1 of 4)."
    )
    assert confused(Confusion(("shirt",), np.array([[5, 1], [3, 0]]))) == ""


def test_a_slice_is_spoken_of_only_when_it_is_large_and_clearly_weak() -> None:
    shown = Displayed(0.6, 0.7, 0.65, 100, 60)
    few, weak, fair = part("tiny", 0.1, 29), part("small", 0.55), part("large", 0.65)
    assert weak_slice((few, weak, fair), shown) == (
        "The weakest slice, garment area: small, where it finds 55 of 100 garments (100 there); "
        "of all it finds 70."
    )
    assert weak_slice((few, fair), shown) == ""
    assert weak_slice((), shown) == ""


def test_outlines_are_weighed_against_masks() -> None:
    assert outlines(explanation(errors())).startswith(
        "Where outlines have to fit as well, AP falls from 0.30 to 0.20"
    )
    assert outlines(explanation(errors(), boundary=nan)) == ""


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (0.5, "Scores promise too much"),
        (0.95, "Scores promise too little"),
        (0.83, "Scores keep what they promise"),
    ],
)
def test_scores_are_held_to_the_share_that_is_right_among_what_is_shown(right: float, words: str) -> None:
    said = honesty(Calibration(0.1, 910, (), Bin(0.5, 0.9, 10, 0.85, right)))
    assert said == f"{words}: what is shown has a mean score of 0.85, and {right:.0%} of it are right."


def test_what_is_shown_from_the_middle_of_a_bin_on_counts_among_what_is_right() -> None:
    boxes = [(10, 10, 20, 20), (40, 10, 20, 20), (70, 10, 20, 20)]
    one = truth((1, 1, boxes[0]), photos=1)
    sure, wrong, hidden = (
        found(1, 1, box, score) for box, score in zip(boxes, (0.9, 0.37, 0.32), strict=True)
    )
    said = honesty(calibration(Evidence(one, [sure, wrong, hidden], [sure, wrong])))
    assert said.endswith("what is shown has a mean score of 0.64, and 50% of it are right.")


def test_scores_are_not_judged_where_nothing_is_shown() -> None:
    assert honesty(calibration(Evidence(truth((1, 1, (10, 10, 20, 20))), []))) == ""


def test_rare_and_unlearnt_categories_are_said() -> None:
    one = truth(*[(1, 1, (5 * n, 0, 4, 4)) for n in range(12)], (1, 2, (50, 50, 20, 20)))
    said = rare(score(one, [found(1, 2, (50, 50, 20, 20))], learnt=[1]))
    assert said.startswith("1 of the 2 categories that occur have fewer than 10 instances")
    assert said.endswith("Not learnt, for want of training: flat shoes.")


def test_a_verdict_has_what_matters_most_first_and_nothing_empty() -> None:
    one = truth((1, 1, (0, 0, 20, 20)))
    shown = [found(1, 1, (0, 0, 20, 20))]
    said = verdict(score(one, shown, displayed=shown), explanation(errors(missed=0.1)))
    assert said[0].startswith("Of 100 garments it finds 100")
    assert said[1].startswith("What costs most is garments that nothing is found of")
    assert all(said)
