"""`evaluate`: run a model over the photos of a dataset, score what it finds, and leave a record of how."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import wildwear
from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.ready import require_ready
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation.matching import MAX_DETECTIONS, MIN_SCORE, check_truth
from wildwear.evaluation.metrics import Metrics, score
from wildwear.files import sha256, write_atomically

if TYPE_CHECKING:
    from wildwear.inference import Segmenter

DRAWS = 1000  # of photos; a standard error from so many is itself right within some 4 %


def evaluate(
    segmenter: "Segmenter",
    dataset: Dataset,
    images_dir: str | Path | None = None,
    *,
    source: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    bootstrap: int = DRAWS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Metrics:
    """Score a model on a dataset: AP on all that it finds, precision and recall on what it displays.

    Args:
        segmenter: the model.
        dataset: the truth, in wildwear's categories. What the model finds of a category that the dataset does
            not list, or does not label (`info.not_labelled`), is left out.
        images_dir: where the photos lie; `images/` beside the dataset's file when not given.
        source: only images with this `source` ("wild" or "street").
        out: a folder to write `metrics.json`, `predictions.json` (COCO results, all that AP counts) and
            `settings.yaml` to.
        overwrite: replace what an earlier run left in `out`.
        bootstrap: how often to draw the photos again for the 95 % intervals.
        progress: called with the number of photos done and in all.

    Raises:
        DatasetError: nothing to evaluate on, categories that are not wildwear's, photos missing or of another
            size than the dataset says: found before the first photo is run.
        PhotoError: a photo cannot be read.
        OutputError: `out` holds something, or cannot be written.
    """
    if source is not None:
        dataset = _of_source(dataset, source)
    require_ready(dataset, images_dir)
    check_truth(dataset)
    if out is not None:
        _claim(Path(out), overwrite)

    # Where a label map says that a dataset marks no shoes, shoes that are found are neither right nor wrong.
    unmarked = set(dataset.info.get("not_labelled", ()))
    listed = {category["id"] for category in dataset.categories if category["name"] not in unmarked}
    predictions: list[dict[str, Any]] = []
    displayed: list[dict[str, Any]] = []
    for done, image in enumerate(dataset.images):
        progress(done, len(dataset.images))
        photo = imaging.read_photo(dataset.photo_path(image, images_dir))
        # Two runs of the model, so that precision and recall are those of the very output that a user gets.
        everything = segmenter(photo, score=MIN_SCORE, suppress=None, limit=MAX_DETECTIONS)
        predictions += everything.to_coco(image["id"])
        displayed += segmenter(photo).to_coco(image["id"])
    progress(len(dataset.images), len(dataset.images))

    predictions = [prediction for prediction in predictions if prediction["category_id"] in listed]
    displayed = [prediction for prediction in displayed if prediction["category_id"] in listed]
    metrics = score(
        dataset, predictions, displayed=displayed, learnt=segmenter.card.learnt, bootstrap=bootstrap
    )
    if out is not None:
        settings = _settings(segmenter, dataset, source, metrics)
        texts = {
            "predictions.json": json.dumps(predictions, allow_nan=False),
            "settings.yaml": yaml.safe_dump(settings, sort_keys=False, allow_unicode=True),
            "metrics.json": json.dumps(metrics.to_dict(), indent=2, allow_nan=False) + "\n",
        }
        for name, text in texts.items():
            write_atomically(Path(out) / name, text.encode())
    return metrics


def _of_source(dataset: Dataset, source: str) -> Dataset:
    images = [image for image in dataset.images if image.get("source") == source]
    if not images:
        present = sorted({str(image["source"]) for image in dataset.images if "source" in image})
        has = f"it has {', '.join(present)}" if present else "its images do not say their source"
        raise DatasetError(f"{dataset.path}: no image has the source {source!r}; {has}.")
    return dataset.restricted_to(images)


def _claim(folder: Path, overwrite: bool) -> None:
    """Make the folder; raise `OutputError` when something lies in it, or where it should be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not overwrite and any(folder.iterdir()):
            raise OutputError(f"{folder}: is not empty. --overwrite replaces what an earlier run left there.")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to: {error.strerror}") from error


def _settings(
    segmenter: "Segmenter", dataset: Dataset, source: str | None, metrics: Metrics
) -> dict[str, Any]:
    """How the result came about, enough to make it again."""
    card = segmenter.card
    return {
        "wildwear": wildwear.__version__,
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "model": {
            "name": card.name,
            "version": card.version,
            "file": segmenter.path.name,
            "sha256": sha256(segmenter.path),
        },
        "dataset": {
            "file": None if dataset.path is None else str(dataset.path),
            "sha256": None if dataset.path is None else sha256(dataset.path),
            "source": source,
            "photos": metrics.photos,
            "instances": metrics.instances,
        },
        "average_precision": {"min_score": MIN_SCORE, "max_detections": MAX_DETECTIONS},
        "displayed": {"score": card.thresholds.score, "suppress": card.thresholds.suppress, "mask_iou": 0.5},
        "bootstrap": metrics.bootstrap,
    }
