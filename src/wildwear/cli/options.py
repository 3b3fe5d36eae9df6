"""Options that several commands have: which model looks at photos, on what, and who does the work."""

from typing import Annotated

import typer

ModelOption = Annotated[
    str, typer.Option("--model", help="`default`, the name of a bundled model, or a .onnx file.")
]
ScoreOption = Annotated[
    float | None,
    typer.Option(
        "--score", min=0, max=1, help="Leave out garments less sure than this; the model has its own."
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="cpu, cuda, or what else onnxruntime has here; if not given, the fastest.",
        show_default=False,
    ),
]
PrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Load URLs of this machine and of private networks too.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes that work; one a core if not said.")
]
RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Cluster of Ray's that works in their place: HOST:PORT.",
        show_default=False,
    ),
]


def parse_device(device: str | None) -> list[str] | None:
    """Turn "cuda" into the providers that run there; none into those that the model takes itself."""
    from wildwear.errors import ModelError
    from wildwear.inference.session import providers_of

    try:
        return None if device is None else providers_of(device)
    except ModelError as error:
        raise typer.BadParameter(f"--device {error}") from None
