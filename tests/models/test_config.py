"""A network's description: what a backbone cannot be is refused, and descriptions of yesterday hold."""

from typing import Any

import pytest

from wildwear.models import ModelConfig


def test_a_description_from_before_the_thesis_settings_is_the_network_of_then() -> None:
    fields = ModelConfig(backbone="efficientnet_lite2", frozen_stages=3).model_dump(mode="json")
    since = {
        "short_side": None,
        "anchors_learnt": 128,
        "boxes_learnt": 64,
        "candidates": [600, 500],
        "proposals": [400, 150],
        "min_score": 0.01,
        "smooth_l1": 1 / 9,
    }
    assert fields.items() >= since.items()
    before = {name: value for name, value in fields.items() if name not in since}
    assert ModelConfig.model_validate(before).model_dump(mode="json") == fields


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"backbone": "vgg"}, "'efficientnet_lite0', 'efficientnet_lite1'"),
        ({"backbone": "resnet50", "frozen_stages": 6}, "resnet50 has 5 stages; frozen_stages is 6"),
        ({"proposals": [100, 0]}, r"expected 1 or more, in training and at inference, not \(100, 0\)"),
    ],
)
def test_what_no_network_can_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelConfig.model_validate(fields)
