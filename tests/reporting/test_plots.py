"""Bars, matrices and heat maps."""

import base64
from io import BytesIO

import numpy as np
from PIL import Image

from wildwear.reporting.plots import LEVELS, heat_map, level, rows


def picture(uri: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(uri.split(",")[1]))).convert("L"))


def test_the_longest_bar_fills_the_width_and_what_has_no_value_has_no_bar() -> None:
    [first, second] = rows(["a", "b"], [[1, None], [2, 4]], [["1", "–"], ["2", "4"]])
    assert [bar.share for bar in first.bars] == [0.25, 0.5]
    assert [(bar.share, bar.text) for bar in second.bars] == [(None, "–"), (1, "4")]


def test_rows_of_nothing_but_zeros_have_bars_of_no_length() -> None:
    [row] = rows(["a"], [[0]], [["0"]])
    assert row.bars[0].share == 0


def test_a_cell_that_holds_anything_is_shaded_and_one_that_holds_all_is_darkest() -> None:
    assert [level(share) for share in (0, 0.001, 0.5, 1)] == [0, 1, 5, LEVELS]


def test_a_heat_map_is_lightest_where_its_values_are_largest_and_has_the_proportions_asked_for() -> None:
    values = np.zeros((32, 32), np.int64)
    values[:8, 16:] = 5
    shown = picture(heat_map(values, aspect=0.5))
    height, width = shown.shape
    assert height == 2 * width
    assert shown[height // 8, 3 * width // 4] > 200
    assert shown[height // 2, width // 2] < 20


def test_a_heat_map_of_nothing_is_dark() -> None:
    assert picture(heat_map(np.zeros((32, 32), np.int64))).max() < 20
