"""Polygons that cross themselves, and those that only seem to."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wildwear import imaging
from wildwear.datasets.health.chunk import Chunk
from wildwear.datasets.health.outlines import check_outlines, check_polygons
from wildwear.datasets.health.problems import Kind, Problem


def found_in(polygons: Any, size: tuple[int, int] = (40, 60), **fields: Any) -> list[Problem]:
    found: list[Problem] = []
    chunk = Chunk({0: {"segmentation": polygons, **fields}}, {0: size}, found)
    check_outlines(chunk, check_polygons(chunk))
    return found


@settings(deadline=None)
@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_the_outlines_that_wildwear_draws_never_cross_themselves_holes_or_not(mask: Any) -> None:
    polygons = imaging.to_polygons(imaging.encode(mask)).polygons
    if polygons:
        assert found_in(polygons, mask.shape) == []


@pytest.mark.parametrize(
    ("polygon", "loops"),
    [
        ([0, 0, 20, 20, 20, 0, 0, 20], "100 of its 200 px"),  # a bow tie
        ([0, 0, 20, 0, 20, 20, 0, 20] * 2, "200 of its 400 px"),  # twice round
        ([0, 0, 30, 0, 30, 20, 10, 20, 10, 5, 20, 5, 20, 30, 0, 30], "75 of its 800 px"),  # over itself
    ],
)
def test_what_crosses_itself_is_found_with_the_area_of_its_loops(polygon: list[float], loops: str) -> None:
    [problem] = found_in([polygon])
    assert problem.kind is Kind.SELF_CROSSING
    assert loops in problem.message
    assert found_in([polygon], iscrowd=1) == []


def test_a_slip_of_the_hand_is_no_problem() -> None:
    assert found_in([[0, 0, 50, 0, 50, 1, 50, 2, 51, 1, 50, 1, 50, 39, 0, 39]]) == []


def test_reaching_over_the_edge_by_more_than_a_pixel_is_found() -> None:
    assert found_in([[-1, -1, 61, 0, 61, 41]]) == []
    [problem] = found_in([[5, 5, 9, 9, 5, 9], [-1, -1, 62.5, 0, 61, 41]])
    assert (problem.kind, problem.place.part) == (Kind.POLYGON_OUTSIDE, 1)
    assert "2.5 px" in problem.message
