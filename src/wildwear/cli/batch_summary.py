"""`wildwear batch-summary`: what a batch found, in a table and on a page."""

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo

if TYPE_CHECKING:
    from wildwear.batch.summary import Summary

PAGE = "summary.html"


def batch_summary(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder that `wildwear batch` made, s3://BUCKET/FOLDER too.")
    ],
    html: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Page to write; DIR/summary.html if not said.", show_default=False),
    ] = None,
) -> None:
    """Say what a batch found, and draw it on a page; of one that is not through, what is done.

    Example: wildwear batch-summary found
    """
    from wildwear.batch import Batch
    from wildwear.batch.page import page
    from wildwear.batch.summary import summarise
    from wildwear.files import write_atomically
    from wildwear.imaging.identity import shown

    batch = Batch(folder)
    summary = summarise(batch)
    show(summary)
    name = shown(PurePath(batch.storage.anywhere()).name)
    document = page(name, summary).encode()
    if html is None:
        batch.storage.write(PAGE, document)
    else:
        write_atomically(html, document)
    echo(f"page: {html or batch.storage.called(PAGE)}")


def show(summary: "Summary") -> None:
    """Print the table."""
    from rich.box import SIMPLE
    from rich.table import Table

    from wildwear.cli.console import Console
    from wildwear.reporting import counted, plain_name, two_digits

    table = Table("category", box=SIMPLE)
    for name in ("garments", "photos", "score", "of the photo"):
        table.add_column(name, justify="right")
    table.add_column("colours")
    for one in summary.categories:
        table.add_row(
            plain_name(one.name),
            f"{one.garments:,}",
            f"{one.photos:,}",
            two_digits(one.score),
            f"{one.area_share:.1%}",
            ", ".join(one.colours),
        )
    Console().print(table)
    left = summary.planned - summary.done - summary.failed
    echo(
        f"{counted(summary.garments, 'garment')} in {counted(summary.done, 'photo')} by {summary.model}; "
        f"{summary.failed:,} cannot be segmented{f', {left:,} are still to be done' if left else ''}"
    )
    for reason, count in summary.reasons:
        echo(f"  {count:,}: {reason}")
