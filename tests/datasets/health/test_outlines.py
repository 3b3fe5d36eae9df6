"""Polygons that cross themselves, and those that only seem to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wildwear import imaging
from wildwear.datasets.health.chunk import Chunk
from wildwear.datasets.health.outlines import MOST_POINTS, check_outlines, check_polygons
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


def test_a_polygon_of_very_many_crossings_is_found_in_flat_memory(tmp_path: Path) -> None:
    script = """
import random, resource
from test_outlines import found_in
highest = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
random.seed(0)
points = [random.randrange(40) for number in range(80_000)]
found_in([points[:200]])
before = highest()
[problem] = found_in([points])
print(highest() - before, problem.message)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    )
    more, _, message = done.stdout.partition(" ")
    assert "crosses itself; with 40,000 points its loops are not measured" in message
    assert int(more) < 300_000_000


def test_an_outline_of_very_many_points_and_bridges_to_holes_does_not_cross_itself() -> None:
    rng = np.random.default_rng(0)
    mask = rng.random((120, 120)) < 0.95
    polygons = imaging.to_polygons(imaging.encode(mask)).polygons
    assert max(map(len, polygons)) > 2 * MOST_POINTS
    assert found_in(polygons, (120, 120)) == []


def test_the_polygon_that_took_gigabytes_is_found(shared: Path) -> None:
    document = json.loads((shared / "cases" / "hostile" / "04" / "d.json").read_text())
    [annotation], [image] = document["annotations"], document["images"]
    problems = found_in(annotation["segmentation"], (image["height"], image["width"]))
    assert [problem.kind for problem in problems] == [Kind.SELF_CROSSING]
    assert "with 40,000 points" in problems[0].message
