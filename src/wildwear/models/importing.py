"""Trained networks of Detectron2 become checkpoints of ours, heads and all: their categories are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wildwear.datasets.formats import coco
from wildwear.errors import DatasetError, ModelError
from wildwear.models import detectron2
from wildwear.models.architectures import build
from wildwear.models.checkpoints import save_checkpoint
from wildwear.models.config import ModelConfig
from wildwear.models.transfer import Transfer, take_weights
from wildwear.models.weights import names_of, read_state, with_categories
from wildwear.taxonomy import CATEGORIES, coco_categories
from wildwear.taxonomy.words import squeeze
from wildwear.version import __version__

OURS = {squeeze(category.name): category.name for category in CATEGORIES}


def import_detectron2(
    file: str | Path, out: str | Path, categories: Sequence[str], *, name: str | None = None
) -> Transfer:
    """Make a checkpoint of a Mask R-CNN that Detectron2 trained: R50-FPN or R101-FPN, as in its zoo.

    What a `config.yaml` or `model_config.yaml` beside it says of sizes, proposals and scores is taken over.

    Args:
        file: `model_final.pth`, or a `.pkl` of the zoo.
        out: the `.safetensors` file.
        categories: the names of its classes, in their order.
        name: of the model, where it is not to be the file's.

    Returns:
        what became of every weight; none was made anew.

    Raises:
        ModelError: the file cannot be read, is another network, or has another number of classes.
        OutputError: `out` cannot be written.
    """
    file = Path(file)
    state = read_state(file)
    if not any(weight.startswith(detectron2.MARK) for weight in state):
        raise ModelError(f"{file}: is no network of Detectron2")
    names = [our_name(name) for name in categories]
    labels = labels_of(names)
    fields = detectron2.network_of(file, state) | {"num_classes": len(labels) + 1}
    try:
        config = ModelConfig.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelError(
            f"{file}: the config beside it asks for {place} {first['input']}: {first['msg']}"
        ) from error
    model = build(config)
    try:
        weights = with_categories(detectron2.convert(state, detectron2.pixels_of(file, state)), names)
        report = take_weights(model, weights, names_of(labels))
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error
    if report.new:
        lacking = ", ".join(sorted(report.new)[:3])
        raise ModelError(f"{file}: lacks {len(report.new)} weights of Mask R-CNN, such as {lacking}")
    facts = {"name": name or file.stem, "wildwear_version": __version__, "categories": labels}
    save_checkpoint(model, out, facts)
    return report


def labels_of(names: Sequence[str]) -> list[dict[str, Any]]:
    """The categories of a network by name: the 30 in our order, where it knows all; else as they come."""
    if sorted(names) == sorted(OURS.values()):
        return list(coco_categories())
    return [{"id": place, "name": name} for place, name in enumerate(names, start=1)]


def our_name(name: str) -> str:
    """A category's name as we spell it; another name as it is."""
    return OURS.get(squeeze(name), name)


def read_category_names(given: str | Path) -> list[str]:
    """The names of a network's classes in their order, one of ours as we spell it.

    Args:
        given: names with commas between them; a text file with one a line; or a COCO file, whose categories
            Detectron2 orders by id.

    Raises:
        ModelError: there is no such file, or it names none, or one twice.
    """
    path = Path(given)
    if path.suffix == ".json":
        names = names_in_coco(path)
    elif path.suffix == ".txt" or path.is_file():
        names = lines_of(path)
    else:
        names = str(given).split(",")
    found = [our_name(name.strip()) for name in names if name.strip()]
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise ModelError(f"{given}: names {', '.join(twice)} twice")
    if not found:
        raise ModelError(f"{given}: names no category")
    return found


def names_in_coco(path: Path) -> list[str]:
    """The names of the categories of a COCO file, by id."""
    try:
        document = coco.read_document(path)
        coco.check_section(path, document, "categories", coco.REQUIRED["categories"])
    except DatasetError as error:
        raise ModelError(str(error)) from error
    return [category["name"] for category in sorted(document["categories"], key=lambda one: int(one["id"]))]


def lines_of(path: Path) -> list[str]:
    """The lines of a text file."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read as text: {error}") from error
