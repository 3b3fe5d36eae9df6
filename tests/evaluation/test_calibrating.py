"""What scores are worth, learnt from what is right: on made garments of which the share is known."""

import numpy as np
import pytest

from wildwear.evaluation.calibrating import calibrate, held_out
from wildwear.evaluation.explanation.calibration import Judged, reliability
from wildwear.inference.card import Calibration

WORTH = Calibration(odds=0.5, right_power=1.3, wrong_power=0.6)


def garments(number: int, worth: Calibration = WORTH, seed: int = 0) -> Judged:
    """Of each score as many are right as it is worth, on photos of ten garments."""
    generator = np.random.default_rng(seed)
    scores = generator.random(number)
    right = generator.random(number) < worth.shares(scores)
    return Judged(np.arange(number) // 10, scores, right)


def test_a_calibration_is_learnt_again_from_garments_that_follow_it() -> None:
    learnt = calibrate(garments(20_000))
    scores = np.linspace(0, 1, 101)
    assert learnt.shares(scores) == pytest.approx(WORTH.shares(scores), abs=0.02)


def test_scores_that_promise_too_much_keep_it_on_photos_that_were_left_out() -> None:
    found = garments(2000)
    assert reliability(found.scores, found.right).error > 0.1
    assert reliability(held_out(found), found.right).error < 0.04


def test_no_photo_vouches_for_itself() -> None:
    found = garments(200)
    lied = Judged(found.photos, found.scores, np.where(found.photos == 7, ~found.right, found.right))
    of_photo = found.photos == 7
    assert np.array_equal(held_out(lied)[of_photo], held_out(found)[of_photo])
    assert not np.array_equal(held_out(lied), held_out(found))


def test_without_a_garment_scores_stay_as_they_are() -> None:
    nothing = Judged(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))
    assert calibrate(nothing) == Calibration()
    assert held_out(nothing).shape == (0,)


@pytest.mark.parametrize("right", [[True, True, True], [False, False, False], [True, True, False]])
def test_a_few_garments_move_scores_a_little_even_where_none_or_all_are_right(right: list[bool]) -> None:
    few = Judged(np.arange(3), np.array([1.0, 0.9, 0.6]), np.array(right))
    shares = calibrate(few).shares([0.1, 0.5, 0.95])
    assert 0.01 < shares[0] < shares[1] < shares[2] < 0.995
