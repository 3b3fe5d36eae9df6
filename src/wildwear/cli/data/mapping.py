"""`wildwear data map`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.datasets.making.mapping import Fate, MapReport


def map_labels(
    source: Annotated[Path, typer.Argument(metavar="DATASET", help="Dataset of any format.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="COCO file (.json) to write.")],
    map_: Annotated[
        str | None,
        typer.Option(
            "--map",
            help="Label map, by name (`wildwear taxonomy maps`) or your own CSV; guessed where not named.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Format of DATASET; guessed where not named.", show_default=False),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Where the photos lie, if not beside the annotations.", show_default=False),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option(help="VIA: the region attribute that names the category.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, for pipes.")] = False,
) -> None:
    """Carry a dataset's labels over to the 30 categories, and say what became of each.

    A label that may be several of the 30 makes regions that are not judged; one that is none is left out.

    Example: wildwear data map modanet/instances_val.json modanet30.json
    """
    from wildwear import datasets
    from wildwear.cli.data.convert import say_notes
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import formats
    from wildwear.datasets.making.mapping import map_dataset
    from wildwear.taxonomy import maps

    label_map = None
    if map_:
        own = map_.endswith(".csv") or Path(map_).is_file()
        label_map = maps.read(Path(map_)) if own and map_ not in maps.NAMES else maps.load(map_)
    source = source if from_ else formats.document_of(source)
    read = formats.named(from_) if from_ else formats.guess(source)
    if not from_:
        echo(f"{source}: looks like {read.name} ({read.title})", err=True)
    conversion = datasets.Conversion(images=images, attribute=attribute)
    with photo_progress("Mapping") as progress:
        report = map_dataset(
            source, target, read, conversion, label_map, overwrite=overwrite, progress=progress
        )
    if label_map is None:
        echo(f"{source}: mapped by {report.label_map.name}, as its labels say", err=True)
    say_notes(conversion)
    if as_json:
        echo(json.dumps(report.to_dict(), indent=2))
        return
    show(report)
    echo(f"{report.photos:,} photos written to {target}")
    say_next("wildwear", "data", "describe", target)


def show(report: "MapReport") -> None:
    """Print what became of each label, and which categories such a dataset leaves unmarked."""
    from wildwear.cli.console import Console, plain_table, printable

    words = ("became", "")
    table = plain_table(("label",), ("masks",), words, breaking=("label", *words))
    fates = sorted(report.fates.items(), key=lambda entry: -entry[1].masks)
    for label, fate in fates:
        what = printable("\n".join(became(fate)))
        table.add_row(printable(label), f"{fate.masks:,}", what, printable(fate.rule.why))
    kept, not_judged, left_out = (
        sum(getattr(fate, what) for _, fate in fates) for what in ("kept", "not_judged", "left_out")
    )
    table.add_section()
    table.add_row(
        "all",
        f"{kept + not_judged + left_out:,}",
        f"{kept:,} kept, {not_judged:,} not judged, {left_out:,} left out",
    )
    console = Console()
    console.print(table)
    if unmarked := report.label_map.not_labelled:
        console.print(
            f"not labelled in such a dataset: {', '.join(category.name for category in unmarked)}. "
            "Training would take those that are worn for background.",
            highlight=False,
        )


def became(fate: "Fate") -> list[str]:
    """What one label's masks became, in words, a line each."""
    names = ", ".join(category.name for category in fate.rule.categories)
    lines = []
    if fate.instances:
        joined = ", the two shoes of a pair as one" if fate.rule.one_mask_a_shoe else ""
        lines.append(f"{fate.instances:,} {names}{joined}")
    if fate.regions:
        joined = ", the shoes of a photo as one" if fate.rule.one_mask_a_shoe else ""
        lines.append(f"{fate.regions:,} not judged{joined}: {names}")
    if fate.left_out:
        lines.append("left out")
    return lines
