"""What a result must reach, for programs that decide by it: `AP=0.4`, `recall/shirt=0.6`."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from wildwear.errors import WildwearError
from wildwear.evaluation.measures.metrics import CategoryMetrics, Displayed, Metrics

MEASURES = ("AP", "AP50", "AP75", "boxAP", "precision", "recall", "F1")
FORM = re.compile(r"(?P<measure>[^/=]*)(?:/(?P<category>.*))?=(?P<least>[^=]*)", re.DOTALL)


class RequirementError(WildwearError):
    """A requirement names what is not measured, or no number."""


@dataclass(frozen=True)
class Requirement:
    """A measure, of all categories or of one, and the least that it may be."""

    measure: str  # one of MEASURES
    category: str | None
    least: float  # 0 to 1

    @property
    def name(self) -> str:
        """As the user wrote it: `AP/shirt`."""
        return self.measure if self.category is None else f"{self.measure}/{self.category}"

    def reached(self, metrics: Metrics) -> float:
        """What the metrics say of it, 0 to 1; NaN where it is not measured."""
        if self.category is None:
            return _of(metrics, self.measure)
        row = next(row for row in metrics.categories if row.name == self.category)
        return _of(row, self.measure)

    def failure(self, metrics: Metrics) -> str | None:
        """One line on how it was missed; None where it is fulfilled. What is not measured is missed."""
        value = self.reached(metrics)
        if value >= self.least:
            return None
        if value != value:
            return f"{self.name} is not measured here; at least {self.least:g} is required"
        return f"{self.name} is {value:.4f}; at least {self.least:g} is required"


def requirement(text: str, categories: Collection[str]) -> Requirement:
    """Read `MEASURE=NUMBER` or `MEASURE/CATEGORY=NUMBER`.

    Args:
        text: what the user wrote.
        categories: the names that a category may have.

    Raises:
        RequirementError: it says what is wrong, and what there is.
    """
    parts = FORM.fullmatch(text)
    try:
        least = float(parts["least"]) if parts else -1.0
    except ValueError:
        least = -1.0
    if parts is None or not 0 <= least <= 1:
        raise RequirementError(f"{text!r}: expected a measure and a number from 0 to 1, as in AP=0.4.")
    measure, category = parts["measure"], parts["category"]
    if measure not in MEASURES:
        raise RequirementError(
            f"{text!r}: there is no measure {measure!r}; there are {', '.join(MEASURES)}, each also of one "
            "category, as in AP/shirt=0.4."
        )
    if category is not None and category not in categories:
        raise RequirementError(
            f"{text!r}: the dataset has no category {category!r}; it has {', '.join(sorted(categories))}."
        )
    return Requirement(measure, category, least)


def _of(metrics: Metrics | CategoryMetrics, measure: str) -> float:
    averages = metrics.mask if isinstance(metrics, Metrics) else metrics
    shown: Displayed | None = metrics.displayed
    if measure in ("AP", "AP50", "AP75"):
        return float(getattr(averages, measure.lower()))
    if measure == "boxAP":
        return metrics.box.ap if isinstance(metrics, Metrics) else metrics.box_ap
    return float("nan") if shown is None else float(getattr(shown, measure.lower()))
