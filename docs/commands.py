"""The reference of every command, out of what `wildwear COMMAND --help` prints.

Not for reading by itself: mkdocs makes the page `commands.md` of it (see hooks.py).
"""

import re
from collections.abc import Iterator

import typer
from typer.main import get_command

from wildwear.cli.app import app

EXAMPLE = re.compile(r"^Example: (wildwear .+)$", re.M)
HEAD = """\
# Commands

`wildwear COMMAND --help` prints the same. A command ends with 0 when it has done what it was asked, with 1
when something stopped it, was left out or did not pass, with 2 when its command line is wrong, and with 130
after Ctrl-C. `wildwear --install-completion` teaches the shell to complete commands and options.
"""


def reference() -> str:
    """The page: a heading a group and a command, a table of arguments and options each."""
    return HEAD + "".join(section(words, command) for words, command in commands())


def commands() -> Iterator[tuple[list[str], typer.core.TyperCommand]]:
    """Every command and group below `wildwear`, in the order of its help, with the words that call it."""
    waiting = [(["wildwear"], get_command(app))]
    while waiting:
        words, command = waiting.pop(0)
        if len(words) > 1:
            yield words, command
        inner = getattr(command, "commands", {})
        waiting[:0] = [([*words, name], one) for name, one in inner.items()]


def section(words: list[str], command: typer.core.TyperCommand) -> str:
    """One command: what it does, how it is called, an example, its options."""
    context = typer.Context(command, info_name=" ".join(words))
    help_text = command.help or ""
    parts = [f"\n{'#' * len(words)} {' '.join(words)}\n", EXAMPLE.sub("", help_text).strip() + "\n"]
    if hasattr(command, "commands") and not command.invoke_without_command:
        return "\n".join(parts)
    calls = [" ".join([*words, *command.collect_usage_pieces(context)]), *EXAMPLE.findall(help_text)]
    parts.append("```console\n" + "".join(f"$ {call}\n" for call in calls) + "```\n")
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [f"| `{typed(name)}` | {cell(says)} |" for name, says in filter(None, records) if name != "--help"]
    if rows:
        parts.append("\n".join(["| argument, option | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def typed(name: str) -> str:
    """An option and what it takes, in fewer words than the help has; an argument alone."""
    if not name.startswith("-"):
        return name.partition(" <")[0]
    return name.replace(" range>", ">").replace("<list[str]>", "<str>").replace("<list[Path]>", "<path>")


def cell(text: str) -> str:
    """Text that does not end its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
