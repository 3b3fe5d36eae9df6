"""The progress that the commands share: a bar, or where nobody sits before it a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wildwear.cli.console import Console

BETWEEN = 10.0  # seconds from one line to the next
SECONDS, MINUTES = 100, 100 * 60  # that are not yet told in minutes, and in hours

Update = Callable[[int, int | None], None]


@contextmanager
def photo_progress(what: str, console: "Console | None" = None) -> Iterator[Update]:
    """Progress on stderr, as long as it lasts.

    Args:
        what: is done: "Segmenting".
        console: that other things are printed on meanwhile, if it is not its own.

    Yields:
        What to call with the number of photos done, and of all where that is known.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from wildwear.cli.console import Console

    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield now_and_then(what, console.print)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} a second"),
        TimeRemainingColumn(),
    )
    begun = monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, rate=0.0)
        yield lambda done, total: bar.update(
            task, completed=done, total=total, rate=done / (monotonic() - begun)
        )


def now_and_then(what: str, say: Callable[[str], None], clock: Callable[[], float] = monotonic) -> Update:
    """Say how far it is, not more often than a log bears: what to call as `photo_progress` has it."""
    begun = last = clock()

    def update(done: int, total: int | None) -> None:
        nonlocal last
        now = clock()
        if now - last < BETWEEN:
            return
        last = now
        rate = done / (now - begun)
        if total is None or not done:
            say(f"{what}: {done:,} photos, {rate:.1f} a second")
        else:
            left = duration((total - done) / rate)
            say(f"{what}: {done:,} of {total:,} photos, {rate:.1f} a second, {left} left")

    return update


def duration(seconds: float) -> str:
    """So many seconds in the unit that suits them: "40 s", "12 min", "2.5 h"."""
    if seconds < SECONDS:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < MINUTES else f"{seconds / 3600:.1f} h"
