"""The model card: what the export writes, inference reads."""

import json
from itertools import product

import numpy as np
import pytest

from tiny_model import CARD
from wildwear.errors import ModelError
from wildwear.inference.card import (
    LARGEST_FACTOR,
    LEAST_FACTOR,
    METADATA_KEY,
    Calibration,
    ModelCard,
    read_card,
)

CALIBRATED = Calibration(odds=0.5, right_power=1.3, wrong_power=0.6)  # as that of the default, roughly


def metadata(**changes: object) -> dict[str, str]:
    return {METADATA_KEY: json.dumps(CARD | changes)}


def test_a_card_survives_being_written_and_read() -> None:
    card = read_card(metadata(metrics={"mask AP": 0.3}), "tiny.onnx")
    assert ModelCard.model_validate_json(card.model_dump_json()) == card
    assert card.metrics == {"mask AP": 0.3}


def test_category_ids_are_numbers_although_json_keys_are_text() -> None:
    assert read_card(metadata(), "tiny.onnx").train_instances == {1: 80, 2: 3, 16: 44}


def test_fields_of_a_newer_wildwear_are_kept() -> None:
    card = read_card(metadata(colour_profile="sRGB"), "tiny.onnx")
    assert json.loads(card.model_dump_json())["colour_profile"] == "sRGB"


def test_a_model_without_a_card_is_not_ours() -> None:
    with pytest.raises(ModelError, match=r"yolo\.onnx: an ONNX model, but not one that wildwear exported"):
        read_card({"author": "somebody"}, "yolo.onnx")


def test_a_damaged_card_names_the_field() -> None:
    with pytest.raises(ModelError, match=r"tiny\.onnx: its card is damaged at input\.long_side"):
        read_card(metadata(input={"long_side": -1, "multiple": 32, "pad_value": 0}), "tiny.onnx")


def test_a_card_of_a_later_format_says_how_to_read_it() -> None:
    with pytest.raises(ModelError, match="pip install --upgrade wildwear"):
        read_card(metadata(format=2), "tiny.onnx")


@pytest.mark.parametrize("text", ["", "no json", "[]", "null"])
def test_a_card_that_is_no_object_is_an_error_and_no_traceback(text: str) -> None:
    with pytest.raises(ModelError, match="damaged at the card"):
        read_card({METADATA_KEY: text}, "tiny.onnx")


def test_scores_of_a_card_without_a_calibration_stay_as_they_are_to_the_last_bit() -> None:
    card = read_card(metadata(), "tiny.onnx")
    scores = np.random.default_rng(0).random(10_000, np.float32)
    assert np.array_equal(card.calibration.shares(scores), scores)


def test_a_calibration_survives_in_the_card() -> None:
    card = read_card(metadata(calibration=CALIBRATED.model_dump()), "tiny.onnx")
    assert ModelCard.model_validate_json(card.model_dump_json()).calibration == CALIBRATED


def test_a_calibration_keeps_the_order_of_scores_and_makes_no_ties() -> None:
    scores = np.linspace(0, 1, 100_001, dtype=np.float32)
    shares = CALIBRATED.shares(scores)
    assert (np.diff(shares) > 0).all()
    assert (shares[0], shares[-1]) == (0, 1)


@pytest.mark.parametrize("field", ["odds", "right_power", "wrong_power"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, 10**400, 1e-300, 0, -1, None, "much"])
def test_a_calibration_that_no_val_set_teaches_is_damage(field: str, value: object) -> None:
    with pytest.raises(ModelError, match=rf"tiny\.onnx: its card is damaged at calibration\.{field}"):
        read_card(metadata(calibration={field: value}), "tiny.onnx")


def test_every_calibration_makes_a_share_of_every_score() -> None:
    scores = np.array([0, 1e-30, 1e-7, 0.25, 0.5, 0.75, 1 - 1e-7, 1], dtype=np.float32)
    for odds, right_power, wrong_power in product([LEAST_FACTOR, LARGEST_FACTOR], repeat=3):
        shares = Calibration(odds=odds, right_power=right_power, wrong_power=wrong_power).shares(scores)
        assert ((shares >= 0) & (shares <= 1)).all()


@pytest.mark.parametrize("calibration", [Calibration(), CALIBRATED])
@pytest.mark.parametrize("share", [0.0, 0.002, 0.01, 0.3, 0.58, 0.9, 1.0])
def test_the_score_that_is_worth_a_share_is_found_and_never_too_high(
    calibration: Calibration, share: float
) -> None:
    score = calibration.score(share)
    assert calibration.shares(score) <= np.float32(share)
    assert calibration.shares(min(1, score + 2e-6)) >= np.float32(share)


@pytest.mark.parametrize("field", ["odds", "right_power", "wrong_power"])
def test_a_calibration_that_would_turn_the_order_round_is_damaged(field: str) -> None:
    with pytest.raises(ModelError, match=rf"its card is damaged at calibration\.{field}"):
        read_card(metadata(calibration={field: 0}), "tiny.onnx")
