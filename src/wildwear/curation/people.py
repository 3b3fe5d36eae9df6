"""Who is on a photo, told by its faces and garments: a rule over columns of a catalog.

It fills in beforehand what the thesis' annotators tick in VIA (`datasets.terms.PEOPLE`), in one word each.
Its thresholds were set on half of 570 photos that were named by eye; `benchmarks/people.py` says how often
it is right on the other half. A selfie, of which there are too few to measure, begins at a fifth of the
photo: of 2,000 crops around people (wild-pool) 54 have a face of a tenth of the photo, three of a fifth.
"""

from collections.abc import Iterable, Sequence

import polars as pl

SELFIE = 0.2  # of the photo: a face that takes more was taken at arm's length, or close by
CROWD = 6  # faces, however small
SURE = 0.8  # score, from which a second face counts: many of those below are hands and folds
BESIDE = 0.25  # of the area of the largest face: those that are smaller belong to bystanders
NEAR = 0.012  # of the photo, that the largest face takes: in photos from farther off others only pass by
WORN = 2  # garments, which no single garment off the body has
LAID_OUT = 0.25  # of the photo: a single garment that takes more was photographed for itself
WORN_ONCE = {"pants", "jeans", "shorts", "skirt", "joggers"}
"""Of these nobody wears two; leggings are worn under them."""

WORDS = ("none", "one", "several", "selfie")
COLUMNS = ("face_boxes", "face_scores", "face_share", "garment_categories", "garment_share")


def with_people(table: pl.DataFrame) -> pl.DataFrame:
    """A catalog with its column `people`, anew; null where nobody can tell.

    Args:
        table: with `COLUMNS`.
    """
    words = [who(*row) for row in table.select(COLUMNS).iter_rows()]
    return table.drop("people", strict=False).with_columns(pl.Series("people", words, dtype=pl.String))


def who(
    boxes: Sequence[Sequence[float]] | None,
    scores: Sequence[float] | None,
    share: float | None,
    garments: Sequence[str] | None,
    garment_share: float | None,
) -> str | None:
    """One of `WORDS`; None where nobody can tell.

    A large face makes a selfie; faces of like size, or two garments of which nobody wears two, make several.
    Without a face garments tell whether somebody wears them, who is seen from behind, say.

    Args:
        boxes: of faces, xyxy in pixels; None where they were not looked for, and so are `scores` and `share`.
        scores: of the faces.
        share: of the photo, that the largest takes.
        garments: names of those that were found; None where they were not looked for.
        garment_share: of the photo, that these take together.
    """
    if boxes is None or scores is None or share is None:
        return None
    if share >= SELFIE:
        return "selfie"
    if len(boxes) >= CROWD or (share >= NEAR and alike(boxes, scores) > 1):
        return "several"
    if garments is not None and sum(name in WORN_ONCE for name in garments) > 1:
        return "several"
    if boxes:
        return "one"
    if garments is None or garment_share is None:
        return None
    is_worn = len(garments) >= WORN or (len(garments) == 1 and garment_share < LAID_OUT)
    return "one" if is_worn else "none"


def alike(boxes: Iterable[Sequence[float]], scores: Iterable[float]) -> int:
    """How many faces are sure, and not much smaller than the largest."""
    faces = [((x2 - x1) * (y2 - y1), score) for (x1, y1, x2, y2), score in zip(boxes, scores, strict=True)]
    largest = max((area for area, _ in faces), default=0)
    return sum(area >= BESIDE * largest and score >= SURE for area, score in faces)
