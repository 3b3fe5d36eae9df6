"""AP by what makes a photo or a garment hard: source, people, size, area, brightness, blur."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Slice:
    """Mask AP, precision and recall on a part of the photos, or on the garments of one size.

    `ap` and `ap50` average the `categories` categories that occur in the slice, which are not those of another
    slice: compare them with that in mind. Precision and recall go by what a user is shown; precision is NaN
    where nothing is shown.
    """

    dimension: (
        str  # what is sliced by: "source", "people", "photo size", "garment area", "brightness", "blur"
    )
    name: str  # which part: "wild", "dark (under 0.3)"
    photos: int  # with such garments, where garments are sliced
    instances: int
    ap: float  # over the IoU thresholds 0.50, 0.55 … 0.95
    ap50: float
    categories: int
    interval: tuple[float, float] | None  # of `ap`, 95 %; None without a bootstrap, or where it cannot tell
    precision: float
    recall: float
