"""`wildwear curate draw`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.curate.face_models import FACE_MODEL, face_model_called
from wildwear.cli.printing import echo


def draw(
    photo: Annotated[Path, typer.Argument(help="A photo.")],
    out: Annotated[Path, typer.Option(help="Picture to write: .png, .jpg or .webp.")],
    face_model: Annotated[str, FACE_MODEL] = "fetch",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
) -> None:
    """Draw the boxes of the faces that a scan finds in a photo, and how sure each is.

    Example: wildwear curate draw photo.jpg --face-model yunet.onnx --out faces.png
    """
    from wildwear import imaging
    from wildwear.curation.drawing import with_faces
    from wildwear.curation.measuring import opened
    from wildwear.curation.models import Models
    from wildwear.errors import OutputError

    if out.exists() and not overwrite:
        raise OutputError(f"{out}: is there already; name another, or replace it with --overwrite")
    models = Models(faces=face_model_called(face_model))
    models.check()
    picture, count = with_faces(opened(photo, models))
    imaging.write_image(out, picture)
    echo(f"{count} face{'' if count == 1 else 's'}: {out}")
