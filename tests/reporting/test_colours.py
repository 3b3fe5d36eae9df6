"""A colour for each category of any dataset."""

import numpy as np
import pytest

from wildwear.reporting import colour_named, colours, hexadecimal
from wildwear.reporting.colours import ciede2000
from wildwear.taxonomy import category


def test_a_category_of_the_taxonomy_has_its_own_colour() -> None:
    assert colours(["somewhere", "flat_shoes"])[1] == category("flat_shoes").colour


def test_other_categories_differ_from_each_other_and_stay_what_they_are() -> None:
    names = [f"thing {number}" for number in range(60)]
    assert len(set(colours(names))) == 60
    assert colours(names)[:5] == colours(names[:5])


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [  # pairs 1, 4, 7, 13, 17, 20, 25, 29 and 34 of Sharma et al. 2005, table 1
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colours_differ_as_ciede2000_has_it(
    one: tuple[float, float, float], other: tuple[float, float, float], difference: float
) -> None:
    pair = np.array([one, other])
    assert ciede2000(pair[0], pair[1]) == pytest.approx(difference, abs=5e-5)
    assert ciede2000(pair[1], pair[0]) == pytest.approx(difference, abs=5e-5)


def test_a_colour_is_read_as_css_has_it() -> None:
    assert colour_named("white") == (255, 255, 255)
    assert colour_named("#ff0010") == (255, 0, 16)
    with pytest.raises(ValueError, match="unknown color specifier"):
        colour_named("whitish")


def test_a_colour_is_written_as_pages_have_it() -> None:
    assert hexadecimal((255, 0, 16)) == "#ff0010"
