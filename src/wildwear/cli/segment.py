"""`wildwear segment`: photos in, garments out."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.exits import INTERRUPTED, refuse_mistakes, terminated_as_interrupted
from wildwear.cli.options import DeviceOption, ModelOption, PrivateOption, ScoreOption, parse_device
from wildwear.cli.printing import echo
from wildwear.cli.segment_options import parse_categories, parse_formats, parse_look
from wildwear.cli.segment_place import RUNS, own_folder, refuse_pictures_of, require_photos
from wildwear.cli.segment_summary import Tally, say
from wildwear.files import alone_with

if TYPE_CHECKING:
    from wildwear.cli.console import Console
    from wildwear.datasets.stream import PhotoStream
    from wildwear.gathering import Place
    from wildwear.inference.segmenter import Failure
    from wildwear.inference.segmenting import Found

DEFAULT_FORMATS = "overlay,coco,table,gallery"


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
    score: ScoreOption = None,
    model: ModelOption = "default",
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
    allow_private: PrivateOption = False,
    device: DeviceOption = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads of the model; 0 takes every core.")] = 0,
    flip: Annotated[
        bool,
        typer.Option("--flip", help="Look in a mirror as well: a little surer, at twice the price or more."),
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
        records = (tally.add(record(result)) for result in segmented(named))
        print_coco(photo_stream(records, settings.about()))
        raise typer.Exit(1 if tally.skipped else 0)
    if overwrite:
        require_photos(named, console)
    place = out or own_folder(again=resume or overwrite)
    if overwrite:
        refuse_pictures_of(place, named.values())
    with alone_with(place), terminated_as_interrupted():
        folder = RunFolder(
            place,
            settings,
            list(named),
            existing="resume" if resume else "overwrite" if overwrite else "refuse",
        )
        todo = {name: place for name, place in named.items() if name not in folder}
        try:
            for result in segmented(todo):
                tally.add(folder.add(result))
            interrupted = False
        except KeyboardInterrupt:
            console.print("Interrupted; what is done is being written down.")
            interrupted = True
        say_notes(folder.finish())
    if as_json and not interrupted:
        print_coco(folder.stream())
    say(console, Tally.of(folder.records()), len(named) - len(todo), folder)
    if interrupted:
        console.print("The same command with --resume goes on from here.")
        raise typer.Exit(INTERRUPTED)
    echo(folder.to_look_at(), err=as_json)
    raise typer.Exit(1 if tally.skipped else 0)


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
    """Pass results on, name what is skipped, and say how far it is where there is something to wait for."""
    from wildwear.cli.progress import photo_progress
    from wildwear.inference.segmenter import Failure

    with photo_progress("Segmenting", console) if total > 1 else nullcontext(None) as progress:
        for done, result in enumerate(results):
            if progress:
                progress(done, total)
            if isinstance(result, Failure):
                console.print(f"skipped {result.photo!s}: {result.reason}")
            yield result
