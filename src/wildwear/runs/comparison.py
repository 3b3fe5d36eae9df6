"""Runs beside each other: the thesis' table, and where a run began to overfit."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from wildwear.errors import DatasetError
from wildwear.runs.history import Series
from wildwear.runs.published import published
from wildwear.runs.run import Run

TEST_FIGURES = Path("test") / "metrics.json"  # where `wildwear evaluate … --out RUN/test` puts them
WORSE = 1.01  # times its lowest: from there on a validation loss has risen, and not only wavered


@dataclass(frozen=True)
class Summary:
    """One row of the comparison. Losses as they ended, AP in percent (mask, averaged over the categories that
    occur), None where nobody measured it."""

    run: Run
    trained_on: str | None
    photos: int | None
    steps: int
    decays: list[int]
    train_loss: float | None
    val_loss: float | None
    val_ap: float | None
    best_val_ap: float | None
    best_step: int | None
    test_ap: float | None
    test_from_table: bool  # whether the test AP stands in the published table only
    hours: float | None
    overfits_from: int | None


def summarise(run: Run) -> Summary:
    """The row of one run."""
    ap, facts = run.history.series("val/mask/ap"), run.facts
    known = published().runs.get(facts.published or "")
    measured = read_test_ap(run)
    best = best_place(ap)
    return Summary(
        run=run,
        trained_on=facts.trained_on,
        photos=facts.photos,
        steps=facts.steps or run.steps_done,
        decays=facts.decays,
        train_loss=finite(run.history.series("train/loss").last),
        val_loss=finite(run.history.series("val/loss").last),
        val_ap=percent(ap.last),
        best_val_ap=None if best is None else percent(float(ap.values[best])),
        best_step=None if best is None else int(ap.steps[best]),
        test_ap=known.test_ap if measured is None and known else measured,
        test_from_table=measured is None and known is not None,
        hours=None if run.seconds is None else run.seconds / 3600,
        overfits_from=overfitting_step(run.history.series("val/loss")),
    )


def best_place(series: Series) -> int | None:
    """Where a series is highest, None where it never has a value."""
    values = [(-math.inf if math.isnan(value) else value) for value in series.values]
    return values.index(max(values)) if values and max(values) > -math.inf else None


def overfitting_step(loss: Series) -> int | None:
    """The step of the lowest validation loss, if the loss has risen since by more than a waver.

    None while it still falls, or stays.
    """
    values = loss.values
    if not len(values) or bool((values != values).all()):
        return None
    lowest = int(min(range(len(values)), key=lambda place: (math.isnan(values[place]), values[place])))
    risen = values[-1] > WORSE * values[lowest]
    return int(loss.steps[lowest]) if risen else None


def read_test_ap(run: Run) -> float | None:
    """Mask AP in percent of the run's model on a test set, where `test/metrics.json` holds it."""
    path = run.folder / TEST_FIGURES
    if not path.exists():
        return None
    try:
        return percent(float(json.loads(path.read_text(encoding="utf-8"))["mask"]["ap"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: is no result of `wildwear evaluate`: {error!r}") from error


def percent(share: float) -> float | None:
    """A share in [0, 1] as percent; None for NaN."""
    return None if math.isnan(share) else 100 * share


def finite(value: float) -> float | None:
    """The value; None for NaN."""
    return None if math.isnan(value) else value
