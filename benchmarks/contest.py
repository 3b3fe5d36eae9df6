"""What the benchmarks share: contenders take turns, a process each time, figures over rounds, and claims."""

import json
import os
import re
import resource
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np

Answer = TypeVar("Answer")
CLAIMS = "WILDWEAR_CLAIMS"  # names the file in which `bench.py` collects claims


def take_turns(ways: Mapping[str, Callable[[], Answer]], rounds: int) -> dict[str, list[Answer]]:
    """Let every contender do its work once a round, each time in a fresh process."""
    answers: dict[str, list[Answer]] = {name: [] for name in ways}
    for done in range(rounds):
        print(f"round {done + 1} of {rounds}", file=sys.stderr)
        for name, way in ways.items():
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                answers[name].append(process.submit(way).result())
    return answers


def resident() -> float:
    """The most memory this process held resident so far, MB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux's getrusage knows the peak of the process that started this one as well
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def linked(photos: Sequence[Path], count: int, folder: Path) -> Path:
    """A new folder with so many photos, linked in turn as often as it takes."""
    folder.mkdir()
    for number in range(count):
        photo = photos[number % len(photos)]
        (folder / f"{number:06}{photo.suffix}").symlink_to(photo.resolve())
    return folder


@contextmanager
def held_by_all() -> Iterator[Callable[[], float]]:
    """Watch the memory that this process and those it starts hold resident together; what they share counts
    for each. Yields what tells the most so far, MB."""
    import psutil

    most, done, own = 0.0, threading.Event(), psutil.Process()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.1):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            most = max(most, total / 1e6)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: most
    finally:
        done.set()
        watching.join()


def claim(what: str, figure: str, *, peer: str = "", beside: str = "", met: bool | None = None) -> None:
    """Hand a claim to the table of `bench.py`; nothing happens where a script runs by itself.

    Args:
        what: is claimed, with its unit.
        figure: that was measured, with its spread.
        peer: what it is held against.
        beside: the ratio to the peer or the peer's own figure, with its spread.
        met: whether the bar that the script sets is met; None where it sets none.
    """
    if file := os.environ.get(CLAIMS):
        line = {"claim": what, "figure": figure, "peer": peer, "beside": beside, "met": met}
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def spread(values: Sequence[float], digits: int = 1) -> str:
    """`2.1 (2.0–2.3)`: median and quartiles."""
    first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{median:,.{digits}f} ({first:,.{digits}f}–{third:,.{digits}f})"
