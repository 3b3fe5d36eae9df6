"""The folder that a run over photos fills. Not for what is found: see `segmenting`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, PrivateAttr

from wildwear.datasets import formats
from wildwear.datasets.stream import Conversion, PhotoStream
from wildwear.errors import DatasetError, OutputError
from wildwear.files import write_atomically
from wildwear.imaging.identity import shown
from wildwear.inference.journal import Journal, files_in
from wildwear.inference.origin import Origin
from wildwear.inference.photo_names import Names
from wildwear.inference.segmenter import Failure, Segmenter
from wildwear.inference.segmenting import Found, Record, photo_stream, record
from wildwear.inference.writers.failures import write_failures
from wildwear.inference.writers.gallery import write_gallery
from wildwear.inference.writers.pictures import Look, write_cutouts, write_overlay, write_thumbnail

OVERLAY, CUTOUTS, TABLE, GALLERY = "overlay", "cutouts", "table", "gallery"
DATASETS = {  # the dataset formats that hold any categories, and where each is written to
    "coco": "garments.json",
    "via": "garments-via.json",
    "yolo": "yolo",
    "labelme": "labelme",
    "cvat": "garments-cvat.xml",
    "voc": "voc",
}
OUTPUTS = (OVERLAY, CUTOUTS, TABLE, GALLERY, *DATASETS)
"""What a run may write, in the order in which it does."""

JOURNAL = "wildwear.jsonl"
JOURNALS = (JOURNAL, ".wildwear.jsonl")  # as it was called until 0.1, too
SETTINGS = "settings.yaml"
CSV, PARQUET, PAGE = "garments.csv", "garments.parquet", "gallery.html"
FAILURES = "failures.csv"
OWN = (SETTINGS, CSV, PARQUET, PAGE, FAILURES, *JOURNALS)
PICTURES = ("overlays", "cutouts", "thumbnails", "yolo")  # folders that hold photos, made or linked


class Settings(Origin, Look):
    """How a result was made; `settings.yaml` in the folder of the run."""

    root: str  # the folder or archive that photos are named from, as text; empty where they lie elsewhere
    flip: bool = False  # whether mirror images
    zoom: bool = False  # and close-ups were looked at as well
    categories: list[str] = Field(default_factory=list)  # that are kept, by name; none means all
    max_garments: int | None = None  # that are kept a photo, the surest
    formats: list[str]  # some of OUTPUTS

    _photos: Path | None = PrivateAttr(None)

    @classmethod
    def of(
        cls,
        segmenter: Segmenter,
        *,
        root: Path | None,
        formats: Sequence[str],
        score: float | None = None,
        categories: Sequence[str] = (),
        max_garments: int | None = None,
        look: Look | None = None,
    ) -> "Settings":
        """Return the settings of a run with this model; its own scores where none is given."""
        settings = cls(
            root=shown(str(root)) if root else "",
            flip=segmenter.flip,
            zoom=segmenter.zoom,
            categories=list(categories),
            max_garments=max_garments,
            formats=list(formats),
            **Origin.of_model(segmenter, score).model_dump(),
            **(look or Look()).model_dump(),
        )
        settings._photos = root if root and root.is_dir() else None
        return settings

    @property
    def photos(self) -> Path | None:
        """The folder that photos are named from, as it is on disk; None where there is none."""
        return self._photos

    @property
    def shown_from(self) -> str:
        """The display threshold of what is kept, in words: "0.5"; "0.35 to 0.6, by category"."""
        of_kept = [self.category_scores.get(name, self.score) for name in self.categories]
        scores = sorted(set(of_kept or [self.score, *self.category_scores.values()]))
        return f"{scores[0]:g} to {scores[-1]:g}, by category" if len(scores) > 1 else f"{scores[0]:g}"


class RunFolder:
    """Keeps the results of a run photo by photo, and turns them into documents at its end.

    Whatever is in it survives a kill: what was kept stands in a journal, and `resume` goes on from there.

    Attributes:
        path: the folder.
        settings: how its results are made.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        photos: Sequence[str],
        *,
        existing: Literal["refuse", "resume", "overwrite"] = "refuse",
    ) -> None:
        """Make the folder ready.

        Args:
            path: made where it does not exist.
            settings: written into it.
            photos: the names of all photos of the run, in the order of its documents. What their pictures are
                called follows from it, whichever is done first.
            existing: what to do when something lies in it: "resume" goes on with an earlier run of the same
                settings, "overwrite" removes what an earlier run wrote, and nothing else, and begins anew.

        Raises:
            OutputError: something lies in it and `existing` does not allow for that; or it cannot be written.
        """
        self.path = path
        self.settings = settings
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                self._enter(existing)
            self._journal = Journal(path / JOURNAL)
            self._entered = path.stat()
        except OSError as error:
            raise OutputError(f"{path}: cannot be written to ({error.strerror}).") from error
        self._photos = list(photos)
        self._done = {one.photo: one.name for one in self._journal.records() if one.failure is None}
        names = Names(self._done.values())
        self._names = self._done | {
            photo: names.choose(photo) for photo in dict.fromkeys(photos) if photo not in self._done
        }
        text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        write_atomically(path / SETTINGS, text.encode())

    def __contains__(self, photo: str) -> bool:
        """Whether an earlier run has finished this photo."""
        return photo in self._done

    def add(self, result: Found | Failure) -> Record:
        """Write the pictures of a photo and remember its garments, or why it was skipped.

        Raises:
            OutputError: something cannot be written, or the folder was removed in the meantime.
        """
        self._require_same_folder()
        kept = record(result)
        if isinstance(result, Found):
            kept = self._with_pictures(kept, result)
        self._journal.append(kept)
        return kept

    def finish(self) -> Conversion:
        """Write the documents: the photos in the order of the run, then those of earlier runs.

        Returns:
            what the writers of datasets have to say.

        Raises:
            DatasetError: a format cannot hold these photos, two of one name say; all others are written.
            OutputError: something cannot be written, or the folder was removed in the meantime.
        """
        self._require_same_folder()
        wanted = self.settings.formats
        if TABLE in wanted:
            from wildwear.inference.writers.table import write_table  # polars takes a moment to load

            write_table(self.path / CSV, self.path / PARQUET, self.records())
        if GALLERY in wanted:
            write_gallery(
                self.path / PAGE,
                self.records,
                model=self.settings.model,
                shown_from=self.settings.shown_from,
            )
        write_failures(self.path / FAILURES, self.records())
        said, refused = Conversion(), []
        for name in wanted:
            if name in DATASETS:
                conversion = Conversion(images=self.settings.photos)
                try:
                    self._write_dataset(name, conversion)
                except DatasetError as error:
                    refused.append(error)
                said.notes |= conversion.notes  # of a garment that two formats say the same of, once
                said.losses |= conversion.losses
                said.left_out += conversion.left_out
        if refused:
            raise refused[0]
        return said

    def _require_same_folder(self) -> None:
        """Raise where the folder is gone: what was kept is lost, and the rest would pass for the whole."""
        try:
            is_same = os.path.samestat(self._entered, self.path.stat())
        except OSError:
            is_same = False
        if not is_same:
            raise OutputError(f"{self.path}: was removed or replaced while the run wrote to it; begin anew.")

    def stream(self) -> PhotoStream:
        """What was found, as a dataset."""
        return photo_stream(self.records(), self.settings.about())

    def to_look_at(self) -> Path:
        """What a person opens first: of a run of one photo its picture, else the gallery, else the folder."""
        if len(self._photos) == 1:
            kept = next(self.records())  # its own come before those of earlier runs
            if picture := kept.overlay or "".join(kept.cutouts[-1:]):
                return self.path / picture
        return self.path / PAGE if GALLERY in self.settings.formats else self.path

    def _write_dataset(self, name: str, conversion: Conversion) -> None:
        """Write what was found in a format; remember the files of a folder."""
        place = self.path / DATASETS[name]
        write = formats.named(name).write
        assert write is not None  # DATASETS are those that can be written
        write(self.stream(), place, conversion)
        if place.is_dir():
            files = [file for file in place.rglob("*") if file.is_symlink() or not file.is_dir()]
            self._journal.note_written([self._below(file) for file in files])

    def records(self) -> Iterator[Record]:
        """What is kept of each photo, those of earlier runs included: all that the documents speak of."""
        return self._journal.records(self._photos)

    def _with_pictures(self, kept: Record, found: Found) -> Record:
        """Write the pictures of a photo; return what is kept of it, with their paths."""
        wanted, name, look = self.settings.formats, self._names[found.photo], self.settings
        photo, prediction = found.pixels, found.prediction
        overlay = cutouts = thumbnail = None
        try:
            if OVERLAY in wanted:
                overlay = write_overlay(self.path, name, photo, prediction, look)
            if CUTOUTS in wanted:
                cutouts = write_cutouts(self.path, name, photo, prediction, look)
            if GALLERY in wanted:
                thumbnail = write_thumbnail(self.path, name, photo, prediction)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written to ({error.strerror}).") from error
        return replace(
            kept,
            name=name,
            overlay=self._below(overlay) if overlay else "",
            cutouts=[self._below(file) for file in cutouts or ()],
            thumbnail=self._below(thumbnail) if thumbnail else "",
        )

    def _below(self, file: Path) -> str:
        """The path of a file from this folder on."""
        return file.relative_to(self.path).as_posix()

    def _enter(self, existing: Literal["refuse", "resume", "overwrite"]) -> None:
        """Make a folder ready that is not empty."""
        if existing == "refuse":
            advice = (
                "--resume goes on with it, --overwrite begins anew"
                if holds_a_run(self.path)
                else "--overwrite writes into it and leaves what is not its own"
            )
            raise OutputError(f"{self.path}: is not empty. {advice}.")
        if existing == "overwrite" and holds_a_run(self.path):
            self._remove_earlier()
        if existing == "resume":
            self._compare()

    def _remove_earlier(self) -> None:
        """Remove what an earlier run wrote, of any version, and the folders that this leaves empty."""
        written = [file for name in JOURNALS for file in files_in(self.path / name)]
        datasets = [place for name, place in DATASETS.items() if formats.named(name).suffix]
        folders = set()
        for file in [*written, *datasets, *OWN]:
            if ".." not in Path(file).parts and not Path(file).is_absolute():
                (self.path / file).unlink(missing_ok=True)
                folders |= set(Path(file).parents[:-1])
        for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
            with suppress(OSError):  # it holds something else, or is a link
                (self.path / folder).rmdir()

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
        same = ("wildwear", "model", "model_sha256", "root", "score", "category_scores", "flip", "zoom")
        for field in (*same, "categories", "max_garments", "formats", *Look.model_fields):
            then, now = getattr(earlier, field), getattr(self.settings, field)
            if then != now:
                raise OutputError(
                    f"{self.path}: was made with {field} {then}, not {now}. "
                    "Resume with the same, or begin anew with --overwrite."
                )


def of_a_run(photo: Path) -> bool:
    """Whether a photo is a picture that some run made, so that another would feed on it."""
    place = Path(os.path.abspath(photo))  # noqa: PTH100 - links keep their names
    return any(folder.name in PICTURES and holds_a_run(folder.parent) for folder in place.parents)


def holds_a_run(folder: Path) -> bool:
    """Whether a run, of this version or an older one, has written into a folder."""
    return any((folder / name).is_file() for name in JOURNALS)
