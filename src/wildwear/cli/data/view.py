"""`wildwear data view`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo


def view(
    dataset: Annotated[Path, typer.Argument(help="File or folder of any format.")],
    images: Annotated[
        Path | None,
        typer.Option(help="Where the photos lie, if not beside the dataset.", show_default=False),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Format of the dataset; guessed where not named.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
) -> None:
    """Browse a dataset in the browser: photos with their masks, by category, source, size, people and name.

    It answers this machine alone, until Ctrl-C.

    Example: wildwear data view ccp30/test.json
    """
    from wildwear.cli.data.convert import say_notes
    from wildwear.datasets import Conversion, Dataset
    from wildwear.errors import DatasetError, MissingExtraError

    try:
        from wildwear import viewing
        from wildwear.web.loopback import serve
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn"):
            raise
        raise MissingExtraError("wildwear data view", "serve") from error
    if images and not images.is_dir():
        raise DatasetError(f"--images {images}: no such folder")
    conversion = Conversion(images=images)
    loaded = Dataset.read(dataset, from_, conversion)
    say_notes(conversion)
    catalog = viewing.Catalog(loaded, dataset.name, images)
    serve(viewing.create_app(catalog), port, announce, browser=not no_browser)


def announce(address: str) -> None:
    """Say where to look and how to end it."""
    echo(f"Look at {address} and end it with Ctrl-C.")
