"""The network that a run begins with, and a word on every weight of it: loaded, or made anew."""

from __future__ import annotations

from wildwear.errors import ModelError
from wildwear.models.architectures import build, has_published_weights, load_published_weights
from wildwear.models.importing import read_category_names
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.models.transfer import Transfer
from wildwear.models.weights import load_weights
from wildwear.training.config import RunConfig
from wildwear.training.labels import Labels

REPORT = "loaded.txt"


def first_model(config: RunConfig, labels: Labels) -> tuple[GarmentRcnn, Transfer | None]:
    """Build the network for these categories, with the weights that the config starts from.

    Returns:
        the network, and what became of every weight; None where its own weights are complete as they come.

    Raises:
        ModelError: the weights cannot be read, or belong to a network of another shape.
    """
    wanted = config.model.model_copy(update={"num_classes": len(labels.categories) + 1})
    empty = wanted.model_copy(update={"pretrained": False})
    if config.start is not None:
        model = build(empty)
        named = config.start_categories
        known = read_category_names(named) if named else None
        report = load_weights(model, config.start, labels.categories, known=known)
    elif wanted.pretrained and has_published_weights(wanted):
        model = build(empty)
        report = load_published_weights(model, [category["name"] for category in labels.categories])
    else:
        return build(wanted), None
    if not report.loaded:
        raise ModelError(f"{config.start}: none of its weights fits {config.model.backbone}")
    return model, report
