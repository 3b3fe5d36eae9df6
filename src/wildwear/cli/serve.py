"""`wildwear serve`."""

import ipaddress
import json
import os
from contextlib import suppress
from typing import Annotated, Any

import typer

from wildwear.cli.data.view import announce
from wildwear.cli.exits import terminated_as_interrupted
from wildwear.cli.options import DeviceOption, ModelOption, parse_device
from wildwear.cli.printing import echo

EXTRA = ("fastapi", "httpcore", "httpx", "prometheus_client", "python_multipart", "uvicorn")  # of `serve`
STUDIO_KEY = "LABEL_STUDIO_API_KEY"


def serve(
    host: Annotated[
        str, typer.Option(help="Where to listen; another than this machine needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")] = 8000,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A name by which it may be asked, beside its own: of a proxy before it."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--api-key",
            envvar="WILDWEAR_API_KEY",
            help="What clients have to say; better in the environment, where no list of processes shows it.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = "default",
    device: DeviceOption = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads of the model; 0 takes every core.")] = 0,
    max_bytes: Annotated[int, typer.Option(min=1, help="That a request may bring.")] = 20_000_000,
    max_pixels: Annotated[int, typer.Option(min=1, help="That a photo may have.")] = 40_000_000,
    max_requests: Annotated[int, typer.Option(min=1, help="That bring photos, at once.")] = 64,
    max_waiting: Annotated[int, typer.Option(min=1, help="Photos that wait for the model.")] = 32,
    studio: Annotated[
        str | None,
        typer.Option(
            "--label-studio",
            metavar="URL",
            help="Answer this Label Studio as its ML backend; photos come from there alone, by the legacy "
            f"token in {STUDIO_KEY}.",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1, max=3600, help="Seconds that sending a photo may take, and finding its garments."
        ),
    ] = 30,
) -> None:
    """Find garments over HTTP: an API for programs, a page for people. It keeps nothing.

    It answers this machine alone unless --host says otherwise, and logs a line of JSON a request on stderr.
    On Ctrl-C or SIGTERM it answers what it has taken, and ends.

    Example: wildwear serve --port 8000
    """
    from wildwear import inference
    from wildwear.errors import MissingExtraError
    from wildwear.gathering.addresses import is_address, wrong_with

    try:
        from wildwear.gathering.fetching import Server
        from wildwear.serving.app import create_app
        from wildwear.serving.limits import Limits
        from wildwear.web.guards import OWN_NAMES
        from wildwear.web.loopback import ANYWHERE, listen
        from wildwear.web.loopback import serve as answer
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        raise MissingExtraError("wildwear serve", "serve") from error
    if key and not is_sayable(key):
        raise typer.BadParameter(
            "the key has letters that no header can say; use printable ASCII, without spaces at its ends. "
            "`openssl rand -hex 32` makes a good one."
        )
    if not key and not is_this_machine(host):
        raise typer.BadParameter(
            f"--host {host} lets others in: set WILDWEAR_API_KEY to what they have to say. "
            "`openssl rand -hex 32` makes a good one."
        )
    if studio and (wrong := wrong_with(studio) if is_address(studio) else "is no address on the web"):
        raise typer.BadParameter(f"--label-studio {studio}: {wrong}; it is like http://localhost:8080")
    token = os.environ.get(STUDIO_KEY)
    named = [*OWN_NAMES, host, *(name or [])]
    app = create_app(
        inference.load(model, providers=parse_device(device), threads=threads),
        log,
        key=key or None,
        names=["*"] if host == ANYWHERE and not name else named,  # by whatever: the key keeps others out
        limits=Limits(max_bytes, max_pixels, max_requests, max_waiting, timeout),
        studio=Server(studio.rstrip("/"), f"Token {token}" if token else None) if studio else None,
    )
    with terminated_as_interrupted():
        answer(app, listen(port, host), announce, browser=False, farewell=round(2 * timeout))


def is_sayable(key: str) -> bool:
    """Whether clients can say a key in a header, in which spaces at the ends of a value do not count."""
    return key.isascii() and key.isprintable() and key == key.strip()


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def log(line: dict[str, Any]) -> None:
    """Say what became of a request; where nobody takes the log, or a disk is full, answers go on."""
    with suppress(OSError):
        echo(json.dumps(line), err=True)
