"""`wildwear annotate`."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.data.convert import say_notes
from wildwear.cli.data.view import announce
from wildwear.cli.exits import refuse_mistakes
from wildwear.cli.printing import echo

if TYPE_CHECKING:
    import socket

    from wildwear.annotation import Beginning, Project
    from wildwear.gathering import Photo

NOBODY = "none"  # of `--model`


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
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Begin with the photos of a dataset of any format and what is on them; or of a folder that "
            "`wildwear evaluate` wrote, with its suspects.",
            show_default=False,
        ),
    ] = None,
    relabel: Annotated[
        bool, typer.Option("--relabel", help="Ask for the names of what --from brings; the doubtful first.")
    ] = False,
    review: Annotated[
        Path | None,
        typer.Option(
            help="Project of a second annotator, on the same photos: settle where the two disagree.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="Who proposes outlines: `default`, another bundled model, a .onnx file; `none`: nobody."
        ),
    ] = "default",
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
    from wildwear import annotation, inference
    from wildwear.errors import MissingExtraError

    try:
        from wildwear.annotation.app import Desk, create_app
        from wildwear.annotation.assist import Assistant
        from wildwear.web.guards import OWN_NAMES
        from wildwear.web.loopback import ANYWHERE, serve
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn"):
            raise
        raise MissingExtraError("wildwear annotate", "serve") from error
    who = author_called(author)
    if not photos and from_ is None and not annotation.exists(project):
        raise typer.BadParameter(f"{project}: is no project yet; name the photos that it is to have.")
    if relabel and from_ is None:
        raise typer.BadParameter("--relabel asks for the names of what --from brings; say --from, too.")
    if review is not None and not annotation.exists(review):
        raise typer.BadParameter(f"--review {review}: is no project of wildwear annotate.")
    assistant = None if model == NOBODY else Assistant(inference.load(model))
    gathered = gathered_from(photos or [])
    beginning = begun(from_, gathered, relabel) if from_ else annotation.from_photos(gathered, who)
    opened = annotation.open_project(project, new_token=new_token)
    if beginning.photos:
        added = annotation.add(opened, beginning)
        echo(f"{project}: {added:,} photos added; it has {opened.store.count():,}", err=True)
        if known := len(beginning.photos) - added:
            echo(f"note: {known:,} of these it had already; what stands on them stays", err=True)
    if target:
        opened.store.remember("target", str(target))
    second = annotation.Review(opened, annotation.open_project(review)) if review else None
    names = ["*"] if host == ANYWHERE else [*OWN_NAMES, host]  # by whatever name: the token keeps others out
    app = create_app(Desk(opened, who, second, assistant), names)
    listening = listening_for(opened, host, port)
    serve(app, listening, announce, browser=not no_browser, path=f"/?token={opened.token}")
    opened.store.close()


def author_called(said: str | None) -> str:
    """Who annotates. Raises `BadParameter` where that is no name, or nobody knows it."""
    from wildwear.annotation.app import LONGEST_AUTHOR

    try:
        name = (getpass.getuser() if said is None else said).strip()
    except (KeyError, OSError):  # a process in a container may run under a number that has no name
        raise typer.BadParameter(
            "nobody knows your name on this machine; say it", param_hint="--author"
        ) from None
    if not 0 < len(name) <= LONGEST_AUTHOR:
        raise typer.BadParameter(f"has 1 to {LONGEST_AUTHOR} letters", param_hint="--author")
    return name


def gathered_from(named: list[str]) -> "list[Photo]":
    """The photos that were named. Raises `Exit` where one is a mistake."""
    from wildwear.gathering import gather

    if not named:
        return []
    for name in named:
        if name.endswith((".json", ".xml")) and Path(name).is_file():
            refuse_mistakes([f"{name}: is no photo; a dataset or a VIA project is opened by --from {name}"])
    gathered = gather(named)
    mistakes = gathered.mistakes
    if "-" in named:
        mistakes = [*mistakes, "-: a pipe cannot be read again tomorrow; save the photo to a folder"]
    refuse_mistakes(mistakes)
    for name, reason in gathered.skipped:
        echo(f"skipped: {name}: {reason}", err=True)
    return gathered.photos


def begun(source: Path, photos: "list[Photo]", relabel: bool) -> "Beginning":
    """What a project has of a dataset, what was left out said."""
    from wildwear.annotation import from_dataset
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Conversion

    conversion = Conversion()
    with photo_progress("Opening") as progress:
        beginning = from_dataset(source, photos, conversion, relabel=relabel, progress=progress)
    say_notes(conversion)
    return beginning


def listening_for(project: "Project", host: str, port: int | None) -> "socket.socket":
    """Listen where the project did before, if nothing else is said, so that its open pages go on; elsewhere
    where that is taken. Raises `OutputError`."""
    from wildwear.errors import OutputError
    from wildwear.web.loopback import listen

    before = project.store.number_setting("port") or 0
    try:
        listening = listen(before if port is None else port, host)
    except OutputError:
        if port is not None:
            raise
        listening = listen(0, host)
    project.store.remember("port", str(listening.getsockname()[1]))
    return listening
