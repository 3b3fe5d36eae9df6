"""Pictures of garments: drawn where they are, legible at every size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import Rle, encode
from wildwear.reporting import draw, overlay
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


def test_a_garment_is_outlined_in_the_colour_of_its_category_and_keeps_its_own_inside() -> None:
    picture = draw(photo(700, 700), [block((700, 700), 0.2, 0.8, 0.2, 0.8)], [JACKET], labels=False)
    assert np.abs(picture[350, 140].astype(int) - category(JACKET).colour).max() < 12
    assert not touched(picture)[150:550, 150:550].any()


def test_a_fill_hatches_a_garment_and_leaves_most_of_it_as_it_looks() -> None:
    black = np.zeros((700, 700, 3), dtype=np.uint8)
    garment = block((700, 700), 0.2, 0.8, 0.2, 0.8)
    inside = draw(black, [garment], [JACKET], labels=False, style="fill")[160:540, 160:540]
    hatched = (inside > 0).any(axis=2)
    assert 0.05 < hatched.mean() < 0.2
    assert (inside[hatched] == category(JACKET).colour).all()


def test_boxes_go_round_garments_and_not_along_them() -> None:
    triangle = np.tri(700, dtype=bool)
    triangle[:, :100] = triangle[600:] = False
    picture = draw(photo(700, 700), [encode(triangle)], [JACKET], labels=False, style="boxes")
    assert np.abs(picture[120, 590].astype(int) - category(JACKET).colour).max() > 12
    assert touched(picture)[100:105, 590:600].any()  # the corner above the slope
    assert not touched(picture)[320:330, 320:330].any()  # the slope


@pytest.mark.parametrize("width", [1, 9])
def test_lines_are_as_wide_as_asked_for(width: int) -> None:
    picture = draw(
        photo(700, 700), [block((700, 700), 0.2, 0.8, 0.2, 0.8)], [JACKET], labels=False, line_width=width
    )
    across = np.abs(picture[350, 100:200].astype(int) - category(JACKET).colour).max(axis=1) < 40
    assert abs(across.sum() - width) <= 2


def test_a_score_under_one_is_not_written_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(overlay, "draw_as", lambda _photo, _masks, captions, *_, **__: said.extend(captions))
    draw(photo(70, 70), [block((70, 70), 0.2, 0.8, 0.2, 0.8)] * 2, [JACKET, BAG], [0.9997, 1.0])
    assert said == ["jacket 0.99", "bag 1.00"]


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


def test_a_style_or_line_that_is_none_is_refused() -> None:
    mask = block((99, 99), 0.1, 0.9, 0.1, 0.9)
    with pytest.raises(ValueError, match="a style is one of outline, fill, boxes, not 'nice'"):
        draw(photo(99, 99), [mask], [JACKET], style="nice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a line is 1 pixel wide or more, not 0"):
        draw(photo(99, 99), [mask], [JACKET], line_width=0)
    for long_side in (0, -5):
        with pytest.raises(ValueError, match=f"a picture is 1 pixel long or more, not {long_side}"):
            draw(photo(99, 99), [mask], [JACKET], long_side=long_side)


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 2)])
def test_a_photo_of_any_shape_is_drawn_on(size: tuple[int, int]) -> None:
    drawn = draw(photo(*size), [encode(np.ones(size, dtype=bool))], [JACKET], [0.5])
    assert touched(drawn).any()


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
