"""Time and memory to check 300,000 RLE masks, beside pycocotools decoding the same.

The dataset is CCP-30's val, whose masks are RLE, repeated over photos with ids of their own. Faults are
planted: one mask in a thousand loses its pixels, one keeps a few, one is said to be larger than it is. Each
contender has a process of its own for every round, and they take turns. What both find is compared.

Run: python benchmarks/health.py [--masks 300000] [--rounds 3]
"""

import argparse
import contextlib
import json
import math
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from contest import claim, resident, spread, take_turns

CCP = Path(__file__).parents[2] / "shared" / "data" / "clothing-co-parsing"
MASKS, ROUNDS = 300_000, 3
ID_STEP = 100_000  # over every id of CCP-30
PLANTED = 1_000  # one mask in so many has a fault of each kind
FEW = 20  # px that are left of a mask; health finds fewer than 30 too few

NOTES = """\
[b]s[/b]: median (quartiles) of the rounds. [b]MB[/b]: the most that the process held resident beyond what \
its imports need. [b]ratio[/b]: pycocotools' figure over wildwear's, of the same round; median (quartiles).

[b]pycocotools[/b]: json.load reads, `decode` draws mask after mask, and numpy counts the pixels. \
[b]wildwear[/b]: the command `wildwear data health`, which also checks ids, references, boxes, and looks for \
masks that occur twice, lie under two names, cover the photo or are in many pieces. No photos are read.
"""


class Found(NamedTuple):
    """What both contenders have to agree on: masks with each fault."""

    empty: int
    tiny: int
    of_another_area: int


class Answer(NamedTuple):
    """What a contender's process says of one round."""

    seconds: float
    memory: float  # MB, the most at any time, over that before the file was read
    found: Found


def timed(work: Callable[[], Found]) -> Answer:
    """Do the work, and say what it took."""
    before, started = resident(), perf_counter()
    found = work()
    return Answer(perf_counter() - started, resident() - before, found)


def wildwear_way(source: Path) -> Answer:
    """As wildwear's user types it."""
    import cv2

    from wildwear.cli.app import app

    import_module("wildwear.datasets.health")  # as the command does when it is called
    cv2.setNumThreads(1)
    said = source.with_name("said.json")

    def work() -> Found:
        with said.open("w") as file, contextlib.redirect_stdout(file):
            app(["data", "health", str(source), "--json"], standalone_mode=False)
        (report,) = json.loads(said.read_text())
        kinds = [problem["kind"] for problem in report["problems"]]
        return Found(*(kinds.count(kind) for kind in ("empty_mask", "tiny", "area_differs")))

    return timed(work)


def pycocotools_way(source: Path) -> Answer:
    """As one writes it with pycocotools: the pixels of every mask, counted."""
    import numpy as np
    from pycocotools import mask

    from wildwear.datasets.health.measures import AREA_SLACK
    from wildwear.datasets.health.pixels import TINY

    def work() -> Found:
        with source.open() as file:
            document = json.load(file)
        empty = tiny = of_another_area = 0
        for annotation in document["annotations"]:
            rle = annotation["segmentation"]
            pixels = np.count_nonzero(mask.decode(rle))
            around = 2 * mask.toBbox(rle)[2:].sum()
            if not pixels:
                empty += 1
                continue
            if pixels < TINY and not annotation["iscrowd"]:
                tiny += 1
            if abs(annotation["area"] - pixels) > 1 + AREA_SLACK * around:
                of_another_area += 1
        return Found(empty, tiny, of_another_area)

    return timed(work)


OURS, PEER = "wildwear", "pycocotools"
WAYS = {OURS: wildwear_way, PEER: pycocotools_way}


def val() -> dict[str, Any]:
    """CCP-30's val as a COCO document."""
    from wildwear.datasets.making import ccp30

    splits, _ = ccp30.annotate(CCP)
    return splits["val"].document


def multiply(document: dict[str, Any], masks: int, target: Path) -> int:
    """Write a document as often as it takes to have so many masks, each copy with ids and photos of its own,
    and with faults; returns the number of masks."""
    copies = range(math.ceil(masks / len(document["annotations"])))
    images = [
        {**image, "id": image["id"] + ID_STEP * copy, "file_name": f"{copy}/{image['file_name']}"}
        for copy in copies
        for image in document["images"]
    ]
    annotations = [
        {**one, "id": one["id"] + ID_STEP * copy, "image_id": one["image_id"] + ID_STEP * copy}
        for copy in copies
        for one in document["annotations"]
    ]
    judged = [one for one in annotations if not one["iscrowd"]]
    for place in range(0, len(judged) - 2, PLANTED):
        spoil(*judged[place : place + 3])
    with target.open("w") as file:
        json.dump({**document, "images": images, "annotations": annotations}, file)
    return len(annotations)


def spoil(empty: dict[str, Any], tiny: dict[str, Any], larger: dict[str, Any]) -> None:
    """Plant a fault of each kind in three annotations."""
    from wildwear.imaging.masks import from_runs

    for annotation, pixels in ((empty, 0), (tiny, FEW)):
        height, width = size = annotation["segmentation"]["size"]
        runs = [height * width - pixels, pixels] if pixels else [height * width]
        annotation["segmentation"] = from_runs(runs, size)
        annotation["area"] = pixels
        annotation["bbox"] = [width - 1, height - pixels, 1, pixels]
    larger["area"] *= 3


def measure(source: Path, rounds: int) -> dict[str, list[Answer]]:
    """Let the contenders take turns, each in a fresh process."""
    return take_turns({name: partial(way, source) for name, way in WAYS.items()}, rounds)


def agree(answers: dict[str, list[Answer]]) -> bool:
    """Whether all rounds of both found the same."""
    return len({answer.found for of_one in answers.values() for answer in of_one}) == 1


def show(answers: dict[str, list[Answer]], title: str) -> None:
    """Print the table and what it means."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    def row(name: str, value: Callable[[Answer], float], digits: int = 1) -> tuple[str, ...]:
        own, peer = ([value(answer) for answer in answers[contender]] for contender in (OURS, PEER))
        ratios = [theirs / ours for theirs, ours in zip(peer, own, strict=True)]
        return name, spread(own, digits), spread(peer, digits), spread(ratios)

    table = Table("", OURS, PEER, "ratio", title=title, box=SIMPLE)
    seconds = row("s", lambda answer: answer.seconds)
    table.add_row(*seconds)
    table.add_row(*row("MB", lambda answer: answer.memory, 0))
    first = answers[OURS][0].found
    found = (
        f"{first.empty:,} masks empty, {first.tiny:,} of a few pixels, {first.of_another_area:,} of another "
        f"area than stated; both found the same: {'yes' if agree(answers) else 'NO'}"
    )
    beside = f"{seconds[3]} × faster"
    claim("masks checked, s", seconds[1], peer=PEER, beside=beside, met=agree(answers))
    Console(width=110).print(table, NOTES, found, sep="\n", highlight=False)


def main() -> None:
    """Parse, multiply, measure, show."""
    parser = argparse.ArgumentParser(description="wildwear data health beside pycocotools: time and memory.")
    parser.add_argument("--masks", type=int, default=MASKS, help="at least so many")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    if not CCP.is_dir():
        sys.exit(f"{CCP}: not there. This benchmark repeats CCP-30's val, which is built from it.")
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"  # the peer has one thread, too
    with TemporaryDirectory() as folder:
        source = Path(folder) / "many.json"
        masks = multiply(val(), chosen.masks, source)
        megabytes = source.stat().st_size / 1e6
        title = f"{masks:,} RLE masks in a file of {megabytes:,.0f} MB, {chosen.rounds} rounds, one thread"
        show(measure(source, chosen.rounds), title)


if __name__ == "__main__":
    main()
