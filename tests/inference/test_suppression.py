"""One instance a garment."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import encode
from wildwear.inference import Prediction
from wildwear.inference.suppression import suppress_duplicates

SHIRT, TOP, JACKET, COAT, DRESS, SKIRT, BAG, BOOTS = 29, 30, 23, 16, 13, 20, 2, 3


def block(rows: slice, columns: slice) -> NDArray[np.bool_]:
    mask = np.zeros((20, 20), dtype=bool)
    mask[rows, columns] = True
    return mask


def prediction(*garments: tuple[int, float, NDArray[np.bool_]]) -> Prediction:
    return Prediction(
        size=(20, 20),
        scores=np.array([score for _, score, _ in garments], dtype=np.float32),
        category_ids=np.array([category_id for category_id, _, _ in garments], dtype=np.int64),
        masks=[encode(mask) for _, _, mask in garments],
        alternatives=[[] for _ in garments],
        network_boxes=np.zeros((len(garments), 4), dtype=np.float32),
    )


WHOLE, MOST, HALF = (block(slice(0, 10), slice(0, end)) for end in (10, 8, 5))


def names(prediction: Prediction) -> list[str]:
    return [category.name for category in prediction.categories]


def kept(*garments: tuple[int, float, NDArray[np.bool_]]) -> list[str]:
    return names(suppress_duplicates(prediction(*garments), 0.7))


def test_a_garment_with_two_names_keeps_the_surer_one_and_the_other_as_an_alternative() -> None:
    one = suppress_duplicates(prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, MOST)), 0.7)
    assert names(one) == ["shirt"]
    assert one.alternatives == [[(TOP, 0.5)]]


def test_the_surer_one_may_be_the_one_inside() -> None:
    assert kept((SHIRT, 0.75, HALF), (TOP, 0.5, WHOLE)) == ["shirt"]


def test_two_of_one_name_are_one_garment_where_most_of_one_lies_inside_the_other() -> None:
    three = [(SHIRT, 0.75, WHOLE), (SHIRT, 0.5, block(slice(4, 14), slice(0, 5)))]  # 0.6 of the second
    one = suppress_duplicates(prediction(*three), 0.7)
    assert names(one) == ["shirt"]
    assert one.alternatives == [[]]  # its own name is none


def test_two_people_in_the_same_dress_stay_two() -> None:
    behind = block(slice(0, 20), slice(6, 16))  # 0.4 of it inside the other
    assert kept((DRESS, 0.9, block(slice(0, 20), slice(0, 10))), (DRESS, 0.8, behind)) == ["dress", "dress"]


def test_a_shirt_under_an_open_jacket_stays() -> None:
    open_jacket = block(slice(0, 20), slice(0, 20))
    open_jacket[2:18, 8:12] = False  # its mask is of visible pixels
    shirt = block(slice(1, 19), slice(7, 13))
    assert kept((JACKET, 0.9, open_jacket), (SHIRT, 0.8, shirt)) == ["jacket", "shirt"]


def test_a_bag_before_a_coat_stays_although_it_is_drawn_on_it() -> None:
    coat, bag = block(slice(0, 20), slice(0, 20)), block(slice(10, 15), slice(10, 15))
    assert kept((COAT, 0.9, coat), (BAG, 0.8, bag)) == ["coat", "bag"]


def test_a_bag_and_a_shoe_on_the_same_pixels_are_one() -> None:
    assert kept((BAG, 0.9, WHOLE), (BOOTS, 0.8, WHOLE)) == ["bag"]
    assert kept((BAG, 0.9, WHOLE), (BOOTS, 0.8, HALF)) == ["bag", "boots"]


TORSO, LEGS = block(slice(0, 8), slice(0, 10)), block(slice(8, 20), slice(0, 10))
GOWN = block(slice(0, 20), slice(0, 10))


def test_a_dress_goes_where_its_top_is_surer() -> None:
    assert kept((TOP, 0.9, TORSO), (DRESS, 0.8, GOWN), (SKIRT, 0.6, LEGS)) == ["top", "skirt"]


def test_top_and_skirt_go_where_the_dress_is_surer() -> None:
    whole = suppress_duplicates(prediction((DRESS, 0.9, GOWN), (TOP, 0.75, TORSO), (SKIRT, 0.5, LEGS)), 0.7)
    assert names(whole) == ["dress"]
    assert whole.alternatives == [[(TOP, 0.75), (SKIRT, 0.5)]]


def test_what_is_dropped_drops_nothing_itself() -> None:
    aside = block(slice(0, 10), slice(2, 12))  # 0.8 of it lies inside the first
    narrow = block(slice(0, 10), slice(7, 12))  # lies inside the one aside, 0.6 of it inside the first
    assert kept((SHIRT, 0.75, WHOLE), (SHIRT, 0.5, aside), (TOP, 0.25, narrow)) == ["shirt", "top"]


def test_alternatives_stay_in_order_and_take_the_higher_probability() -> None:
    twice = prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, WHOLE))
    twice.alternatives[0] = [(JACKET, 0.25), (TOP, 0.125)]
    assert suppress_duplicates(twice, 0.7).alternatives == [[(TOP, 0.5), (JACKET, 0.25)]]


def test_the_prediction_that_comes_in_stays_as_it_is() -> None:
    twice = prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, WHOLE))
    suppress_duplicates(twice, 0.7)
    assert len(twice) == 2
    assert twice.alternatives == [[], []]


@pytest.mark.parametrize("count", [0, 1])
def test_there_may_be_nothing_to_do(count: int) -> None:
    assert len(suppress_duplicates(prediction(*[(SHIRT, 0.5, WHOLE)] * count), 0.7)) == count
