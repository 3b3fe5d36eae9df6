"""`wildwear train`."""

import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo, say_next
from wildwear.errors import WildwearError


def train(
    run: Annotated[
        str | None,
        typer.Argument(help="A shipped run (`wildwear-s`) or a YAML file.", show_default=False),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="Fields to set over it: model.backbone=resnet101."),
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder that the run's paths start at: train.json, val.json, images/.")
    ] = Path("ccp30"),
    out: Annotated[Path | None, typer.Option(help="The run's folder; runs/NAME by default.")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the run's last checkpoint, if it has one."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Delete an earlier run in the folder first.")
    ] = False,
    max_time: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="Stop after so long, to go on with --resume.", show_default=False),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Write where the time goes to fit-profile.txt in the folder.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="List every field of a run with its default, and stop.")
    ] = False,
) -> None:
    """Train a model; checkpoints are written every few minutes, and a killed run goes on with --resume.

    Example: wildwear train smoke --data ccp30 --out runs/smoke
    """
    try:
        from wildwear import training
    except ImportError as error:
        from wildwear.errors import MissingExtraError

        raise MissingExtraError("`wildwear train`", "train") from error
    if explain:
        show_fields()
        return
    if run is None:
        raise typer.BadParameter("name a run, or ask for --explain")
    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other.")
    config = training.load_config(run, overrides or ())
    folder = out or Path("runs") / config.name
    limit = parse_time(max_time) if max_time else None
    best = training.train(
        config,
        data,
        folder,
        resume=resume,
        overwrite=overwrite,
        max_time=limit,
        profile=profile,
        command=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    )
    if profile:
        echo(f"where the time went: {folder / 'fit-profile.txt'}")
    if best is None:
        echo(f"time is up; the same command with --resume goes on from {folder / 'last.ckpt'}")
        return
    echo(f"best checkpoint: {best}")
    say_next("wildwear", "runs", "compare", folder, "--html", f"{config.name}.html")


def parse_time(text: str) -> timedelta:
    """`1:30` as a time of one hour and a half. Raises `WildwearError` for another form."""
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit()):
        raise WildwearError(f"--max-time {text}: expected hours and minutes, such as 1:30")
    return timedelta(hours=int(hours), minutes=int(minutes))


def show_fields() -> None:
    """Print every field of a run: its name, type, default and meaning. A pipe gets a line a field."""
    from wildwear.cli.console import Console, plain_table, printable
    from wildwear.training.config import explain

    headings = ("field", "type", "default", "meaning")
    table = plain_table(headings, breaking=headings)
    table.title, table.title_justify = "The fields of a run", "left"
    for row in explain():
        table.add_row(*map(printable, row))
    Console().print(table)
