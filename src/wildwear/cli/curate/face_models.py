"""The option by which commands are given a face detector."""

from pathlib import Path

import typer

from wildwear.cli.printing import echo

FETCH = "fetch"

FACE_MODEL = typer.Option(
    help="YuNet's .onnx file, to look for faces with; `fetch` loads opencv_zoo's once, and keeps it.",
)


def face_model_called(said: str) -> Path:
    """The file of a detector; `fetch` is the one that is kept in the user's cache."""
    from wildwear.curation.face_model import kept

    return kept(lambda what: echo(what, err=True)) if said == FETCH else Path(said)
