"""Files with weights: which kind each is, and how it is read without running anything in it."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from onnx.numpy_helper import to_array
from torch import Tensor

from wildwear.errors import ModelError
from wildwear.inference.session import find_model
from wildwear.models import detectron2
from wildwear.models.architectures import BACKBONES
from wildwear.models.checkpoints import read_facts
from wildwear.models.config import ModelConfig
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.models.model_files import open_model_file
from wildwear.models.pickles import Array, check_tuples, read_arrays
from wildwear.models.torchvision_weights import from_torchvision
from wildwear.models.transfer import Transfer, Weights, take_weights
from wildwear.taxonomy import coco_categories

# Fields of a config that say nothing about the shape of the weights.
NOT_OF_THE_SHAPE = {
    "pretrained", "num_classes", "long_side", "short_side", "frozen_stages", "pointwise_only",
    "anchors_learnt", "boxes_learnt", "candidates", "proposals", "min_score", "same", "sure_masks",
    "smooth_l1",
}  # fmt: skip
MOST_DESCRIPTION = 2**26  # bytes of the pickle in a file of weights, beside the weights themselves
PICKLES_BEFORE_ZIPS = 5  # in a file of torch before 1.6: three of its own, what was saved, what was shared
# What the names of a model file's weights begin with, and those of the network's.
PARTS = {"dense/model.": "", "box/": "roi_heads.box_", "mask/": "roi_heads.mask_"}


def load_weights(
    model: GarmentRcnn,
    path: str | Path,
    categories: list[dict[str, Any]],
    *,
    known: Sequence[str] | None = None,
) -> Transfer:
    """Load the weights of a file into a network, whatever categories they were trained for.

    Args:
        model: changed in place.
        path: a checkpoint or a model file of wildwear (`.safetensors`, `.onnx`, the name of a bundled
            one), or a Mask R-CNN of Detectron2 (`.pkl`, `.pth`) or of torchvision (`.pth`).
        categories: what the network's labels 1 … n stand for; where the file does not know all of them, the
            layers that tell categories apart stay as they are.
        known: the names of the file's own categories in their order, if it does not say them itself.

    Raises:
        ModelError: the file cannot be read, is a network of another shape, or has another number of
            categories than are named.
    """
    path = Path(path) if Path(path).suffix else find_model(str(path))
    weights = read_weights(path, model.config)
    try:
        if known is not None:
            if path.suffix in (".safetensors", ".onnx"):
                raise ModelError("says itself which categories it knows; do not name them")
            weights = with_categories(weights, known)
        return take_weights(model, weights, names_of(categories))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def read_weights(path: Path, config: ModelConfig) -> Weights:
    """The weights in a file, for a network of this shape. Raises `ModelError` where they are for another."""
    if path.suffix == ".safetensors":
        return read_own(path, config)
    if path.suffix == ".onnx":
        return read_model_file(path, config)
    state = read_state(path)
    lineage = "detectron2" if any(name.startswith(detectron2.MARK) for name in state) else "torchvision"
    if lineage not in BACKBONES[config.backbone].lineages or config.lineage != lineage:
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


def read_state(path: Path) -> dict[str, Tensor]:
    """The weights by name in a file of Detectron2 or torchvision. Raises `ModelError` for another file."""
    if path.suffix == ".pkl":
        return state_in(path, read_arrays(path))
    if path.suffix in (".pth", ".pt"):
        return state_in(path, read_torch(path))
    raise ModelError(f"{path}: expected .safetensors, .onnx, .pkl or .pth")


def with_categories(weights: Weights, names: Sequence[str]) -> Weights:
    """Weights with the categories that they do not say. Raises `ModelError` where there are not as many."""
    scores = weights.tensors.get("roi_heads.box_predictor.cls_score.bias")
    count = 0 if scores is None else len(scores) - 1
    if count != len(names):
        raise ModelError(f"tells {count} categories apart; {len(names)} are named")
    return replace(weights, categories=list(names))


def read_own(path: Path, config: ModelConfig) -> Weights:
    """The weights of a checkpoint of wildwear."""
    facts = read_facts(path)
    refuse_another_shape(path, config, facts["config"])
    # Checkpoints from before other categories could be learnt hold the 30.
    return Weights(
        safetensors.torch.load_file(path), categories=names_of(facts.get("categories", coco_categories()))
    )


def read_model_file(path: Path, config: ModelConfig) -> Weights:
    """The weights of a model file, which keeps them in float16, without those that only training needs."""
    model, card = open_model_file(path)
    refuse_another_shape(path, config, card.config)
    tensors = {}
    for initializer in model.graph.initializer:
        name = initializer.name.removesuffix("/float16")
        for part, of_network in PARTS.items():
            if name.startswith(part):
                # A copy: what onnx hands out cannot be written to.
                tensors[of_network + name.removeprefix(part)] = torch.tensor(to_array(initializer)).float()
    return Weights(tensors, categories=[category.name for category in card.categories])


def refuse_another_shape(path: Path, config: ModelConfig, theirs: dict[str, Any]) -> None:
    """Raise `ModelError` where weights are of a network whose shape is not the config's."""
    own, other = config.model_dump(), ModelConfig.model_validate(theirs).model_dump()
    differing = [name for name in own if name not in NOT_OF_THE_SHAPE and own[name] != other[name]]
    if differing:
        raise ModelError(
            f"{path}: is of another shape: "
            + ", ".join(f"{name} {other[name]} instead of {own[name]}" for name in differing)
        )


def read_torch(path: Path) -> Any:
    """The document in a file of `torch.save`, of which torch reads tensors and plain containers alone."""
    try:
        refuse_endless_tuples(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except Exception as error:  # a damaged file can make it fail in any way
        first_line = str(error).partition("\n")[0]
        raise ModelError(f"{path}: is no readable file of weights: {first_line}") from error


def refuse_endless_tuples(path: Path) -> None:
    """Raise `ModelError` where a pickle in a file of `torch.save` would keep torch busy for ever."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            for part in parts.infolist():
                if part.filename.lower().endswith("data.pkl"):  # torch finds it in either case
                    if part.file_size > MOST_DESCRIPTION:
                        raise ModelError(f"describes its weights in {part.file_size:,} bytes")
                    check_tuples(parts.read(part))
        return
    with path.open("rb") as file:
        for _ in range(PICKLES_BEFORE_ZIPS):
            check_tuples(file)


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
