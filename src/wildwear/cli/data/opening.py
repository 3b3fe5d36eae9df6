"""A dataset of any format named on the command line, opened with its photos to be looked at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.data.convert import say_notes

if TYPE_CHECKING:
    from wildwear.datasets import Dataset

DatasetArgument = Annotated[Path, typer.Argument(help="File or folder of any format.")]
ImagesOption = Annotated[
    Path | None,
    typer.Option(help="Where the photos lie, if not beside the dataset.", show_default=False),
]
FormatOption = Annotated[
    str | None,
    typer.Option("--from", help="Format of the dataset; guessed where not named.", show_default=False),
]


def open_dataset(dataset: Path, from_: str | None, images: Path | None) -> "Dataset":
    """Read it, and say what its reader noted. Raises `DatasetError`, also where `images` is no folder."""
    from wildwear.datasets import Conversion, Dataset
    from wildwear.errors import DatasetError

    if images and not images.is_dir():
        raise DatasetError(f"--images {images}: no such folder")
    conversion = Conversion(images=images)
    loaded = Dataset.read(dataset, from_, conversion)
    say_notes(conversion)
    return loaded
