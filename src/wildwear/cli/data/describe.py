"""`wildwear data describe`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.datasets.description.statistics import Description


def describe(
    datasets: Annotated[
        list[Path],
        typer.Argument(metavar="DATASET...", help="Files or folders of any format, one or several."),
    ],
    html: Annotated[
        Path | None, typer.Option(help="Write it as a page too, with samples.", show_default=False)
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where the photos lie, if not beside the dataset; once, or once a dataset.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Format of the datasets; guessed where not named.", show_default=False),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option(help="VIA: the region attribute that names the category.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of tables.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
) -> None:
    """Say what datasets hold, side by side and together: images, masks, vertices, resolution, people,
    categories, areas.

    Example: wildwear data describe modanet/instances_val.json --html modanet.html
    """
    import json

    from wildwear.cli.console import Console
    from wildwear.cli.data.convert import say_notes
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Conversion, Dataset
    from wildwear.datasets.description.page import Described, write_report
    from wildwear.datasets.description.statistics import count, figures, together_counted

    if html:
        check_target(html, overwrite)
    folders = image_folders(images or [], len(datasets))
    counted, described = [], []
    for path, name, folder in zip(datasets, names(datasets), folders, strict=True):
        conversion = Conversion(images=folder, attribute=attribute)
        dataset = Dataset.read(path, from_, conversion)
        say_notes(conversion)
        counted.append(count(dataset, name))
        described.append(Described(dataset, figures(counted[-1]), folder))
    total = figures(together_counted(counted, TOTAL)) if len(counted) > 1 else None
    descriptions = [one.description for one in described] + ([total] if total else [])
    if html:  # before anything is printed: who reads it may stop in the middle
        with photo_progress("Drawing samples") as progress:
            write_report(html, described, total, progress)
    if as_json:
        echo(json.dumps([one.to_dict() for one in descriptions], indent=2))
    else:
        console = Console()
        for table in tables(descriptions):
            console.print(table)
        for each in described:
            for note in each.description.notes:
                echo(f"note: {each.description.name}: {note}", err=True)
    if html:
        echo(f"written: {html}", err=as_json)
    elif not as_json:
        say_next("wildwear", "data", "view", datasets[0])


TOTAL = "all"


def check_target(html: Path, overwrite: bool) -> None:
    """Raise `OutputError` where a page would replace something that it may not: all but an older page."""
    from wildwear.errors import OutputError

    if html.suffix.lower() not in (".html", ".htm") or html.is_dir():
        raise OutputError(f"{html}: name a file that ends in .html for the page")
    if html.exists() and not overwrite:
        raise OutputError(f"{html}: is there already; name another, or replace it with --overwrite")


def image_folders(images: Sequence[Path], dataset_count: int) -> list[Path | None]:
    """Where the photos of each dataset lie. Raises `DatasetError` where it is not clear which is whose."""
    from wildwear.errors import DatasetError

    for folder in images:
        if not folder.is_dir():
            raise DatasetError(f"--images {folder}: no such folder")
    if len(images) not in (0, 1, dataset_count):
        raise DatasetError(
            f"--images stands {len(images)} times for {dataset_count} datasets: give one, or one for each"
        )
    return list(images) if len(images) == dataset_count else [images[0] if images else None] * dataset_count


def names(datasets: Sequence[Path]) -> list[str]:
    """What to call each dataset: the name of its file without `.json`, more of its path where that is not
    enough."""
    paths = [path.resolve() for path in datasets]
    paths = [path.with_suffix("") if path.suffix == ".json" else path for path in paths]
    for parts in range(1, max(len(path.parts) for path in paths) + 1):
        short = [str(Path(*path.parts[-parts:])) for path in paths]
        if len(set(short)) == len(short):
            return short
    return [f"{path.name} ({number})" for number, path in enumerate(paths, start=1)]


def tables(described: Sequence["Description"]) -> Iterator["Table"]:
    """Everything that is printed."""
    yield headline(described)
    yield categories(described)


def headline(described: Sequence["Description"]) -> "Table":
    """The figures of each dataset, a column each."""
    from wildwear.cli.console import printable
    from wildwear.datasets.description.page import DASH, number
    from wildwear.datasets.description.statistics import NOT_STATED, SIZES

    table = side_by_side("", described)
    rows: dict[str, Iterable[str]] = {
        "images": (f"{one.images:,}" for one in described),
        "  without masks": (f"{one.images_without_masks:,}" for one in described),
        "masks": (f"{one.masks:,}" for one in described),
        "  regions not judged, not counted": (f"{one.not_judged:,}" for one in described),
        "masks an image": (number(one.masks_an_image) for one in described),
        "points a mask": (number(one.points_a_mask, 1) for one in described),
        "  x and y apart": (number(one.numbers_a_mask, 1) for one in described),
        "  masks that are no polygons": (f"{one.masks_without_points:,}" for one in described),
        "mean resolution, Mpx": (number(one.megapixels.mean) for one in described),
        "categories that occur": (
            f"{len(one.categories) - len(one.missing)} of {len(one.categories)}" for one in described
        ),
        "masks show": (one.mask_convention.replace("_", " ") or NOT_STATED for one in described),
    }
    for label, values in rows.items():
        table.add_row(printable(label), *map(printable, values))
    table.add_section()
    for size in SIZES:
        add_shares(table, f"{size} masks", [(one.sizes[size], one.masks) for one in described])
    table.add_section()
    for people in dict.fromkeys(words for one in described for words in one.people):
        add_shares(table, f"photos: {people}", [(one.people.get(people, 0), one.images) for one in described])
    table.add_section()
    for source in dict.fromkeys(row.source for one in described for row in one.sources):
        counts = [sum(row.images for row in one.sources if row.source == source) for one in described]
        images = [one.images for one in described]
        label = f"photos from: {source or NOT_STATED}"
        add_shares(table, label, list(zip(counts, images, strict=True)))
    if not any(one.images for one in described):
        table.caption = f"{DASH} no images"
    return table


def add_shares(table: "Table", label: str, counts: Sequence[tuple[int, int]]) -> None:
    """A row of counts with their shares of the whole."""
    from wildwear.cli.console import printable
    from wildwear.datasets.description.page import percent

    cells = [f"{count:,}  {percent(count / whole if whole else None):>7}" for count, whole in counts]
    table.add_row(printable(label), *map(printable, cells))


def categories(described: Sequence["Description"]) -> "Table":
    """Masks of each category, their share, and their mean area, a column for each dataset."""
    from wildwear.cli.console import printable
    from wildwear.datasets.description.page import category_names, labelled, percent

    table = side_by_side("category", described)
    table.caption = "masks, their share, mean mask area over image area"
    known = [labelled(one) for one in described]
    for name in category_names(described):
        cells = []
        for of_set, one in zip(known, described, strict=True):
            category = of_set.get(name)
            if category is None:
                cells.append("not listed")
            elif not category.masks:
                cells.append("does not occur")
            else:
                share, area = percent(category.masks / one.masks), percent(category.area_share)
                cells.append(f"{category.masks:,} {share:>7} {area:>7}")
        missing = not any(name in of_set and of_set[name].masks for of_set in known)
        table.add_row(printable(name), *map(printable, cells), style="dim" if missing else None)
    return table


def side_by_side(heading: str, described: Sequence["Description"]) -> "Table":
    """A table with a column for each dataset, that needs no more lines than rows."""
    from wildwear.cli.console import plain_table

    names = [one.name for one in described]
    table = plain_table((heading,), names, breaking=(heading, *names))
    table.caption_justify = "left"
    return table
