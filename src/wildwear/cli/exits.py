"""How a command ends that cannot do what it was asked, or is told to stop: its exit codes."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM, by which services and schedulers stop a program, interrupt as Ctrl-C does."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
