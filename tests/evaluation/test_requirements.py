"""Requirements: which figure is meant, and when it is reached. Their words are tested with the program."""

from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.evaluation import Metrics, score
from wildwear.evaluation.requirements import Requirement, requirement


@pytest.fixture
def metrics(wild30: Dataset, predictions: list[dict[str, Any]]) -> Metrics:
    return score(wild30, predictions, displayed=[one for one in predictions if one["score"] >= 0.5])


def test_each_measure_is_the_figure_of_its_name(metrics: Metrics) -> None:
    bag = next(row for row in metrics.categories if row.name == "bag")
    assert metrics.displayed is not None
    assert bag.displayed is not None
    expected = {
        "AP": (metrics.mask.ap, bag.ap),
        "AP50": (metrics.mask.ap50, bag.ap50),
        "AP75": (metrics.mask.ap75, bag.ap75),
        "boxAP": (metrics.box.ap, bag.box_ap),
        "precision": (metrics.displayed.precision, bag.displayed.precision),
        "recall": (metrics.displayed.recall, bag.displayed.recall),
        "F1": (metrics.displayed.f1, bag.displayed.f1),
    }
    assert len({value for pair in expected.values() for value in pair}) == 14  # no two can be mistaken
    for measure, figures in expected.items():
        for name, value in zip((measure, f"{measure}/bag"), figures, strict=True):
            assert requirement(f"{name}=0.1", {"bag"}).reached(metrics) == value


def test_what_is_just_reached_is_fulfilled_and_what_is_less_is_not(metrics: Metrics) -> None:
    exactly = metrics.mask.ap
    assert Requirement("AP", None, exactly).failure(metrics) is None
    assert Requirement("AP", None, exactly + 1e-9).failure(metrics) is not None


def test_a_category_may_hold_what_else_parts_a_requirement() -> None:
    assert requirement("AP/a=b/c=0.25", {"a=b/c"}) == Requirement("AP", "a=b/c", 0.25)
