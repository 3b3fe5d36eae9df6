"""`wildwear annotate`."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.data.view import announce
from wildwear.cli.exits import refuse_mistakes
from wildwear.cli.printing import echo

if TYPE_CHECKING:
    import socket

    from wildwear.annotation import Project
    from wildwear.gathering import Photo

ANYWHERE = ("0.0.0.0", "")  # addresses that stand for all of this machine's


def annotate(
    project: Annotated[
        Path, typer.Option(help="Folder of the project; made where there is none.", show_default=False)
    ],
    photos: Annotated[
        list[str] | None,
        typer.Argument(
            help="Photos, folders, globs, archives, lists; a project that is there knows its own.",
            show_default=False,
        ),
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="Who annotates; your name on this machine unless you say.")
    ] = None,
    target: Annotated[
        int | None, typer.Option(min=1, help="How many photos are to be done.", show_default=False)
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; another than this machine lets others in with the address.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Where to listen; the project keeps the one that it had.",
            show_default=False,
        ),
    ] = None,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Another address: whoever has the old one is locked out.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
) -> None:
    """Annotate photos in the browser: outlines and names of garments, every change saved at once.

    It answers this machine alone, until Ctrl-C; what was saved outlives whatever ends it.

    Example: wildwear annotate photos/ --project work --target 500
    """
    from wildwear.errors import MissingExtraError

    try:
        from wildwear import annotation
        from wildwear.web.guards import OWN_NAMES
        from wildwear.web.loopback import serve
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn"):
            raise
        raise MissingExtraError("wildwear annotate", "serve") from error
    who = author or getpass.getuser()
    if not photos and not annotation.exists(project):
        raise typer.BadParameter(f"{project}: is no project yet; name the photos that it is to have.")
    gathered = gathered_from(photos or [])
    opened = annotation.open_project(project, new_token=new_token)
    if gathered:
        added = annotation.add_photos(opened, gathered, who)
        echo(f"{project}: {added:,} photos added; it has {opened.store.count():,}")
    if target:
        opened.store.set("target", str(target))
    names = ["*"] if host in ANYWHERE else [*OWN_NAMES, host]  # by whatever name: the token keeps others out
    app = annotation.create_app(annotation.Desk(opened, who), names)
    listening = listening_for(opened, host, port)
    serve(app, listening, announce, browser=not no_browser, path=f"/?token={opened.token}")
    opened.store.close()


def gathered_from(named: list[str]) -> "list[Photo]":
    """The photos that were named. Raises `Exit` where one is a mistake."""
    from wildwear.gathering import gather

    if not named:
        return []
    gathered = gather(named)
    mistakes = gathered.mistakes
    if "-" in named:
        mistakes = [*mistakes, "-: a pipe cannot be read again tomorrow; save the photo to a folder"]
    refuse_mistakes(mistakes)
    for name, reason in gathered.skipped:
        echo(f"skipped: {name}: {reason}", err=True)
    return gathered.photos


def listening_for(project: "Project", host: str, port: int | None) -> "socket.socket":
    """Listen where the project did before, if nothing else is said, so that its open pages go on; elsewhere
    where that is taken. Raises `OutputError`."""
    from wildwear.errors import OutputError
    from wildwear.web.loopback import listen

    before = project.store.setting("port")
    try:
        listening = listen(int(before or 0) if port is None else port, host)
    except OutputError:
        if port is not None:
            raise
        listening = listen(0, host)
    project.store.set("port", str(listening.getsockname()[1]))
    return listening
