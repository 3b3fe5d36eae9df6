"""Who is on a photo, told by its faces and garments: a rule over columns of a catalog.

It fills in beforehand what the thesis' annotators tick in VIA (`datasets.terms.PEOPLE`), in one word each.
How often it is right is not measured. A selfie begins at a fifth of the photo: of 2,000 crops around people
(../shared/data/wild-pool) 54 have a face of a tenth of the photo, and three of a fifth.
"""

from collections.abc import Iterable, Sequence

import polars as pl

SELFIE = 0.2  # of the photo: a face that takes more was taken at arm's length, or close by
BESIDE = 0.25  # of the area of the largest face: those that are smaller belong to bystanders
WORN = 2  # garments, which no single garment off the body has

WORDS = ("none", "one", "several", "selfie")


def with_people(table: pl.DataFrame) -> pl.DataFrame:
    """A catalog with its column `people`, anew; null where nobody can tell.

    Args:
        table: with `face_boxes`, `face_share` and `garments`.
    """
    rows = table.select("face_boxes", "face_share", "garments").iter_rows()
    return table.drop("people", strict=False).with_columns(
        pl.Series("people", [who(*row) for row in rows], dtype=pl.String)
    )


def who(boxes: Iterable[Sequence[float]] | None, share: float | None, garments: int | None) -> str | None:
    """One of `WORDS`: a large face makes a selfie, faces of like size make several. Without a face, two
    garments or more are worn by somebody who is seen from behind, say; None where nobody can tell.

    Args:
        boxes: of faces, xyxy in pixels; None where they were not looked for.
        share: of the photo, that the largest takes.
        garments: that were found; None where they were not looked for.
    """
    if boxes is None or share is None:
        return None
    if share >= SELFIE:
        return "selfie"
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes]
    if not areas:
        return None if garments is None else "one" if garments >= WORN else "none"
    alike = sum(area >= BESIDE * max(areas) for area in areas)
    return "several" if alike > 1 else "one"
