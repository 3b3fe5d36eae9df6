"""Single mistakes: which kind, in which order, in which words."""

from typing import Any

import pytest

from squares import found, truth
from wildwear.datasets import Dataset
from wildwear.evaluation import score
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.page.cases import KINDS, Cases, worst_cases

SHIRT, SHOES, COAT = 1, 2, 3


def cases(dataset: Dataset, *shown: dict[str, Any], guessed: tuple[dict[str, Any], ...] = ()) -> Cases:
    return worst_cases(Evidence(dataset, [*shown, *guessed], list(shown)))


def test_what_is_right_is_no_mistake() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    assert set(cases(one, found(1, SHIRT, (10, 10, 40, 38))).counts.values()) == {0}


def test_an_instance_with_the_id_0_is_found_as_any_other() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    one.annotations[0]["id"] = 0
    told = cases(one, found(1, SHIRT, (10, 10, 40, 28)))
    [case] = told.worst["poor_mask"]
    assert (case.annotation_id, case.iou) == (0, pytest.approx(0.7))


def test_a_detection_on_nothing_is_shown_where_none_is() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    told = cases(one, found(1, SHIRT, (10, 10, 40, 40)), found(1, SHOES, (60, 60, 20, 20), 0.7))
    [case] = told.worst["background"]
    assert (case.annotation_id, case.iou) == (None, 0)
    assert case.text == "flat shoes 0.70 where none is"
    assert told.counts == dict.fromkeys(KINDS, 0) | {"background": 1}


def test_a_detection_on_part_of_another_garment_says_of_which() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    told = cases(one, found(1, SHIRT, (10, 10, 40, 40)), found(1, COAT, (10, 10, 40, 10)))
    [case] = told.worst["background"]
    assert case.iou == pytest.approx(0.25)
    assert case.text == "coat 0.90 where none is: partly on shirt, IoU 0.25"


def test_an_instance_under_another_name_is_a_wrong_name_and_is_not_missed() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    told = cases(one, found(1, COAT, (10, 10, 40, 30)))
    [case] = told.worst["wrong_name"]
    assert (case.annotation_id, case.iou) == (1, 0.75)
    assert case.text == "shirt, shown as coat 0.90 (mask IoU 0.75)"
    assert told.counts["missed"] == 0


def test_an_instance_found_under_its_name_as_well_is_said_to_be() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    told = cases(one, found(1, SHIRT, (10, 10, 40, 40)), found(1, COAT, (10, 10, 40, 40), 0.8))
    [case] = told.worst["wrong_name"]
    assert case.text == "shirt, shown as coat 0.80 as well (mask IoU 1.00)"


def test_a_second_detection_of_an_instance_is_a_double() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)))
    told = cases(one, found(1, SHIRT, (10, 10, 40, 40)), found(1, SHIRT, (10, 10, 40, 36), 0.6))
    [case] = told.worst["double"]
    assert case.annotation_id == 1
    assert case.prediction is not None
    assert case.prediction["score"] == 0.6


def test_masks_that_fit_badly_are_listed_whether_they_count_or_not_the_sure_and_bad_first() -> None:
    one = truth((1, SHIRT, (10, 10, 40, 40)), (2, COAT, (10, 10, 40, 40)), (3, COAT, (0, 0, 50, 50)))
    told = cases(
        one,
        found(1, SHIRT, (10, 10, 40, 24), 0.9),  # 0.9 × 0.4
        found(2, COAT, (10, 10, 40, 12), 0.6),  # 0.6 × 0.7
        found(3, COAT, (0, 0, 50, 40)),  # 0.8: good enough
    )
    assert [case.text for case in told.worst["poor_mask"]] == [
        "coat 0.60: mask IoU 0.30, too little to count",
        "shirt 0.90: mask IoU 0.60",
    ]
    assert told.counts["missed"] == 0


def test_missed_instances_come_the_largest_first_with_the_best_guess_at_their_place() -> None:
    one = truth((1, SHIRT, (10, 10, 20, 20)), (2, COAT, (10, 10, 60, 60)), (3, SHOES, (0, 0, 5, 5)))
    guessed = (found(1, COAT, (10, 10, 20, 18), 0.2), found(1, SHOES, (10, 10, 20, 20), 0.1))
    told = cases(one, guessed=guessed)
    assert [case.text for case in told.worst["missed"]] == [
        "coat: nothing found there",
        "shirt: best guess there coat 0.20, mask IoU 0.90",
        "flat shoes: nothing found there",
    ]
    assert [case.annotation_id for case in told.worst["missed"]] == [2, 1, 3]


def test_a_detection_in_a_region_that_is_not_judged_is_no_mistake() -> None:
    one = truth((2, SHIRT, (10, 10, 40, 40)), crowd=(50, 50, 50, 50))
    told = cases(one, found(2, SHIRT, (10, 10, 40, 40)), found(1, COAT, (60, 60, 20, 20)))
    assert set(told.counts.values()) == {0}


def test_only_so_many_of_a_kind_are_described_and_the_surest_of_all() -> None:
    one = truth((1, SHIRT, (0, 0, 10, 10)))
    shown = [found(1, COAT, (20 + 5 * n, 20, 4, 4), 0.5 + n / 100) for n in range(10)]
    told = worst_cases(Evidence(one, shown, shown), most=3)
    assert told.counts["background"] == 10
    scores = [case.prediction["score"] for case in told.worst["background"] if case.prediction]
    assert scores == pytest.approx([0.59, 0.58, 0.57])


def test_nothing_shown_misses_everything() -> None:
    assert cases(truth((1, SHIRT, (10, 10, 20, 20)), (1, COAT, (50, 50, 9, 9)))).counts["missed"] == 2


def test_on_real_truth_what_is_no_mistake_is_what_the_figures_call_right(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    shown = [prediction for prediction in predictions if prediction["score"] > 0.5]
    displayed = score(wild30, predictions, displayed=shown).displayed
    told = worst_cases(Evidence(wild30, predictions, shown), most=10_000)
    wrong = [
        case
        for kind in KINDS
        for case in told.worst[kind]
        if kind != "missed" and not (kind == "poor_mask" and case.iou >= 0.5)
    ]
    assert displayed is not None
    assert len(wrong) == displayed.shown - displayed.right
