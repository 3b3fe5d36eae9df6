"""A catalog on one page: how many photos there are of each kind, what each threshold would cost, and samples
to see whether it is worth that. Not for choosing: see `selecting.py`, whose conditions the page writes."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import polars as pl

from wildwear.curation.catalog import Catalog
from wildwear.curation.mapping import mapped
from wildwear.curation.selecting import READ
from wildwear.errors import DatasetError, MissingExtraError, PhotoError
from wildwear.files import replacing
from wildwear.gathering import place_called, read
from wildwear.imaging.identity import as_on_disk
from wildwear.reporting import render
from wildwear.reporting.page import data_uri

MEASURES = {
    "sharpness": "log10 of detail over contrast: blurred to sharp",
    "brightness": "mean luma: dark to light",
    "contrast": "standard deviation of luma",
    "dark_share": "of the pixels that are all but black",
    "light_share": "of the pixels that are all but white",
    "border": "of the photo that is a margin of one colour",
    "screenshot": "of the photo that is bars of an app",
    "collage": "of a side, along which two photos meet",
    "tint_spread": "CIELAB units: one tint to many colours",
    "chroma": "CIELAB units: grey to colourful",
    "megapixels": "width × height",
    "faces": "found on the photo",
    "face_share": "of the photo that the largest face takes",
    "garments": "found on the photo",
    "garment_sureness": "mean score of the garments",
    "garment_share": "of the photo that garments cover",
    "flip_agreement": "of garments with those in a mirror",
}
KINDS = {"color": "Colour", "people": "People", "thesis_color": "Colour by the thesis' rule"}
BINS = 40
MOST_ROWS = 20_000  # photos whose values the page holds; of more a sample
SAMPLE = 96  # photos that are shown beside the thresholds
OF_A_KIND = 14  # photos that are shown of each kind
GROUPS, COPIES = 24, 4  # groups of duplicates that are shown, and photos of each
REASONS = 8  # why photos cannot be read: the most frequent
SIDE = 144  # px, the long side of a picture
DIGITS = 4  # of values; more is noise


@dataclass(frozen=True)
class Histogram:
    """How a measure is distributed.

    Attributes:
        column, about: its name, and what it says.
        low, high: the range that is drawn; the outermost bins hold what lies beyond. They are the same where
            all photos have one value, which no threshold parts.
        heights: of the bins, in percent of the highest.
        unknown: photos that have no value.
    """

    column: str
    about: str
    low: float
    high: float
    heights: list[float]
    unknown: int


@dataclass(frozen=True)
class Shown:
    """A photo on the page.

    Attributes:
        name: in the catalog.
        picture: a data URI.
        row: of its values among those that the page holds; None where it is not one of them.
    """

    name: str
    picture: str
    row: int | None = None


@dataclass(frozen=True)
class Kind:
    """The photos of one kind.

    Attributes:
        value: in the column.
        count: of photos.
        photos: some of them.
    """

    value: str
    count: int
    photos: list[Shown]


def write(
    catalog: Catalog, out: Path, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> None:
    """Write the page.

    Args:
        catalog: only read, and so are its photos.
        out: an .html file, which needs nothing else.
        progress: told how many pictures are made, and how many there are to make.

    Raises:
        DatasetError: there is no catalog, or no photo of it can be read.
        OutputError: it cannot be written.
    """
    table = catalog.read()
    photos = table.filter(READ.expression)
    if photos.is_empty():
        raise DatasetError(f"{catalog.path}: none of its {len(table):,} photos can be read")
    rows = photos.sample(min(MOST_ROWS, len(photos)), seed=1) if len(photos) > MOST_ROWS else photos
    beside = rows["photo"].sample(min(SAMPLE, len(rows)), seed=1).to_list()
    groups = duplicates(photos)
    of_kinds = {column: kinds(photos, column) for column in KINDS if is_known(photos, column)}
    some_of_kinds = [name for found in of_kinds.values() for _, _, names in found for name in names]
    places = mapped(rows) if is_known(rows, "embedding") else []
    on_the_map = [name for name, _, _ in places]
    copied = [name for group in groups for name in group]
    wanted = list(dict.fromkeys([*beside, *some_of_kinds, *copied, *on_the_map]))
    pictures = pictures_of(photos, wanted, progress)
    place = {name: row for row, name in enumerate(rows["photo"])}

    def shown(names: Sequence[str]) -> list[Shown]:
        return [Shown(name, pictures[name], place.get(name)) for name in names if name in pictures]

    drawn = [
        histogram(photos[column], about) for column, about in MEASURES.items() if is_known(photos, column)
    ]
    histograms = [one for one in drawn if one.low < one.high]
    page = render(
        "curation.html",
        style=["report.css", "plots.css", "curation.css"],
        script="curation.js",
        title=f"{catalog.path.absolute().name}: {len(table):,} photos",
        counts=counts(table, photos),
        reasons=reasons(table),
        histograms=histograms,
        constant=[one for one in drawn if one.low == one.high],
        filters={column: of_kinds[column] for column in ("color", "people") if column in of_kinds},
        kinds=[
            (KINDS[column], [Kind(value, count, shown(names)) for value, count, names in found])
            for column, found in of_kinds.items()
        ],
        sample=shown(beside),
        places=[(photo, x, y) for name, x, y in places for photo in shown([name])],
        groups=[shown(group) for group in groups],
        group_count=photos["duplicate_group"].drop_nulls().n_unique() if groups else 0,
        sampled=len(rows) < len(photos),
        values=values(rows, photos, [one.column for one in histograms], catalog),
    )
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(page)


def is_known(photos: pl.DataFrame, column: str) -> bool:
    """Whether a column is there, and has a value for any photo."""
    return column in photos.columns and photos[column].null_count() < len(photos)


def counts(table: pl.DataFrame, photos: pl.DataFrame) -> list[tuple[str, int]]:
    """What there is, in words and photos."""
    found = [("photos", len(table)), ("can be read", len(photos))]
    if is_known(photos, "duplicate"):
        found.append(("copies of others", int(photos["duplicate"].sum())))
    return found


def reasons(table: pl.DataFrame) -> list[tuple[str, int]]:
    """Why photos cannot be read, the most frequent reasons first."""
    failures = table["failure"].drop_nulls().value_counts(sort=True)
    return list(failures.head(REASONS).iter_rows())


def kinds(photos: pl.DataFrame, column: str) -> list[tuple[str, int, list[str]]]:
    """Each value of a column with its count and some photos, the most frequent first."""
    found = []
    for value, count in photos[column].drop_nulls().value_counts(sort=True).iter_rows():
        names = photos.filter(pl.col(column) == value)["photo"]
        found.append((value, count, names.sample(min(OF_A_KIND, count), seed=1).to_list()))
    return found


def duplicates(photos: pl.DataFrame) -> list[list[str]]:
    """Groups of copies, the largest first, each beginning with the photo that is kept."""
    if not is_known(photos, "duplicate_group"):
        return []
    grouped = (
        photos.drop_nulls("duplicate_group")
        .sort("duplicate", maintain_order=True)
        .group_by("duplicate_group", maintain_order=True)
        .agg(pl.col("photo").head(COPIES).alias("names"), pl.len())
        .sort("len", descending=True, maintain_order=True)
    )
    return [list(names) for names in grouped["names"].head(GROUPS)]


def histogram(values: pl.Series, about: str) -> Histogram:
    """How many photos have which value, between the 2nd of a thousand and the last but two; up to the ends
    where nearly all have the same."""
    known = values.drop_nulls().cast(pl.Float64).to_numpy()
    low, high = (significant(float(value)) for value in np.quantile(known, (0.002, 0.998)))
    if low == high:
        low, high = significant(float(known.min())), significant(float(known.max()))
    inside = np.histogram(np.clip(known, low, high), bins=BINS, range=(low, high))[0]
    heights = [round(100 * float(count) / max(1, int(inside.max())), 1) for count in inside]
    return Histogram(values.name, about, low, high, heights, values.null_count())


def significant(value: float) -> float:
    """A value with as many digits as mean something."""
    return float(f"{value:.{DIGITS}g}")


def values(
    rows: pl.DataFrame, photos: pl.DataFrame, measures: Sequence[str], catalog: Catalog
) -> dict[str, object]:
    """What the page reckons with: the values of its photos, and the words of a command."""
    columns: dict[str, list[object]] = {
        column: [None if value is None else significant(value) for value in rows[column]]
        for column in measures
    }
    columns |= {
        column: rows[column].to_list() for column in ("color", "people", "duplicate") if column in rows
    }
    return {
        "columns": columns,
        "photos": len(photos),
        "rows": len(rows),
        "command": shlex.join(["wildwear", "curate", "select", str(catalog.path)]),
    }


def pictures_of(
    photos: pl.DataFrame, wanted: Sequence[str], progress: Callable[[int, int | None], None]
) -> dict[str, str]:
    """Small pictures as data URIs by the names of the photos; those that are not there any more are not."""
    paths = dict(photos.select("photo", "path").iter_rows())
    pictures = {}
    for done, (name, picture) in enumerate(small(wanted, paths), start=1):
        if picture is not None:
            pictures[name] = picture
        progress(done, len(wanted))
    return pictures


def small(names: Sequence[str], paths: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    """Each photo's picture; None where it cannot be read any more."""
    for name in names:
        try:
            photo = read(place_called(as_on_disk(paths[name])))
        except (PhotoError, MissingExtraError):
            yield name, None
            continue
        height, width = photo.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        yield name, data_uri(np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8))
