"""What several figures are read from is worked out once, and is what each would work out by itself."""

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from squares import found, truth
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.evaluation.explanation.explaining import explain
from wildwear.evaluation.explanation.photo_rows import photo_table
from wildwear.evaluation.measures import evidence as module
from wildwear.evaluation.measures.evidence import Evidence, checked
from wildwear.evaluation.measures.matching import FOUND, match, matches_at
from wildwear.evaluation.measures.metrics import measure
from wildwear.evaluation.page.cases import worst_cases
from wildwear.evaluation.page.suspects import suspects

SHIRT = (10, 10, 40, 40)


@pytest.fixture
def photos(wild30: Dataset) -> pl.DataFrame:
    return photo_table(wild30, properties={})


def test_all_figures_of_a_result_take_one_truth_one_matching_and_each_overlap_once(
    wild30: Dataset,
    predictions: list[dict[str, Any]],
    photos: pl.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: Counter[str] = Counter()
    for name in ("judged", "truth_of", "finished", "matches_at", "overlaps"):
        whole = getattr(module, name)

        def counted(*given: Any, name: str = name, whole: Any = whole) -> Any:
            done[name] += 1
            return whole(*given)

        monkeypatch.setattr(module, name, counted)
    evidence = Evidence(wild30, predictions, [one for one in predictions if one["score"] >= 0.5])
    measure(evidence, bootstrap=2)
    explain(evidence, photos)
    worst_cases(evidence)
    suspects(evidence)
    # Twice: what counts, and what is shown
    assert done == {"judged": 1, "truth_of": 1, "finished": 1, "matches_at": 2, "overlaps": 2}


def test_what_an_instance_was_found_by_is_told_alike_by_matches_and_by_overlaps(
    wild30: Dataset, predictions: list[dict[str, Any]]
) -> None:
    evidence = Evidence(wild30, predictions)
    by_matches: set[int] = set()
    for one in matches_at(match(wild30, evidence.counted, "mask"), FOUND).values():
        by_matches.update(one.predictions[one.right[0] & ~one.ignored[0]].tolist())
    by_overlaps = {
        photo.found[row]
        for photo in evidence.found_overlaps
        for row in np.flatnonzero(photo.right(FOUND) >= 0).tolist()
    }
    assert by_matches == by_overlaps


def test_what_nobody_says_is_shown_has_no_precision() -> None:
    evidence = checked(truth((1, 1, SHIRT)), [found(1, 1, SHIRT)])
    assert measure(evidence).displayed is None


def test_evidence_with_a_prediction_that_would_falsify_a_figure_is_refused() -> None:
    one = truth((1, 1, SHIRT))
    with pytest.raises(DatasetError, match=r"predictions\[0\]: category_id 9 is not in the dataset"):
        checked(one, [], [found(1, 9, SHIRT)])
