"""The best threshold of a category, against every threshold tried by hand."""

from collections import defaultdict
from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.evaluation import score
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import match
from wildwear.evaluation.measures.thresholds import best_thresholds


def test_no_other_threshold_has_a_higher_f1(wild30: Dataset, predictions: list[dict[str, Any]]) -> None:
    evaluation = match(wild30, predictions, "mask", at=0.5)
    found: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for entry in evaluation.eval_imgs:
        assert entry is not None
        judged = zip(entry["dtScores"], entry["dtMatched"][0], entry["dtIgnore"][0], strict=True)
        found[entry["category_id"]] += [(sure, right) for sure, right, ignored in judged if not ignored]
    best = best_thresholds(Evidence(wild30, predictions))
    assert len(best) > 15
    for category, instances in wild30.instances_by_category().items():
        f1 = {}
        for threshold in {sure for sure, _ in found[category]}:
            shown = [right for sure, right in found[category] if sure >= threshold]
            f1[threshold] = 2 * sum(shown) / (len(shown) + instances) if instances else 0
        highest = max(f1.values(), default=0)
        if highest == 0:
            assert category not in best
        else:
            assert best[category].f1 == pytest.approx(highest)
            assert best[category].score == max(sure for sure, value in f1.items() if value == highest)


def test_shown_from_its_best_threshold_a_category_has_the_figures_that_are_promised(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    for category, best in list(best_thresholds(Evidence(wild30, predictions)).items())[::6]:
        shown = [one for one in predictions if one["score"] >= best.score]
        displayed = score(wild30, [], displayed=shown).categories[category - 1].displayed
        assert displayed is not None
        assert (displayed.precision, displayed.recall, displayed.f1) == pytest.approx(
            (best.precision, best.recall, best.f1)
        )


def made(wild30: Dataset, perfect: list[dict[str, Any]], *scores: float) -> list[dict[str, Any]]:
    """Bags: the first scores on bags, a right and a wrong detection in turn."""
    bags = [one for one in perfect if one["category_id"] == 2]
    wrong = [one for one in perfect if one["category_id"] != 2]
    pairs = zip(bags, wrong, strict=False)
    detections = [one | {"category_id": 2} for pair in pairs for one in pair]
    return [one | {"score": score} for one, score in zip(detections, scores, strict=False)]


def test_of_several_thresholds_with_the_highest_f1_the_highest_is_taken(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    bags = wild30.instances_by_category()[2]
    first, wrong = made(wild30, perfect, 0.9, 0.8)
    # right at 0.9, wrong from 0.8 on until one more right makes up for the loss exactly: 2r / (shown + bags)
    rights = [
        one for one in made(wild30, perfect, *([0.1] * 99))[::2] if one["image_id"] != first["image_id"]
    ]
    wrongs = [wrong | {"score": 0.8 - number / 1000} for number in range(bags + 1)]
    best = best_thresholds(Evidence(wild30, [first, *wrongs, rights[0]]))[2]
    assert 2 / (1 + bags) == pytest.approx(4 / (3 + bags + bags - 1))
    assert best.score == 0.9
    assert best.f1 == pytest.approx(2 / (1 + bags))


def test_detections_of_one_score_are_shown_together_or_not_at_all(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    bags = wild30.instances_by_category()[2]
    best = best_thresholds(Evidence(wild30, made(wild30, perfect, 0.7, 0.7)))[2]
    assert (best.score, best.precision, best.recall) == (0.7, 0.5, pytest.approx(1 / bags))


def test_a_category_of_which_nothing_right_is_found_has_no_best_threshold(
    wild30: Dataset, perfect: list[dict[str, Any]]
) -> None:
    best = best_thresholds(Evidence(wild30, made(wild30, perfect, 0.7, 0.6)[1:]))
    assert best == {}
    assert all(row.best is None for row in score(wild30, []).categories)
