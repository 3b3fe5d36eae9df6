"""`wildwear data fetch`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo


def fetch(
    dataset: Annotated[
        str, typer.Argument(help="fashionpedia, ccp, clothing-dataset, modanet or deepfashion2.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the dataset; what lies there stays.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="A part: annotations, photos, train, val or test; say it again for more parts.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with zips that you loaded yourself.", show_default=False),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the password of the zips; else the variable WILDWEAR_DEEPFASHION2_PASSWORD, "
            "or you are asked.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Bring a public dataset into a folder; run it again to go on where it stopped.

    Where people must sign a form or load photos themselves, it says how.

    Example: wildwear data fetch deepfashion2 --out deepfashion2
    """
    from wildwear.datasets import sources

    source = sources.SOURCES.get(dataset)
    if source:
        echo(f"{source.title}: {source.terms}", err=True)
    with byte_progress() as (say, progress):
        fetched = sources.fetch(
            dataset,
            out,
            only=only or (),
            given=from_,
            password=lambda: find_password(dataset, password_file),
            say=say,
            progress=progress,
        )
    for path in fetched.there:
        counts = sources.held(path) if path.is_dir() else {}
        held = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items(), reverse=True))
        echo(f"{path}: {held}" if held else f"{path}")
    if fetched.there and fetched.missing:
        echo(f"left out, since they are not in {from_ or out}: {', '.join(fetched.missing)}", err=True)
    elif fetched.by_hand:
        echo(fetched.by_hand)
    if fetched.then:
        echo(f"next: {fetched.then}")


def find_password(dataset: str, file: Path | None) -> str:
    """The password from a file, a variable or the user, never from the command line, where others see it."""
    from wildwear.errors import DatasetError

    variable = f"WILDWEAR_{dataset.upper()}_PASSWORD"
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"{file}: cannot be read as the password's file ({error})") from error
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise DatasetError(f"{dataset}: the zips need a password: name --password-file, or set {variable}")
    password: str = typer.prompt(f"Password of {dataset}", hide_input=True, err=True)
    return password


@contextmanager
def byte_progress() -> Iterator[tuple[Callable[[str], None], Callable[[str, int, int | None], None]]]:
    """Bars on stderr, one for each thing that is done; yields what to tell people with, and what to tell of
    bytes."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from wildwear.cli.console import Console

    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def say(what: str) -> None:
        console.print(what, markup=False, highlight=False, soft_wrap=True)

    def progress(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            bars.start()  # not before: a prompt and a bar would share a line
            tasks[what] = bars.add_task(what, total=total, completed=done)
        bars.update(tasks[what], completed=done, total=total)

    try:
        yield say, progress
    finally:
        bars.stop()
