"""`wildwear data build`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import say_next


def build(
    recipe: Annotated[
        str, typer.Argument(help="A shipped recipe (`ccp30`, `thesis-both`, ...) or a YAML file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for train.json, val.json, test.json and images/.")],
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]DIR",
            help="Folder or file of a source; without NAME, of all that are not named.",
            show_default=False,
        ),
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="Copy the photos instead of linking them.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what another recipe built in the folder.")
    ] = False,
) -> None:
    """Build a dataset version by its recipe: COCO files by split, the photos, and how they were made.

    Example: wildwear data build ccp30 --source clothing-co-parsing --out ccp30
    """
    from wildwear import datasets
    from wildwear.cli.console import Console, plain_table
    from wildwear.cli.data.convert import say_notes
    from wildwear.cli.progress import photo_progress

    read = datasets.Recipe.read(recipe)
    conversion = datasets.Conversion()
    try:
        with photo_progress("Building") as progress:
            splits = datasets.build(
                read,
                named_sources(source or [], list(read.sources)),
                out,
                conversion,
                photos="copy" if copy else None,
                overwrite=overwrite,
                progress=progress,
            )
    finally:
        say_notes(conversion)  # they may say why there are too few photos
    table = plain_table(("split",), ("photos", "with garments", "instances", "not judged"))
    for split, dataset in splits.items():
        instances = dataset.instances()
        # Such a region stands in the file once a category that it may be.
        regions = {
            (annotation["image_id"], str(annotation["segmentation"]))
            for annotation in dataset.annotations
            if annotation.get("iscrowd")
        }
        table.add_row(
            split,
            str(len(dataset.images)),
            str(len({instance["image_id"] for instance in instances})),
            str(len(instances)),
            str(len(regions)),
        )
    Console().print(table)
    if {"train", "val"} <= splits.keys():
        say_next("wildwear", "train", read.run, "--data", out)
    else:
        say_next("wildwear", "data", "describe", *(out / f"{split}.json" for split in splits))


def named_sources(given: list[str], names: list[str]) -> dict[str, Path]:
    """Folders by source, from `NAME=DIR`; a plain `DIR` is for every source that has none of its own."""
    named: dict[str, Path] = {}
    plain: list[Path] = []
    for text in given:
        name, equals, folder = text.partition("=")
        if equals and name in names:
            named[name] = Path(folder)
        else:
            plain.append(Path(text))
    if len(plain) > 1:
        raise typer.BadParameter(
            f"say which source each folder is, as NAME=DIR; there are {', '.join(names)}"
        )
    return dict.fromkeys(names, plain[0]) | named if plain else named
