"""What an experiment is: one typed document. Not for running it: see `running`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from wildwear import configs
from wildwear.configs.strict import Strict, told
from wildwear.datasets import Dataset
from wildwear.datasets.making.derive import sample
from wildwear.datasets.making.filters import KindByAnyName
from wildwear.datasets.terms import photo_kind
from wildwear.errors import DatasetError, WildwearError
from wildwear.training import RunConfig, load_config

Name = Annotated[str, Field(pattern=r"^\w[\w-]*$")]
Title = Annotated[str, Field(pattern=r"^\w[^/\\]*$")]  # in words, and a folder's name as well


class ExperimentError(WildwearError):
    """An experiment's YAML has a field that is unknown or out of range."""


class Arm(Strict):
    """One choice of training photos."""

    sources: tuple[KindByAnyName, ...] = Field((), description="photos that say they are of one of these")
    photos: int | None = Field(
        None, ge=1, description="how many, equally many of each source; all where it is not said"
    )
    listed: str | None = Field(
        None,
        description="a list of photos instead, as `wildwear curate select` writes it; {seed} stands for the "
        "seed, and a relative path starts at `--data`",
    )

    @model_validator(mode="after")
    def by_source_or_listed(self) -> Self:
        """Photos are chosen in one way; each source gives as many as the others."""
        if bool(self.sources) == bool(self.listed) or (self.listed and self.photos):
            raise ValueError("say `sources`, with `photos` if not all, or `listed`")
        if self.photos and self.photos % len(self.sources):
            raise ValueError(f"{self.photos} photos cannot be shared equally by {len(self.sources)} sources")
        return self

    def photos_of(self, dataset: Dataset, seed: int, folder: Path) -> Dataset:
        """The photos of this arm out of a dataset; another seed draws others.

        Args:
            dataset: to choose from.
            seed: of what is drawn.
            folder: that the path of a list starts at.

        Raises:
            DatasetError: a source has none, or fewer than its share; a list cannot be read, or names a photo
                that the dataset has not.
        """
        if self.listed:
            return listed_photos(dataset, folder / self.listed.replace("{seed}", str(seed)))
        kept: set[int] = set()
        for source in self.sources:
            of_source = dataset.restricted_to([one for one in dataset.images if photo_kind(one) == source])
            if not of_source.images:
                raise DatasetError(f"{dataset.path}: none of its photos says `source: {source}`")
            if self.photos:
                of_source = sample(of_source, self.photos // len(self.sources), seed)
            kept |= {image["id"] for image in of_source.images}
        return dataset.restricted_to([image for image in dataset.images if image["id"] in kept])


def listed_photos(dataset: Dataset, listed: Path) -> Dataset:
    """The photos of a dataset whose paths stand in a list, one a line: each ends as its `file_name` does.

    Raises:
        DatasetError: the list cannot be read, is empty, or names a photo that is not there.
    """
    try:
        lines = [line.strip() for line in os.fsdecode(listed.read_bytes()).splitlines() if line.strip()]
    except OSError as error:
        raise DatasetError(f"{listed}: cannot be read ({error.strerror})") from error
    known = {image["file_name"] for image in dataset.images}
    chosen = set()
    for line in lines:
        parts = Path(line).parts
        ends = ("/".join(parts[begin:]) for begin in range(len(parts)))
        name = next((end for end in ends if end in known), None)
        if name is None:
            raise DatasetError(f"{listed}: {line} is no photo of {dataset.path}")
        chosen.add(name)
    if not chosen:
        raise DatasetError(f"{listed}: lists no photo")
    return dataset.restricted_to([image for image in dataset.images if image["file_name"] in chosen])


class TestSet(Strict):
    """Photos to measure on, read once all is trained."""

    __test__ = False  # no class of tests, whatever pytest thinks of its name

    truth: Path = Field(description="COCO file; relative paths start at `--tests`")
    images: Path | None = Field(None, description="its photos, where they are not beside it")
    source: KindByAnyName | None = Field(None, description="only photos of this source")


class Experiment(Strict):
    """The same recipe on every arm, over the seeds, measured on every test set."""

    name: Name
    question: str
    run: str = Field(description="the recipe: a shipped run, or a YAML file")
    settings: tuple[str, ...] = Field((), description="fields to set over it, as `steps=900`")
    seeds: tuple[int, ...] = Field((1, 2), min_length=1)
    arms: dict[Name, Arm] = Field(min_length=2, description="the first is what the others are compared with")
    tests: dict[Title, TestSet] = Field(min_length=1)

    @model_validator(mode="after")
    def each_seed_once(self) -> Self:
        """Runs of one arm differ by their seeds."""
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one of them is named twice")
        return self

    @model_validator(mode="after")
    def equally_long(self) -> Self:
        """All arms take as many steps, whatever the number of their photos."""
        if not any(setting.startswith("steps=") for setting in self.settings):
            raise ValueError("settings: say how long each run is, as `steps=900`: epochs would differ by arm")
        return self

    def config(self, arm: str, seed: int) -> RunConfig:
        """The run of one arm and seed; its `train` is the file that `running` writes for it."""
        return load_config(self.run, [*self.settings, f"name={arm}-{seed}", f"seed={seed}"])


def load_experiment(name_or_path: str | Path) -> Experiment:
    """An experiment by the name of a shipped one (`street-wild-both`) or by the path of a YAML file.

    Raises:
        UnknownConfigError: there is no such experiment or file.
        ExperimentError: one of its fields is wrong; the message names it.
    """
    text = configs.read(name_or_path, kind="experiment")
    try:
        return Experiment.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ExperimentError(f"{name_or_path}: is not YAML: {error}") from error
    except ValidationError as error:
        raise ExperimentError(f"{name_or_path}: {told(error)}") from error
