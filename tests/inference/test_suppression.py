"""One instance a garment."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import encode
from wildwear.inference import Prediction
from wildwear.inference.suppression import suppress_duplicates

SHIRT, TOP, JACKET = 29, 30, 23


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


def test_a_garment_with_two_names_keeps_the_surer_one_and_the_other_as_an_alternative() -> None:
    kept = suppress_duplicates(prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, MOST)), 0.7)
    assert kept.category_ids.tolist() == [SHIRT]
    assert kept.alternatives == [[(TOP, 0.5)]]


def test_garments_that_overlap_less_are_two() -> None:
    kept = suppress_duplicates(prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, HALF)), 0.7)
    assert kept.category_ids.tolist() == [SHIRT, TOP]


def test_two_of_one_category_are_left_to_the_model() -> None:
    kept = suppress_duplicates(prediction((SHIRT, 0.75, WHOLE), (SHIRT, 0.5, MOST)), 0.7)
    assert len(kept) == 2


def test_what_is_dropped_drops_nothing_itself() -> None:
    # MOST is like both others, but these two are not alike.
    narrow = block(slice(0, 10), slice(0, 6))
    kept = suppress_duplicates(
        prediction((SHIRT, 0.75, WHOLE), (TOP, 0.5, MOST), (JACKET, 0.25, narrow)), 0.7
    )
    assert kept.category_ids.tolist() == [SHIRT, JACKET]


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
