"""Evaluation: how well a model finds garments, in COCO's measures and in what its user gets to see.

`score` compares predictions with the truth; `evaluate` runs a model over a dataset's photos and scores what
it finds. Both return `Metrics`: `mask` and `box` (`Averages`), `categories` (a `CategoryMetrics` each) and
`displayed` (`Displayed`: precision and recall at the display threshold).
"""

from wildwear.evaluation.metrics import FREQUENT, Averages, CategoryMetrics, Displayed, Metrics, score
from wildwear.evaluation.run import evaluate

__all__ = ["FREQUENT", "Averages", "CategoryMetrics", "Displayed", "Metrics", "evaluate", "score"]
