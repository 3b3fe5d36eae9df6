"""Checkpoints: weights as safetensors, with the model's config and other facts in the header."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError, safe_open

from wildwear.errors import ModelError
from wildwear.files import write_atomically
from wildwear.models.architectures import build
from wildwear.models.config import ModelConfig
from wildwear.models.mask_rcnn import GarmentRcnn


def save_checkpoint(model: GarmentRcnn, path: str | Path, facts: dict[str, Any]) -> None:
    """Write a model's weights with its config and `facts` (training data, metrics, version …) in the header.

    A kill leaves the previous checkpoint whole. Raises `OutputError` when the file cannot be written.
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    header = {"wildwear": json.dumps({"config": model.config.model_dump(), **facts})}
    write_atomically(path, safetensors.torch.save(weights, metadata=header))


def read_facts(path: str | Path) -> dict[str, Any]:
    """What a checkpoint's header says, its `config` included. Raises `ModelError` for a file that is not
    ours."""
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: is not a readable checkpoint (safetensors): {error}") from error
    if "wildwear" not in header:
        raise ModelError(f"{path}: is a safetensors file, but not a checkpoint of wildwear")
    try:
        facts: dict[str, Any] = json.loads(header["wildwear"])
        ModelConfig.model_validate(facts["config"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: its description is damaged, or of another wildwear: {error}") from error
    return facts


def load_checkpoint(path: str | Path) -> GarmentRcnn:
    """Rebuild the model that a checkpoint describes and load its weights. Raises `ModelError` where they
    disagree."""
    facts = read_facts(path)
    config = ModelConfig.model_validate({**facts["config"], "pretrained": False})
    model = build(config)
    try:
        model.load_state_dict(safetensors.torch.load_file(path))
    except RuntimeError as error:
        raise ModelError(f"{path}: its weights do not fit its config: {error}") from error
    return model


def average_checkpoints(paths: Sequence[str | Path], out: str | Path) -> None:
    """Write the mean of the weights of checkpoints of one shape, best a run and what went on from it.

    What the last one says about itself is kept, but for its figures, which are not those of the mean.

    Raises:
        ModelError: one of them is not a checkpoint, or they differ in shape.

    Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022: between a model and its
    fine-tuned self lies one that has most of what both can do.
    """
    models = [load_checkpoint(path) for path in paths]
    for path, model in zip(paths, models, strict=True):
        if model.config != models[0].config:
            raise ModelError(f"{path}: is of another shape than {paths[0]}: {model.config}")
    states = [model.state_dict() for model in models]
    mean = {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    models[-1].load_state_dict(mean)
    facts = {
        name: value for name, value in read_facts(paths[-1]).items() if name not in ("config", "val", "epoch")
    }
    save_checkpoint(models[-1], out, {**facts, "averaged": [Path(path).name for path in paths]})
