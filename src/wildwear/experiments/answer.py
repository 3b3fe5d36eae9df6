"""What an experiment says: the thesis' table, with intervals, and a sentence a test set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wildwear.evaluation import Result, compare
from wildwear.experiments.plan import Experiment
from wildwear.experiments.running import PLAN, Results
from wildwear.files import write_atomically

REPORT = "report.md"
HEADINGS = (
    "test set",
    "trained on",
    "photos",
    "mask AP",
    "95 %",
    "seeds",
    "AP50",
    "against the first",
    "95 %",
)


@dataclass(frozen=True)
class Cell:
    """One arm on one test set. All figures are means over the seeds, in [0, 1].

    `interval` is how far the mean would move on another set of as many photos (the seeds see the same photos,
    so that the mean of their intervals is that of their mean); `seeds` are the least and the most of them.
    `difference` is against the first arm, seed by seed on the same photos; None for the first arm itself.
    """

    test: str
    arm: str
    photos: int
    categories: int
    ap: float
    ap50: float
    interval: tuple[float, float] | None
    seeds: tuple[float, float]
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance."""
        return self.difference_interval is not None and not (
            self.difference_interval[0] <= 0 <= self.difference_interval[1]
        )


@dataclass(frozen=True)
class Answer:
    """The cells, test set by test set, and what they say."""

    cells: tuple[Cell, ...]
    sentences: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The table as text, under `HEADINGS`."""
        for cell in self.cells:
            yield (
                f"{cell.test} ({cell.categories} categories)",
                cell.arm,
                f"{cell.photos:,}",
                f"{cell.ap:.3f}",
                between(cell.interval),
                f"{cell.seeds[0]:.3f}–{cell.seeds[1]:.3f}",
                f"{cell.ap50:.3f}",
                "–" if cell.difference is None else f"{cell.difference:+.3f}",
                between(cell.difference_interval, signed=True),
            )

    def markdown(self, experiment: Experiment) -> str:
        """The answer as a report: the question, the table, what it says, how it came about."""
        heads = "| " + " | ".join(HEADINGS) + " |\n" + "|---" * len(HEADINGS) + "|"
        table = "\n".join("| " + " | ".join(row) + " |" for row in self.rows())
        how = (
            f"Recipe `{experiment.run}` with {', '.join(f'`{one}`' for one in experiment.settings)}; seeds "
            f"{', '.join(map(str, experiment.seeds))}; every arm takes as many steps. AP is COCO's, over "
            f"every detection above 0.01, at most 100 a photo; test sets were read once all was trained. "
            f"`{PLAN}` beside this file is the plan."
        )
        said = "\n".join(f"- {sentence}" for sentence in self.sentences)
        return f"# {experiment.name}\n\n{experiment.question}\n\n{heads}\n{table}\n\n{said}\n\n{how}\n"


def answer(experiment: Experiment, results: Results) -> Answer:
    """The answer that the results of an experiment give."""
    cells = [cell for test, by_arm in results.items() for cell in cells_of(test, by_arm)]
    sentences = [sentence_of(test, [cell for cell in cells if cell.test == test]) for test in results]
    return Answer(tuple(cells), tuple(sentences))


def write_answer(found: Answer, experiment: Experiment, out: Path) -> Path:
    """Write the report into the experiment's folder; returns its path."""
    write_atomically(out / REPORT, found.markdown(experiment).encode())
    return out / REPORT


def cells_of(test: str, by_arm: dict[str, list[Result]]) -> Iterator[Cell]:
    """The row of each arm on one test set."""
    arms = list(by_arm)
    of_a_seed = [compare(results, arms) for results in zip(*by_arm.values(), strict=True)]
    for number, (arm, seeds) in enumerate(by_arm.items()):
        aps = [one.metrics.mask.ap for one in seeds]
        own = [one.metrics.mask.intervals.get("ap") for one in seeds]
        # Seed by seed, on the same photos; the first arm has none to itself.
        moved = [one.results[number].figures["AP"].difference for one in of_a_seed]
        known = [one for one in moved if one is not None]
        yield Cell(
            test=test,
            arm=arm,
            photos=seeds[0].metrics.photos,
            categories=seeds[0].metrics.mask.categories["ap"],
            ap=float(np.mean(aps)),
            ap50=float(np.mean([one.metrics.mask.ap50 for one in seeds])),
            interval=mean_interval(own),
            seeds=(min(aps), max(aps)),
            difference=float(np.mean([one.value for one in known])) if known else None,
            difference_interval=mean_interval([one.interval for one in known]) if known else None,
        )


def mean_interval(intervals: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    """The interval of a mean of figures on the same photos; None where one is not known."""
    known = [one for one in intervals if one is not None]
    if len(known) < len(intervals):
        return None
    low, high = np.mean(known, axis=0)
    return float(low), float(high)


def sentence_of(test: str, cells: Sequence[Cell]) -> str:
    """Which arm is best on a test set, and which of the others differ from the first by more than chance."""
    best = max(cells, key=lambda cell: cell.ap)
    first = cells[0]
    sure = [f"{cell.arm} ({cell.difference:+.3f})" for cell in cells if cell.differs]
    against = (
        f"more than chance apart from {first.arm}: {', '.join(sure)}"
        if sure
        else f"none differs from {first.arm} by more than chance"
    )
    return f"On {test}, {best.arm} has the highest mask AP, {best.ap:.3f}; {against}."


def between(interval: tuple[float, float] | None, *, signed: bool = False) -> str:
    """`[0.25, 0.31]`, or a dash."""
    if interval is None:
        return "–"
    return (
        f"[{interval[0]:+.3f}, {interval[1]:+.3f}]" if signed else f"[{interval[0]:.3f}, {interval[1]:.3f}]"
    )
