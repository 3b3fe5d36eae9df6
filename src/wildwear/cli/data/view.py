"""`wildwear data view`."""

from typing import Annotated

import typer

from wildwear.cli.data.opening import DatasetArgument, FormatOption, ImagesOption, open_dataset
from wildwear.cli.printing import echo


def view(
    dataset: DatasetArgument,
    images: ImagesOption = None,
    from_: FormatOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
) -> None:
    """Browse a dataset in the browser: photos with their masks, by category, source, size, people and name.

    It answers this machine alone, until Ctrl-C.

    Example: wildwear data view ccp30/test.json
    """
    from wildwear.errors import MissingExtraError

    try:
        from wildwear import viewing
        from wildwear.web.loopback import listen, serve
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn"):
            raise
        raise MissingExtraError("wildwear data view", "serve") from error
    loaded = open_dataset(dataset, from_, images)
    catalog = viewing.Catalog(loaded, dataset.name, images)
    serve(viewing.create_app(catalog), listen(port), announce, browser=not no_browser)


def announce(address: str) -> None:
    """Say where to look and how to end it."""
    echo(f"Look at {address} and end it with Ctrl-C.")
