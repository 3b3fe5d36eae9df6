"""`wildwear segment`: photos in, garments out."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo
from wildwear.errors import OutputError, PhotoError
from wildwear.files import alone_with

if TYPE_CHECKING:
    from wildwear.cli.console import Console
    from wildwear.datasets.stream import PhotoStream
    from wildwear.inference.run_folder import RunFolder
    from wildwear.inference.segmenter import Failure
    from wildwear.inference.segmenting import Found, Record

RUNS = Path("wildwear-out")  # holds a folder of each run that names none: segment, segment-2, …
DEFAULT_FORMATS = "overlay,coco,table,gallery"
MOST_NAMES = 10  # in the summary on the terminal
INTERRUPTED = 130  # the exit code by which shells know Ctrl-C
MISTAKE = 2  # the exit code of a command line that is wrong


def segment(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO...", help="Files, folders, globs.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"Folder for the results; a new one in {RUNS} if not given, none with --json.",
            show_default=False,
        ),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Leave out garments less sure than this; the model has its own."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="`default`, the name of a bundled model, or a .onnx file.")
    ] = "default",
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAMES",
            help="Any of overlay,cutouts,table,gallery; and of coco,via,yolo,labelme,cvat,voc.",
        ),
    ] = DEFAULT_FORMATS,
    flip: Annotated[
        bool, typer.Option("--flip", help="Look in a mirror as well: a little better, half as fast.")
    ] = False,
    zoom: Annotated[
        bool,
        typer.Option("--zoom", help="Look at large photos in close-ups as well: for groups; much slower."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the COCO document on stdout, and nothing else there.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an earlier run in OUT, or with the last one.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run in OUT, or the last one.")
    ] = False,
) -> None:
    """Find the garments of photos: outlined pictures, datasets in any format, cut-outs, tables, a gallery.

    The last line on stdout is the path to look at: the picture of a single photo, the gallery of several.

    A photo that cannot be read is skipped, and named on stderr and in OUT/failures.csv. Exit code 0: every
    photo is done; 1: at least one was skipped, or an error stopped the run; 2: the command line is wrong, a
    PHOTO is not there say, and nothing was written.

    Example: wildwear segment photos --out found --format overlay,cutouts,gallery
    """
    from wildwear import inference
    from wildwear.cli.console import Console
    from wildwear.cli.data.convert import say_notes
    from wildwear.inference.photo_names import common_root, photo_name
    from wildwear.inference.run_folder import RunFolder, Settings, of_a_run
    from wildwear.inference.segmenter import Failure
    from wildwear.inference.segmenting import photo_stream, record, segment_photos

    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other.")
    wanted = parse_formats(formats)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    found, no_photos = look_up(photos, console)
    segmenter = inference.load(model, flip=flip, zoom=zoom)
    root = common_root(photos)
    settings = Settings.of(segmenter, root=root, formats=wanted, score=score)
    asked = set(photos)
    named = {photo_name(photo, root): photo for photo in found if str(photo) in asked or not of_a_run(photo)}
    skipped = [Failure(photo_name(path, root), reason) for path, reason in no_photos.items()]
    tally = Tally()
    if as_json and out is None:
        results = chain(skipped, segment_photos(segmenter, named.items(), score=score))
        watched = followed(results, len(skipped) + len(named), console)
        records = (tally.add(record(result), console) for result in watched)
        print_coco(photo_stream(records, settings.about()))
        raise typer.Exit(1 if tally.skipped else 0)
    if overwrite:
        require_photos(named, console)
    place = out or own_folder(again=resume or overwrite)
    if overwrite:
        refuse_pictures_of(place, named.values())
    with alone_with(place):
        folder = RunFolder(
            place,
            settings,
            list(named),
            existing="resume" if resume else "overwrite" if overwrite else "refuse",
        )
        todo = [(name, photo) for name, photo in named.items() if name not in folder]
        try:
            results = chain(skipped, segment_photos(segmenter, todo, score=score))
            for result in followed(results, len(skipped) + len(todo), console):
                tally.add(folder.add(result), console)
        except KeyboardInterrupt:
            console.print("Interrupted. The same command with --resume goes on from here.")
            raise typer.Exit(INTERRUPTED) from None
        say_notes(folder.finish())
    if as_json:
        print_coco(folder.stream())
    say(console, tally, len(named) - len(todo), folder)
    look = folder.to_look_at(tally.last if len(found) == 1 else None)
    echo(look, err=as_json)
    raise typer.Exit(1 if tally.skipped else 0)


class Tally:
    """What a run has come to: counts, whatever its length, and its last record."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.photos = self.skipped = 0
        self.categories: Counter[str] = Counter()
        self.last: Record | None = None

    def add(self, record: "Record", console: "Console") -> "Record":
        """Count a photo and pass it on; name it, where it was skipped."""
        from wildwear.taxonomy import category

        self.last = record
        if record.failure is not None:
            self.skipped += 1
            console.print(f"skipped {record.photo}: {record.failure}")
            return record
        self.photos += 1
        self.categories.update(category(garment["category_id"]).name for garment in record.garments)
        return record


def say(console: "Console", tally: Tally, done: int, folder: "RunFolder") -> None:
    """Print what was found, and where it lies."""
    from wildwear.reporting import two_digits
    from wildwear.taxonomy import category

    if done:
        console.print(f"{done} photos were done before and stay as they are")
    photos = f"{tally.photos} photo{'' if tally.photos == 1 else 's'}"
    names = [f"{name} {count}" for name, count in tally.categories.most_common()]
    if tally.photos == 1 and tally.last and tally.last.failure is None:
        names = [
            f"{category(one['category_id']).name} {two_digits(one['score'])}" for one in tally.last.garments
        ]
    listed = (
        ": " + ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "") if names else ""
    )
    console.print(f"{tally.categories.total()} garments in {photos}{listed}")
    if tally.photos and not tally.categories:
        console.print(
            f"Nothing reached the score {folder.settings.shown_from}; a lower --score shows what is less sure"
        )
    if tally.skipped:
        console.print(f"{tally.skipped} skipped: {folder.path / 'failures.csv'} says why")
    console.print(f"All results: {folder.path}/")


def parse_formats(names: str) -> list[str]:
    """Turn "overlay,coco" into formats."""
    from wildwear.inference.run_folder import OUTPUTS

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in OUTPUTS]
    if unknown or not wanted:
        raise typer.BadParameter(
            f"--format takes any of {','.join(OUTPUTS)}; not {', '.join(unknown) or 'none'}."
        )
    return [name for name in OUTPUTS if name in wanted]


def look_up(patterns: Sequence[str], console: "Console") -> tuple[list[Path], dict[Path, str]]:
    """Return the photos behind files, folders and globs, and what lies there that is none, with the reason.

    Raises:
        Exit: one of them is not there; it is named, with the nearest that is.
    """
    from wildwear.imaging import find_photos

    found: list[Path] = []
    skipped: list[tuple[Path, str]] = []
    mistakes = []
    for pattern in patterns:
        try:
            found += find_photos(pattern, skipped)
        except PhotoError as error:
            near = nearest(Path(pattern))
            mistakes.append(f"{str(error).rstrip('.')}{f'; nearest: {near}' if near else ''}")
    for mistake in mistakes:
        console.print(f"wildwear: {mistake}")
    if mistakes:
        raise typer.Exit(MISTAKE)
    return find_photos(found), dict(sorted(skipped))


def require_photos(named: Mapping[str, Path], console: "Console") -> None:
    """Let nothing be replaced by nothing. Raises `Exit` where no photo can be read, or none is left."""
    from wildwear.imaging import photo_size

    reason = "no photo is left: pictures that a run made are taken only where they are named"
    for path in named.values():
        try:
            photo_size(path)
        except PhotoError as error:
            reason = str(error).rstrip(".")
        else:
            return
    console.print(f"wildwear: {reason}; there is nothing to segment, and nothing was deleted")
    raise typer.Exit(MISTAKE)


def refuse_pictures_of(place: Path, photos: Iterable[Path]) -> None:
    """Raise `OutputError` where a photo is a picture of the run that is to be replaced: it would go first."""
    from wildwear.inference.run_folder import of_a_run

    for photo in photos:
        if of_a_run(photo) and place.absolute() in photo.absolute().parents:
            raise OutputError(
                f"{photo}: is a picture of the run that --overwrite deletes; name another folder with --out."
            )


def nearest(path: Path) -> Path | None:
    """Return what lies there under a similar name; None where nothing does."""
    wrong, below = path, Path()
    while not wrong.parent.is_dir():
        wrong, below = wrong.parent, wrong.name / below
    try:
        similar = get_close_matches(wrong.name, os.listdir(wrong.parent), 1)  # noqa: PTH208 - names alone
    except OSError:
        similar = []
    if not similar or path.exists():
        return None
    near = wrong.with_name(similar[0])
    return near / below if (near / below).exists() else near


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


def print_coco(photos: "PhotoStream") -> None:
    """Print photos and their garments as one COCO document, in flat memory."""
    from wildwear.datasets.formats import coco
    from wildwear.datasets.stream import Conversion

    with TemporaryDirectory() as folder:
        path = Path(folder, "garments.json")
        coco.write(photos, path, Conversion())
        with path.open(encoding="utf-8") as file:
            shutil.copyfileobj(file, sys.stdout)
    echo("")


def followed(
    results: "Iterable[Found | Failure]", total: int, console: "Console"
) -> "Iterator[Found | Failure]":
    """Pass results on, with a progress bar where somebody watches and there is something to wait for."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Segmenting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = total < 2 or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield from bar.track(results, total=total)
