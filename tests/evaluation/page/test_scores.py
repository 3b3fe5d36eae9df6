"""The page of a calibration: what scores promised, and what they keep."""

from math import nan
from pathlib import Path

import numpy as np
import pytest

from pages import Page
from wildwear.errors import OutputError
from wildwear.evaluation.choosing import Choice
from wildwear.evaluation.explanation.calibration import reliability
from wildwear.evaluation.measures.metrics import Displayed
from wildwear.evaluation.page.scores import calibration_chart, write_calibration
from wildwear.inference.card import Calibration, Thresholds


@pytest.fixture
def choice() -> Choice:
    thresholds = Thresholds(score=0.3, min_score=0.01, mask=0.5, suppress=0.7, max_detections=100)
    seen = Displayed(nan, nan, nan, 0, 0)
    right = np.array([True, False, False, False])
    return Choice(
        calibration=Calibration(),
        thresholds=thresholds,
        promised=reliability(np.full(4, 0.85), right),
        kept=reliability(np.full(4, 0.25), right),
        before=(seen,),
        common=(seen,),
        after=(seen,),
    )


def test_the_page_has_both_errors_and_how_many_are_right_of_each_score(
    choice: Choice, tmp_path: Path
) -> None:
    write_calibration(tmp_path / "scores.html", choice, "<b>mine</b>")
    text = (tmp_path / "scores.html").read_text()
    assert "Expected calibration error 0.600 before, 0.000 after" in text
    assert "&lt;b&gt;mine" in text
    assert "4 garments, found on the photos of 1 val set.<" in text
    assert Page(text).text.count("25%") == 2


def test_the_chart_has_a_line_before_and_after_beside_what_is_promised(choice: Choice) -> None:
    chart = calibration_chart({"before": choice.promised, "after": choice.kept})
    assert "before" in chart.words
    assert "after" in chart.words
    assert len(chart.paths) == 3


def test_a_page_that_cannot_be_written_says_so(choice: Choice, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="scores"):
        write_calibration(tmp_path / "none" / "scores.html", choice, "mine")
