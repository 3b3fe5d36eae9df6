"""Backbones: folding changes nothing, and the published weights arrive."""

import pytest
import timm
import torch

from wildwear.models.backbones import DepthwiseConv, EfficientNetLite, load_imagenet


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"])
def test_a_folded_backbone_computes_what_timm_computes_with_the_imagenet_weights(name: str) -> None:
    reference = timm.create_model(f"tf_{name}", features_only=True, out_indices=(1, 2, 3, 4)).eval()
    load_imagenet(reference, name)
    folded = EfficientNetLite(name, pretrained=True, frozen_stages=0, pointwise_only=True).eval()
    photo = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for expected, found in zip(reference(photo), folded(photo), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-4)


def test_frozen_stages_depthwise_filters_and_biases_stay_as_they_are() -> None:
    body = EfficientNetLite("efficientnet_lite0", pretrained=False, frozen_stages=3, pointwise_only=True)
    assert not any(parameter.requires_grad for parameter in body.stem.parameters())
    assert not any(parameter.requires_grad for parameter in body.blocks[1].parameters())
    pointwise, depthwise = body.blocks[3][0].conv_pw, body.blocks[3][0].conv_dw
    assert pointwise.weight.requires_grad
    assert not pointwise.bias.requires_grad
    assert not (depthwise.conv.weight if hasattr(depthwise, "conv") else depthwise.weight).requires_grad


def test_depthwise_filters_and_biases_learn_where_they_are_told_to_and_their_stage_does() -> None:
    body = EfficientNetLite("efficientnet_lite0", pretrained=False, frozen_stages=3, pointwise_only=False)
    learning = [
        (depth >= 3, module.weight.requires_grad and module.bias.requires_grad)
        for depth, stage in enumerate((body.stem, *body.blocks))
        for module in stage.modules()
        if isinstance(module, DepthwiseConv)
    ]
    assert len(learning) == 16
    assert all(wanted == learns for wanted, learns in learning)


@pytest.mark.parametrize("learn", [False, True])
def test_a_depthwise_filter_goes_back_in_float32_under_autocast(learn: bool) -> None:
    conv = DepthwiseConv(8, 8, 5, stride=2, groups=8)
    conv.requires_grad_(learn)
    x = torch.randn(2, 8, 21, 17, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        halved = x.bfloat16().requires_grad_()
        found = conv(halved)
    found.sum().backward()
    wanted = torch.nn.functional.conv2d(x.bfloat16().float(), conv.weight, conv.bias, stride=2, groups=8)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, wanted)
    assert halved.grad is not None
    assert (conv.weight.grad is not None) == learn
