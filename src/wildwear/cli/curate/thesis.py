"""`wildwear curate thesis`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.curate.face_models import FACE_MODEL, face_model_called
from wildwear.cli.exits import refuse_mistakes, terminated_as_interrupted
from wildwear.cli.options import WorkersOption
from wildwear.cli.printing import echo, say_next


def thesis(
    photos: Annotated[
        list[str],
        typer.Argument(help="Photos, folders, globs, zips and tars, lists (.txt), addresses, s3://."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the lists, one a class.")],
    face_model: Annotated[str | None, FACE_MODEL] = None,
    monochrome: Annotated[float, typer.Option(help="Under which all variances lie.")] = 0.005,
    maybe_color: Annotated[
        float, typer.Option(help="Over which the largest minus the smallest variance lies.")
    ] = 100.0,
    color: Annotated[float, typer.Option(help="The same, of what is in colour for sure.")] = 1000.0,
    workers: WorkersOption = None,
) -> None:
    """Clean photos as the thesis did, by its two scripts in one go: lists of names, and their counts.

    Its rule calls sepia a colour, and dark photos in colour grey; the column `color` of a scan does not.

    Example: wildwear curate thesis photos --out cleaned
    """
    from wildwear.cli.progress import photo_progress
    from wildwear.curation.models import Models
    from wildwear.curation.signals.thesis import Thresholds
    from wildwear.curation.thesis_lists import clean, refuse_others, write
    from wildwear.gathering import gather

    gathered = gather(photos, web=True)
    refuse_mistakes(gathered.mistakes)
    refuse_others(out)
    with terminated_as_interrupted(), photo_progress("Measuring") as progress:
        cleaned = clean(
            gathered,
            Models(faces=face_model_called(face_model) if face_model else None),
            Thresholds(monochrome, maybe_color, color),
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    write(cleaned, out)
    echo(f"{cleaned.photos:>9,} photos")
    for name, listed in cleaned.lists.items():
        echo(f"{len(listed):>9,} {name.replace('_', ' ')}")
    if face_model is None:
        echo("Not looked for: faces, for lack of --face-model")
    echo(f"lists: {out}")
    say_next("wildwear", "curate", "scan", *photos, "--out", "catalog")
