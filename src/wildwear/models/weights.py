"""Files with weights: which kind each is, and how it is read without running anything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from wildwear.errors import ModelError
from wildwear.models import detectron2
from wildwear.models.checkpoints import read_facts
from wildwear.models.config import ModelConfig
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.models.pickles import Array, read_arrays
from wildwear.models.torchvision_weights import from_torchvision
from wildwear.models.transfer import Transfer, Weights, take_weights
from wildwear.taxonomy import coco_categories

# Fields of a config that say nothing about the shape of the weights.
NOT_OF_THE_SHAPE = {"pretrained", "num_classes", "long_side", "frozen_stages"}


def load_weights(model: GarmentRcnn, path: str | Path, categories: list[dict[str, Any]]) -> Transfer:
    """Load the weights of a file into a network, whatever categories they were trained for.

    Args:
        model: changed in place.
        path: a checkpoint of wildwear (`.safetensors`), or a Mask R-CNN of Detectron2 (`.pkl`, `.pth`) or of
            torchvision (`.pth`).
        categories: what the network's labels 1 … n stand for; where the file does not know all of them, the
            layers that tell categories apart stay as they are.

    Raises:
        ModelError: the file cannot be read, or is a network of another shape.
    """
    path = Path(path)
    weights = read_weights(path, model.config)
    try:
        return take_weights(model, weights, names_of(categories))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def read_weights(path: Path, config: ModelConfig) -> Weights:
    """The weights in a file, for a network of this shape. Raises `ModelError` where they are for another."""
    if path.suffix == ".safetensors":
        return read_own(path, config)
    if path.suffix == ".pkl":
        state = state_in(path, read_arrays(path))
    elif path.suffix in (".pth", ".pt"):
        state = state_in(path, read_torch(path))
    else:
        raise ModelError(f"{path}: expected .safetensors, .pkl or .pth")
    lineage = "detectron2" if any(name.startswith(detectron2.MARK) for name in state) else "torchvision"
    if "lite" in config.backbone or config.lineage != lineage:
        raise ModelError(
            f"{path}: is a network of {lineage}; it fits model.backbone=resnet50 or resnet101 with "
            f"model.lineage={lineage}, not {config.backbone} with {config.lineage}"
        )
    if lineage == "torchvision":
        return from_torchvision(state)
    try:
        return detectron2.convert(state, detectron2.pixels_of(path, state))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def read_own(path: Path, config: ModelConfig) -> Weights:
    """The weights of a checkpoint of wildwear."""
    facts = read_facts(path)
    own, theirs = config.model_dump(), ModelConfig.model_validate(facts["config"]).model_dump()
    other = [name for name in own if name not in NOT_OF_THE_SHAPE and own[name] != theirs[name]]
    if other:
        raise ModelError(
            f"{path}: is of another shape: "
            + ", ".join(f"{name} {theirs[name]} instead of {own[name]}" for name in other)
        )
    # Checkpoints from before other categories could be learnt hold the 30.
    return Weights(
        safetensors.torch.load_file(path), categories=names_of(facts.get("categories", coco_categories()))
    )


def read_torch(path: Path) -> Any:
    """The document in a file of `torch.save`, of which torch reads tensors and plain containers alone."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except Exception as error:  # a damaged file can make it fail in any way
        first_line = str(error).partition("\n")[0]
        raise ModelError(f"{path}: is no readable file of weights: {first_line}") from error


def state_in(path: Path, document: Any) -> dict[str, Tensor]:
    """The weights by name in a document, at its top or as its `model`.

    Raises:
        ModelError: it holds none, or something that is no array.
    """
    state = document.get("model", document) if isinstance(document, dict) else None
    if not isinstance(state, dict) or not state:
        raise ModelError(f'{path}: expected weights by name, or these as its "model"')
    tensors = {}
    for name, value in state.items():
        array = value.numpy if isinstance(value, Array) else None
        tensor = value if array is None else torch.from_numpy(array)
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ModelError(f"{path}: {name!r} is {type(value).__name__}; expected an array")
        tensors[name] = tensor
    return tensors


def names_of(categories: list[dict[str, Any]]) -> list[str]:
    """The names of categories, in the order of their labels."""
    return [str(category["name"]) for category in categories]
