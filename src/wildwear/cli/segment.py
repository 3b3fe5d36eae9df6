"""`wildwear segment`: photos in, garments out."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.exits import INTERRUPTED, MISTAKE, refuse_mistakes
from wildwear.cli.printing import echo
from wildwear.cli.segment_options import parse_categories, parse_device, parse_formats, parse_look
from wildwear.errors import OutputError, PhotoError
from wildwear.files import alone_with

if TYPE_CHECKING:
    from wildwear.cli.console import Console
    from wildwear.datasets.stream import PhotoStream
    from wildwear.gathering import Place
    from wildwear.inference.run_folder import RunFolder
    from wildwear.inference.segmenter import Failure
    from wildwear.inference.segmenting import Found, Record

RUNS = Path("wildwear-out")  # holds a folder of each run that names none: segment, segment-2, …
DEFAULT_FORMATS = "overlay,coco,table,gallery"
MOST_NAMES = 10  # in the summary on the terminal


def segment(
    photos: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTO...",
            help="Files, folders, globs, zips, tars, URLs, - for stdin, a .txt of these.",
        ),
    ],
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
            help="Any of overlay, cutouts, table, gallery, coco, via, yolo, labelme, cvat, voc; "
            "several with commas between.",
            show_default=DEFAULT_FORMATS.replace(",", ", "),
        ),
    ] = DEFAULT_FORMATS,
    categories: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Keep these alone: jeans,skirt.", show_default=False),
    ] = None,
    max_garments: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many a photo, the surest.", show_default=False),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Take every N-th photo alone.")] = 1,
    recursive: Annotated[
        bool,
        typer.Option("--recursive/--no-recursive", help="Whether to look into the folders in a folder."),
    ] = True,
    allow_private: Annotated[
        bool,
        typer.Option("--allow-private", help="Load URLs of this machine and of private networks too."),
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(
            help="cpu, cuda, or what else onnxruntime has here; if not given, the fastest.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads of the model; 0 takes every core.")] = 0,
    flip: Annotated[
        bool,
        typer.Option("--flip", help="Look in a mirror as well: a little better, at twice the price or more."),
    ] = False,
    zoom: Annotated[
        bool,
        typer.Option("--zoom", help="Look at large photos in close-ups as well: for groups; much slower."),
    ] = False,
    style: Annotated[
        str,
        typer.Option(
            metavar="outline|fill|boxes|labels-off",
            help="Of overlays: outlines with names, hatched as well, boxes instead, or without names.",
        ),
    ] = "outline",
    line_width: Annotated[
        int | None, typer.Option(min=1, max=100, help="Of the lines of overlays, in pixels.")
    ] = None,
    canvas: Annotated[
        bool, typer.Option("--canvas", help="Cut-outs in the size of their photo, each in its place.")
    ] = False,
    background: Annotated[
        str | None,
        typer.Option(metavar="COLOUR", help="Behind cut-outs: white, '#f4cf2a'; transparent if not given."),
    ] = None,
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
    Example: wildwear segment photos --every 10 --categories jeans,skirt --max-garments 3
    """
    from wildwear import inference
    from wildwear.cli.console import Console
    from wildwear.cli.data.convert import say_notes
    from wildwear.gathering import gather
    from wildwear.inference.run_folder import RunFolder, Settings, of_a_run
    from wildwear.inference.segmenter import Failure
    from wildwear.inference.segmenting import photo_stream, record, segment_photos

    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other.")
    wanted, chosen, providers = parse_formats(formats), parse_categories(categories), parse_device(device)
    look = parse_look(style, line_width, canvas=canvas, background=background)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    gathered = gather(photos, recursive=recursive, web=True, private=allow_private, leave_out=of_a_run)
    refuse_mistakes(gathered.mistakes)
    segmenter = inference.load(model, providers=providers, threads=threads, flip=flip, zoom=zoom)
    settings = Settings.of(
        segmenter,
        root=gathered.root,
        formats=wanted,
        score=score,
        categories=chosen,
        max_garments=max_garments,
        look=look,
    )
    named = dict(gathered.photos[::every])
    skipped = [Failure(name, reason) for name, reason in gathered.skipped]
    tally = Tally()

    def segmented(todo: "Mapping[str, Place]") -> "Iterator[Found | Failure]":
        found = segment_photos(
            segmenter, todo.items(), score=score, categories=chosen, max_garments=max_garments
        )
        return followed(chain(skipped, found), len(skipped) + len(todo), console)

    if as_json and out is None:
        records = (tally.add(record(result), console) for result in segmented(named))
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
        todo = {name: place for name, place in named.items() if name not in folder}
        try:
            for result in segmented(todo):
                tally.add(folder.add(result), console)
            interrupted = False
        except KeyboardInterrupt:
            console.print("Interrupted; what is done is being written down.")
            interrupted = True
        say_notes(folder.finish())
    if as_json and not interrupted:
        print_coco(folder.stream())
    whole = Tally.of(folder.records())
    say(console, whole, len(named) - len(todo), folder)
    if interrupted:
        console.print("The same command with --resume goes on from here.")
        raise typer.Exit(INTERRUPTED)
    echo(folder.to_look_at(whole.last if len(named) == 1 else None), err=as_json)
    raise typer.Exit(1 if tally.skipped else 0)


class Tally:
    """What a run has come to: counts, whatever its length, and its last record."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.photos = self.skipped = 0
        self.categories: Counter[str] = Counter()
        self.last: Record | None = None

    @classmethod
    def of(cls, records: "Iterable[Record]") -> "Tally":
        """Count what a folder holds, of earlier runs as well: what its documents count."""
        tally = cls()
        for record in records:
            tally.add(record)
        return tally

    def add(self, record: "Record", console: "Console | None" = None) -> "Record":
        """Count a photo and pass it on; name it where it was skipped, if there is a console to name it on."""
        from wildwear.taxonomy import category

        self.last = record
        if record.failure is not None:
            self.skipped += 1
            if console:
                console.print(f"skipped {record.photo}: {record.failure}")
            return record
        self.photos += 1
        self.categories.update(category(garment["category_id"]).name for garment in record.garments)
        return record


def say(console: "Console", tally: Tally, done: int, folder: "RunFolder") -> None:
    """Print what was found, and where it lies."""
    from wildwear.reporting import counted, two_digits
    from wildwear.taxonomy import category

    if done:
        console.print(f"{counted(done, 'photo was', 'photos were')} done before")
    garments, photos = counted(tally.categories.total(), "garment"), counted(tally.photos, "photo")
    names = [f"{name} {count}" for name, count in tally.categories.most_common()]
    if tally.photos == 1 and tally.last and tally.last.failure is None:
        names = [
            f"{category(one['category_id']).name} {two_digits(one['score'])}" for one in tally.last.garments
        ]
    listed = (
        ": " + ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "") if names else ""
    )
    console.print(f"{garments} in {photos}{listed}")
    if tally.photos and not tally.categories:
        wanted = " or ".join(folder.settings.categories)
        console.print(
            f"{f'No {wanted}' if wanted else 'Nothing'} reached the score {folder.settings.shown_from}; "
            "a lower --score shows what is less sure"
        )
    if tally.skipped:
        console.print(f"{tally.skipped} skipped: {folder.path / 'failures.csv'} says why")
    console.print(f"All results: {folder.path}/")


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
    """Pass results on, and say how far it is where there is something to wait for."""
    from wildwear.cli.progress import photo_progress

    if total < 2:
        yield from results
        return
    with photo_progress("Segmenting", console) as progress:
        progress(0, total)
        for done, result in enumerate(results, start=1):
            yield result
            progress(done, total)
