"""Weights from elsewhere: which of them a network takes, which of its own are made anew, and why.

Where they come from is not known here: `weights` reads files, `torchvision_weights` and `detectron2`
translate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from wildwear.errors import ModelError

# Layers with rows for each category, the background's first.
BY_CATEGORY = (
    "roi_heads.box_predictor.",
    "roi_heads.mask_predictor.mask_fcn_logits.",
    "backbone.semantic.logits.",
)
BODY = "backbone.body."


@dataclass(frozen=True)
class Weights:
    """What a file holds, in this project's names and order: RGB photos, background first."""

    tensors: dict[str, Tensor]
    origin: dict[str, str] = field(default_factory=dict)  # the file's own name, where it is another
    categories: Sequence[str] | None = None  # what its labels 1 … n stand for; None: it does not say
    unused: dict[str, str] = field(default_factory=dict)  # weight of the file: why no network takes it


@dataclass(frozen=True)
class Transfer:
    """What became of every weight of a network and of every weight in the file."""

    loaded: dict[str, str]  # weight of the network: its name in the file
    new: dict[str, str]  # weight of the network: why it was made anew
    unused: dict[str, str]  # weight of the file: why nobody took it

    def text(self) -> str:
        """A table of all of them, one a line."""
        lines = [
            f"loaded    {name}" + (f" from {origin}" if origin != name else "")
            for name, origin in self.loaded.items()
        ]
        lines += [f"made anew {name}: {why}" for name, why in self.new.items()]
        lines += [f"not used  {name}: {why}" for name, why in self.unused.items()]
        return "\n".join(lines) + "\n"

    def summary(self) -> str:
        """One sentence about them."""
        return f"{len(self.loaded)} weights loaded, {len(self.new)} made anew, {len(self.unused)} not used"


def take_weights(model: nn.Module, weights: Weights, categories: Sequence[str]) -> Transfer:
    """Copy what fits into a network, and account for everything.

    The layers that tell categories apart are taken where the weights know every category by its name, row by
    row, and left as they are where not.

    Args:
        model: changed in place.
        weights: they must be of the network's own shape but for the categories.
        categories: the names that the network's labels 1 … n stand for.

    Raises:
        ModelError: the weights are of a network of another shape; nothing is changed then.
    """
    own = model.state_dict()
    rows, why = category_rows(weights.categories, categories)
    fitting: dict[str, Tensor] = {}
    new: dict[str, str] = {}
    for name, tensor in own.items():
        if name not in weights.tensors:
            new[name] = "the file has none"
        elif is_by_category(name, own):
            if rows is None:
                new[name] = why
            else:
                fitting[name] = pick_rows(
                    name, weights.tensors[name], rows, len(weights.categories or ()) + 1
                )
        else:
            fitting[name] = weights.tensors[name]
        if name in fitting and fitting[name].shape != tensor.shape:
            raise ModelError(f"{name}: expected {tuple(tensor.shape)}, found {tuple(fitting[name].shape)}")
    left = {name: "the network has none" for name in weights.tensors if name not in own}
    refuse_another_depth(new, left)
    model.load_state_dict(fitting, strict=False)
    left |= {name: why for name, why in new.items() if name in weights.tensors}
    origin = {name: weights.origin.get(name, name) for name in weights.tensors}
    return Transfer(
        loaded={name: origin[name] for name in fitting},
        new=new,
        unused={origin[name]: why for name, why in left.items()} | weights.unused,
    )


def category_rows(known: Sequence[str] | None, wanted: Sequence[str]) -> tuple[list[int] | None, str]:
    """The label of each wanted label in the file, the background's 0 first; or None, and why."""
    if known is None:
        return None, "the file does not say which categories it knows"
    labels = {name: label for label, name in enumerate(known, start=1)}
    if not wanted or not set(wanted) <= set(labels):
        return None, "the file's categories are others"
    return [0, *(labels[name] for name in wanted)], ""


def pick_rows(name: str, tensor: Tensor, labels: list[int], classes: int) -> Tensor:
    """The rows of some labels from a layer with as many rows for each of its classes.

    Raises:
        ModelError: its rows cannot be shared out among the classes.
    """
    if len(tensor) % classes:
        raise ModelError(
            f"{name}: expected a multiple of {classes} rows (background and categories), found {len(tensor)}"
        )
    by_class = tensor.reshape(classes, -1, *tensor.shape[1:])
    return by_class[torch.tensor(labels)].flatten(0, 1)


def is_by_category(name: str, own: dict[str, Tensor]) -> bool:
    """Whether a layer has rows for each category; boxes may be the same for all."""
    return name.startswith(BY_CATEGORY) and not ("bbox_pred" in name and len(own[name]) == 4)


def refuse_another_depth(new: dict[str, str], left: dict[str, str]) -> None:
    """Raise `ModelError` where backbones differ: all of an R50 fits an R101, half of which would stay new."""
    for what, names in (("has no", new), ("has besides", left)):
        for name in names:
            if name.startswith(BODY) and name.endswith(".weight"):
                raise ModelError(f"its backbone is another one: it {what} {name.removeprefix(BODY)}")
