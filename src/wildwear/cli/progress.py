"""The progress bar that the commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def photo_progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr; yields what to call with the number of photos done, and of all where that is known."""
    from rich.progress import Progress

    from wildwear.cli.console import Console

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
