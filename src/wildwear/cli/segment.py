"""`wildwear segment`: photos in, garments out."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.errors import PhotoError

if TYPE_CHECKING:
    from rich.console import Console

    from wildwear.inference.output import Format, OutputFolder
    from wildwear.inference.records import Record

DEFAULT_OUT = Path("wildwear-out")
DEFAULT_FORMATS = "overlay,coco,table,gallery"
MOST_NAMES = 10  # in the summary on the terminal
INTERRUPTED = 130  # the exit code by which shells know Ctrl-C


def segment(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO...", help="Files, folders, globs.")],
    out: Annotated[
        Path | None,
        typer.Option(help=f"Folder for the results; {DEFAULT_OUT} if not given, none with --json."),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Leave out garments less sure than this; the model has its own."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="`default`, the name of a bundled model, or a .onnx file.")
    ] = "default",
    formats: Annotated[
        str, typer.Option("--format", metavar="NAMES", help="Any of overlay,coco,cutouts,table,gallery.")
    ] = DEFAULT_FORMATS,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the COCO document on stdout, and nothing else there.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an earlier run in OUT.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in OUT.")] = False,
) -> None:
    """Find the garments of photos: outlined pictures, COCO JSON, cut-outs, tables, a gallery.

    The last line on stdout is the path to look at: the picture of a single photo, the gallery of several.

    A photo that cannot be read is skipped, and named on stderr and in OUT/failures.csv. Exit code 0: every
    photo is done; 1: at least one was skipped, or an error stopped the run; 2: the command line is wrong.

    Example: wildwear segment photos --out found --format overlay,cutouts,gallery
    """
    from rich.console import Console

    from wildwear import inference
    from wildwear.inference.many_photos import segment_photos
    from wildwear.inference.output import OutputFolder, Settings
    from wildwear.inference.photo_names import common_root, photo_name

    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other.")
    wanted = parse_formats(formats)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    found, missing = look_up(photos)
    segmenter = inference.load(model)
    with ExitStack() as stack:
        if as_json and out is None:  # the run still needs a place for its journal, which nobody sees
            out, wanted = Path(stack.enter_context(TemporaryDirectory())), []
        root = common_root(photos)
        folder = OutputFolder(
            out or DEFAULT_OUT,
            Settings.of(segmenter, root=root, formats=wanted, score=score),
            existing="resume" if resume else "overwrite" if overwrite else "refuse",
        )
        found = [photo for photo in found if not folder.wrote(photo)]
        names = [photo_name(photo, root) for photo in found]
        done = sum(name in folder for name in names)
        skipped = [folder.fail(photo_name(Path(name), root), reason) for name, reason in missing]
        for record in skipped:
            warn(console, record)
        tally = Tally(skipped=len(skipped))
        try:
            records = segment_photos(segmenter, found, folder, score=score)
            for record in followed(records, len(found) - done, console):
                tally.add(record)
                if record.failure is not None:
                    warn(console, record)
        except KeyboardInterrupt:
            console.print("Interrupted. The same command with --resume goes on from here.")
            raise typer.Exit(INTERRUPTED) from None
        if as_json:
            folder.write_coco(sys.stdout, names)
        if wanted:
            say(console, tally, done, folder)
            look = folder.to_look_at(tally.last if len(found) == 1 else None)
            print(look, file=sys.stderr if as_json else sys.stdout)
    raise typer.Exit(1 if tally.skipped else 0)


class Tally:
    """What a run has come to: counts, whatever its length, and its last record."""

    def __init__(self, skipped: int) -> None:
        """Begin with the photos that were never found."""
        self.photos = 0
        self.skipped = skipped
        self.categories: Counter[str] = Counter()
        self.last: Record | None = None

    def add(self, record: "Record") -> None:
        """Count a photo."""
        from wildwear.taxonomy import category

        self.last = record
        if record.failure is not None:
            self.skipped += 1
            return
        self.photos += 1
        self.categories.update(category(garment["category_id"]).name for garment in record.garments)


def say(console: "Console", tally: Tally, done: int, folder: "OutputFolder") -> None:
    """Print what was found, and where it lies."""
    from wildwear.taxonomy import category

    if done:
        console.print(f"{done} photos were done before and stay as they are")
    photos = f"{tally.photos} photo{'' if tally.photos == 1 else 's'}"
    names = [f"{name} {count}" for name, count in tally.categories.most_common()]
    if tally.photos == 1 and tally.last and tally.last.failure is None:
        names = [f"{category(one['category_id']).name} {one['score']:.2f}" for one in tally.last.garments]
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


def parse_formats(names: str) -> "list[Format]":
    """Turn "overlay,coco" into formats."""
    from wildwear.inference.output import Format

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in list(Format)]
    if unknown or not wanted:
        raise typer.BadParameter(
            f"--format takes any of {','.join(Format)}; not {', '.join(unknown) or 'none'}."
        )
    return [format for format in Format if format in wanted]


def look_up(patterns: Iterable[str]) -> tuple[list[Path], list[tuple[str, str]]]:
    """Return the photos behind files, folders and globs, and those that have none, each with the reason."""
    from wildwear.imaging import find_photos

    found: list[Path] = []
    missing = []
    for pattern in patterns:
        try:
            found += find_photos(pattern)
        except PhotoError as error:
            missing.append((pattern, str(error).removeprefix(f"{pattern}: ")))
    return find_photos(found), missing


def followed(records: "Iterable[Record]", total: int, console: "Console") -> "Iterator[Record]":
    """Pass records on, with a progress bar where somebody watches and there is something to wait for."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Segmenting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = total < 2 or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield from bar.track(records, total=total)


def warn(console: "Console", record: "Record") -> None:
    """Name a photo that was skipped; its name must not steer the terminal."""
    line = f"skipped {record.photo}: {record.failure}"
    console.print("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line))
