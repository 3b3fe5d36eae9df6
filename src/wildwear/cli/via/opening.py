"""What the commands of `wildwear via` share: a project that is named, and what it has to say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo

if TYPE_CHECKING:
    from wildwear.via import Project

ProjectArgument = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="VIA 2 project, or a file of regions.")
]
FileOut = Annotated[Path, typer.Option("--out", help="Project to write.", show_default=False)]
ImagesOption = Annotated[
    Path | None,
    typer.Option(
        help="Where the photos lie, if not beside the project.",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]


def open_to_edit(path: Path) -> "Project":
    """A project, its faults told that whatever is written from it no longer has."""
    from wildwear.via import Project
    from wildwear.via.project import list_problems

    project = Project.read(path)
    for problem in list_problems(project):
        echo(f"note: {path}: {problem}; what is written has it in step", err=True)
    return project
