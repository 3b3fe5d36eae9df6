"""The network that a run begins with, and a word on every weight of it: loaded, or made anew."""

from __future__ import annotations

from pathlib import Path

from wildwear.errors import ModelError
from wildwear.files import write_atomically
from wildwear.models.mask_rcnn import GarmentRcnn, build
from wildwear.models.transfer import load_weights
from wildwear.training.config import RunConfig
from wildwear.training.labels import Labels

REPORT = "loaded.txt"


def first_model(config: RunConfig, labels: Labels, out: Path) -> GarmentRcnn:
    """Build the network for these categories, with the weights that the config starts from.

    What was loaded is written to `out/loaded.txt`.

    Raises:
        ModelError: the weights cannot be read, or belong to a network of another shape.
    """
    wanted = config.model.model_copy(update={"num_classes": len(labels.categories) + 1})
    if config.start is None:
        return build(wanted)
    model = build(wanted.model_copy(update={"pretrained": False}))
    report = load_weights(model, config.start, labels.categories)
    write_atomically(out / REPORT, report.text().encode())
    if not report.loaded:
        raise ModelError(f"{config.start}: none of its weights fits {config.model.backbone}")
    return model
