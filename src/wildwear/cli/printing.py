"""The one door to the terminal: what comes from files, models and servers must not steer it."""

import shlex
import sys

from wildwear.files import spelt_out


def echo(text: object, *, err: bool = False) -> None:
    """Print a line, or several, on stdout or stderr, with control characters shown."""
    print(shown(str(text)), file=sys.stderr if err else sys.stdout, flush=True)


def say_next(*words: object, err: bool = False) -> None:
    """Print the command that its reader is likely to want next, quoted so that a shell takes it as it is."""
    echo(f"next: {shlex.join(map(str, words))}", err=err)


def shown(text: str) -> str:
    r"""Text in which nothing but the ends of lines and tabs is invisible: an escape becomes \x1b, an order to
    write from right to left \u202e, and a byte of a file's name that is no text \xff."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else spelt_out(letter) for letter in text
    )
