"""Networks small enough to build in a test."""

import pytest
import torch

from wildwear.models import GarmentRcnn, ModelConfig, build
from wildwear.models.proposals import Target


@pytest.fixture(scope="session")
def lite_config() -> ModelConfig:
    """The bundled model's shape with the smaller backbone and no ImageNet weights."""
    return ModelConfig(
        backbone="efficientnet_lite0",
        pretrained=False,
        fpn_channels=32,
        semantic_channels=16,
        box_features=64,
    )


@pytest.fixture
def lite(lite_config: ModelConfig) -> GarmentRcnn:
    """A network with random weights, always the same."""
    torch.manual_seed(1)
    return build(lite_config)


@pytest.fixture
def target() -> Target:
    """A shirt above a skirt in a 96 × 64 photo, and a region below them that is not judged."""
    masks = torch.zeros(2, 96, 64, dtype=torch.uint8)
    masks[0, 8:40, 10:50] = 1
    masks[1, 40:70, 14:46] = 1
    semantic = torch.zeros(96, 64, dtype=torch.uint8)
    semantic[masks[0].bool()], semantic[masks[1].bool()], semantic[80:] = 29, 20, 255
    return {
        "boxes": torch.tensor([[10.0, 8, 50, 40], [14, 40, 46, 70]]),
        "labels": torch.tensor([29, 20]),
        "masks": masks,
        "regions": torch.tensor([[0.0, 80, 64, 96]]),
        "semantic": semantic,
    }
