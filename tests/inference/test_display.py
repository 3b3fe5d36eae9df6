"""What a user is shown of all that a model finds."""

from dataclasses import replace

import numpy as np
import pytest

from tiny_model import CARD
from wildwear.imaging import encode
from wildwear.inference import ModelCard, Prediction
from wildwear.inference.card import Calibration, Thresholds
from wildwear.inference.display import calibrated, shown, sure_enough

HAT, BAG, COAT = 1, 2, 16


@pytest.fixture
def thresholds() -> Thresholds:
    return ModelCard.model_validate(CARD).thresholds


def found(*garments: tuple[int, float]) -> Prediction:
    """Garments side by side, the surest first."""
    masks = []
    for place in range(len(garments)):
        mask = np.zeros((4, 40), dtype=bool)
        mask[:, 4 * place : 4 * place + 3] = True
        masks.append(encode(mask))
    return Prediction(
        size=(4, 40),
        scores=np.array([score for _, score in garments], dtype=np.float32),
        category_ids=np.array([category_id for category_id, _ in garments], dtype=np.int64),
        masks=masks,
        alternatives=[[] for _ in garments],
        network_boxes=np.zeros((len(garments), 4), dtype=np.float32),
    )


def test_an_old_card_has_one_display_threshold(thresholds: Thresholds) -> None:
    assert [thresholds.score_of(category_id) for category_id in (HAT, BAG, COAT)] == [0.5] * 3
    cut = shown(found((HAT, 0.8), (BAG, 0.6), (COAT, 0.4)), thresholds)
    assert cut.category_ids.tolist() == [HAT, BAG]


def test_a_category_may_have_a_display_threshold_of_its_own() -> None:
    own = {"category_scores": {"16": 0.3, "2": 0.7}}
    card = ModelCard.model_validate(CARD | {"thresholds": {**CARD["thresholds"], **own}})  # type: ignore[dict-item]
    cut = shown(found((HAT, 0.8), (BAG, 0.6), (COAT, 0.4)), card.thresholds)
    assert cut.category_ids.tolist() == [HAT, COAT]
    assert card.thresholds.lowest == 0.3
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_a_score_that_is_asked_for_holds_for_every_category(thresholds: Thresholds) -> None:
    of_card = thresholds.model_copy(update={"category_scores": {COAT: 0.3}})
    asked = of_card.changed(score=0.7)
    assert (asked.score, asked.category_scores, asked.lowest) == (0.7, {}, 0.7)
    assert of_card.changed() == of_card


@pytest.mark.parametrize("score", [0.3, 0.5, 0.7, 0.9])
def test_a_score_at_the_threshold_is_shown_in_every_type_of_number(
    score: float, thresholds: Thresholds
) -> None:
    asked = thresholds.changed(score=score)
    for kind in (np.float32, np.float64):
        at = np.array([score], dtype=kind)
        assert sure_enough(at, [HAT], asked).tolist() == [True]
        assert sure_enough(np.nextafter(at, kind(0)), [HAT], asked).tolist() == [False]


@pytest.mark.parametrize("score", [-0.1, 1.01, 90, float("nan")])
def test_a_score_that_is_no_share_is_refused(score: float, thresholds: Thresholds) -> None:
    with pytest.raises(ValueError, match="a score is from 0 to 1, not"):
        thresholds.changed(score=score)


def test_at_most_so_many_garments_are_shown_as_the_card_says(thresholds: Thresholds) -> None:
    everything = found((HAT, 0.8), (BAG, 0.6), (COAT, 0.6))
    assert len(shown(everything, thresholds.changed(limit=2))) == 2
    assert len(shown(everything, thresholds)) == 3


def test_what_else_a_garment_may_be_is_calibrated_as_it_is_and_left_out_where_it_is_unlikely() -> None:
    said = replace(found((HAT, 0.8)), alternatives=[[(BAG, 0.5), (COAT, 0.06)]])
    worth = calibrated(said, Calibration(odds=0.25))
    assert worth.scores.tolist() == [pytest.approx(0.5)]  # odds of 4 become 1
    assert worth.alternatives == [[(BAG, pytest.approx(0.2))]]  # and the coat's 0.016 tells nobody anything
