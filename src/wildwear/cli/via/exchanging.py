"""`wildwear via to-coco` and `from-coco`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.data.convert import KindOption, kind_named, say_notes
from wildwear.cli.printing import echo, say_next
from wildwear.cli.via.opening import FileOut, ImagesOption, Overwrite, ProjectArgument


def to_coco(
    project: ProjectArgument,
    out: Annotated[Path, typer.Option(help="COCO file (.json) to write.", show_default=False)],
    kind: KindOption = None,
    images: ImagesOption = None,
    attribute: Annotated[
        str | None,
        typer.Option(help="The region attribute that names the category.", show_default=False),
    ] = None,
    skip_malformed: Annotated[
        bool,
        typer.Option("--skip-malformed", help="Leave out regions that say no category, instead of stopping."),
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a project as a COCO file; all that it holds stays, for the way back.

    Example: wildwear via to-coco shorts/via_region_data.json --out coco.json --source wild
    """
    from wildwear import datasets
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import formats

    called = kind_named(kind)
    conversion = datasets.Conversion(images=images, attribute=attribute, skip_malformed=skip_malformed)
    read, write = formats.named("via"), formats.named("coco")
    with photo_progress("Converting") as progress:
        photos = datasets.convert(
            project, out, read, write, conversion, kind=called, overwrite=overwrite, progress=progress
        )
    say_notes(conversion)
    echo(f"{out}: {photos:,} photos")
    say_next("wildwear", "data", "health", out)


def from_coco(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="COCO file, or DeepFashion2 to be named anew.")
    ],
    out: FileOut,
    images: ImagesOption = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a dataset as a project for VIA 2: the 30 as a dropdown, people as checkboxes.

    Example: wildwear via from-coco coco.json --out again.json --images shorts
    """
    from wildwear import datasets
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import formats
    from wildwear.via.exchange import TO_ANNOTATE

    dataset = formats.document_of(dataset)
    read = formats.guess(dataset)
    conversion = datasets.Conversion(images=images)
    with photo_progress("Converting") as progress:
        photos = datasets.convert(
            dataset, out, read, TO_ANNOTATE, conversion, overwrite=overwrite, progress=progress
        )
    say_notes(conversion)
    echo(f"{out}: {photos:,} photos; open it in VIA (Project, Load)")
    say_next("wildwear", "via", "progress", out)
