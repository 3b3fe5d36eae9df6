"""Label errors that predictions make one suspect in the truth. A list for a person to look at, no repair."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Suspect:
    """One place where the truth may be wrong, and why one may think so."""

    kind: Literal["wrong name", "missing"]
    image_id: int
    annotation_id: int | None  # the instance with the doubtful name; None where an instance is missing
    category_id: int  # what the name may be, or what is missing
    score: float  # of the prediction that says so
    confidence: float  # in [0, 1], to rank by; no probability
    prediction: int  # which of the predictions says so: its index
    text: str  # what is suggested, in words
