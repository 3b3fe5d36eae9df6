"""Some of the photos that were selected: any, those that differ most, or those the model finds hardest."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.errors import DatasetError, MissingExtraError

Order = Literal["random", "diverse", "hardest"]
Rows = NDArray[np.int64]
Pick = Callable[[pl.DataFrame, Rows, Rows, int, np.random.Generator], Rows]


def sample(
    photos: pl.DataFrame,
    count: int,
    order: Order = "random",
    *,
    seed: int = 1,
    by: str | None = None,
    always: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """So many of the photos, or all where there are fewer; the same ones for the same seed.

    Args:
        photos: rows of a catalog.
        count: of photos.
        order: which: `random`; `diverse`, each as far as can be from all taken before it, by embedding;
            `hardest`, those whose garments the model is least sure of, or finds otherwise in a mirror.
        seed: of what is drawn at random, and of the photo that a diverse sample begins with.
        by: a column, of whose values the sample has the shares that all photos have (a stratified sample).
        always: names of photos that are taken in any case, and count.

    Returns:
        The hardest first where these were asked for, else in the order of the catalog.

    Raises:
        DatasetError: a column is missing that the order needs, or empty for a photo.
        MissingExtraError: fpsample is not installed.
    """
    random = np.random.default_rng(seed)
    numbered = photos.drop("row", strict=False).with_row_index("row")
    is_taken = numbered["photo"].is_in(list(always))
    taken = numbered.filter(is_taken)["row"].to_numpy().astype(np.int64)
    free = numbered.filter(~is_taken)
    picked = [taken]
    for rows, of_these in shares(free, max(0, count - len(taken)), by):
        picked.append(PICKS[order](photos, rows, taken, of_these, random))
    chosen = np.concatenate(picked)
    if order == "hardest":
        chosen = chosen[np.argsort(sureness(photos)[chosen], kind="stable")]
        return photos[chosen]
    return photos[np.sort(chosen)]


def shares(free: pl.DataFrame, count: int, by: str | None) -> list[tuple[Rows, int]]:
    """The rows of each stratum, and how many photos to take of it: what is left over by rounding goes to
    those that lost most (the largest remainder)."""
    if by is None:
        return [(free["row"].to_numpy().astype(np.int64), min(count, len(free)))]
    if by not in free.columns:
        raise DatasetError(f"the catalog has no column {by}; it has {', '.join(free.columns[1:])}")
    if free[by].dtype.is_nested():
        raise DatasetError(f"the column {by} holds lists; a sample is stratified by a word or a number")
    strata = free.group_by(by, maintain_order=True).agg("row")["row"].to_list()
    exact = np.array([len(rows) for rows in strata]) * min(1.0, count / max(1, len(free)))
    counts = np.floor(exact).astype(int)
    missing = min(count, len(free)) - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return [(np.array(rows, np.int64), int(number)) for rows, number in zip(strata, counts, strict=True)]


def pick_random(
    photos: pl.DataFrame, rows: Rows, taken: Rows, count: int, random: np.random.Generator
) -> Rows:
    """Any of them."""
    return random.permutation(rows)[:count]


def pick_diverse(
    photos: pl.DataFrame, rows: Rows, taken: Rows, count: int, random: np.random.Generator
) -> Rows:
    """Each the farthest from those before it, and from those that are taken already.

    Source: Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science
    38 (1985): no choice covers the photos with half its radius.
    """
    try:
        import fpsample
    except ModuleNotFoundError as error:
        raise MissingExtraError("a diverse sample", "curate") from error
    if not count:
        return rows[:0]
    everyone = np.concatenate([taken, rows])
    points = embeddings(photos, everyone)
    begin = list(range(len(taken))) or [int(random.integers(len(rows)))]
    order = fpsample.fps_sampling(points, len(taken) + count, start_idx=begin)
    picked: Rows = everyone[order.astype(np.int64)][len(taken) :]
    return picked


def pick_hardest(
    photos: pl.DataFrame, rows: Rows, taken: Rows, count: int, random: np.random.Generator
) -> Rows:
    """Those of whose garments the model is least sure; photos where it finds none come last."""
    return rows[np.argsort(sureness(photos)[rows], kind="stable")][:count]


PICKS: dict[Order, Pick] = {"random": pick_random, "diverse": pick_diverse, "hardest": pick_hardest}


def embeddings(photos: pl.DataFrame, rows: Rows) -> NDArray[np.float32]:
    """(rows, 512) float32. Raises `DatasetError` where a photo has none."""
    column = needed(photos, "embedding")[rows]
    if missing := column.null_count():
        raise DatasetError(
            f"{missing:,} of the photos have no embedding; scan them with --garments, or add to --where: "
            "embedding is not null"
        )
    return np.asarray(column.to_numpy(), np.float32)


def sureness(photos: pl.DataFrame) -> NDArray[np.float64]:
    """Of each photo, in [0, 1]: how sure the model says it is, times how far it finds the same in a mirror,
    where that is known; infinite where nothing was found. Raises `DatasetError` if nobody looked."""
    if missing := needed(photos, "garments").null_count():
        raise DatasetError(
            f"in {missing:,} of the photos garments were not looked for; scan them with --garments, or add "
            "to --where: garments is not null"
        )
    found: NDArray[np.float64] = photos["garment_sureness"].fill_null(np.inf).to_numpy().astype(np.float64)
    if "flip_agreement" in photos.columns:
        agreement = photos["flip_agreement"].fill_null(1.0).to_numpy()
        # 0 where nothing agrees, also where garments are found in the mirror alone
        found = np.multiply(found, agreement, out=np.zeros_like(found), where=agreement > 0)
    return found


def needed(photos: pl.DataFrame, column: str) -> pl.Series:
    """A column. Raises `DatasetError` where the catalog has none."""
    if column not in photos.columns:
        raise DatasetError(f"the catalog has no column {column}; scan the photos with --garments")
    return photos[column]
