"""What a dataset version is made of: a typed document, read from YAML. Not for making it: see `building`."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from wildwear import configs
from wildwear.configs.strict import Strict, told
from wildwear.datasets.making.filters import Filters, KindByAnyName
from wildwear.datasets.splits import Split
from wildwear.errors import DatasetError

Name = Annotated[str, StringConstraints(pattern=r"^\w[\w-]*$")]
Builder = Literal["ccp30", "ccp-more", "wild780", "wild-more", "closet30"]
Count = Annotated[int, Field(strict=True, ge=1)] | Annotated[float, Field(gt=0, lt=1)] | Literal["rest"]
READING = (
    "annotations",
    "images",
    "format",
    "attribute",
    "kind",
    "map",
)  # how the labels of a source are read


class Source(Strict):
    """Where photos and masks come from, which of them are wanted, and how many go to which split."""

    title: str = Field(description="what it is and how people get it")
    path: Path | None = Field(
        None, description="file or folder, from the recipe's folder on; `--source NAME=DIR` says another"
    )
    builder: Builder | None = Field(
        None,
        description="a set whose labels and splits the package carries; the source has its photos (ccp30: "
        "Clothing Co-Parsing, which has the masks too)",
    )
    annotations: Path | None = Field(None, description="inside it: what to read, if not the whole of it")
    images: Path | None = Field(None, description="inside it: the photos, if not beside the annotations")
    format: str | None = Field(None, description="of the annotations; guessed where not named")
    attribute: str | None = Field(None, description="VIA: the region attribute that names the category")
    kind: KindByAnyName | None = Field(
        None, description="what its photos are, where they do not say (`source`) themselves"
    )
    map: str = Field(
        "auto",
        description="label map to the 30 categories, by name or a CSV file from the recipe's folder on; "
        "auto: the one that fits the labels; none: the labels stay",
    )
    filters: Filters = Field(Filters(), description="what photos must be like")
    counts: dict[Split, Count] = Field(
        {},
        description="photos a split: a number, a share below 1 of those that pass the filters, or the rest; "
        "with a builder, of those that are in this split already, and left out: all",
    )
    at_most: bool = Field(
        False, description="where there are too few, take what there is, in the same proportions"
    )

    @model_validator(mode="after")
    def counts_that_add_up(self) -> Self:
        """There are some: one rest, and shares of no more than the whole."""
        if self.builder:
            return self
        counts = list(self.counts.values())
        if not counts:
            raise ValueError("counts: say how many photos go to which split")
        if counts.count("rest") > 1:
            raise ValueError("counts: only one split can take the rest")
        if sum(count for count in counts if isinstance(count, float)) > 1:
            raise ValueError("counts: the shares sum to more than 1")
        return self

    @model_validator(mode="after")
    def a_builder_reads_by_itself(self) -> Self:
        """What says how to read annotations is for a source without a builder."""
        if self.builder and (idle := [field for field in READING if field in self.model_fields_set]):
            raise ValueError(f"builder {self.builder}: brings its own labels; leave out {', '.join(idle)}")
        return self


class Recipe(Strict):
    """A dataset version, complete: with the same sources it gives the same files, byte by byte."""

    name: Name = Field(description="of the version")
    description: str = Field(description="one sentence; `info.description` of what is built begins with it")
    sources: dict[Name, Source] = Field(min_length=1, description="by name")
    seed: int = Field(0, description="another one draws other photos")
    order: Literal["random", "as listed"] = Field(
        "random",
        description="whether photos are drawn at random or first come, first served: train, val, test",
    )
    photos: Literal["symlink", "copy", "none"] = Field(
        "symlink", description="what to do with them; none: the version is its COCO files alone"
    )
    renumber: bool = Field(False, description="name the photos 000000.jpg, 000001.jpg, ...")
    run: str = Field("wildwear-s-street", description="the run to train on it, where nothing else is wanted")

    _folder: Path = PrivateAttr(Path())

    @property
    def folder(self) -> Path:
        """Where the relative paths in it start: the folder of its file."""
        return self._folder

    @classmethod
    def read(cls, name_or_path: str | Path) -> Self:
        """A recipe by the name of a shipped one (`thesis-both`) or by the path of a YAML file.

        Raises:
            UnknownConfigError: there is no such recipe or file.
            DatasetError: one of its fields is wrong; the message names each.
        """
        text = configs.read(name_or_path, kind="recipe")
        try:
            recipe = cls.model_validate(yaml.safe_load(text))
        except (yaml.YAMLError, RecursionError) as error:
            raise DatasetError(f"{name_or_path}: is not YAML: {error}") from error
        except ValidationError as error:
            raise DatasetError(f"{name_or_path}: {told(error)}") from error
        recipe._folder = Path(name_or_path).parent
        return recipe
