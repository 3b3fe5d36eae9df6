"""`wildwear via check`, `names` and `progress`: what a project holds; none of them changes it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next
from wildwear.cli.via.opening import Overwrite, ProjectArgument

if TYPE_CHECKING:
    from wildwear.via import Project

Attribute = Annotated[
    str | None,
    typer.Option(
        help="The region attribute that names the category; guessed by default.", show_default=False
    ),
]


def check(
    project: ProjectArgument,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            help="A region needs this attribute, or another that is named so; guessed by default.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Name the regions without an attribute, the photos without regions, and what the id list has wrong.

    Ends with code 1 where there is something to mend.

    Example: wildwear via check shorts/via_region_data.json --attribute shorts --attribute accessories
    """
    from wildwear.via import Project, check

    opened = Project.read(project)
    attributes = attribute or [guessed(opened)]
    found = check(opened, attributes)
    either = " or ".join(map(repr, attributes))
    for name, numbers in found.unnamed.items():
        echo(f"{name}: without {either}: {', '.join(map(str, numbers))}")
    for name in found.empty:
        echo(f"{name}: no regions")
    for name in found.partial:
        echo(f"{name}: lacks size, regions or file_attributes, so VIA leaves it out")
    for problem in found.listing:
        echo(problem)
    unnamed = sum(map(len, found.unnamed.values()))
    echo(
        f"{project}: {found.photos:,} photos, {found.regions:,} regions; "
        f"{unnamed:,} regions without {either}, {len(found.empty):,} photos without regions"
    )
    if found.is_sound:
        say_next("wildwear", "via", "to-coco", project, "--out", beside(project, "coco"))
        return
    if found.empty or found.listing:
        say_next("wildwear", "via", "drop-empty", project, "--out", beside(project, "annotated"))
    else:
        echo("mend these in VIA, then look again")
        say_next("wildwear", "via", "check", project)
    raise typer.Exit(code=1)


def names(
    project: ProjectArgument,
    out: Annotated[
        Path | None, typer.Option(help="Text file to write; printed by default.", show_default=False)
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """List the file names of the photos as text, one a line, in VIA's order.

    Example: wildwear via names shorts/via_region_data.json --out names.txt
    """
    from wildwear.errors import DatasetError, OutputError
    from wildwear.files import write_atomically
    from wildwear.via import Project

    opened = Project.read(project)
    listed = opened.names()
    if broken := next((name for name in listed if len(name.splitlines()) != 1), None):
        raise DatasetError(f"{project}: the name {broken!r} is no line of text; rename that photo")
    if out is None:
        echo("\n".join(listed))
    else:
        if out.exists() and not overwrite:
            raise OutputError(f"{out}: is there already; name another, or replace it with --overwrite")
        content = "".join(f"{name}\n" for name in listed)
        write_atomically(out, content.encode(errors="surrogateescape"))
        echo(f"{out}: {len(listed):,} names", err=True)
    say_next("wildwear", "via", "progress", project, err=True)


def progress(
    project: ProjectArgument,
    target: Annotated[
        int | None, typer.Option(min=1, help="Photos to be done in the end.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Look at so many photos, the first in order.", show_default=False),
    ] = None,
    attribute: Attribute = None,
) -> None:
    """Say how far the annotation is, counting the photos that are there.

    A photo is done when its first region has a category, and unusable when that has none.

    Example: wildwear via progress shorts/via_region_data.json --target 500
    """
    from wildwear.cli.console import Console, plain_table
    from wildwear.via import Project, progress

    opened = Project.read(project)
    named = opened.attribute(attribute) if attribute else guessed(opened)
    found = progress(opened, named, limit=limit, target=target)
    table = plain_table(("",), ("photos",))
    table.add_row("in all", f"{found.photos:,}")
    if limit is not None:
        table.add_row("up to the limit", f"{found.limit:,}")
    table.add_row("unusable", f"{found.unusable:,}")
    table.add_row("to do", f"{found.to_do:,}")
    table.add_row("done", f"{found.done:,}")
    console = Console()
    console.print(table)
    shares = [f"{found.of_limit:.1%} of the {'limit' if limit is not None else 'photos'}"]
    if found.of_target is not None:
        shares.append(f"{found.of_target:.1%} of the target of {target:,}")
    echo(f"done: {', '.join(shares)}")
    echo(f"masks: {found.masks:,}, {found.masks_per_photo:.2f} a photo that is done")
    say_next("wildwear", "via", "check", project)


def guessed(project: "Project") -> str:
    """The attribute that names the category, as guessed; said on stderr."""
    attribute = project.attribute(None)
    echo(f"{project.path}: the attribute {attribute!r} names the category, as guessed", err=True)
    return attribute


def beside(project: Path, what: str) -> Path:
    """A name for a file that is made of a project."""
    return project.with_suffix(f".{what}.json")
