"""`wildwear demo`: the first thing to run; it needs nothing that wildwear does not bring."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import say_next
from wildwear.cli.segment import segment
from wildwear.cli.segment_place import RUNS

PHOTOS = (
    Path(__file__).parent.parent / "photos_bundled"
)  # in the public domain; no model has learnt from them


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results; those of an earlier demo go.")] = RUNS
    / "demo",
) -> None:
    """Segment six photos in the public domain, to see what wildwear makes of photos.

    They were chosen since the model is right on them; `wildwear model info` says how often it is.

    Example: wildwear demo
    """
    try:
        segment([str(PHOTOS)], out=out, overwrite=True)
    except typer.Exit as end:
        if end.exit_code == 0:
            say_next("wildwear", "segment", "photo.jpg")
        raise
