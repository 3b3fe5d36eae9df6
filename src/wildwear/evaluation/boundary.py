"""Boundary AP: average precision that asks for the outline of a garment, not only for its pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Boundary:
    """Boundary AP in [0, 1], averaged over the categories that occur; NaN where none does.

    Like mask AP, but a detection agrees with an instance as far as the smaller of mask IoU and boundary IoU.
    `by_category` holds the first figure by category id, for the `categories` that occur.
    """

    ap: float  # over the thresholds 0.50, 0.55 … 0.95
    ap50: float
    ap75: float
    categories: int
    by_category: dict[int, float]
