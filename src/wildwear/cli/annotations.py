"""`wildwear annotations`: what stands in the projects of `wildwear annotate`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.data.convert import ToOption, say_notes
from wildwear.cli.printing import echo, say_next

SUMMARY = "How far annotation is, how far two annotators agree, and a dataset out of a project."

app = typer.Typer(no_args_is_help=True, help=SUMMARY)

ProjectArgument = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="Folder that `wildwear annotate --project` made.")
]


@app.callback()
def annotations() -> None:
    """How far annotation is, how far two annotators agree, and a dataset out of a project."""


@app.command()
def progress(project: ProjectArgument) -> None:
    """Say how far the work is, how fast it goes, and how long the rest will take.

    Example: wildwear annotations progress work
    """
    from wildwear.annotation import existing_project, progress
    from wildwear.cli.console import Console, plain_table
    from wildwear.taxonomy import category

    opened = existing_project(project)
    found = progress(opened.store, opened.target)
    table = plain_table(("",), ("photos",))
    table.add_row("done", f"{found.done:,}")
    table.add_row("skipped", f"{found.skipped:,}")
    table.add_row("to do", f"{found.todo:,}")
    console = Console()
    console.print(table)
    if found.by_category:
        garments = plain_table(("category",), ("garments",))
        for key, count in sorted(found.by_category.items(), key=lambda row: -row[1]):
            garments.add_row(category(key).name, f"{count:,}")
        console.print(garments)
    if opened.target is not None:
        echo(f"{found.done / opened.target:.1%} of the target of {opened.target:,}")
    if found.minutes_a_photo is not None and found.left_hours is not None:
        echo(f"{found.minutes_a_photo:.1f} minutes a photo, {found.left_hours:.1f} hours left at this pace")
    if found.todo and found.done < (opened.target or len(opened.store.photos())):
        say_next("wildwear", "annotate", "--project", project)
    else:
        say_next("wildwear", "annotations", "export", project, "--out", "annotated.json")


@app.command()
def agreement(
    project: ProjectArgument,
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Project of the second annotator, on the same photos.")
    ],
) -> None:
    """Compare two people's work on the same photos: names and outlines, by category.

    Each works in a project of their own, so neither sees what the other did.

    Example: wildwear annotations agreement work second
    """
    from wildwear.annotation import agreement, existing_project
    from wildwear.cli.console import Console, plain_table
    from wildwear.taxonomy import category

    found = agreement(existing_project(project), existing_project(other))
    table = plain_table(("category",), ("first", "second", "both", "mask IoU"))
    for key, one in found.categories.items():
        iou = "–" if one.iou is None else f"{one.iou:.3f}"
        table.add_row(category(key).name, f"{one.first:,}", f"{one.second:,}", f"{one.both:,}", iou)
    Console().print(table)
    echo(
        f"{found.photos:,} photos done in both; {found.first:,} and {found.second:,} garments, "
        f"{found.same:,} outlined by both"
    )
    if found.iou is not None:
        echo(f"of these {found.same_name / found.same:.1%} have one name; mask IoU {found.iou:.3f}")
    say_next("wildwear", "annotate", "--project", project, "--review", other)


@app.command()
def export(
    project: ProjectArgument,
    out: Annotated[Path, typer.Option(help="File or folder to write.", show_default=False)],
    to: ToOption = None,
    images: Annotated[
        Path | None,
        typer.Option(
            help="Where formats that hold the photos' size or links find them, if they moved.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Photos that are still to do as well.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
) -> None:
    """Write what stands as a dataset: the photos that are done, in any format that `data convert` writes.

    What lies on top is cut out of what lies below; what has no name, or is not judged, becomes `iscrowd`.

    Example: wildwear annotations export work --out annotated.json
    """
    from wildwear.annotation import existing_project, export
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Conversion, formats
    from wildwear.datasets.converting import target_format

    opened = existing_project(project)
    conversion = Conversion(images=images)
    write = formats.named(to) if to else target_format(out)
    with photo_progress("Writing") as progress:
        photos = export(
            opened, out, write, conversion, unfinished=unfinished, overwrite=overwrite, progress=progress
        )
    say_notes(conversion)
    echo(f"{photos:,} photos written to {out} as {write.name} ({write.title})")
    elsewhere = conversion.images if out.is_file() else None  # a folder leads to its photos itself
    say_next("wildwear", "data", "health", out, *(("--images", elsewhere) if elsewhere else ()))
