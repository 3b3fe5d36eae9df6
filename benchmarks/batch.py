"""What `wildwear batch` makes of the cores of a machine: photos a second beside the bare model, and memory.

Three ways through the same photos, in turns, each in fresh processes:

- bare: a process a core, one thread each, runs the graph on photos that are prepared and in memory: what no
  program around it can exceed;
- batch: `wildwear batch`, from the files to the two tables;
- loop: what one writes first: a photo after the other through `wildwear.load()`, which takes every core for
  one photo; with masks and colours, into memory alone.

Times are without what comes before the first photo (models are opened, processes begin), which a long run
does not notice. Memory is what all processes hold resident together; what they share counts for each.

Run: python benchmarks/batch.py clothing-co-parsing/photos --memory 2000 --memory 20000
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from contest import held_by_all, linked, spread, take_turns

SHARES = 0.85  # of what the bare model does, at least
IN_ONE_RUN = (1, 2, 4, 8)  # photos

BARE, BATCH, LOOP = "bare", "batch", "loop"


def bare(model: str, photos: Sequence[Path]) -> float:
    """Photos a second that the graph alone does, on all cores."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, get_context("spawn")) as processes:
        work = partial(graph_alone, model)
        spans = list(processes.map(work, [photos[core::cores] for core in range(cores)]))
    return len(photos) / (max(end for _, end in spans) - min(start for start, _ in spans))


def graph_alone(model: str, photos: Sequence[Path]) -> tuple[float, float]:
    """When the first of these photos goes into the graph, and when the last came out."""
    import numpy as np

    from wildwear.imaging import read_photo
    from wildwear.inference.preparing import prepare, stack
    from wildwear.inference.session import OUTPUTS, find_model, open_session

    session, card = open_session(find_model(model), providers=["CPUExecutionProvider"], threads=1)
    least = np.array(card.calibration.score(card.thresholds.lowest), np.float32)
    batches = [stack([prepare(read_photo(photo), card.input.long_side)], card.input) for photo in photos]
    start = time.time()  # of the machine: processes compare theirs
    for batch in batches:
        session.run(OUTPUTS, {"photos": batch, "min_score": least})
    return start, time.time()


def batch(model: str, photos: Sequence[Path]) -> float:
    """Photos a second from the first shard that is done to the last."""
    arrivals: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        run(model, photos, Path(folder), lambda done, total: arrivals.append((time.perf_counter(), done)))
    (begun, before), (ended, after) = arrivals[0], arrivals[-1]
    return (after - before) / (ended - begun)


def run(model: str, photos: Sequence[Path], out: Path, progress: Callable[[int, int | None], None]) -> None:
    """Do a batch."""
    from wildwear.batch import listed
    from wildwear.batch import run as run_batch
    from wildwear.batch.working import Way
    from wildwear.inference import find_model

    found = listed(map(str, photos))
    run_batch(found, out, Way(find_model(model)), workers=os.cpu_count() or 1, progress=progress)


def loop(model: str, photos: Sequence[Path]) -> float:
    """Photos a second of a for-loop."""
    import wildwear

    segmenter = wildwear.load(model)
    segmenter(photos[0])
    rows = []
    start = time.perf_counter()
    for photo in photos:
        rows += [(photo, one.name, one.score, one.box, one.rle, one.colours) for one in segmenter(photo)]
    return len(photos) / (time.perf_counter() - start)


def of_one_shape(model: str, photos: Sequence[Path]) -> dict[int, float]:
    """Processor seconds a photo where so many of one shape go through the model in one run, on one core."""
    from wildwear import inference
    from wildwear.imaging import read_photo

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
    """The most that a batch of so many photos holds, MB; the photos are linked as often as it takes."""
    with tempfile.TemporaryDirectory() as folder:
        pool = linked(photos, count, Path(folder, "photos"))
        with held_by_all() as most:
            run(model, [pool], Path(folder, "out"), lambda done, total: None)
    return most()


def main(
    folder: Annotated[Path, typer.Argument(help="Photos.")],
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
    count: Annotated[int, typer.Option("--photos", help="That the three ways go through.")] = 400,
    rounds: Annotated[int, typer.Option(help="How often.")] = 5,
    memories: Annotated[
        list[int] | None, typer.Option("--memory", help="Photos of a batch whose memory is measured.")
    ] = None,
) -> None:
    """Compare the ways, as Markdown."""
    from wildwear.imaging import find_photos

    there = find_photos(folder)
    photos = there[:: max(1, len(there) // count)][:count]
    ways = {name: partial(way, model, photos) for name, way in ((BARE, bare), (BATCH, batch), (LOOP, loop))}
    answers = take_turns(ways, rounds)
    print(f"\n{len(photos)} photos, {rounds} rounds, {os.cpu_count()} cores; median (quartiles)\n")
    print("| way | photos a second | of bare |\n|---|---|---|")
    for name, found in answers.items():
        shares = [one / best for one, best in zip(found, answers[BARE], strict=True)]
        print(f"| {name} | {spread(found)} | {spread(shares, 2)} |")
    print(f"\nThe bar for batch is {SHARES} of bare.\n")
    print("| photos of one shape in one run | processor seconds a photo |\n|---|---|")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the processes of a batch
    turns = take_turns({"shapes": partial(of_one_shape, model, photos)}, rounds)["shapes"]
    for number in IN_ONE_RUN:
        print(f"| {number} | {spread([seconds[number] for seconds in turns], 3)} |")
    if memories:
        print("\n| photos of a batch | most memory, MB |\n|---|---|")
        for number in memories:
            [most] = take_turns({"memory": partial(memory, model, photos, number)}, 1)["memory"]
            print(f"| {number:,} | {most:,.0f} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
