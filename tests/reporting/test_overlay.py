"""Pictures of garments: drawn where they are, legible at every size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import Rle, encode
from wildwear.reporting import draw
from wildwear.taxonomy import category

JACKET, BAG = 23, 2
GREY = 120


def photo(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def block(size: tuple[int, int], top: float, bottom: float, left: float, right: float) -> Rle:
    """A mask that is true between shares of the height and of the width."""
    mask = np.zeros(size, dtype=bool)
    height, width = size
    mask[int(top * height) : int(bottom * height), int(left * width) : int(right * width)] = True
    return encode(mask)


def touched(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (np.abs(picture.astype(int) - GREY) > 2).any(axis=2)


def test_the_photo_itself_is_not_drawn_on() -> None:
    before = photo(700, 700)
    draw(before, [block((700, 700), 0.2, 0.8, 0.2, 0.8)], [JACKET], [0.9])
    assert (before == GREY).all()


def test_a_garment_is_tinted_lightly_and_outlined_in_the_colour_of_its_category() -> None:
    picture = draw(photo(700, 700), [block((700, 700), 0.2, 0.8, 0.2, 0.8)], [JACKET], labels=False)
    colour = np.array(category(JACKET).colour)
    inside, edge = picture[350, 350].astype(int), picture[350, 140].astype(int)
    assert np.abs(edge - colour).max() < 12
    assert 0.1 < np.linalg.norm(inside - GREY) / np.linalg.norm(colour - GREY) < 0.3


def test_nothing_is_drawn_away_from_the_garment_without_labels() -> None:
    picture = draw(photo(700, 700), [block((700, 700), 0.4, 0.6, 0.4, 0.6)], [JACKET], labels=False)
    rows, columns = np.nonzero(touched(picture))
    assert min(rows.min(), columns.min()) >= 280 - 5
    assert max(rows.max(), columns.max()) <= 420 + 5


def test_a_hole_stays_clear() -> None:
    mask = np.zeros((700, 700), dtype=bool)
    mask[100:600, 100:600] = True
    mask[250:450, 250:450] = False
    picture = draw(photo(700, 700), [encode(mask)], [JACKET], labels=False)
    assert not touched(picture)[270:430, 270:430].any()


@pytest.mark.parametrize("size", [(40, 30), (100, 75), (640, 480), (3000, 2000)])
def test_letters_are_legible_on_small_and_large_photos(size: tuple[int, int]) -> None:
    garments = [block(size, 0.3, 0.35, 0.45, 0.5)]
    plain = draw(photo(*size), garments, [BAG], [0.5], labels=False)
    labelled = draw(photo(*size), garments, [BAG], [0.5])
    rows, columns = np.nonzero((plain != labelled).any(axis=2))
    assert rows.max() - rows.min() > 14  # pixels; the label is a line of letters with a margin
    assert columns.max() - columns.min() > 50
    assert columns.max() - columns.min() < 0.7 * labelled.shape[1]


def test_a_small_photo_is_enlarged_for_its_letters_and_a_large_one_is_not_reduced() -> None:
    assert draw(photo(100, 50), [], []).shape == (640, 320, 3)
    assert draw(photo(700, 50), [], []).shape == (700, 50, 3)
    assert draw(photo(3000, 2000), [], []).shape == (3000, 2000, 3)


def test_a_thumbnail_has_the_size_asked_for() -> None:
    garments = [block((3000, 2000), 0.2, 0.8, 0.2, 0.8)]
    assert draw(photo(3000, 2000), garments, [JACKET], long_side=300).shape == (300, 200, 3)


def test_a_small_garment_lies_on_top_of_a_large_one() -> None:
    large, small = block((700, 700), 0.1, 0.9, 0.1, 0.9), block((700, 700), 0.45, 0.55, 0.45, 0.55)
    one = draw(photo(700, 700), [large, small], [JACKET, BAG], labels=False)
    other = draw(photo(700, 700), [small, large], [BAG, JACKET], labels=False)
    assert np.array_equal(one, other)
    edge = one[350, 315].astype(int)
    assert np.abs(edge - category(BAG).colour).max() < 12


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 2)])
def test_a_photo_of_any_shape_is_drawn_on(size: tuple[int, int]) -> None:
    draw(photo(*size), [encode(np.ones(size, dtype=bool))], [JACKET], [0.5])


def test_an_empty_mask_draws_nothing() -> None:
    empty = encode(np.zeros((700, 700), dtype=bool))
    assert not touched(draw(photo(700, 700), [empty], [JACKET], labels=False)).any()


def test_a_crowd_has_room_for_its_labels() -> None:
    masks = [
        block((900, 1200), row / 4 + 0.05, row / 4 + 0.2, column / 8 + 0.04, column / 8 + 0.08)
        for row in range(4)
        for column in range(8)
    ]
    picture = draw(photo(900, 1200), masks, [JACKET] * 32, [0.5] * 32)
    plain = draw(photo(900, 1200), masks, [JACKET] * 32, [0.5] * 32, labels=False)
    covered = (picture != plain).any(axis=2).mean()
    assert 0.05 < covered < 0.3
