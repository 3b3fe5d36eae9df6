"""Tables, colours and bars, as safe as in `printing.py`; apart from it, since rich takes time to load."""

from collections.abc import Collection, Iterable
from typing import Any

from rich import box
from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from wildwear.cli.printing import shown

UNBROKEN = 10_000  # letters of a line; a narrower terminal breaks it instead of losing figures


class Console(RichConsole):
    """A console that shows control characters in whatever it prints, and breaks no line in a pipe, unless
    COLUMNS says how wide that is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not self.is_terminal and "width" not in options and "COLUMNS" not in self._environ:
            self.width = UNBROKEN

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a string into what is printed: before it is measured, so that the cells of a table fit."""
        return super().render_str(shown(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Turn anything into pieces; those with which rich itself steers the terminal stay as they are."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(shown(piece.text), piece.style)


def plain_table(
    left: Iterable[str],
    right: Iterable[str] = (),
    after: Iterable[str] = (),
    *,
    breaking: Collection[str] = (),
    is_close: bool = False,
) -> Table:
    """A table with a line under its headings and no other ornament.

    Args:
        left: headings of its columns of words.
        right: headings of its columns of figures.
        after: headings of columns of words that stand behind the figures.
        breaking: headings of those that may break where the terminal is narrow.
        is_close: no space between columns.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, int(not is_close), 0, 0), show_edge=False)
    columns: tuple[tuple[JustifyMethod, Iterable[str]], ...] = (
        ("left", left),
        ("right", right),
        ("left", after),
    )
    for side, headings in columns:
        for heading in headings:
            table.add_column(
                printable(heading), justify=side, no_wrap=heading not in breaking, overflow="fold"
            )
    return table


def printable(text: str) -> Text:
    """Text as it is: no markup, and nothing that would steer a terminal."""
    return Text(shown(text))
