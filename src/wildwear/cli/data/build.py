"""`wildwear data build`."""

from pathlib import Path
from typing import Annotated

import typer


def build(
    recipe: Annotated[str, typer.Argument(help="What to build; `ccp30` is the one there is.")],
    source: Annotated[Path, typer.Option(help="Clothing Co-Parsing: photos/, annotations/, label_list.mat.")],
    out: Annotated[Path, typer.Option(help="Folder for train.json, val.json, test.json and images/.")],
    copy: Annotated[bool, typer.Option("--copy", help="Copy the photos instead of linking them.")] = False,
) -> None:
    """Build a dataset from public photos: COCO files by split, and the photos beside them.

    Example: wildwear data build ccp30 --source clothing-co-parsing --out ccp30
    """
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from wildwear import datasets
    from wildwear.errors import DatasetError

    if recipe != "ccp30":
        raise DatasetError(f"{recipe}: no such recipe; there is ccp30")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Building", total=None)
        splits = datasets.build_ccp30(
            source,
            out,
            photos="copy" if copy else "symlink",
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    table = Table("split", "photos", "with garments", "instances", "not judged")
    for split, dataset in splits.items():
        instances = dataset.instances()
        table.add_row(
            split,
            str(len(dataset.images)),
            str(len({instance["image_id"] for instance in instances})),
            str(len(instances)),
            # Such a region stands in the file once a category.
            str((len(dataset.annotations) - len(instances)) // len(dataset.categories)),
        )
    Console().print(table)
    typer.echo(f"next: wildwear train wildwear-s --data {out}")
