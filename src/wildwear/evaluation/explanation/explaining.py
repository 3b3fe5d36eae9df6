"""`explain`: where predictions fail and why, in one value. Not for how good they are: see `metrics`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wildwear.evaluation.explanation.boundary import Boundary, boundary
from wildwear.evaluation.explanation.calibration import Calibration, calibration
from wildwear.evaluation.explanation.failures import Confusion, ErrorShares, confusion, error_shares
from wildwear.evaluation.explanation.names import Names, names
from wildwear.evaluation.explanation.slices import Slice, slices
from wildwear.evaluation.measures.evidence import Evidence

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Explanation:
    """What stands behind the figures.

    Attributes:
        errors: which kind of error costs how much: `gains` of AP50 and `counts`, by kind.
        confusion: what is shown as what: `counts` by `names`, truth in rows, nothing last.
        calibration: whether scores are shares of right detections: `error`, and `bins` of scores.
        boundary: AP that asks for outlines: `ap`, `ap50`, `ap75`, `by_category`.
        names: whether masks or names are the problem: `ap`, `group_forgiven`, `all_forgiven`, `agnostic`.
        slices: on which photos and garments: `dimension`, `name`, `ap`, `precision`, `recall` of each.
    """

    errors: ErrorShares
    confusion: Confusion
    calibration: Calibration
    boundary: Boundary
    names: Names
    slices: tuple[Slice, ...]


def explain(evidence: Evidence, photos: "pl.DataFrame", *, bootstrap: int = 0, seed: int = 0) -> Explanation:
    """Explain what is found and what is shown.

    Args:
        evidence: truth and predictions.
        photos: a row for each photo, as from `photo_rows.photo_table`.
        bootstrap: how often to draw the photos again for the intervals of the slices.
        seed: of these draws.
    """
    return Explanation(
        errors=error_shares(evidence),
        confusion=confusion(evidence),
        calibration=calibration(evidence),
        boundary=boundary(evidence),
        names=names(evidence),
        slices=slices(evidence, photos, bootstrap=bootstrap, seed=seed),
    )
