"""Weights from elsewhere: which of them a network takes, which of its own are made anew, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor

from wildwear.errors import ModelError
from wildwear.models.checkpoints import read_facts
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.taxonomy import coco_categories

# Layers with a row or a map for each category; `bbox_pred` has one box for all in the Lite family.
BY_CATEGORY = (
    "roi_heads.box_predictor.",
    "roi_heads.mask_predictor.mask_fcn_logits.",
    "backbone.semantic.logits.",
)
PRETRAINED_ONLY = {"pretrained", "num_classes", "long_side", "frozen_stages"}  # what weights do not depend on


@dataclass(frozen=True)
class Transfer:
    """What became of every weight of a network and of every weight in the file."""

    loaded: list[str]
    new: dict[str, str]  # weight of the network: why it was made anew
    unused: dict[str, str]  # weight of the file: why nobody took it

    def text(self) -> str:
        """A table of all of them, one a line."""
        lines = [f"loaded    {name}" for name in self.loaded]
        lines += [f"made anew {name}: {why}" for name, why in self.new.items()]
        lines += [f"not used  {name}: {why}" for name, why in self.unused.items()]
        return "\n".join(lines) + "\n"

    def summary(self) -> str:
        """One sentence about them."""
        return f"{len(self.loaded)} weights loaded, {len(self.new)} made anew, {len(self.unused)} not used"


def load_weights(model: GarmentRcnn, path: str | Path, categories: list[dict[str, Any]]) -> Transfer:
    """Load the weights of a file into a network, whatever categories they were trained for.

    Args:
        model: changed in place.
        path: a checkpoint of wildwear (`.safetensors`).
        categories: what the network's labels 1 … n stand for; where the file's are others, the layers that
            tell categories apart stay as they are.

    Raises:
        ModelError: the file cannot be read, or is a network of another shape.
    """
    state, trained_for = read_weights(Path(path), model)
    return take_weights(model, state, same_categories=trained_for == names_of(categories))


def read_weights(path: Path, model: GarmentRcnn) -> tuple[dict[str, Tensor], list[str]]:
    """The weights of a file under this network's names, and the categories that they tell apart, in order."""
    facts = read_facts(path)
    own, theirs = model.config.model_dump(), dict(facts["config"])
    other = [name for name in own if name not in PRETRAINED_ONLY and own[name] != theirs.get(name, own[name])]
    if other:
        raise ModelError(
            f"{path}: is of another shape: "
            + ", ".join(f"{name} {theirs[name]} instead of {own[name]}" for name in other)
        )
    # Checkpoints from before other categories could be learnt hold the 30.
    return safetensors.torch.load_file(path), names_of(facts.get("categories", coco_categories()))


def take_weights(model: GarmentRcnn, state: dict[str, Tensor], *, same_categories: bool) -> Transfer:
    """Copy what fits by name and shape into a network, and account for everything."""
    own = model.state_dict()
    new: dict[str, str] = {}
    for name, tensor in own.items():
        if name not in state:
            new[name] = "the file has none"
        elif not same_categories and name.startswith(BY_CATEGORY) and is_by_category(name, model):
            new[name] = "the file's categories are others"
        elif tensor.shape != state[name].shape:
            raise ModelError(f"{name}: expected {tuple(tensor.shape)}, found {tuple(state[name].shape)}")
    loaded = [name for name in own if name not in new]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    unused = {name: "the network has none" for name in state if name not in own}
    unused |= {name: why for name, why in new.items() if name in state}
    return Transfer(loaded, new, unused)


def is_by_category(name: str, model: GarmentRcnn) -> bool:
    """Whether a layer has a row for each category; boxes may be the same for all."""
    return "bbox_pred" not in name or model.roi_heads.box_predictor.bbox_pred.out_features > 4


def names_of(categories: list[dict[str, Any]]) -> list[str]:
    """The names of categories, in the order of their labels."""
    return [str(category["name"]) for category in categories]
