"""Where masks lie and how large they are, without drawing them: held against drawing them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wildwear import imaging
from wildwear.datasets.placement import GRID, Rings, areas, coverage
from wildwear.errors import MaskError

NAN = float("nan")


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def polygon(*rings: list[float]) -> dict[str, Any]:
    return {"segmentation": list(rings)}


def lie(instances: list[dict[str, Any]], width: float = 320, height: float = 640) -> Any:
    sizes = np.full(len(instances), width), np.full(len(instances), height)
    return coverage(instances, Rings.of(instances), *sizes, np.zeros(len(instances), np.int64), 1)[0]


def sizes_of(*instances: dict[str, Any]) -> Any:
    return areas(instances, Rings.of(instances))


def test_a_mask_covers_the_cells_whose_middles_it_holds() -> None:
    # Cells are 10 px wide and 20 px high here: three columns from the third, one row from the second.
    grid = lie([polygon([20, 20, 50, 20, 50, 40, 20, 40])])
    assert np.argwhere(grid).tolist() == [[1, 2], [1, 3], [1, 4]]


@pytest.mark.parametrize("step", [1, -1])
def test_it_does_not_matter_which_way_round_a_polygon_goes(step: int) -> None:
    points = np.array([20, 20, 50, 20, 50, 40, 20, 40]).reshape(-1, 2)[::step]
    assert lie([polygon(points.ravel().tolist())]).sum() == 3
    assert sizes_of(polygon(points.ravel().tolist())) == [600]


def test_masks_add_up_and_categories_have_maps_of_their_own() -> None:
    instances = [polygon(square(0, 0, 160)), polygon(square(0, 0, 320)), polygon(square(0, 0, 320))]
    size = np.full(3, 320.0)
    grids = coverage(instances, Rings.of(instances), size, size, np.array([0, 0, 1]), 3)
    assert (grids[0, 0, 0], grids[0, -1, -1]) == (2, 1)
    assert (grids[1] == 1).all()
    assert not grids[2].any()


def test_what_reaches_outside_the_photo_is_cut_off() -> None:
    assert (lie([polygon([-900, -900, 900, -900, 900, 900, -900, 900])]) == 1).all()
    assert not lie([polygon(square(400, 700, 50))]).any()


def test_a_photo_of_unknown_size_has_no_map() -> None:
    assert not lie([polygon(square(0, 0, 100))], width=NAN).any()


def test_an_instance_without_a_mask_has_its_box() -> None:
    grid = lie([{"bbox": [20, 20, 30, 20]}])
    assert np.argwhere(grid).tolist() == [[1, 2], [1, 3], [1, 4]]
    assert sizes_of({"bbox": [20, 20, 30, 20]}, {}).tolist()[0] == 600
    assert np.isnan(sizes_of({}))


@given(mask=arrays.arrays(np.bool_, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_an_rle_lies_where_its_pixels_are(mask: Any) -> None:
    height, width = mask.shape
    rows, columns = (((np.arange(GRID) + 0.5) / GRID * side).astype(int) for side in (height, width))
    instance = {"segmentation": imaging.encode(mask)}
    assert (lie([instance], width, height) == mask[rows][:, columns]).all()
    assert sizes_of(instance) == [mask.sum()]


@settings(deadline=None)  # scipy is loaded with the first hole
@given(mask=arrays.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_the_exact_outlines_of_a_mask_lie_where_its_rle_does(mask: Any) -> None:
    height, width = 2 * mask.shape[0], 2 * mask.shape[1]  # so that no middle of a cell is on an outline
    large = np.kron(mask, np.ones((2, 2), np.bool_))
    outlines = imaging.to_polygons(imaging.encode(large))
    instance = {"segmentation": outlines.polygons}
    if mask.any() and not outlines.holes:
        assert sizes_of(instance) == [large.sum()]
    middles = [(np.arange(GRID) + 0.5) / GRID * side for side in (height, width)]
    drawn = large[middles[0].astype(int)][:, middles[1].astype(int)]
    on_an_outline = (middles[0] % 1 == 0)[:, None] | (middles[1] % 1 == 0)
    assert (lie([instance], width, height) == drawn)[~on_an_outline].all()


@pytest.mark.parametrize("bad", ["x", None, NAN, [1]])
def test_a_polygon_of_anything_but_numbers_is_refused(bad: Any) -> None:
    with pytest.raises(MaskError):
        sizes_of(polygon([1, 2, 3, 4, 5, bad]))
