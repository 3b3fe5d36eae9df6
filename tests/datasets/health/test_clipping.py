"""Polygons cut at the edges of the photo hold there what they held before."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.datasets.health.clipping import clip

HEIGHT, WIDTH = 24, 32
points = st.tuples(st.integers(-60, 90), st.integers(-60, 90))


@settings(deadline=None)
@given(st.lists(points, min_size=3, max_size=9))
def test_the_mask_stays_whatever_the_polygon_crosses(corners: list[tuple[int, int]]) -> None:
    polygon = [float(value) for corner in corners for value in corner]
    cut = clip(polygon, HEIGHT, WIDTH)
    assert all(0 <= x <= WIDTH for x in cut[0::2])
    assert all(0 <= y <= HEIGHT for y in cut[1::2])
    # A larger photo has all of it, drawn without edges in the way.
    whole = imaging.decode(imaging.from_polygons([[value + 100 for value in polygon]], (250, 250)))
    before = whole[100 : 100 + HEIGHT, 100 : 100 + WIDTH]
    after = imaging.decode(imaging.from_polygons([cut] if len(cut) >= 6 else [], (HEIGHT, WIDTH)))
    # COCO draws edges in steps of a fifth of a pixel: where they begin elsewhere, steps fall differently.
    assert (before != after).sum() <= 0.02 * HEIGHT * WIDTH + 2 * len(corners)


def test_a_polygon_inside_stays_as_it_is() -> None:
    assert clip([1, 1, 5, 1.5, 5, 5], HEIGHT, WIDTH) == [1, 1, 5, 1.5, 5, 5]


def test_of_a_polygon_outside_nothing_is_left() -> None:
    assert clip([-5, -5, -1, -5, -1, -1], HEIGHT, WIDTH) == []


def test_a_corner_is_cut_off_along_the_edge() -> None:
    cut = clip([-10, 0, 10, 0, 10, 10, -10, 10], HEIGHT, WIDTH)
    assert sorted(zip(cut[0::2], cut[1::2], strict=True)) == [(0, 0), (0, 10), (10, 0), (10, 10)]
    assert np.isfinite(cut).all()
