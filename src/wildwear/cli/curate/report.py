"""`wildwear curate report`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo, say_next


def report(
    catalog: Annotated[Path, typer.Argument(help="Folder that `wildwear curate scan` made.")],
    html: Annotated[Path, typer.Option(metavar="PATH", help="Page to write; it needs nothing else.")],
) -> None:
    """See a catalog on one page: what there is, what a threshold would cost, and photos on either side of it.

    Example: wildwear curate report catalog --html catalog.html
    """
    from wildwear.cli.data.describe import check_target
    from wildwear.cli.progress import photo_progress
    from wildwear.curation import Catalog
    from wildwear.curation.report import write

    check_target(html, overwrite=True)
    with photo_progress("Drawing") as progress:
        write(Catalog(catalog), html, progress)
    echo(f"page: {html}")
    say_next("wildwear", "curate", "select", catalog, "--where", "not duplicate", "--out", "chosen.txt")
