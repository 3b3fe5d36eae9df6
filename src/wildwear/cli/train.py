"""`wildwear train`."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    run: Annotated[str, typer.Argument(help="A shipped run (`wildwear-s`) or a YAML file.")],
    data: Annotated[
        Path, typer.Option(help="Folder that the run's paths start at: train.json, val.json, images/.")
    ] = Path("ccp30"),
    out: Annotated[Path | None, typer.Option(help="The run's folder; runs/NAME by default.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Delete an earlier run in the folder first.")
    ] = False,
) -> None:
    """Train a model; checkpoints are written every epoch, and a killed run goes on with --resume.

    Example: wildwear train wildwear-s --data ccp30 --out runs/first
    """
    try:
        from wildwear.training import load_config
        from wildwear.training import train as start
    except ImportError as error:
        from wildwear.errors import MissingExtraError

        raise MissingExtraError("`wildwear train`", "train") from error
    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other.")
    config = load_config(run)
    folder = out or Path("runs") / config.name
    best = start(config, data, folder, resume=resume, overwrite=overwrite)
    typer.echo(f"best checkpoint: {best}")
    typer.echo(f"next: wildwear model export {best} --out {config.name}.onnx")
