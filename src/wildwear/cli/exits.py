"""How a command ends that cannot do what it was asked: its exit codes."""

from collections.abc import Sequence

import typer

from wildwear.cli.printing import echo

INTERRUPTED = 130  # by which shells know Ctrl-C
MISTAKE = 2  # the command line is wrong


def refuse_mistakes(mistakes: Sequence[str]) -> None:
    """Raise `Exit` where what was named as photos has mistakes, after naming them all."""
    for mistake in mistakes:
        echo(f"wildwear: {mistake}", err=True)
    if mistakes:
        raise typer.Exit(MISTAKE)
