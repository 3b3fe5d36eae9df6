"""`wildwear batch`: any number of photos into Parquet."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.exits import INTERRUPTED, refuse_mistakes, terminated_as_interrupted
from wildwear.cli.options import (
    DeviceOption,
    ModelOption,
    PrivateOption,
    RayOption,
    ScoreOption,
    WorkersOption,
    parse_device,
)
from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.batch import Ran


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, files, globs, zips, tars, URLs, s3://, a .txt of these; a .parquet or .csv of "
            "paths or URLs; a catalog of `wildwear curate scan`.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="Folder of the tables, s3://BUCKET/FOLDER too; a run goes on in it."
        ),
    ],
    model: ModelOption = "default",
    score: ScoreOption = None,
    coco: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all of it as one COCO document as well.", show_default=False
        ),
    ] = None,
    device: DeviceOption = None,
    workers: WorkersOption = None,
    ray: RayOption = None,
    allow_private: PrivateOption = False,
) -> None:
    """Find the garments of any number of photos: Parquet, a row a garment and a row a photo.

    The same command goes on where it was stopped, killed or not, and does photos that are new. A photo that
    cannot be read is a row with the reason. Garments are those of `wildwear segment`.

    Example: wildwear batch photos --out found
    """
    from wildwear.batch import Batch, dataset, listed, run
    from wildwear.batch.working import Way
    from wildwear.cli.data.convert import say_notes
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets.formats import coco as coco_format
    from wildwear.datasets.stream import Conversion
    from wildwear.inference import find_model

    found = listed(sources, private=allow_private)
    refuse_mistakes(found.mistakes)
    cores = os.cpu_count() or 1
    processes = workers or cores
    way = Way(
        find_model(model),
        score=score,
        providers=parse_device(device),
        threads=max(1, cores // processes),
        private=allow_private,
    )
    try:
        with terminated_as_interrupted(), photo_progress("Segmenting") as progress:
            ran = run(found, out, way, workers=processes, ray=ray, progress=progress)
    except KeyboardInterrupt:
        echo("Interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    made = Batch(out)
    say(ran)
    echo(f"garments: {made.storage.called('garments')}")
    echo(f"photos: {made.storage.called('photos')}")
    if coco is not None:
        conversion = Conversion()
        coco_format.write(dataset(made), coco, conversion)
        say_notes(conversion)
        echo(f"COCO: {coco}")
    say_next("wildwear", "batch-summary", out)


def say(ran: "Ran") -> None:
    """Print what a batch came to."""
    from wildwear.reporting import counted

    echo(
        f"{counted(ran.garments, 'garment')} in {counted(ran.photos - ran.failed, 'photo')}; "
        f"{ran.before:,} photos were done before"
    )
    if ran.failed:
        echo(f"{counted(ran.failed, 'photo')} cannot be segmented: the column `reason` of photos says why")
