"""Descriptions of datasets on one page that needs nothing else and can be mailed; several side by side."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.description.statistics import (
    NOT_STATED,
    SIZES,
    CategoryDescription,
    Description,
    Spread,
)
from wildwear.datasets.pictures import picture
from wildwear.datasets.placement import GRID
from wildwear.datasets.stream import Record
from wildwear.files import replacing
from wildwear.imaging import identity
from wildwear.reporting import colours, data_uri, hexadecimal, render
from wildwear.reporting.plots import Bar, Matrix, Row, heat_map, level, rows

SEED = 0  # of the samples
SAMPLES = 24  # photos in the gallery, over all datasets
FEWEST_SAMPLES = 6  # of each
THUMBNAIL = 448  # pixels, the longer side
MOST_CATEGORIES = 40  # in the table of what is worn together: more cannot be read
NARROWEST, WIDEST = 0.5, 2.0  # maps of where masks lie: width over height

DASH = "–"  # where there is no figure


@dataclass(frozen=True)
class Described:
    """A dataset, its description, and where its photos lie."""

    dataset: Dataset
    description: Description
    images_dir: Path | None = None


def write_report(
    path: Path,
    sets: Sequence[Described],
    total: Description | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        sets: of different names.
        total: of several sets, all of them together; a column among the headline figures.
        progress: called with the number of sample photos drawn, and of all.
    """
    described = [one.description for one in sets]
    page = render(
        "description.html",
        style=("plots.css", "report.css", "description.css"),
        title=" · ".join(one.name for one in described),
        sets=described,
        names=[one.name for one in described],
        headline=headline([*described, total] if total else described),
        total=total,
        categories=category_rows(described),
        areas=area_rows(described),
        distributions=list(distributions(described)),
        together=[(one.name, *worn_together(one)) for one in described],
        maps=[(one.name, list(maps(one))) for one in described],
        gallery=gallery(sets, progress),
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page)


def headline(described: Sequence[Description]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The thesis' table: for each figure its name, what it means, and its value and a detail by dataset."""
    return [
        ("images", "", [(f"{one.images:,}", without_masks(one)) for one in described]),
        ("masks", "", [(f"{one.masks:,}", not_judged(one)) for one in described]),
        ("masks an image", "", [(number(one.masks_an_image), "") for one in described]),
        ("points a mask", "", [vertices(one) for one in described]),
        ("mean resolution", "Mpx", [resolution(one) for one in described]),
        ("categories", "", [occurring(one) for one in described]),
    ]


def number(value: float | None, digits: int = 2) -> str:
    """A figure as it is printed; a dash where there is none."""
    return DASH if value is None else f"{value:,.{digits}f}"


def percent(share: float | None) -> str:
    """A share as it is printed; one that would round to nothing is under the least that is printed."""
    if share is None:
        return DASH
    return "<0.1 %" if 0 < 100 * share < 0.05 else f"{100 * share:.1f} %"


def without_masks(one: Description) -> str:
    """How many images have none."""
    return f"{one.images_without_masks:,} without masks" if one.images_without_masks else ""


def not_judged(one: Description) -> str:
    """How many regions are not judged."""
    return f"and {one.not_judged:,} regions not judged" if one.not_judged else ""


def vertices(one: Description) -> tuple[str, str]:
    """Points a mask, and numbers a mask as the thesis counts."""
    if one.points_a_mask is None:
        return DASH, "no mask is a polygon" if one.masks else ""
    of_some = f"; {one.masks_without_points:,} are no polygons" if one.masks_without_points else ""
    return number(one.points_a_mask, 1), f"{number(one.numbers_a_mask, 1)} numbers: x and y apart{of_some}"


def resolution(one: Description) -> tuple[str, str]:
    """Mean megapixels."""
    unknown = f"{one.images_of_unknown_size:,} of unknown size" if one.images_of_unknown_size else ""
    return number(one.megapixels.mean), unknown


def occurring(one: Description) -> tuple[str, str]:
    """Categories that occur."""
    listed = len(one.categories)
    return f"{listed - len(one.missing):,}", f"occur, of {listed:,} listed"


def labelled(one: Description) -> dict[str, CategoryDescription]:
    """Categories by name; two of one name are told apart by their ids."""
    often = Counter(category.name for category in one.categories)
    return {
        category.name if often[category.name] == 1 else f"{category.name} ({category.id})": category
        for category in one.categories
    }


def category_names(described: Sequence[Description]) -> list[str]:
    """The categories of all datasets, those with most masks first, then those that do not occur."""
    masks: Counter[str] = Counter()
    for one in described:
        masks.update({name: category.masks for name, category in labelled(one).items()})
    return sorted(masks, key=lambda name: -masks[name])  # equals stay in the order of the lists


def category_rows(described: Sequence[Description]) -> list[Row]:
    """Masks by category, as a share of the dataset's."""
    names = category_names(described)
    longest = max((share(category, one) for one in described for category in one.categories), default=0)
    painted = map(hexadecimal, colours(names))
    found = []
    for name, colour in zip(names, painted, strict=True):
        of_sets = [labelled(one).get(name) for one in described]
        bars = [
            masks_bar(category, share(category, one) if category else 0, longest)
            for category, one in zip(of_sets, described, strict=True)
        ]
        occurs = any(category and category.masks for category in of_sets)
        found.append(Row(name, bars, colour, "" if occurs else "does not occur"))
    return found


def share(category: CategoryDescription, one: Description) -> float:
    """Of the dataset's masks, those of a category."""
    return category.masks / (one.masks or 1)


def masks_bar(category: CategoryDescription | None, share: float, longest: float) -> Bar:
    """The bar of a category in one dataset."""
    if category is None:
        return Bar(None, "not listed")
    if not category.masks:
        return Bar(None, "none")
    return Bar(share / longest, f"{category.masks:,}", percent(share))


def area_rows(described: Sequence[Description]) -> list[Row]:
    """Mean mask area over photo area, by category, of those that occur."""
    known = [labelled(one) for one in described]
    names = [
        name
        for name in category_names(described)
        if any(name in of_set and of_set[name].area_share is not None for of_set in known)
    ]
    values = [[of_set[name].area_share if name in of_set else None for name in names] for of_set in known]
    drawn = rows(names, values, [[percent(value) for value in of_set] for of_set in values])
    painted = colours(names)
    return [Row(row.label, row.bars, hexadecimal(colour)) for row, colour in zip(drawn, painted, strict=True)]


def distributions(described: Sequence[Description]) -> Iterator[tuple[str, str, list[Row]]]:
    """The smaller plots: caption, a remark, rows."""

    def spread(
        caption: str,
        what: Callable[[Description], Spread],
        names: list[str],
        unit: str = "",
        times: float = 1,
    ) -> tuple[str, str, list[Row]]:
        spreads = [what(one) for one in described]
        bars = occupied(shares(names, [one.bins for one in spreads]))
        remark = said(spreads[0], unit, times) if len(spreads) == 1 and bars else ""
        return caption, remark if bars else "There is none.", bars

    first = described[0]
    yield spread("Masks an image", lambda one: one.masks_by_image, whole_bins(first.masks_by_image))
    yield spread("Points a mask", lambda one: one.points, whole_bins(first.points))
    yield spread("Resolution", lambda one: one.megapixels, bins(first.megapixels, " Mpx"), " Mpx")
    in_percent = bins(first.area_shares, " %", 100)
    yield spread("Mask area, of the photo", lambda one: one.area_shares, in_percent, " %", 100)
    yield (
        "Mask size, as COCO has it",
        "small: under 32² pixels, large: over 96²",
        shares(SIZES, [[one.sizes[size] for size in SIZES] for one in described]),
    )
    people = list(dict.fromkeys(words for one in described for words in one.people if words != NOT_STATED))
    if people:
        people.append(NOT_STATED)
        selfies = sum(one.selfies for one in described)
        yield (
            "Who is on the photos",
            f"{selfies:,} selfies" if len(described) == 1 else "",
            shares(people, [[one.people.get(words, 0) for words in people] for one in described]),
        )
    sources = list(dict.fromkeys(row.source for one in described for row in one.sources))
    if set(sources) - {None}:
        by_set = [{row.source: row.images for row in one.sources} for one in described]
        yield (
            "Photos by source",
            "",
            shares(
                [source or NOT_STATED for source in sources],
                [[of_set.get(source, 0) for source in sources] for of_set in by_set],
            ),
        )


def shares(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> list[Row]:
    """Rows of counts, each bar a share of its dataset; of several datasets only the shares are said."""
    values = [[count / sum(of_set) if any(of_set) else None for count in of_set] for of_set in counts]
    bars = rows(labels, values, [[percent(value) for value in of_set] for of_set in values])
    if len(counts) > 1:
        return bars
    return [
        Row(row.label, [Bar(row.bars[0].share, f"{count:,}", row.bars[0].text)])
        for row, count in zip(bars, counts[0], strict=True)
    ]


def said(spread: Spread, unit: str, times: float) -> str:
    """A distribution in a line."""
    figures = {"median": spread.median, "least": spread.least, "most": spread.most}
    return ", ".join(
        f"{name} {three_digits(times * value)}{unit}" for name, value in figures.items() if value is not None
    )


def three_digits(value: float) -> str:
    """As many digits as one reads: 0.0348, 2.81, 23.6, 1,234."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def occupied(bars: list[Row]) -> list[Row]:
    """Without the empty rows at both ends."""
    filled = [index for index, row in enumerate(bars) if any(bar.share for bar in row.bars)]
    return bars[filled[0] : filled[-1] + 1] if filled else []


def whole_bins(spread: Spread) -> list[str]:
    """Names of bins of whole numbers: `0`, `1`, ..., `6 to 7`, `16 and more`."""
    starts, stops = [0.0, *spread.edges[:-1]], spread.edges
    names = [
        f"{start:g}" if stop - start == 1 else f"{start:g} to {stop - 1:g}"
        for start, stop in zip(starts, stops, strict=True)
    ]
    return [*names, f"{stops[-1]:g} and more"]


def bins(spread: Spread, unit: str, times: float = 1) -> list[str]:
    """Names of bins of any numbers: `under 0.1 Mpx`, `0.1 to 0.25 Mpx`, ..., `16 Mpx and more`."""
    edges = [f"{times * edge:g}" for edge in spread.edges]
    between = [f"{start} to {stop}{unit}" for start, stop in pairwise(edges)]
    return [f"under {edges[0]}{unit}", *between, f"{edges[-1]}{unit} and more"]


def worn_together(one: Description) -> tuple[Matrix, str]:
    """Of the photos with the category of a row, the share with that of each column; and what is left out."""
    names = [name for name in category_names([one]) if labelled(one)[name].masks]
    shown = names[:MOST_CATEGORIES]
    places = {name: index for index, name in enumerate(labelled(one))}
    cells = []
    for row in shown:
        images = int(one.together[places[row], places[row]])
        cells.append(
            [
                together_cell(row, column, int(one.together[places[row], places[column]]), images)
                for column in shown
            ]
        )
    left_out = f"The {len(names) - len(shown):,} rarest categories are left out." if shown != names else ""
    return Matrix(shown, cells), left_out


def together_cell(row: str, column: str, both: int, images: int) -> tuple[str, int, str]:
    """Text, shade and meaning of one cell."""
    if row == column:
        return f"{images:,}" if images < 1000 else f"{images / 1000:.0f}k", 0, f"{row}: {images:,} photos"
    share = both / images
    said = f"{100 * share:.0f}" if share >= 0.005 else "<1" if both else ""
    return said, level(share), f"{both:,} of {images:,} photos with {row} also have {column}"


def maps(one: Description) -> Iterator[dict[str, str]]:
    """Where masks lie, of all categories and of each that occurs."""
    aspect = min(max(one.aspect or 1, NARROWEST), WIDEST)
    found = labelled(one)
    placed = sum(category.placed for category in one.categories)
    if placed:
        yield heat("all categories", one.where, placed, aspect)
    for name in category_names([one]):
        if found[name].placed:
            yield heat(name, found[name].where, found[name].placed, aspect)


def heat(name: str, where: NDArray[np.int64], placed: int, aspect: float) -> dict[str, str]:
    """One map: its picture, and the same in words."""
    total = max(int(where.sum()), 1)
    middles = (np.arange(GRID) + 0.5) / GRID
    across, down = where.sum(axis=0) @ middles / total, where.sum(axis=1) @ middles / total
    densest = where.max() / placed
    return {
        "name": name,
        "picture": heat_map(where, aspect),
        "masks": f"{placed:,}",
        "words": (
            f"{name}: centre {100 * across:.0f} % across and {100 * down:.0f} % down the photo; "
            f"at most {100 * densest:.0f} % of the masks share a place"
        ),
        "centre": f"{100 * across:.0f} % across, {100 * down:.0f} % down",
    }


def gallery(
    sets: Sequence[Described], progress: Callable[[int, int | None], None]
) -> Iterator[dict[str, Any]]:
    """Samples of each dataset, drawn as the page is written."""
    of_each = max(FEWEST_SAMPLES, SAMPLES // len(sets))
    chosen = [sample(one.dataset, of_each) for one in sets]
    total = sum(map(len, chosen))
    done = 0
    for one, images in zip(sets, chosen, strict=True):
        by_image = one.dataset.annotations_by_image()
        names = {category["id"]: category["name"] for category in one.dataset.categories}
        painted = dict(zip(names, map(hexadecimal, colours(list(names.values()))), strict=True))
        cards: list[Record] = []
        for image in images:
            instances = [each for each in by_image.get(image["id"], []) if not each.get("iscrowd")]
            drawn = picture(one.dataset, image, instances, one.images_dir, long_side=THUMBNAIL)
            counted = Counter(instance["category_id"] for instance in instances)
            cards.append(
                {
                    "name": identity.shown(image["file_name"]),
                    "picture": data_uri(drawn.pixels) if drawn else "",
                    "remark": drawn.remark if drawn else "photo not found, its size is not known",
                    "alt": f"{identity.shown(image['file_name'])}, {len(instances)} masks drawn on it",
                    "garments": [
                        (names[category_id], painted[category_id], count)
                        for category_id, count in counted.most_common()
                    ],
                }
            )
            done += 1
            progress(done, total)
        yield {
            "name": one.description.name,
            "cards": cards,
            "missing": sum(card["remark"].startswith("photo not found") for card in cards),
        }


def sample(dataset: Dataset, number: int) -> list[Record]:
    """Photos with instances, at random but always the same ones, in the order of the dataset."""
    with_masks = {instance["image_id"] for instance in dataset.instances()}
    images = [image for image in dataset.images if image["id"] in with_masks]
    places = random.Random(SEED).sample(range(len(images)), min(number, len(images)))
    return [images[place] for place in sorted(places)]
