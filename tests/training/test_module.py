"""The schedule, and detections as COCO results."""

import pytest
import torch

from wildwear import imaging
from wildwear.models import ModelConfig, build
from wildwear.training import RunConfig
from wildwear.training.module import learning_rate_factor, rate_shares, to_results


def test_the_learning_rate_rises_then_falls_to_zero() -> None:
    config = RunConfig(name="a", warmup_steps=10)
    factors = [learning_rate_factor(step, 100, config) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == pytest.approx(1, abs=0.03)
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert factors[-1] == pytest.approx(0)


def test_steps_divide_by_ten() -> None:
    config = RunConfig(name="a", warmup_steps=0, schedule="step", decays=(0.5, 0.8))
    factors = [learning_rate_factor(step, 10, config) for step in (0, 4, 5, 8, 10)]
    assert factors == pytest.approx([1, 1, 0.1, 0.01, 0.01])


def test_results_are_in_the_original_photos_pixels() -> None:
    found = {
        "boxes": torch.tensor([[10.0, 5, 30, 25]]),
        "scores": torch.tensor([0.9]),
        "labels": torch.tensor([16]),
        "masks": torch.ones(1, 1, 28, 28),
    }
    (result,) = to_results(found, 7, scaled=(50, 40), size=(100, 80))
    assert (result["image_id"], result["category_id"]) == (7, 16)
    assert result["bbox"] == pytest.approx([20, 10, 40, 40])
    assert imaging.bbox(result["segmentation"]) == pytest.approx([20, 10, 40, 40], abs=1)


def test_the_backbone_learns_more_slowly_stage_by_stage_and_frozen_parts_not_at_all() -> None:
    model = build(ModelConfig(backbone="resnet50", pretrained=False, frozen_stages=2))
    config = RunConfig(name="a", backbone_rate=0.5, layer_decay=0.1, freeze=("rpn", "backbone.fpn"))
    shares = rate_shares(model, config)
    assert sorted(shares) == pytest.approx([0.005, 0.05, 0.5, 1.0])  # layer2, layer3, layer4, heads
    learnt = {id(parameter) for group in shares.values() for parameter in group}
    for name, parameter in model.named_parameters():
        frozen = name.startswith(("rpn", "backbone.fpn", "backbone.body.layer1", "backbone.body.conv1"))
        assert (id(parameter) not in learnt) == frozen, name
