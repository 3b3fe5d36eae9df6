"""The folder that a run over photos fills."""

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel

from wildwear.errors import OutputError
from wildwear.files import replacing, sha256, write_atomically
from wildwear.inference.photo_names import Names
from wildwear.inference.prediction import Prediction
from wildwear.inference.records import Journal, Record, annotations
from wildwear.inference.segmenter import Segmenter
from wildwear.inference.writers.coco import write_coco
from wildwear.inference.writers.failures import write_failures
from wildwear.inference.writers.gallery import write_gallery
from wildwear.inference.writers.pictures import thumbnail, write_cutouts, write_overlay
from wildwear.taxonomy import category
from wildwear.version import __version__

Photo = NDArray[np.uint8]

JOURNAL = ".wildwear.jsonl"
SETTINGS = "settings.yaml"
COCO, CSV, PARQUET, GALLERY = "garments.json", "garments.csv", "garments.parquet", "gallery.html"
FAILURES = "failures.csv"
DOCUMENTS = (SETTINGS, COCO, CSV, PARQUET, GALLERY, FAILURES)


class Format(StrEnum):
    """What a run may write."""

    OVERLAY = "overlay"  # the photo with its garments outlined and named
    COCO = "coco"  # one COCO document
    CUTOUTS = "cutouts"  # each garment as a transparent PNG
    TABLE = "table"  # a row a garment, CSV and Parquet
    GALLERY = "gallery"  # one HTML page


class Settings(BaseModel):
    """How a result was made; `settings.yaml` in the output folder."""

    wildwear: str = __version__
    model: str
    model_version: str
    model_sha256: str
    root: str  # the folder that photos are named from
    score: float  # garments are shown from here on,
    category_scores: dict[str, float] = {}  # or from here on: by the names of categories
    formats: list[Format]

    @classmethod
    def of(
        cls, segmenter: Segmenter, *, root: Path, formats: Sequence[Format], score: float | None = None
    ) -> "Settings":
        """Return the settings of a run with this model; its own scores where none is given."""
        thresholds = segmenter.card.thresholds.changed(score=score)
        return cls(
            model=segmenter.card.name,
            model_version=segmenter.card.version,
            model_sha256=sha256(segmenter.path),
            root=str(root),
            score=thresholds.score,
            category_scores={category(id).name: least for id, least in thresholds.category_scores.items()},
            formats=list(formats),
        )

    @property
    def shown_from(self) -> str:
        """The display threshold in words: "0.5"; "0.35 to 0.6, by category"."""
        scores = sorted({self.score, *self.category_scores.values()})
        return f"{scores[0]:g} to {scores[-1]:g}, by category" if len(scores) > 1 else f"{self.score:g}"


class OutputFolder:
    """Takes the results of a run photo by photo, and turns them into documents at its end.

    Whatever is in it survives a kill: what was taken stands in a journal, and `resume` goes on from there.

    Attributes:
        path: The folder.
        settings: How its results are made.
    """

    def __init__(
        self, path: Path, settings: Settings, *, existing: Literal["refuse", "resume", "overwrite"] = "refuse"
    ) -> None:
        """Make the folder ready.

        Args:
            path: Made where it does not exist.
            settings: Written into it.
            existing: What to do when something lies in it: "resume" goes on with an earlier run of the same
                settings, "overwrite" removes what an earlier run wrote, and nothing else, and begins anew.

        Raises:
            OutputError: Something lies in it and `existing` does not allow for that; or it cannot be written.
        """
        self.path = path
        self.settings = settings
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                self._enter(existing)
            self._journal = Journal(path / JOURNAL)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written to ({error.strerror}).") from error
        earlier = {record.photo: record.name for record in self._journal.records() if record.failure is None}
        self._done = set(earlier)
        self._names = Names(earlier.values())
        text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        write_atomically(path / SETTINGS, text.encode())

    def __contains__(self, photo: str) -> bool:
        """Whether an earlier run has finished this photo."""
        return photo in self._done

    def wrote(self, photo: Path) -> bool:
        """Whether a photo lies among the pictures of this folder, so that a run would feed on itself."""
        place = Path(os.path.abspath(photo))  # noqa: PTH100 - links keep their names
        return any(place.is_relative_to(self.path.absolute() / name) for name in ("overlays", "cutouts"))

    def add(self, photo: str, pixels: Photo, prediction: Prediction) -> Record:
        """Write the pictures of a photo and remember its garments.

        Args:
            photo: Its path below the root of the run.
            pixels: (height, width, 3) uint8 RGB.
            prediction: Its garments.
        """
        formats = self.settings.formats
        name = self._names.choose(photo)
        files: list[Path] = []
        try:
            if Format.OVERLAY in formats:
                files += write_overlay(self.path, name, pixels, prediction)
            if Format.CUTOUTS in formats:
                files += write_cutouts(self.path, name, pixels, prediction)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written to ({error.strerror}).") from error
        record = Record(
            photo=photo,
            size=prediction.size,
            garments=annotations(prediction),
            name=name,
            files=[file.relative_to(self.path).as_posix() for file in files],
            thumbnail=thumbnail(pixels, prediction) if Format.GALLERY in formats else "",
        )
        self._journal.append(record)
        return record

    def fail(self, photo: str, reason: str) -> Record:
        """Remember why a photo was skipped."""
        record = Record(photo=photo, failure=reason)
        self._journal.append(record)
        return record

    def finish(self, order: Sequence[str]) -> None:
        """Write the documents: the photos in this order, then those of earlier runs that it does not name."""
        formats = self.settings.formats

        def records() -> Iterator[Record]:
            return self._journal.records(order)

        if Format.COCO in formats:
            with replacing(self.path / COCO) as temporary, temporary.open("w", encoding="utf-8") as file:
                self.write_coco(file, order)
        if Format.TABLE in formats:
            from wildwear.inference.writers.table import write_table  # polars takes a moment to load

            write_table(self.path / CSV, self.path / PARQUET, records())
        if Format.GALLERY in formats:
            write_gallery(
                self.path / GALLERY, records, model=self.settings.model, shown_from=self.settings.shown_from
            )
        write_failures(self.path / FAILURES, records())

    def to_look_at(self, record: Record | None) -> Path:
        """Return what a person opens first: a photo's own picture, else the gallery, else the folder."""
        if record and record.files:
            return self.path / record.files[0]
        return self.path / GALLERY if Format.GALLERY in self.settings.formats else self.path

    def write_coco(self, file: TextIO, order: Sequence[str]) -> None:
        """Write all garments as one COCO document."""
        about = {
            "description": f"Garments found by wildwear {__version__}",
            "model": f"{self.settings.model} {self.settings.model_version}",
            "score": self.settings.score,
            "category_scores": self.settings.category_scores,
        }
        write_coco(file, lambda: self._journal.records(order), about)

    def _enter(self, existing: Literal["refuse", "resume", "overwrite"]) -> None:
        """Make a folder ready that is not empty."""
        journal = self.path / JOURNAL
        if existing == "refuse":
            advice = (
                "--resume goes on with it, --overwrite begins anew"
                if journal.exists()
                else ("--overwrite writes into it and leaves what is not its own")
            )
            raise OutputError(f"{self.path}: is not empty. {advice}.")
        if existing == "overwrite" and journal.exists():
            written = [file for record in Journal(journal).records() for file in record.files]
            for file in [*written, *DOCUMENTS, JOURNAL]:
                if ".." not in Path(file).parts and not Path(file).is_absolute():
                    (self.path / file).unlink(missing_ok=True)
        if existing == "resume":
            self._compare()

    def _compare(self) -> None:
        """Raise unless the folder holds a run of the same settings."""
        try:
            earlier = Settings.model_validate(
                yaml.safe_load((self.path / SETTINGS).read_text(encoding="utf-8"))
            )
        except (FileNotFoundError, ValueError, yaml.YAMLError) as error:
            raise OutputError(
                f"{self.path}: holds no run that could be resumed ({SETTINGS}: {error})."
            ) from error
        for field in ("model", "model_sha256", "root", "score", "category_scores", "formats"):
            then, now = getattr(earlier, field), getattr(self.settings, field)
            if then != now:
                raise OutputError(
                    f"{self.path}: was made with {field} {then}, not {now}. "
                    "Resume with the same, or begin anew with --overwrite."
                )
