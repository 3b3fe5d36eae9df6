"""Where `wildwear segment` writes, and what it must not write over."""

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wildwear.cli.exits import MISTAKE
from wildwear.errors import OutputError, PhotoError

if TYPE_CHECKING:
    from wildwear.cli.console import Console
    from wildwear.gathering import Place

RUNS = Path("wildwear-out")  # holds a folder of each run that names none: segment, segment-2, …


def require_photos(named: "Mapping[str, Place]", console: "Console") -> None:
    """Let nothing be replaced by nothing. Raises `Exit` where no photo can be read, or none is left."""
    from wildwear.gathering import read

    reason = "no photo is left: pictures that a run made are taken only where they are named"
    for place in named.values():
        try:
            read(place)
        except PhotoError as error:
            reason = str(error).rstrip(".")
        else:
            return
    console.print(f"wildwear: {reason}; there is nothing to segment, and nothing was deleted")
    raise typer.Exit(MISTAKE)


def refuse_pictures_of(place: Path, photos: "Iterable[Place]") -> None:
    """Raise `OutputError` where a photo is a picture of the run that is to be replaced: it would go first."""
    from wildwear.inference.run_folder import of_a_run

    for photo in photos:
        if isinstance(photo, Path) and of_a_run(photo) and place.absolute() in photo.absolute().parents:
            raise OutputError(
                f"{photo}: is a picture of the run that --overwrite deletes; name another folder with --out."
            )


def own_folder(*, again: bool) -> Path:
    """Make a new folder for a run that names none; or return the last of them, to go on with or to replace.

    Raises:
        OutputError: it cannot be made.
    """
    last = 0
    for earlier in RUNS.glob("segment*"):
        ending = earlier.name.removeprefix("segment").removeprefix("-") or "1"
        if ending.isdecimal() and earlier.is_dir():
            last = max(last, int(ending))
    if again and last:
        return RUNS / numbered(last)
    for number in count(last + 1):
        folder = RUNS / numbered(number)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:  # another run was faster, or a file lies there
            continue
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made ({error.strerror}).") from error
        return folder
    raise AssertionError("unreachable: the numbers do not end")


def numbered(run: int) -> str:
    """The name of the folder of a run that names none: segment, segment-2, …"""
    return f"segment-{run}" if run > 1 else "segment"
