"""Evaluation: how well garments are found, in COCO's measures and in what a user gets to see; and why.

`evaluate` runs a model over a dataset's photos, `evaluate_predictions` reads a file of predictions that any
program made; both return a `Result`, which is a folder on disk too. It holds `Metrics` (`mask` and `box`
(`Averages`), `categories` (a `CategoryMetrics` each), `displayed` (`Displayed`: precision and recall at the
display threshold)) and an `Explanation`. `score` and `explain` make these from predictions in memory.
`compare` sets results beside each other; `suspects` lists what may be wrong in the truth.
"""

from wildwear.evaluation.comparison import Comparison, compare
from wildwear.evaluation.explanation import Explanation, explain
from wildwear.evaluation.metrics import FREQUENT, Averages, CategoryMetrics, Displayed, Metrics, score
from wildwear.evaluation.result import Result
from wildwear.evaluation.run import evaluate, evaluate_predictions
from wildwear.evaluation.suspects import suspects

__all__ = [
    "FREQUENT",
    "Averages",
    "CategoryMetrics",
    "Comparison",
    "Displayed",
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
