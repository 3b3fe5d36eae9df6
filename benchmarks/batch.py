"""What `wildwear batch` makes of the cores of a machine: photos a second beside the bare model, and memory.

Three ways through the same photos, in turns, each in fresh processes:

- bare: a process a core, one thread each, runs the graph on photos that are prepared and in memory: what no
  program around it can exceed;
- batch: the processes of `wildwear batch`, a core each, from the files to the two tables;
- loop: what one writes first: a photo after the other through `wildwear.load()`, which takes every core for
  one photo; with masks and colours, into memory alone.

Times are without what a long run does not notice: what comes before the second shard of a process (models
are opened, processes begin), and the end, when some process has nothing left to do. So photos a second are
those of each process while it worked, summed.

Memory is what all processes hold resident together; what they share counts for each. It is measured on photos
of 32 pixels, so that 20,000 take minutes: what grows with the number of photos does not depend on their size.

Run: python benchmarks/batch.py clothing-co-parsing/photos
"""

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import cv2
import typer

from contest import claim, held_by_all, linked, spread, take_turns
from wildwear import batch as batches
from wildwear import inference
from wildwear.batch import Batch, listed
from wildwear.batch.plan import MOST
from wildwear.batch.working import Way, Worker
from wildwear.engine import spread as spread_over_processes
from wildwear.imaging import find_photos, read_photo
from wildwear.inference import find_model
from wildwear.inference.origin import Origin

SHARES = 0.85  # of what the bare model does, at least
GROWS = 1.1  # times, at most, of memory from the fewest photos to the most
IN_ONE_RUN = (1, 2, 4, 8)  # photos
SHARD = 10  # photos
SMALL = 32  # pixels, the longer side of photos whose number alone matters
DIFFERENT = 200  # of these

BARE, BATCH, LOOP = "bare", "batch", "loop"


class Span(NamedTuple):
    """Some photos that a process did.

    Attributes:
        process: its number.
        photos: count.
        start, end: seconds of the machine's clock.
        processor: seconds of a processor since the process began, at the end.
    """

    process: int
    photos: int
    start: float
    end: float
    processor: float


class Speed(NamedTuple):
    """How fast photos were done.

    Attributes:
        a_second: photos.
        processor: seconds of one a photo; a busy machine changes this less than the other.
    """

    a_second: float
    processor: float


def speed(spans: Iterable[Span]) -> Speed:
    """That of processes that work at the same time, without the first span of each."""
    of_process: dict[int, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span.start):
        of_process[span.process].append(span)
    a_second, photos, processor = 0.0, 0, 0.0
    for first, *later in of_process.values():
        if later:
            done = sum(span.photos for span in later)
            a_second += done / (later[-1].end - first.end)
            processor += later[-1].processor - first.processor
            photos += done
    return Speed(a_second, processor / max(1, photos))


def bare(model: str, photos: Sequence[Path]) -> Speed:
    """The graph alone, on all cores."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, get_context("spawn")) as processes:
        spans = processes.map(partial(graph_alone, model), [photos[core::cores] for core in range(cores)])
        return speed(span for of_process in spans for span in of_process)


def graph_alone(model: str, photos: Sequence[Path]) -> list[Span]:
    """When each of these photos went through the graph."""
    import numpy as np

    from wildwear.inference.preparing import prepare, stack
    from wildwear.inference.segmenter import NO_BOXES
    from wildwear.inference.session import OUTPUTS, open_session

    session, card = open_session(find_model(model), providers=["CPUExecutionProvider"], threads=1)
    least = np.array(card.calibration.score(card.thresholds.lowest), np.float32)
    batches = [stack([prepare(read_photo(photo), card.input.long_side)], card.input) for photo in photos]
    spans = []
    for batch in batches:
        start = time.time()
        session.run(OUTPUTS, {"photos": batch, "min_score": least, "extra_boxes": NO_BOXES})
        spans.append(Span(os.getpid(), 1, start, time.time(), time.process_time()))
    return spans


def batch(model: str, photos: Sequence[Path]) -> Speed:
    """The processes of a batch."""

    def timed(place: str, way: Way) -> Callable[[int], tuple[Any, ...]]:
        # In here, and of nothing that this script defines, since it travels to processes that know no script
        worker = Worker(place, way)

        def done(shard: int) -> tuple[Any, ...]:
            start = time.time()
            photos = worker(shard)
            return os.getpid(), photos, start, time.time(), time.process_time()

        return done

    way = Way(find_model(model))
    with tempfile.TemporaryDirectory() as folder:
        made = Batch(Path(folder, "out"))
        made.begin(Origin.of_model(inference.load(way.model), way.score))
        made.plan.extend(listed(map(str, photos)).photos, shard=SHARD)
        shards = [number for number, _ in made.plan.shards()]
        arguments = made.storage.anywhere(), way
        spans = spread_over_processes(timed, arguments, shards, workers=os.cpu_count() or 1)
        return speed(Span(*span) for span in spans)


def loop(model: str, photos: Sequence[Path]) -> Speed:
    """A for-loop."""
    import wildwear

    segmenter = wildwear.load(model)
    segmenter(photos[0])
    rows = []
    start, processor = time.perf_counter(), time.process_time()
    for photo in photos:
        rows += [(photo, one.name, one.score, one.box, one.rle, one.colours) for one in segmenter(photo)]
    seconds, spent = time.perf_counter() - start, time.process_time() - processor
    return Speed(len(photos) / seconds, spent / len(photos))


class Sizes(NamedTuple):
    """What a photo comes to: its garments, the bytes of its file, and those of its rows."""

    garments: float
    file: float
    tables: float


def sizes(model: str, photos: Sequence[Path]) -> Sizes:
    """Those of a batch in shards as large as those of millions of photos."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        way, cores = Way(find_model(model)), os.cpu_count() or 1
        ran = batches.run(listed(map(str, photos)), out, way, workers=cores, shard=MOST)
        found = [file.stat().st_size for kind in ("garments", "photos") for file in (out / kind).iterdir()]
    files = [photo.stat().st_size for photo in photos]
    return Sizes(*(total / len(photos) for total in (ran.garments, sum(files), sum(found))))


def of_one_shape(model: str, photos: Sequence[Path]) -> dict[int, float]:
    """Processor seconds a photo where so many of one shape go through the model in one run, on one core."""
    segmenter = inference.load(model, threads=1)
    pixels = [read_photo(photo) for photo in photos]
    shapes = [one.shape for one in pixels]
    same = [one for one in pixels if one.shape == max(shapes, key=shapes.count)]
    same = [same[number % len(same)] for number in range(max(IN_ONE_RUN))]
    segmenter(same[0])
    seconds = {}
    for count in IN_ONE_RUN:
        start = time.process_time()
        for first in range(0, len(same), count):
            segmenter.batch(same[first : first + count], strict=True)
        seconds[count] = (time.process_time() - start) / len(same)
    return seconds


def memory(model: str, photos: Sequence[Path], count: int) -> float:
    """The most that a batch of so many photos holds, MB; they are small, and linked as often as it takes."""
    with tempfile.TemporaryDirectory() as folder:
        pool = linked(small(photos[:DIFFERENT], Path(folder, "small")), count, Path(folder, "photos"))
        way = Way(find_model(model))
        with held_by_all() as most:
            batches.run(listed([str(pool)]), Path(folder, "out"), way, workers=os.cpu_count() or 1)
    return most()


def small(photos: Sequence[Path], folder: Path) -> list[Path]:
    """The same photos, their longer side `SMALL` pixels."""
    folder.mkdir()
    written = []
    for photo in photos:
        pixels = read_photo(photo)
        scale = SMALL / max(pixels.shape)
        shrunk = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        written.append(folder / f"{photo.stem}.png")
        cv2.imwrite(str(written[-1]), shrunk[..., ::-1])
    return written


def main(
    folder: Annotated[Path, typer.Argument(help="Photos.")],
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
    count: Annotated[int, typer.Option("--photos", help="That the three ways go through.")] = 200,
    rounds: Annotated[int, typer.Option(help="How often.")] = 5,
    fewest: Annotated[int, typer.Option(help="Photos of a batch whose memory is measured.")] = 2_000,
    most: Annotated[int, typer.Option(help="Photos of the other.")] = 20_000,
) -> None:
    """Compare the ways, as Markdown."""
    there = find_photos(folder)
    photos = there[:: max(1, len(there) // count)][:count]
    ways = {name: partial(way, model, photos) for name, way in ((BARE, bare), (BATCH, batch), (LOOP, loop))}
    answers = take_turns(ways, rounds)
    print(f"\n{len(photos)} photos, {rounds} rounds, {os.cpu_count()} cores; median (quartiles)\n")
    print("| way | photos a second | of bare | processor seconds a photo |\n|---|---|---|---|")
    for name, found in answers.items():
        shares = [one.a_second / best.a_second for one, best in zip(found, answers[BARE], strict=True)]
        speeds, spent = ([one.a_second for one in found], [one.processor for one in found])
        print(f"| {name} | {spread(speeds)} | {spread(shares, 2)} | {spread(spent, 3)} |")
        if name == BATCH:
            met, beside = sorted(shares)[len(shares) // 2] >= SHARES, f"{spread(shares, 2)} × as fast"
            claim("photos a second of a batch", spread(speeds), peer="the bare model", beside=beside, met=met)
    print(f"\nThe bar for batch is {SHARES} of bare.\n")
    [of_photo] = take_turns({"sizes": partial(sizes, model, photos)}, 1)["sizes"]
    print(
        f"A photo has {of_photo.garments:.1f} garments; its file {of_photo.file / 1000:,.0f} kB, its rows "
        f"{of_photo.tables / 1000:.1f} kB.\n"
    )
    print("| photos of one shape in one run | processor seconds a photo |\n|---|---|")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the processes of a batch
    turns = take_turns({"shapes": partial(of_one_shape, model, photos)}, rounds)["shapes"]
    for number in IN_ONE_RUN:
        print(f"| {number} | {spread([seconds[number] for seconds in turns], 3)} |")
    print(f"\n| photos of a batch, {SMALL} px | most memory, MB |\n|---|---|", flush=True)
    held = {}
    for number in (fewest, most):
        [held[number]] = take_turns({"memory": partial(memory, model, photos, number)}, 1)["memory"]
        print(f"| {number:,} | {held[number]:,.0f} |", flush=True)
    print(f"\nIt grows by {held[most] / held[fewest] - 1:.0%}; the bar is {GROWS - 1:.0%}.")
    met, beside = held[most] <= GROWS * held[fewest], f"{held[fewest]:,.0f} MB of {fewest:,} photos"
    claim(
        f"memory of a batch of {most:,} photos, MB",
        f"{held[most]:,.0f}",
        peer="itself",
        beside=beside,
        met=met,
    )


if __name__ == "__main__":
    typer.run(main)
