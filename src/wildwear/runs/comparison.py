"""Runs beside each other: the thesis' table, and what has to be known to read it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wildwear.errors import DatasetError
from wildwear.runs.folder import Run
from wildwear.runs.history import Series
from wildwear.runs.thesis import published

TEST_FIGURES = Path("test") / "metrics.json"  # where `wildwear evaluate … --out RUN/test` puts them
WORSE = 1.01  # times its lowest: from there on a validation loss has risen, and not only wavered

DASH = "–"  # where there is no figure
HEADINGS = (
    "run",
    "set",
    "images",
    "steps",
    "decays",
    "train loss",
    "val loss",
    "val AP",
    "best",
    "test AP",
    "time",
)


@dataclass(frozen=True)
class Summary:
    """One row of the comparison. Losses as they ended, AP in [0, 1] (mask, averaged over the categories that
    occur), None where nobody measured it."""

    name: str
    made_by: str
    trained_on: str | None
    photos: int | None
    steps_done: int
    steps: int | None
    decays: list[int]
    train_loss: float | None
    val_loss: float | None
    lowest_val_loss: float | None
    lowest_val_loss_step: int | None
    overfits: bool
    val_ap: float | None
    best_val_ap: float | None
    best_step: int | None
    test_ap: float | None
    test_set: str | None
    hours: float | None
    published: str | None  # key in thesis.yaml
    from_table: list[str]  # fields that are known from the published table alone
    remarks: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def summarise(run: Run, name: str | None = None) -> Summary:
    """The row of one run.

    Args:
        run: the run.
        name: what to call it, where its folder's name would not tell it from others.

    Raises:
        DatasetError: its result on a test set is damaged.
    """
    ap, loss, facts = run.history.series("val/mask/ap"), run.history.series("val/loss"), run.facts
    known = published().runs.get(facts.published or "")
    test_ap, test_set = read_test(run.folder)
    from_table = ["trained_on", "photos"] if known else []
    if known and test_ap is None:
        test_ap, test_set = known.test_ap / 100, published().test_set
        from_table.append("test_ap")
    return Summary(
        name=name or run.name,
        made_by=facts.made_by,
        trained_on=facts.trained_on,
        photos=facts.photos,
        steps_done=run.history.steps,
        steps=facts.steps,
        decays=facts.decays,
        train_loss=finite(run.history.series("train/loss").last),
        val_loss=finite(loss.last),
        lowest_val_loss=None if loss.lowest is None else float(loss.values[loss.lowest]),
        lowest_val_loss_step=None if loss.lowest is None else int(loss.steps[loss.lowest]),
        overfits=overfits(loss),
        val_ap=finite(ap.last),
        best_val_ap=None if ap.highest is None else float(ap.values[ap.highest]),
        best_step=None if ap.highest is None else int(ap.steps[ap.highest]),
        test_ap=test_ap,
        test_set=test_set,
        hours=None if run.seconds is None else finite(run.seconds / 3600),
        published=known.key if known else None,
        from_table=from_table,
        remarks=[*facts.remarks, *unfinished(run)],
    )


def overfits(loss: Series) -> bool:
    """Whether a validation loss has risen since its lowest, by more than a waver."""
    return loss.lowest is not None and bool(loss.last > WORSE * loss.values[loss.lowest])


def unfinished(run: Run) -> Iterator[str]:
    """A remark on a run that has not come to its end."""
    if run.is_unfinished:
        yield f"it is unfinished: {run.history.steps:,} of {run.facts.steps:,} steps"


def cells(summary: Summary) -> list[str]:
    """A row of the table as text, below `HEADINGS`; * marks what is known from the published table alone."""

    def starred(field: str, text: str) -> str:
        return f"{text}*" if field in summary.from_table else text

    done = steps(summary.steps_done)
    is_short = summary.steps is not None and summary.steps_done < summary.steps
    best = (
        f"{figure(summary.best_val_ap)} at {steps(summary.best_step)}"
        if summary.best_step is not None
        else DASH
    )
    return [
        summary.name,
        starred("trained_on", summary.trained_on or DASH),
        starred("photos", DASH if summary.photos is None else f"{summary.photos:,}"),
        f"{done} of {steps(summary.steps or 0)}" if is_short else done,
        ", ".join(map(steps, summary.decays)) or DASH,
        figure(summary.train_loss, 3),
        figure(summary.val_loss, 3),
        figure(summary.val_ap),
        best,
        starred("test_ap", figure(summary.test_ap)),
        DASH if summary.hours is None else duration(summary.hours),
    ]


def steps(number: int) -> str:
    """A number of steps: 15k, 1.5k, 12,250."""
    return f"{number / 1000:g}k" if number >= 1000 and number % 100 == 0 else f"{number:,}"


def figure(value: float | None, digits: int = 4) -> str:
    """A figure as it is printed, AP as fine as the thesis has it; a dash where there is none."""
    return DASH if value is None else f"{value:.{digits}f}"


def duration(hours: float) -> str:
    """A time as one says it: 3.6 h, 12 min, 40 s."""
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{60 * hours:.0f} min" if hours >= 1 / 60 else f"{3600 * hours:.0f} s"


def shared_remarks(summaries: Sequence[Summary]) -> list[tuple[list[str], str]]:
    """Each remark once, with the names of the runs that it is made on."""
    found: dict[str, list[str]] = {}
    for summary in summaries:
        for remark in summary.remarks:
            found.setdefault(remark, []).append(summary.name)
    return [(names, remark) for remark, names in found.items()]


def notes(runs: Sequence[Run], summaries: Sequence[Summary]) -> list[str]:
    """What a reader of these rows together has to know."""
    found = []
    if any(summary.from_table for summary in summaries):
        found.append(f"* stands in no file of the run, but in {published().source}.")
    if len({bool(summary.published) for summary in summaries}) == 2:
        found.append(published().scale)
    if len({val_set(run) for run in runs}) > 1:
        found.append(
            "val loss and val AP compare only where runs were validated on the same set; these were not all."
        )
    if len({summary.test_set for summary in summaries if summary.test_set}) > 1:
        found.append("test AP compares only on the same test set; these are several.")
    if any(run.facts.made_by.startswith("Detectron2") and run.seconds for run in runs):
        found.append("The time of a run of Detectron2 is that of its steps: validation is not in it.")
    return found


def val_set(run: Run) -> str | None:
    """What tells the set that a run was validated on from others."""
    fingerprint = run.facts.data.get("val")
    known = fingerprint.get("sha256") if isinstance(fingerprint, dict) else None
    return str(known) if known else run.facts.validated_on


def read_test(folder: Path) -> tuple[float | None, str | None]:
    """Mask AP in [0, 1] of the run's model on a test set, and that set, where `test/metrics.json` is."""
    path = folder / TEST_FIGURES
    if not path.exists():
        return None, None
    try:
        result = json.loads(path.read_bytes())
        share = result["mask"]["ap"]
        test_set = f"{int(result['photos']):,} photos, {int(result['instances']):,} instances"
        return None if share is None else finite(float(share)), test_set
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise DatasetError(f"{path}: is no result of `wildwear evaluate`: {error!r}") from error


def finite(value: float) -> float | None:
    """The value; None for NaN and infinities."""
    return float(value) if math.isfinite(value) else None
