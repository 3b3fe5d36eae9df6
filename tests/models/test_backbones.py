"""Backbones: folding changes nothing, and the published weights arrive."""

import pytest
import timm
import torch

from wildwear.models.backbones import EfficientNetLite, load_imagenet


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"])
def test_a_folded_backbone_computes_what_timm_computes_with_the_imagenet_weights(name: str) -> None:
    reference = timm.create_model(f"tf_{name}", features_only=True, out_indices=(1, 2, 3, 4)).eval()
    load_imagenet(reference, name)
    folded = EfficientNetLite(name, pretrained=True, frozen_stages=0).eval()
    photo = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for expected, found in zip(reference(photo), folded(photo), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-4)


def test_frozen_stages_and_depthwise_filters_stay_as_they_are() -> None:
    body = EfficientNetLite("efficientnet_lite0", pretrained=False, frozen_stages=3)
    assert not any(parameter.requires_grad for parameter in body.stem.parameters())
    assert not any(parameter.requires_grad for parameter in body.blocks[1].parameters())
    pointwise, depthwise = body.blocks[3][0].conv_pw, body.blocks[3][0].conv_dw
    assert pointwise.weight.requires_grad
    assert not (depthwise.conv.weight if hasattr(depthwise, "conv") else depthwise.weight).requires_grad
