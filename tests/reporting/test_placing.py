"""Labels stay apart, stay inside, and hide little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wildwear.reporting.placing import Place, place_labels

FloatArray = NDArray[np.float32]
ROWS, COLUMNS = 80, 60


def block(top: int, bottom: int, left: int, right: int) -> FloatArray:
    cells = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    cells[top:bottom, left:right] = 1
    return cells


def window(place: Place, size: tuple[int, int]) -> tuple[slice, slice]:
    return slice(place.top, place.top + size[1]), slice(place.left, place.left + size[0])


def test_a_large_garment_carries_its_label() -> None:
    garment = block(20, 60, 10, 50)
    [place] = place_labels([garment], [(12, 4)])
    assert place is not None
    assert place.pointer is None
    assert garment[window(place, (12, 4))].all()


def test_a_small_garment_stays_visible_and_a_line_leads_to_it() -> None:
    garment = block(30, 36, 20, 26)
    [place] = place_labels([garment], [(14, 5)])
    assert place is not None
    assert not garment[window(place, (14, 5))].any()
    assert place.pointer is not None
    x, y = place.pointer
    assert garment[int(y), int(x)] == 1


def test_of_equal_labels_each_lies_wholly_on_its_garment_or_leads_to_it() -> None:
    garments = [block(30, 60, 10, 22), block(30, 60, 26, 38)]
    alone = place_labels(garments, [(14, 4), (14, 4)], ["jeans", "shirt"])
    equal = place_labels(garments, [(14, 4), (14, 4)], ["jeans", "jeans"])
    assert [place is not None and place.pointer is None for place in alone] == [True, True]
    for garment, place in zip(garments, equal, strict=True):
        assert place is not None
        assert place.pointer is not None
        x, y = place.pointer
        assert garment[int(y), int(x)] == 1
        assert not place.top <= y < place.top + 4  # where the label does not hide it


def test_a_label_keeps_off_other_garments_and_the_face_above_them() -> None:
    shirt, jacket = block(20, 40, 28, 32), block(20, 40, 18, 42)
    jacket -= shirt
    places = place_labels([jacket, shirt], [(12, 4), (12, 4)])
    assert places[1] is not None
    rows, columns = window(places[1], (12, 4))
    assert not jacket[rows, columns].any()
    assert columns.stop <= 28 or columns.start >= 32  # beside the head, not on it


def test_a_garment_found_on_another_keeps_its_label_to_itself() -> None:
    dress, skirt = block(10, 70, 10, 50), block(40, 70, 12, 48)
    places = place_labels([dress, skirt], [(12, 4), (12, 4)])
    assert places[1] is not None
    assert skirt[window(places[1], (12, 4))].all()


@pytest.mark.parametrize("edge", [(0, 5, 0, 5), (75, 80, 55, 60), (0, 80, 0, 2), (0, 2, 0, 60)])
def test_a_garment_at_the_edge_has_its_label_inside(edge: tuple[int, int, int, int]) -> None:
    [place] = place_labels([block(*edge)], [(20, 6)])
    assert place is not None
    assert 0 <= place.left <= COLUMNS - 20
    assert 0 <= place.top <= ROWS - 6


def test_a_label_larger_than_the_photo_is_left_out() -> None:
    assert place_labels([block(0, 10, 0, 10)], [(COLUMNS + 1, 4)]) == [None]


def test_a_label_far_from_its_garment_is_worse_than_none() -> None:
    crowd = [block(30, 33, 28, 31)] * 60
    places = place_labels(crowd, [(16, 5)] * 60)
    assert 5 < sum(place is not None for place in places) < 40
    for place in places:
        if place:
            assert abs(place.left + 8 - 29) < 35
            assert abs(place.top + 2 - 31) < 25


boxes = st.tuples(st.integers(0, 70), st.integers(0, 50), st.integers(1, 40), st.integers(1, 40)).map(
    lambda box: block(box[0], box[0] + box[2], box[1], box[1] + box[3])
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(boxes, st.tuples(st.integers(1, 30), st.integers(1, 10))), max_size=15))
def test_labels_never_collide_and_never_leave_the_photo(
    garments: list[tuple[FloatArray, tuple[int, int]]],
) -> None:
    places = place_labels([garment for garment, _ in garments], [size for _, size in garments])
    taken = np.zeros((ROWS, COLUMNS), dtype=int)
    for place, (_, size) in zip(places, garments, strict=True):
        if place:
            assert taken[window(place, size)].shape == (size[1], size[0])
            taken[window(place, size)] += 1
    assert taken.max() <= 1


def test_there_may_be_no_garments() -> None:
    assert place_labels([], []) == []


def test_an_empty_mask_is_no_reason_to_fail() -> None:
    assert len(place_labels([block(0, 0, 0, 0), block(10, 20, 10, 20)], [(10, 4), (10, 4)])) == 2
