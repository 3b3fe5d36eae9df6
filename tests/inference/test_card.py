"""The model card: what the export writes, inference reads."""

import json

import pytest

from tiny_model import CARD
from wildwear.errors import ModelError
from wildwear.inference.card import METADATA_KEY, ModelCard, read_card


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
