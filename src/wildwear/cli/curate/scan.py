"""`wildwear curate scan`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.curate.face_models import FACE_MODEL, face_model_called
from wildwear.cli.exits import INTERRUPTED, refuse_mistakes, terminated_as_interrupted
from wildwear.cli.options import RayOption, WorkersOption
from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.curation.scanning import Scanned


def scan(
    photos: Annotated[
        list[str],
        typer.Argument(help="Photos, folders, globs, zips and tars, lists (.txt), addresses, s3://."),
    ],
    out: Annotated[
        Path, typer.Option(metavar="CATALOG", help="Folder of the catalog; it grows by each scan.")
    ],
    face_model: Annotated[str | None, FACE_MODEL] = None,
    garments: Annotated[
        bool,
        typer.Option(
            "--garments", help="Look for garments as well, and keep what the model sees; the slowest part."
        ),
    ] = False,
    model: Annotated[
        str, typer.Option(help="That looks for garments: `default`, a bundled model, or a .onnx file.")
    ] = "default",
    flips: Annotated[
        bool, typer.Option("--flips", help="Look for garments in a mirror as well: as long again.")
    ] = False,
    workers: WorkersOption = None,
    ray: RayOption = None,
) -> None:
    """Measure photos into a catalog: a table, one row a photo, one column a signal.

    Scan again after photos have come, gone or changed: what was measured before is not read again. A scan
    that was stopped goes on by the same command. A photo that cannot be read is a row with the reason.

    Example: wildwear curate scan photos --out catalog
    """
    from wildwear.cli.progress import photo_progress
    from wildwear.curation import Catalog
    from wildwear.curation.models import Models
    from wildwear.curation.scanning import scan as measure
    from wildwear.gathering import gather
    from wildwear.inference import find_model

    if flips and not garments:
        raise typer.BadParameter(
            "needs --garments: what is found there is found once more", param_hint="--flips"
        )
    gathered = gather(photos, web=True)
    refuse_mistakes(gathered.mistakes)
    models = Models(
        faces=face_model_called(face_model) if face_model else None,
        garments=find_model(model) if garments else None,
        flips=flips,
    )
    catalog = Catalog(out)
    try:
        with terminated_as_interrupted(), photo_progress("Measuring") as progress:
            scanned = measure(
                gathered,
                catalog,
                models,
                workers=workers or os.cpu_count() or 1,
                ray=ray,
                progress=progress,
            )
    except KeyboardInterrupt:
        echo("Interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    say(scanned, models.faces is not None, garments)
    echo(f"catalog: {out}")
    say_next("wildwear", "curate", "report", out, "--html", "catalog.html")


def say(scanned: "Scanned", faces: bool, garments: bool) -> None:
    """Print what a scan came to, and which columns it left empty."""
    before = scanned.photos - scanned.measured
    echo(
        f"{scanned.photos:,} photos: {scanned.measured:,} measured now, {before:,} as they were; "
        f"{scanned.failed:,} cannot be read, {scanned.duplicates:,} are copies of others"
    )
    for file in scanned.damaged:
        echo(f"{file} was damaged: its photos were measured anew")
    if scanned.gone:
        echo(f"{scanned.gone:,} photos are not there any more; their rows went")
    if scanned.failed:
        echo("The column `failure` says why a photo cannot be read.")
    if not faces:
        echo("Not looked for: faces, without --face-model (`fetch` loads one)")
    if not garments:
        echo("Not looked for: garments, without --garments")
