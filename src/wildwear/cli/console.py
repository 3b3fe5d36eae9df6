"""Tables, colours and bars, as safe as in `printing.py`; apart from it, since rich takes time to load."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from wildwear.cli.printing import shown


class Console(RichConsole):
    """A console that shows control characters in whatever it prints."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a string into what is printed: before it is measured, so that the cells of a table fit."""
        return super().render_str(shown(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Turn anything into pieces; those with which rich itself steers the terminal stay as they are."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(shown(piece.text), piece.style)


def printable(text: str) -> Text:
    """Text as it is: no markup, and nothing that would steer a terminal."""
    return Text(shown(text))
