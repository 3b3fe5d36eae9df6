"""`evaluate` and `evaluate_predictions`: from a model, or a file of predictions, to a `Result`."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError
from wildwear.evaluation.explanation.explaining import explain
from wildwear.evaluation.explanation.photo_rows import photo_table
from wildwear.evaluation.measures.evidence import Evidence, checked
from wildwear.evaluation.measures.matching import MAX_DETECTIONS, MIN_SCORE, check_truth
from wildwear.evaluation.measures.metrics import DRAWS, measure
from wildwear.evaluation.predictions import read_predictions
from wildwear.evaluation.result import Result, claim, of_source
from wildwear.files import sha256
from wildwear.imaging import quality
from wildwear.version import __version__

if TYPE_CHECKING:
    import polars as pl

    from wildwear.inference import Prediction, Segmenter

SEED = 0  # of these draws
SHOWN_FROM = 0.5  # the score from which a prediction counts as shown, where no model's card says one


def evaluate(
    segmenter: "Segmenter",
    dataset: Dataset,
    images_dir: str | Path | None = None,
    *,
    source: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    bootstrap: int = DRAWS,
    command: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Score a model on a dataset: AP on all that it finds, precision and recall on what it displays, and why.

    Args:
        segmenter: the model.
        dataset: the truth, in wildwear's categories. What the model finds of a category that the dataset does
            not list, or does not label (`info.not_labelled`), is left out.
        images_dir: where the photos lie; beside the dataset's file when not given.
        source: only images of this source ("wild", "street", …), by any of its names.
        out: a folder to save the result to.
        overwrite: replace what an earlier run left in `out`.
        bootstrap: how often to draw the photos again for the 95 % intervals.
        command: the command line behind it, if there is one; kept in `settings.yaml`.
        progress: called with the number of photos done and in all.

    Raises:
        DatasetError: nothing to evaluate on, categories that are not wildwear's, photos missing or of another
            size than the dataset says: found before the first photo is run.
        PhotoError: a photo cannot be read.
        OutputError: `out` holds something, or cannot be written.
    """
    from wildwear.inference.display import shown

    if source is not None:
        dataset = of_source(dataset, source)
    require_ready(dataset, images_dir)
    check_truth(dataset)
    if out is not None:
        claim(out, overwrite, [dataset.path])

    card = segmenter.card
    predictions: list[Record] = []
    displayed: list[Record] = []
    properties: dict[int, Record] = {}
    for done, image in enumerate(dataset.images):
        progress(done, len(dataset.images))
        photo = imaging.read_photo(dataset.photo_path(image, images_dir))
        everything = find_everything(segmenter, photo)
        predictions += everything.to_coco(image["id"])
        displayed += shown(everything, card.thresholds).to_coco(image["id"])
        properties[image["id"]] = quality.properties(quality.luma(photo))
    progress(len(dataset.images), len(dataset.images))

    listed = labelled(dataset)
    evidence = checked(
        dataset, *([one for one in some if one["category_id"] in listed] for some in (predictions, displayed))
    )
    cut = {
        "score": card.thresholds.score,
        "category_scores": card.thresholds.scores_by_name,
        "suppress": card.thresholds.suppress,
    }
    model = {
        "name": card.name,
        "version": card.version,
        "file": segmenter.path.name,
        "sha256": sha256(segmenter.path),
        "calibration": card.calibration.model_dump(),
        "min_score": MIN_SCORE,
    }
    return _result(
        evidence,
        photo_table(dataset, properties=properties),
        _settings({"model": model}, dataset, images_dir, source, cut, bootstrap, command),
        learnt=card.learnt,
        out=out,
        overwrite=overwrite,
    )


def evaluate_predictions(
    path: str | Path,
    dataset: Dataset,
    images_dir: str | Path | None = None,
    *,
    score: float = SHOWN_FROM,
    source: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    bootstrap: int = DRAWS,
    command: str | None = None,
) -> Result:
    """Score the predictions of any program on a dataset of any categories, the way `evaluate` scores a model.

    Photos are looked at if they are there; without them, nothing is said of brightness and blur.

    Args:
        path: a COCO results file; see `read_predictions`.
        dataset: the truth. Predictions of a category that it does not label (`info.not_labelled`) are left
            out.
        images_dir: where the photos lie; beside the dataset's file when not given.
        score: predictions from this score on count as shown to a user.
        source: only images of this source ("wild", "street", …), by any of its names; predictions of others
            are left out.
        out: a folder to save the result to.
        overwrite: replace what an earlier run left in `out`.
        bootstrap: how often to draw the photos again for the 95 % intervals.
        command: the command line behind it, if there is one; kept in `settings.yaml`.

    Returns:
        the result; `settings["predictions"]["notes"]` says how the file was understood.

    Raises:
        DatasetError: nothing to evaluate on; the file is not as `read_predictions` asks; `images_dir` is no
            folder.
        OutputError: `out` holds something, or cannot be written.
        ValueError: `score` is not from 0 to 1.
    """
    from wildwear.inference.card import checked_score

    path, score = Path(path), checked_score(score)
    if images_dir is not None and not Path(images_dir).is_dir():
        raise DatasetError(f"{images_dir}: there is no such folder to look for photos in.")
    check_truth(dataset)
    foreign = read_predictions(path, dataset)
    notes = list(foreign.notes)
    if source is not None:
        dataset = of_source(dataset, source)
        check_truth(dataset)
    if out is not None:
        claim(out, overwrite, [dataset.path, path])
    chosen = {image["id"] for image in dataset.images}
    listed = labelled(dataset)
    of_photos = [prediction for prediction in foreign.predictions if prediction["image_id"] in chosen]
    predictions = [prediction for prediction in of_photos if prediction["category_id"] in listed]
    if unmarked := len(of_photos) - len(predictions):
        notes.append(f"{unmarked:,} predictions of categories that the dataset does not label are left out")
    # At the threshold is enough, as in `inference.display`.
    displayed = [prediction for prediction in predictions if prediction["score"] >= score]
    evidence = checked(dataset, predictions, displayed)
    table = photo_table(dataset, images_dir)
    if unread := table["brightness"].null_count():
        notes.append(
            f"{unread:,} of {len(table):,} photos cannot be read: no word of their brightness and blur"
        )
    file = {"file": str(path.resolve()), "sha256": sha256(path), "notes": notes}
    cut = {"score": score, "category_scores": {}, "suppress": None}
    settings = _settings({"predictions": file}, dataset, images_dir, source, cut, bootstrap, command)
    return _result(evidence, table, settings, learnt=None, out=out, overwrite=overwrite)


def _result(
    evidence: Evidence,
    table: "pl.DataFrame",
    settings: Record,
    *,
    learnt: Collection[int] | None,
    out: str | Path | None,
    overwrite: bool,
) -> Result:
    """Measure and explain; save where that is wanted."""
    drawn: dict[str, int] = {"bootstrap": settings["bootstrap"], "seed": settings["seed"]}
    metrics = measure(evidence, learnt=learnt, **drawn)
    result = Result(metrics, explain(evidence, table, **drawn), evidence, table, settings)
    if out is not None:
        result.save(out, overwrite=overwrite)
    return result


def find_everything(segmenter: "Segmenter", photo: imaging.PhotoSource) -> "Prediction":
    """All that AP counts of a photo, however scores are calibrated; what is shown is a part of it."""
    least = float(segmenter.card.calibration.shares(MIN_SCORE))
    return segmenter(photo, score=least, suppress=False, limit=MAX_DETECTIONS)


def labelled(dataset: Dataset) -> set[int]:
    """The ids of the categories that a dataset marks: where a label map says that it marks no shoes, shoes
    that are found are neither right nor wrong."""
    unmarked = set(dataset.info.get("not_labelled", ()))
    return {category["id"] for category in dataset.categories if category["name"] not in unmarked}


def _settings(
    predicted_by: Record,
    dataset: Dataset,
    images_dir: str | Path | None,
    source: str | None,
    displayed: Record,
    bootstrap: int,
    command: str | None,
) -> Record:
    """How the result came about, enough to make it again."""
    file = dataset.path.resolve() if dataset.path is not None and dataset.path.is_file() else None
    return {
        "wildwear": __version__,
        **({"command": command} if command else {}),
        **predicted_by,
        "dataset": {
            "file": str(file) if file else None,
            "sha256": sha256(file) if file else None,
            "images": str(Path(images_dir).resolve()) if images_dir is not None else None,
            "source": source,
            "photos": len(dataset.images),
            "instances": len(dataset.instances()),
        },
        "average_precision": {"max_detections": MAX_DETECTIONS},
        "displayed": {**displayed, "mask_iou": 0.5},
        "bootstrap": bootstrap,
        "seed": SEED,
    }
