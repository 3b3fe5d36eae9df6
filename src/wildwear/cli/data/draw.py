"""`wildwear data draw`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo


def draw(
    dataset: Annotated[Path, typer.Argument(help="File or folder of any format.")],
    photo: Annotated[str, typer.Argument(help="The photo's file name in it, or the end of that.")],
    out: Annotated[Path, typer.Option(help="Picture to write: .png, .jpg or .webp.")],
    images: Annotated[
        Path | None,
        typer.Option(help="Where the photos lie, if not beside the dataset.", show_default=False),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Format of the dataset; guessed where not named.", show_default=False),
    ] = None,
    long_side: Annotated[int, typer.Option(min=64, max=8192, help="Of the photo in it, in pixels.")] = 1024,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
) -> None:
    """Write one photo, plain and with its masks, side by side over a legend: a figure for a paper.

    Example: wildwear data draw ccp30/test.json 0019.jpg --out 0019.png
    """
    from wildwear import imaging
    from wildwear.cli.data.convert import say_notes
    from wildwear.datasets import Conversion, Dataset
    from wildwear.datasets.pictures import plate
    from wildwear.errors import DatasetError, OutputError

    if images and not images.is_dir():
        raise DatasetError(f"--images {images}: no such folder")
    if out.exists() and not overwrite:
        raise OutputError(f"{out}: is there already; name another, or replace it with --overwrite")
    conversion = Conversion(images=images)
    loaded = Dataset.read(dataset, from_, conversion)
    say_notes(conversion)
    imaging.write_image(out, plate(loaded, photo, images, long_side=long_side))
    echo(f"written: {out}")
