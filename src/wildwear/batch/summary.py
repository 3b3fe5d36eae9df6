"""What a batch found, in figures. Not for questions of one's own: docs/scale.md asks some of the tables."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from wildwear.batch.folder import Batch
from wildwear.batch.tables import DONE, FAILED, named

MOST_GARMENTS = 8  # of a photo that have a bar of their own; more share one
TENTHS = 10  # bars of scores
MOST_COLOURS, COLOURS_OF_A_CATEGORY = 12, 3
MOST_MONTHS = 36  # the last
REASONS = 10  # why photos cannot be segmented: the most frequent


@dataclass(frozen=True)
class Category:
    """What was found of a category.

    Attributes:
        name: as the taxonomy has it.
        garments, photos: counts.
        score: the median.
        area_share: of the photo, the median.
        colours: the names of the most frequent main colours.
    """

    name: str
    garments: int
    photos: int
    score: float
    area_share: float
    colours: list[str]


@dataclass(frozen=True)
class Summary:
    """A batch in figures.

    Attributes:
        planned, done, failed: photos: of the plan, those that were segmented, and those that cannot be.
        model: what found all of it.
        garments: count.
        categories: the most frequent first.
        a_photo: photos by their number of garments; the last are those with more.
        scores: garments by tenths of their score.
        colours: garments by the name of their main colour, the most frequent first.
        months: photos by the month in which they were taken, as 2024-05; of those that say so.
        reasons: why photos cannot be segmented, the most frequent first.
    """

    planned: int
    done: int
    failed: int
    model: str
    garments: int
    categories: list[Category]
    a_photo: list[int]
    scores: list[int]
    colours: list[tuple[str, int]]
    months: list[tuple[str, int]]
    reasons: list[tuple[str, int]]


def summarise(batch: Batch) -> Summary:
    """Count what a batch holds; of one that is not through, what is done. No table is in memory as a whole.

    Raises:
        DatasetError: there is no batch, or it is damaged.
    """
    origin = batch.origin
    garments, photos = batch.garments(), batch.photos()
    done, colour = (
        photos.filter(pl.col("status") == DONE),
        pl.col("colours").list.first().struct.field("name"),
    )
    tenth = (pl.col("score") * TENTHS).cast(pl.Int32).clip(0, TENTHS - 1)
    try:
        statuses = dict(counts(photos, pl.col("status")))
        return Summary(
            planned=batch.plan.photos().select(pl.len()).collect().item(),
            done=statuses.get(DONE, 0),
            failed=statuses.get(FAILED, 0),
            model=named(origin),
            garments=sum(count for _, count in counts(garments, pl.col("category"))),
            categories=categories(garments.with_columns(colour.alias("colour"))),
            a_photo=by_number(counts(done, pl.col("garments").clip(0, MOST_GARMENTS + 1)), MOST_GARMENTS + 2),
            scores=by_number(counts(garments, tenth), TENTHS),
            colours=counts(garments, colour)[:MOST_COLOURS],
            months=sorted(counts(done, pl.col("taken").dt.strftime("%Y-%m")))[-MOST_MONTHS:],
            reasons=counts(photos, pl.col("reason"))[:REASONS],
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise batch.damaged(error) from error


def categories(garments: pl.LazyFrame) -> list[Category]:
    """What was found of each category, the most frequent first."""
    grouped = garments.group_by("category").agg(
        pl.len().alias("garments"),
        pl.col("photo").n_unique().alias("photos"),
        pl.col("score").median(),
        pl.col("area_share").median(),
    )
    colours = (
        garments.drop_nulls("colour")
        .group_by("category", "colour")
        .len()
        .sort("len", "colour", descending=[True, False])
        .group_by("category", maintain_order=True)
        .agg(pl.col("colour").head(COLOURS_OF_A_CATEGORY).alias("colours"))
    )
    none: list[str] = []
    table = grouped.join(colours, on="category", how="left").with_columns(pl.col("colours").fill_null(none))
    ordered = table.sort("garments", "category", descending=[True, False]).collect(engine="streaming")
    return [Category(*row) for row in ordered.iter_rows()]


def counts(table: pl.LazyFrame, value: pl.Expr) -> list[tuple[Any, int]]:
    """The values that rows have and how often, the most frequent first; rows without any are left out."""
    counted = table.select(value.alias("value")).drop_nulls().group_by("value").len()
    return counted.sort("len", "value", descending=[True, False]).collect(engine="streaming").rows()


def by_number(found: list[tuple[int, int]], count: int) -> list[int]:
    """How often each whole number under `count` occurs."""
    often = dict(found)
    return [often.get(number, 0) for number in range(count)]
