"""Model files opened as documents, to train on from one or to write one again. Not for running them."""

from __future__ import annotations

from pathlib import Path

import onnx

from wildwear.errors import ModelError
from wildwear.inference.card import ModelCard, read_card
from wildwear.inference.onnx_file import refuse_external_data


def open_model_file(path: str | Path) -> tuple[onnx.ModelProto, ModelCard]:
    """The document in a model file, and its card.

    Raises:
        ModelError: it cannot be read, points outside itself, or is no model file of wildwear.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    refuse_external_data(content, str(path))
    model = onnx.load_from_string(content)
    return model, read_card({entry.key: entry.value for entry in model.metadata_props}, str(path))
