"""`wildwear demo`: the first thing to run; it needs nothing that wildwear does not bring."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import say_next
from wildwear.cli.segment import segment
from wildwear.cli.segment_place import RUNS

# Grace Hopper, U.S. Navy, in the public domain; a photographer, by Lav Varshney, CC0.
SHIPPED = {"matplotlib": "mpl-data/sample_data/grace_hopper.jpg", "skimage": "data/camera.png"}


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results; those of an earlier demo go.")] = RUNS
    / "demo",
) -> None:
    """Segment portraits that are free and that other packages ship, to see what wildwear makes of photos.

    matplotlib ships one, scikit-image another (`pip install 'wildwear[demo]'` brings it).

    Example: wildwear demo
    """
    try:
        segment([str(photo) for photo in shipped_photos()], out=out, overwrite=True)
    except typer.Exit as end:
        if end.exit_code == 0:
            say_next("wildwear", "segment", "photo.jpg")
        raise


def shipped_photos() -> Iterator[Path]:
    """Those of `SHIPPED` whose package is installed; none is imported."""
    for package, photo in SHIPPED.items():
        spec = find_spec(package)
        if spec and spec.origin and (place := Path(spec.origin).parent / photo).is_file():
            yield place
