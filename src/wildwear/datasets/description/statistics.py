"""What a dataset holds, in figures: the tables by which the thesis describes its sets, and a few more.

Not for faults (see `health`) and not for showing the figures (see `page` and the command line).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.description.tables import RowNumbers, mask_table, photo_table
from wildwear.datasets.documents import one_collection, plain
from wildwear.datasets.placement import GRID, Rings, coverage
from wildwear.datasets.stream import Record

SIZES = ("small", "medium", "large")  # as COCO has them: under 32² px, over 96² px

# Where the bars of the distributions part: the first includes all below, the last all from there on.
MASKS_AN_IMAGE = (1, 2, 3, 4, 5, 6, 8, 11, 16)
POINTS_A_MASK = (8, 16, 32, 64, 128, 256)
MEGAPIXELS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
AREA_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)  # of the photo


@dataclass(frozen=True)
class Spread:
    """How a figure is distributed.

    Attributes:
        count: how many values there are.
        mean, median, least, most: None where there is no value.
        edges: ascending bounds of the bins.
        bins: values under the first edge, from each edge to the next, and from the last on.
    """

    count: int
    mean: float | None
    median: float | None
    least: float | None
    most: float | None
    edges: tuple[float, ...]
    bins: tuple[int, ...]

    @classmethod
    def of(cls, values: NDArray[Any], edges: Sequence[float]) -> Spread:
        """Of an array; NaN is no value."""
        known = values[~np.isnan(values)]
        bins = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
        if not known.size:
            return cls(0, None, None, None, None, tuple(edges), tuple(bins.tolist()))
        mean, median, least, most = (float(figure(known)) for figure in (np.mean, np.median, np.min, np.max))
        return cls(known.size, mean, median, least, most, tuple(edges), tuple(bins.tolist()))


@dataclass(frozen=True)
class CategoryDescription:
    """One category of a dataset.

    Attributes:
        id, name: as the dataset has them.
        masks: instances; 0 where the category is listed but does not occur.
        images: photos on which it occurs.
        area_share: mean mask area over photo area; None where no area or photo size is known.
        sizes: masks by COCO's size class.
        where: (GRID, GRID) int64, how many of its masks cover each cell of the photo, top row first.
        placed: how many masks that counts: those on photos of known size.
    """

    id: int
    name: str
    masks: int
    images: int
    area_share: float | None
    sizes: dict[str, int]
    where: NDArray[np.int64]
    placed: int


@dataclass(frozen=True)
class SourceDescription:
    """The photos of one source: "street", "wild", or None where the record does not say."""

    source: str | None
    images: int
    masks: int


@dataclass(frozen=True)
class Description:
    """A dataset in figures. Regions that are not judged (`iscrowd`) are in `not_judged` and nowhere else.

    Attributes:
        name: what to call it.
        about, label_set, mask_convention: what it says of itself, empty where it does not.
        images: photos.
        images_without_masks: of these, those without an instance.
        masks: instances.
        not_judged: regions that are not judged; one that stands in the file once a category is one.
        masks_an_image: over all photos, also those without.
        points_a_mask: mean points of the masks that are polygons; each is two numbers, an x and a y.
        masks_without_points: masks that are RLE, and boxes without a mask.
        points: the same, distributed.
        masks_by_image: instances of each photo, distributed.
        megapixels: of the photos of known size, distributed.
        images_of_unknown_size: the others: they have no resolution, and their masks no share and no place.
        aspect: median width over height of the photos; None where no size is known.
        area_shares: Mask area over photo area, distributed.
        sizes: masks by COCO's size class: small, medium, large.
        masks_of_unknown_area: those that are in no size class.
        people: photos by what is ticked for them: "one person", "people, selfie", ...; "not stated" last.
        selfies: photos with the tick for a selfie, whatever else they have.
        sources: photos and masks by source.
        categories: all that the dataset lists, in its order.
        together: (categories, categories) int64, photos on which both occur; the diagonal has `images`.
        notes: what a reader of the figures should know, a sentence each.
    """

    name: str
    about: str
    label_set: str
    mask_convention: str
    images: int
    images_without_masks: int
    masks: int
    not_judged: int
    masks_an_image: float | None
    points_a_mask: float | None
    masks_without_points: int
    points: Spread
    masks_by_image: Spread
    megapixels: Spread
    images_of_unknown_size: int
    aspect: float | None
    area_shares: Spread
    sizes: dict[str, int]
    masks_of_unknown_area: int
    people: dict[str, int]
    selfies: int
    sources: tuple[SourceDescription, ...]
    categories: tuple[CategoryDescription, ...]
    together: NDArray[np.int64]
    notes: tuple[str, ...]

    @property
    def numbers_a_mask(self) -> float | None:
        """As the thesis counts vertices: x and y apart."""
        return None if self.points_a_mask is None else 2 * self.points_a_mask

    @property
    def where(self) -> NDArray[np.int64]:
        """(GRID, GRID) how many masks of any category cover each cell of the photo."""
        return sum((category.where for category in self.categories), np.zeros((GRID, GRID), np.int64))

    @property
    def missing(self) -> list[str]:
        """The names of the categories that do not occur."""
        return [category.name for category in self.categories if not category.masks]

    def to_dict(self) -> dict[str, Any]:
        """All but the maps as JSON can say it, arrays as nested lists."""
        said = plain(self)
        for category in said["categories"]:
            del category["where"]
        return {**said, "numbers_a_mask": self.numbers_a_mask, "missing": self.missing}


@dataclass(frozen=True)
class Counts:
    """What the figures of a dataset are computed from.

    Attributes:
        name, about, label_set, mask_convention: as in `Description`.
        photos: a row a photo, by `tables.photo_table`.
        masks: a row an instance, by `tables.mask_table`.
        grids: (categories, GRID, GRID) int64, how many masks cover each cell of the photo.
        not_judged: regions that are not judged.
        categories: id and name of each.
    """

    name: str
    about: str
    label_set: str
    mask_convention: str
    photos: pl.DataFrame
    masks: pl.DataFrame
    grids: NDArray[np.int64]
    not_judged: int
    categories: list[tuple[int, str]]


def describe(dataset: Dataset, name: str | None = None) -> Description:
    """Count everything.

    Args:
        dataset: of any source.
        name: what to call it; the name of its file if not given.

    Raises:
        DatasetError: a mask is malformed, or an area is no number; the message says which.
    """
    return figures(count(dataset, name))


def count(dataset: Dataset, name: str | None = None) -> Counts:
    """Go through a dataset once. Arguments and errors are those of `describe`."""
    with one_collection():
        photos = photo_table(dataset)
        widths, heights = (floats(photos[side]) for side in ("width", "height"))
        grids = np.zeros((len(dataset.categories), GRID, GRID), np.int64)

        def place(instances: list[Record], photo: RowNumbers, category: RowNumbers, rings: Rings) -> None:
            sizes = widths[photo], heights[photo]
            groups = category.astype(np.int64)
            np.add(grids, coverage(instances, rings, *sizes, groups, len(grids)), out=grids)

        masks = mask_table(dataset, place)
    return Counts(
        name=name or (Path(dataset.path).name if dataset.path else "dataset"),
        about=str(dataset.info.get("description") or ""),
        label_set=str(dataset.info.get("label_set") or ""),
        mask_convention=dataset.mask_convention or "",
        photos=photos,
        masks=masks,
        grids=grids,
        not_judged=not_judged(dataset),
        categories=[(category["id"], category["name"]) for category in dataset.categories],
    )


def together_counted(parts: Sequence[Counts], name: str) -> Counts:
    """Several datasets as one, categories of one name as one. What not all say of themselves, it does not."""
    places: dict[tuple[str, int], int] = {}
    categories: list[tuple[int, str]] = []
    photos, masks, first = [], [], 0
    grids: list[NDArray[np.int64]] = []
    for part in parts:
        often: Counter[str] = Counter()
        rows = []
        for (category_id, category), grid in zip(part.categories, part.grids, strict=True):
            often[category] += 1
            place = places.setdefault((category, often[category]), len(places))
            if place == len(categories):
                categories.append((category_id, category))
                grids.append(np.zeros_like(grid))
            grids[place] = grids[place] + grid
            rows.append(place)
        moved = pl.Series(rows, dtype=pl.UInt32).gather(part.masks["category"])
        masks.append(part.masks.with_columns(photo=pl.col("photo") + first, category=moved))
        photos.append(part.photos)
        first += part.photos.height

    def common(values: set[str]) -> str:
        return values.pop() if len(values) == 1 else ""

    return Counts(
        name=name,
        about="",
        label_set=common({part.label_set for part in parts}),
        mask_convention=common({part.mask_convention for part in parts}),
        photos=pl.concat(photos),
        masks=pl.concat(masks),
        grids=np.stack(grids) if grids else np.zeros((0, GRID, GRID), np.int64),
        not_judged=sum(part.not_judged for part in parts),
        categories=categories,
    )


def figures(counts: Counts) -> Description:
    """All that is said of a dataset."""
    photos, masks = counts.photos, counts.masks
    size = photos.select(pixels=pl.col("width") * pl.col("height"), aspect=pl.col("width") / pl.col("height"))
    masks = masks.with_columns(share=pl.col("area") / size["pixels"].gather(masks["photo"]))
    of_image = np.bincount(masks["photo"].to_numpy(), minlength=photos.height)
    without_points = masks["points"].null_count()
    unknown_size = size["pixels"].null_count()
    unknown_area = masks["area"].null_count()
    people = [words or NOT_STATED for words in photos["people"]]
    mean_points = masks["points"].mean()
    aspect = size["aspect"].median()
    return Description(
        name=counts.name,
        about=counts.about,
        label_set=counts.label_set,
        mask_convention=counts.mask_convention,
        images=photos.height,
        images_without_masks=int((of_image == 0).sum()),
        masks=masks.height,
        not_judged=counts.not_judged,
        masks_an_image=masks.height / photos.height if photos.height else None,
        points_a_mask=float(mean_points) if isinstance(mean_points, float) else None,
        masks_without_points=without_points,
        points=Spread.of(floats(masks["points"]), POINTS_A_MASK),
        masks_by_image=Spread.of(of_image.astype(np.float64), MASKS_AN_IMAGE),
        megapixels=Spread.of(floats(size["pixels"]) / 1e6, MEGAPIXELS),
        images_of_unknown_size=unknown_size,
        aspect=float(aspect) if isinstance(aspect, float) else None,
        area_shares=Spread.of(floats(masks["share"]), AREA_SHARES),
        sizes=by_size(masks),
        masks_of_unknown_area=unknown_area,
        people=dict(sorted(Counter(people).items(), key=lambda row: (row[0] == NOT_STATED, -row[1]))),
        selfies=sum("selfie" in ticked for ticked in people),
        sources=by_source(photos, of_image),
        categories=by_category(counts, masks),
        together=together(masks, photos.height, len(counts.categories)),
        notes=tuple(notes(masks, unknown_size)),
    )


NOT_STATED = "not stated"


def not_judged(dataset: Dataset) -> int:
    """Regions that are not judged. One that may be any category stands in the file once in each."""
    regions = (annotation for annotation in dataset.annotations if annotation.get("iscrowd"))
    return len({(region["image_id"], *(region.get("bbox") or ["id", region["id"]])) for region in regions})


def by_size(masks: pl.DataFrame) -> dict[str, int]:
    """Masks in each of COCO's size classes."""
    counted = dict(masks.group_by("size").len().iter_rows())
    return {size: counted.get(size, 0) for size in SIZES}


def by_source(photos: pl.DataFrame, masks_of_image: NDArray[Any]) -> tuple[SourceDescription, ...]:
    """Photos and masks of each source, the largest first, those that do not say it last."""
    counted = (
        photos.with_columns(masks=masks_of_image)
        .group_by("source")
        .agg(pl.len().alias("images"), pl.col("masks").sum())
        .sort(pl.col("source").is_null(), -pl.col("images").cast(pl.Int64), "source")
    )
    return tuple(SourceDescription(**row) for row in counted.to_dicts())


def by_category(counts: Counts, masks: pl.DataFrame) -> tuple[CategoryDescription, ...]:
    """Each category of the dataset's list; `masks` have their `share` of the photo."""
    known = counts.photos["width"].is_not_null() & counts.photos["height"].is_not_null()
    placed = np.bincount(
        masks["category"].filter(known.gather(masks["photo"])).to_numpy(), minlength=len(counts.categories)
    )
    counted = masks.group_by("category").agg(
        pl.len().alias("masks"),
        pl.col("photo").n_unique().alias("images"),
        pl.col("share").mean().alias("area_share"),
        *((pl.col("size") == size).sum().alias(size) for size in SIZES),
    )
    rows = {row.pop("category"): row for row in counted.to_dicts()}
    nothing = {"masks": 0, "images": 0, "area_share": None, **dict.fromkeys(SIZES, 0)}
    described = []
    for index, (category_id, name) in enumerate(counts.categories):
        row = rows.get(index, nothing)
        described.append(
            CategoryDescription(
                id=category_id,
                name=name,
                masks=row["masks"],
                images=row["images"],
                area_share=row["area_share"],
                sizes={size: row[size] for size in SIZES},
                where=counts.grids[index],
                placed=int(placed[index]),
            )
        )
    return tuple(described)


def together(masks: pl.DataFrame, image_count: int, category_count: int) -> NDArray[np.int64]:
    """(categories, categories) on how many photos each two occur."""
    from scipy.sparse import coo_array

    occurs = masks.select("photo", "category").unique()
    at = (occurs["photo"].to_numpy(), occurs["category"].to_numpy())
    table = coo_array((np.ones(occurs.height, np.int64), at), shape=(image_count, category_count)).tocsr()
    return np.asarray((table.T @ table).toarray(), np.int64)


def notes(masks: pl.DataFrame, unknown_size: int) -> Iterable[str]:
    """What a reader should know."""
    if unknown_size:
        yield (
            f"The size of {unknown_size:,} photos is not known: they count in no resolution, and their masks "
            "in no share of the photo and no map."
        )
    if measured := masks["measured"].sum():
        yield (
            f"The area of {measured:,} masks is measured on their outlines: the file states none, or that of "
            "their box."
        )
    if unknown_area := masks["area"].null_count():
        yield f"{unknown_area:,} instances have neither mask, area nor box: they are in no size class."


def floats(column: pl.Series) -> NDArray[np.float64]:
    """A column as float64, NaN where it is null."""
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()
