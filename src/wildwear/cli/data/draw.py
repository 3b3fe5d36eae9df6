"""`wildwear data draw`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.data.opening import DatasetArgument, FormatOption, ImagesOption, open_dataset
from wildwear.cli.printing import echo


def draw(
    dataset: DatasetArgument,
    photo: Annotated[str, typer.Argument(help="The photo's file name in it, or the end of that.")],
    out: Annotated[Path, typer.Option(help="Picture to write: .png, .jpg or .webp.")],
    images: ImagesOption = None,
    from_: FormatOption = None,
    long_side: Annotated[int, typer.Option(min=64, max=8192, help="Of the photo in it, in pixels.")] = 1024,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
) -> None:
    """Write one photo, plain and with its masks, side by side over a legend: a figure for a paper.

    Example: wildwear data draw ccp30/test.json 0019.jpg --out 0019.png
    """
    from wildwear import imaging
    from wildwear.datasets.pictures import plate
    from wildwear.errors import OutputError

    if out.exists() and not overwrite:
        raise OutputError(f"{out}: is there already; name another, or replace it with --overwrite")
    loaded = open_dataset(dataset, from_, images)
    imaging.write_image(out, plate(loaded, photo, images, long_side=long_side))
    echo(f"written: {out}")
