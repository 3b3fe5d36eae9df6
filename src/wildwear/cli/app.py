"""The `wildwear` program: gathers the command groups and turns errors into one clear line."""

import os
import sys
from typing import Annotated, Any

import typer

from wildwear.cli import (
    annotate,
    annotations,
    batch,
    batch_summary,
    compare,
    curate,
    data,
    demo,
    doctor,
    evaluate,
    experiment,
    model,
    runs,
    segment,
    serve,
    taxonomy,
    train,
    via,
)
from wildwear.cli.printing import echo, shown
from wildwear.errors import WildwearError
from wildwear.version import __version__

USAGE_ERROR: Any = typer.BadParameter.__base__  # of which typer names only this child
WRONG_COMMAND_LINE = 2  # exit code

app = typer.Typer(
    name="wildwear",
    help="Find every garment in a photo: one of 30 categories and a pixel mask each.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(segment.segment)
app.command()(batch.batch)
app.command()(batch_summary.batch_summary)
app.command()(serve.serve)
app.command()(evaluate.evaluate)
app.command()(compare.compare)
app.command()(train.train)
app.command()(annotate.annotate)
app.command()(experiment.experiment)
app.command()(doctor.doctor)
app.add_typer(annotations.app, name="annotations")
app.add_typer(curate.app, name="curate")
app.add_typer(data.app, name="data")
app.add_typer(model.app, name="model")
app.add_typer(runs.app, name="runs")
app.add_typer(taxonomy.app, name="taxonomy")
app.add_typer(via.app, name="via")


def show_version(wanted: bool) -> None:
    """Print the version and stop, when asked for."""
    if wanted:
        echo(f"wildwear {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find every garment in a photo: one of 30 categories and a pixel mask each."""


def open_what_is_closed() -> None:
    """Let a program that was started without stdin, stdout or stderr (`>&-`, a service) have empty ones:
    nothing comes in, what goes out is lost, and no file that is opened later takes their place."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - likewise
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - likewise


def main() -> None:
    """Run the program; a user's mistake becomes one message on stderr and exit code 1, never a traceback."""
    from typer.rich_utils import rich_format_error

    open_what_is_closed()
    try:
        code = app(standalone_mode=False)
    except USAGE_ERROR as error:  # it quotes the command line, where names of files stand
        error.message = shown(error.message)
        rich_format_error(error)
        sys.exit(WRONG_COMMAND_LINE)
    except typer.Abort:
        echo("Aborted.", err=True)
        sys.exit(1)
    except WildwearError as error:
        echo(f"wildwear: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # of a file or folder that no command looked after: its name says what to mend
        if error.filename is None:
            raise
        echo(f"wildwear: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
    sys.exit(code)
