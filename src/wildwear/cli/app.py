"""The `wildwear` program: gathers the command groups and turns errors into one clear line."""

import sys
from typing import Annotated

import typer

from wildwear.cli import compare, data, evaluate, model, runs, segment, taxonomy, train
from wildwear.errors import WildwearError
from wildwear.version import __version__

app = typer.Typer(
    name="wildwear",
    help="Find every garment in a photo: one of 30 categories and a pixel mask each.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command()(segment.segment)
app.command()(evaluate.evaluate)
app.command()(compare.compare)
app.command()(train.train)
app.add_typer(data.app, name="data")
app.add_typer(model.app, name="model")
app.add_typer(runs.app, name="runs")
app.add_typer(taxonomy.app, name="taxonomy")


def show_version(wanted: bool) -> None:
    """Print the version and stop, when asked for."""
    if wanted:
        print(f"wildwear {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find every garment in a photo: one of 30 categories and a pixel mask each."""


def main() -> None:
    """Run the program; a user's mistake becomes one message on stderr and exit code 1, never a traceback."""
    try:
        app()
    except WildwearError as error:
        print(f"wildwear: {error}", file=sys.stderr)
        sys.exit(1)
