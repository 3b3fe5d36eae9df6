"""What a network's scores are worth, learnt on val sets. Where garments are shown from says `choosing`."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from wildwear.evaluation.explanation.calibration import Judged
from wildwear.inference.card import LARGEST_FACTOR, LEAST_FACTOR, Calibration

FOLDS = 5  # of the photos: what a score is worth is measured on photos that it was not learnt from
PRIOR = 1.0  # standard deviation of the three numbers, as logarithms, around scores as they are
LEAST = 1e-6  # between a score and 0 or 1, whose logarithms are infinite
DECIMALS = 4  # in the card


def calibrate(judged: Judged) -> Calibration:
    """The calibration under which what is right, and what is not, is likeliest.

    A mild prior keeps it sober where few garments, or only right ones, are there to learn from.

    Args:
        judged: with the network's scores.
    """
    sure = np.clip(judged.scores, LEAST, 1 - LEAST)
    terms = np.stack([np.ones_like(sure), np.log(sure), -np.log1p(-sure)], axis=1)

    def unlikelihood(logarithms: NDArray[np.float64]) -> float:
        odds, right_power, wrong_power = logarithms[0], *np.exp(logarithms[1:])
        logits = terms @ np.array([odds, right_power, wrong_power])
        of_these = np.logaddexp(0, logits).sum() - logits[judged.right].sum()
        return float(of_these + (logarithms**2).sum() / (2 * PRIOR**2))

    best = np.exp(minimize(unlikelihood, np.zeros(3)).x)
    factors = np.clip(best.round(DECIMALS), LEAST_FACTOR, LARGEST_FACTOR)
    odds, right_power, wrong_power = map(float, factors)
    return Calibration(odds=odds, right_power=right_power, wrong_power=wrong_power)


def held_out(judged: Judged) -> NDArray[np.float32]:
    """What each score is worth, (n,), by what the garments of other photos taught.

    A fifth of the photos, drawn without a pattern but always the same, is left out at a time.
    """
    photos = np.unique(judged.photos)
    drawn = np.random.default_rng(0).permutation(len(photos)) % FOLDS
    folds = drawn[np.searchsorted(photos, judged.photos)]
    shares = np.zeros(len(judged.scores), np.float32)
    for fold in range(FOLDS):
        left_out = folds == fold
        others = Judged(judged.photos[~left_out], judged.scores[~left_out], judged.right[~left_out])
        shares[left_out] = calibrate(others).shares(judged.scores[left_out])
    return shares
