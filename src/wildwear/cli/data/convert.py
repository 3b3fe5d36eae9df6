"""`wildwear data convert`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.datasets import Conversion
    from wildwear.datasets.terms import Kind

SHOWN = 5  # malformed parts that are printed, of however many

KindOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="What the photos are that do not say so: street, wild, closet, mixed.",
        show_default=False,
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option("--to", help="Format of OUT; a .json is COCO unless you say.", show_default=False),
]


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File or folder to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to write.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="Format of IN; guessed where not named.", show_default=False)
    ] = None,
    to: ToOption = None,
    images: Annotated[
        Path | None,
        typer.Option(
            help="Where the photos lie, if not beside the annotations.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option(help="VIA: the region attribute that names the category.", show_default=False),
    ] = None,
    kind: KindOption = None,
    garments_only: Annotated[
        bool, typer.Option("--garments-only", help="Leave out parts (Fashionpedia), hair and skin (CCP).")
    ] = False,
    skip_malformed: Annotated[
        bool, typer.Option("--skip-malformed", help="Leave out what is malformed instead of stopping there.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
) -> None:
    """Convert annotations between formats; what is not named is guessed, and the guess is said.

    Example: wildwear data convert modanet/instances_val.json modanet.json --to coco
    """
    from wildwear import datasets
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import formats
    from wildwear.datasets.converting import target_format

    called = kind_named(kind)
    source = source if from_ else formats.document_of(source)
    read = formats.named(from_) if from_ else formats.guess(source)
    write = formats.named(to) if to else target_format(target)
    if not from_:
        echo(f"{source}: looks like {read.name} ({read.title})", err=True)
    conversion = datasets.Conversion(images, attribute, garments_only, skip_malformed)
    with photo_progress("Converting") as progress:
        photos = datasets.convert(
            source, target, read, write, conversion, kind=called, overwrite=overwrite, progress=progress
        )
    say_notes(conversion)
    echo(f"{photos:,} photos written to {target} as {write.name} ({write.title})")
    say_next("wildwear", "data", "describe", target)


def kind_named(name: str | None) -> "Kind | None":
    """The kind of photo that a user names, if any. Raises `BadParameter` for any other word."""
    from wildwear.datasets.terms import KINDS, kind_called

    called = next((one for one in KINDS if one == kind_called(name)), None)
    if name is not None and called is None:
        raise typer.BadParameter(f"--source takes any of {', '.join(KINDS)}; not {name}.")
    return called


def say_notes(conversion: "Conversion") -> None:
    """Print what a reader and a writer noted, to stderr."""
    for what, count in conversion.said().most_common():
        echo(f"note: {count:,} × {what}", err=True)
    for problem in conversion.left_out[:SHOWN]:
        echo(f"left out: {problem}", err=True)
    if (more := len(conversion.left_out) - SHOWN) > 0:
        echo(f"left out: {more:,} more like these", err=True)
