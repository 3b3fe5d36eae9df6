"""Evaluation: how well garments are found, in COCO's measures and in what a user gets to see; and why.

`evaluate` runs a model over a dataset's photos, `evaluate_predictions` reads a file of predictions that any
program made; both return a `Result`, which is a folder on disk too. It holds `Metrics` (`mask` and `box`
(`Averages`), `categories` (a `CategoryMetrics` each), `displayed` (`Displayed`: precision and recall at the
display threshold)) and an `Explanation`. `score` makes the metrics from predictions in memory; `explain` and
`suspects`, which lists what may be wrong in the truth, read `Evidence`: the truth, what is found and what is
shown. `compare` sets results beside each other.
"""

from wildwear.evaluation.comparison.comparing import Comparison, compare
from wildwear.evaluation.evaluating import evaluate, evaluate_predictions
from wildwear.evaluation.explanation.explaining import Explanation, explain
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.metrics import (
    FREQUENT,
    Averages,
    CategoryMetrics,
    Displayed,
    Metrics,
    score,
)
from wildwear.evaluation.page.suspects import suspects
from wildwear.evaluation.result import Result

__all__ = [
    "FREQUENT",
    "Averages",
    "CategoryMetrics",
    "Comparison",
    "Displayed",
    "Evidence",
    "Explanation",
    "Metrics",
    "Result",
    "compare",
    "evaluate",
    "evaluate_predictions",
    "explain",
    "score",
    "suspects",
]
