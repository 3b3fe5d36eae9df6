"""What garments were found by. Not for where they are kept: a folder says that of itself."""

from typing import Any

from pydantic import BaseModel, Field

from wildwear.files import sha256
from wildwear.inference.card import Thresholds
from wildwear.inference.segmenter import Segmenter
from wildwear.version import __version__


class Origin(BaseModel):
    """What all results of a run come from: other values of any of these would have given others."""

    wildwear: str = __version__
    model: str
    model_version: str
    model_sha256: str
    score: float  # garments are shown from here on,
    category_scores: dict[str, float] = Field(default_factory=dict)  # or from here on: by category

    @classmethod
    def of_model(cls, segmenter: Segmenter, score: float | None) -> "Origin":
        """What a model finds at this score, or at its own where none is given."""
        thresholds = segmenter.card.thresholds.changed(score=score)
        return Origin(
            model=segmenter.card.name,
            model_version=segmenter.card.version,
            model_sha256=sha256(segmenter.path),
            score=thresholds.score,
            category_scores=thresholds.scores_by_name,
        )

    def at(self, thresholds: Thresholds) -> "Origin":
        """What the same model finds at other thresholds."""
        scores = {"score": thresholds.score, "category_scores": thresholds.scores_by_name}
        return self.model_copy(update=scores)

    def about(self) -> dict[str, Any]:
        """The `info` of the result as a dataset."""
        return {
            "description": f"Garments found by wildwear {self.wildwear}",
            "model": f"{self.model} {self.model_version}",
            "score": self.score,
            "category_scores": self.category_scores,
        }
