"""`Result`: all that an evaluation found, in memory and as the folder that `wildwear evaluate` writes."""

import dataclasses
import json
import os
import types
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import yaml

from wildwear.datasets import Dataset
from wildwear.datasets.documents import encode_json, plain, read_json
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import kind_called, photo_kind
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation.explanation.explaining import Explanation
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import check_predictions
from wildwear.evaluation.measures.metrics import Metrics
from wildwear.files import replacing, sha256

if TYPE_CHECKING:
    import polars as pl

METRICS, SETTINGS = "metrics.json", "settings.yaml"
PREDICTIONS, DISPLAYED = "predictions.json", "displayed.json"
CATEGORIES, PHOTOS = "categories.csv", "photos.parquet"
FILES = (METRICS, CATEGORIES, PREDICTIONS, DISPLAYED, PHOTOS, SETTINGS)


@dataclass(frozen=True, eq=False)
class Result:
    """What `evaluate` and `evaluate_predictions` return.

    Attributes:
        metrics: how good the predictions are.
        explanation: where and why they fail.
        evidence: the truth, restricted to the photos that were evaluated, all predictions that AP counts, and
            those that a user is shown.
        photos: a row for each photo: what it is like. See `photo_rows.photo_table`.
        settings: how the result came about, enough to make it again; what `settings.yaml` holds.
    """

    metrics: Metrics
    explanation: Explanation
    evidence: Evidence
    photos: "pl.DataFrame"
    settings: Record

    @property
    def dataset(self) -> Dataset:
        """The truth."""
        return self.evidence.dataset

    @property
    def predictions(self) -> Sequence[Record]:
        """COCO results, boxes xywh: all that AP counts."""
        return self.evidence.predictions

    @property
    def displayed(self) -> Sequence[Record]:
        """Those that a user is shown."""
        return self.evidence.shown

    @property
    def name(self) -> str:
        """What to call it: the model, or the file of predictions without its ending."""
        model = self.settings.get("model")
        return str(model["name"]) if model else Path(self.settings["predictions"]["file"]).stem

    @property
    def shown_from(self) -> str:
        """The scores from which a user is shown garments, in words: `0.5`, or `0.5 (bag 0.7, hat 0.3)`."""
        cut = self.settings["displayed"]
        others = ", ".join(f"{name} {score:g}" for name, score in cut.get("category_scores", {}).items())
        return f"{cut['score']:g}" + (f" ({others})" if others else "")

    @property
    def images_dir(self) -> Path | None:
        """Where the photos lie; None where they lie beside the dataset."""
        images = self.settings["dataset"]["images"]
        return Path(images) if images else None

    def to_dict(self) -> Record:
        """What `metrics.json` holds: the metrics, and the explanation under its name."""
        return {**self.metrics.to_dict(), "explanation": plain(self.explanation)}

    def save(self, out: str | Path, *, overwrite: bool = False) -> None:
        """Write a folder: figures (`metrics.json`, `categories.csv`), predictions, photos, settings.

        Args:
            out: the folder.
            overwrite: replace what an earlier run left there; other files stay.

        Raises:
            OutputError: the folder holds something, or cannot be written; then nothing in it has changed.
        """
        claim(out, overwrite)
        photos = BytesIO()
        self.photos.write_parquet(photos)
        contents = {
            METRICS: json.dumps(self.to_dict(), indent=2, allow_nan=False).encode() + b"\n",
            CATEGORIES: self.metrics.table().write_csv().encode(),
            PREDICTIONS: encode_json(self.predictions),
            DISPLAYED: encode_json(self.displayed),
            PHOTOS: photos.getvalue(),
            SETTINGS: yaml.safe_dump(self.settings, sort_keys=False, allow_unicode=True).encode(),
        }
        with ExitStack() as renamed_at_the_end:
            for name, content in contents.items():
                renamed_at_the_end.enter_context(replacing(Path(out) / name)).write_bytes(content)

    @classmethod
    def read(cls, folder: str | Path) -> "Result":
        """Read what `save` wrote, and the truth from where it lay.

        Raises:
            DatasetError: the folder is no result, is one of an older wildwear, or is damaged; the truth is
                gone or is another than it was.
        """
        import polars as pl

        folder = Path(folder)
        settings = read_settings(folder)
        figures = read_json(folder / METRICS)
        try:
            metrics = restored(Metrics, figures)
            explanation = restored(Explanation, figures["explanation"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(
                f"{folder / METRICS}: is not what this wildwear writes ({error!r}); evaluate once more."
            ) from error
        try:
            photos = pl.read_parquet(folder / PHOTOS)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DatasetError(f"{folder / PHOTOS}: cannot be read: {error}") from error
        dataset = _truth(folder, settings["dataset"])
        predictions, displayed = (_records(folder / name, dataset) for name in (PREDICTIONS, DISPLAYED))
        return cls(metrics, explanation, Evidence(dataset, predictions, displayed), photos, settings)


def claim(out: str | Path, overwrite: bool, inputs: Sequence[str | Path | None] = ()) -> None:
    """Make the folder; raise `OutputError` when something lies in it, or where it should be.

    Args:
        out: the folder.
        overwrite: an earlier result may lie there.
        inputs: files that a result is made from, and so must not replace.
    """
    folder = Path(out)
    for path in inputs:
        if path is not None and Path(path).resolve() in {(folder / name).resolve() for name in FILES}:
            raise OutputError(f"{path}: its own result would replace it; name another folder than {folder}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not overwrite and any(folder.iterdir()):
            raise OutputError(f"{folder}: is not empty. --overwrite replaces what an earlier run left there.")
        if not os.access(folder, os.W_OK):
            raise OutputError(f"{folder}: cannot be written to: it is for reading only.")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to: {error.strerror}") from error


def of_source(dataset: Dataset, source: str) -> Dataset:
    """The photos of a dataset with this `source`, by any of its names. Raises `DatasetError` for none."""
    images = [image for image in dataset.images if photo_kind(image) == kind_called(source)]
    if not images:
        present = sorted({kind for image in dataset.images if (kind := photo_kind(image))})
        has = f"it has {', '.join(present)}" if present else "its images do not say their source"
        raise DatasetError(f"{dataset.path}: no image has the source {source!r}; {has}.")
    return dataset.restricted_to(images)


def read_settings(folder: Path) -> Record:
    """The settings of a result. Raises `DatasetError` where the folder holds none, or one of another age."""
    if not folder.is_dir():
        raise DatasetError(f"{folder}: is no folder. `wildwear evaluate … --out FOLDER` writes results.")
    if not (folder / METRICS).exists():
        raise DatasetError(
            f"{folder}: holds no {METRICS}, so it is no result. "
            "`wildwear evaluate … --out FOLDER` writes one."
        )
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise DatasetError(
            f"{folder}: has no {', '.join(missing)}: an older wildwear wrote it. Evaluate once more, with "
            "--overwrite."
        )
    try:
        settings = yaml.safe_load((folder / SETTINGS).read_bytes())
        dataset = settings["dataset"]
        sound = {"file", "sha256", "source", "images", "photos", "instances"} <= dataset.keys()
        sound = sound and "score" in settings["displayed"]
        sound = sound and bool(settings.get("model") or settings.get("predictions"))
    except (OSError, yaml.YAMLError, TypeError, LookupError, AttributeError) as error:
        raise DatasetError(f"{folder / SETTINGS}: is damaged: {error}") from error
    if not sound:
        raise DatasetError(
            f"{folder / SETTINGS}: is incomplete: an older wildwear wrote it. Evaluate once more."
        )
    return dict(settings)


def _truth(folder: Path, told: Record) -> Dataset:
    """The dataset that the settings of a result name, unless it has changed since."""
    if told["file"] is None or told["sha256"] is None:
        raise DatasetError(f"{folder}: its truth came from no COCO file, so it cannot be read again.")
    path = Path(told["file"])
    if not path.is_file():
        raise DatasetError(
            f"{path}: is gone; {folder} was evaluated on it. Put it back, or evaluate once more."
        )
    if sha256(path) != told["sha256"]:
        raise DatasetError(
            f"{path}: has changed since {folder} was evaluated on it: its SHA-256 is another. "
            "Evaluate once more."
        )
    dataset = Dataset.load(path)
    if told["source"] is not None:
        dataset = of_source(dataset, told["source"])
    found = len(dataset.images), len(dataset.instances())
    if found != (told["photos"], told["instances"]):
        raise DatasetError(
            f"{path}: has {found[0]:,} photos and {found[1]:,} instances; {folder} was evaluated on "
            f"{told['photos']:,} and {told['instances']:,}, so not on this file as it is. Evaluate once more."
        )
    return dataset


def _records(path: Path, dataset: Dataset) -> list[Record]:
    records = read_json(path)
    if not isinstance(records, list):
        raise DatasetError(f"{path}: expected a list of COCO results, found {type(records).__name__}.")
    try:
        check_predictions(dataset, records)
    except DatasetError as error:
        raise DatasetError(f"{path}: {error} Evaluate once more.") from error
    return records


def restored(kind: Any, value: Any) -> Any:
    """The value of a type that `Result.to_dict` made plain: dataclasses, tuples, arrays again, NaN for None.

    Raises:
        LookupError, TypeError, ValueError: it is not a value of this type.
    """
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(
            **{one.name: restored(hints[one.name], value[one.name]) for one in dataclasses.fields(kind)}
        )
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        [inner] = [part for part in parts if part is not types.NoneType]
        return None if value is None else restored(inner, value)
    if origin is np.ndarray:
        [number] = get_args(parts[1])
        return np.array(value, number)
    if origin is dict:
        return {parts[0](key): restored(parts[1], part) for key, part in value.items()}
    if origin is tuple and parts[-1:] == (Ellipsis,):
        return tuple(restored(parts[0], part) for part in value)
    if origin is tuple:
        return tuple(restored(part, one) for part, one in zip(parts, value, strict=True))
    if kind is float:
        return nan if value is None else float(value)
    if kind in (int, str, bool) and not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}, found {value!r:.60}")
    return value
