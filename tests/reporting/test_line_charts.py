"""Lines over steps."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.reporting.line_charts import MOST_POINTS, Axis, Line, Mark, line_chart, smoothed


def line(*y: float, style: str = "", x: list[float] | None = None) -> Line:
    steps = np.arange(len(y)) if x is None else x
    return Line("one", 0, np.array(steps, np.float64), np.array(y, np.float64), style)


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.e+-]+) ([\d.e+-]+)", path)]


def test_a_line_spans_the_chart_from_its_first_step_to_its_last_and_up_to_its_highest_value() -> None:
    chart = line_chart("AP", [line(0, 50, 100)], bottom=0)
    [(series, style, path)] = chart.paths
    assert (series, style) == (0, "")
    assert corners(path) == [(0, 1000), (500, pytest.approx(519.2)), (1000, pytest.approx(38.5))]


def test_a_line_is_broken_where_there_is_no_value_and_a_lone_point_is_seen() -> None:
    [(_, _, path)] = line_chart("AP", [line(math.nan, 1, 2, math.nan, 3, math.nan)]).paths
    assert path.count("M") == 2
    assert path.endswith("h0")


def test_equal_ratios_are_equally_long_on_a_logarithmic_axis() -> None:
    chart = line_chart("loss", [line(0.1, 1, 10, 0, -1)], logarithmic=True)
    [low, middle, high] = [y for _, y in corners(chart.paths[0][2])]
    assert low - middle == pytest.approx(middle - high, abs=0.2)
    assert [text for _, text in chart.up] == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]


def test_the_end_of_a_cosine_leaves_a_logarithmic_axis() -> None:
    chart = line_chart("rate", [line(1e-2, 1e-3, 1e-30)], logarithmic=True)
    assert len(chart.up) <= 6
    assert chart.is_clipped


def test_ticks_are_round_and_few() -> None:
    chart = line_chart("AP", [line(3, 47.9, x=[250, 15_000])], bottom=0)
    assert [text for _, text in chart.across] == ["0", "5,000", "10,000", "15,000"]
    assert [text for _, text in chart.up] == ["0", "10", "20", "30", "40"]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_lie_on_their_axis(start: float, length: float, number: int) -> None:
    stop = start + length
    if stop > start + 1e-9 * abs(start):
        ticks = Axis(start, stop).ticks(number)
        assert all(start - 1e-6 * length <= tick <= stop + 1e-6 * length for tick in ticks)
        assert len(ticks) <= 2 * number + 2


def test_a_chart_of_nothing_is_a_chart_and_says_so() -> None:
    for lines in ([], [line()], [line(math.nan, math.nan)]):
        chart = line_chart("AP", lines)
        assert not any(path for _, _, path in chart.paths)
        assert chart.words in ("nothing was measured", "one: nothing")
        assert chart.up
        assert chart.across


def test_a_chart_of_one_value_is_a_chart() -> None:
    chart = line_chart("AP", [line(0.0, 0.0)], bottom=0)
    assert corners(chart.paths[0][2]) == [(0, 1000), (1000, 1000)]


def test_a_long_line_is_thinned_and_keeps_its_ends() -> None:
    chart = line_chart("loss", [line(*np.linspace(5, 1, 10_000))])
    [drawn] = chart.points["lines"]
    assert len(drawn["x"]) == MOST_POINTS
    assert (drawn["x"][0], drawn["x"][-1]) == (0, 9999)
    assert (drawn["y"][0], drawn["y"][-1]) == (5, 1)


def test_a_running_mean_is_steep_at_the_beginning_and_passes_over_nan() -> None:
    values = smoothed(line(8, 0, 4, math.nan, 6, 2), 2.1).y
    assert values[:3].tolist() == [8, 4, 2]
    assert math.isnan(values[3])
    assert values[4:].tolist() == [4, 4]


def test_a_short_line_is_not_smoothed() -> None:
    assert smoothed(line(8, 0), 100).y.tolist() == [8, 0]


def test_what_a_chart_shows_is_said_in_words_but_not_what_is_faint() -> None:
    chart = line_chart("loss", [line(1, 5, 2, style="faint"), line(1, 5, 2)], digits=1)
    assert chart.words == "one: from 1.0 to 2.0, between 1.0 and 5.0"
    assert len(chart.points["lines"]) == 1


def test_marks_and_rules_lie_on_their_places() -> None:
    chart = line_chart(
        "loss", [line(0, 100)], marks=[Mark(3, 0.75, 50, "here")], rules=[0.5, 7], bottom=0, top=100
    )
    assert chart.marks == [(3, "75.00%", "50.00%", "here", True)]
    assert chart.rules == ["50.00%"]  # 7 lies outside


def test_figures_for_the_pointer_have_no_nan() -> None:
    chart = line_chart("loss", [line(1, math.nan, math.inf)])
    assert chart.points["lines"][0]["y"] == [1, None, None]
