"""Time and memory to load, describe and save 300,000 masks, beside pycocotools and plain Python.

The dataset is ModaNet's val file, 56 times over, each copy with ids of its own. Each contender has a process
of its own for every round, and they take turns. Both give the same description, which is compared.

Run: python benchmarks/describe.py [FILE.json] [--times 56] [--rounds 3]
"""

import argparse
import contextlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from contest import claim, resident, spread, take_turns

MODANET = Path(__file__).parents[2] / "shared" / "fixtures" / "modanet" / "instances_val.json"
TIMES, ROUNDS = 56, 3
ID_STEP = 100_000_000  # over every id of the file
GRID = 20  # cells a side of the map of where masks lie
STEPS = ("load", "describe", "save")

NOTES = """\
[b]s[/b]: median (quartiles) of the rounds; [b]MB[/b]: the most that the process held resident beyond what \
its imports need. [b]ratio[/b]: the peer's figure over wildwear's, of the same round; median (quartiles).

[b]pycocotools[/b]: COCO() loads and indexes, plain Python counts masks, photos, categories, vertices, \
shares of the photo, pairs of categories and a map of where masks lie; json.dump saves. [b]wildwear[/b]: \
Dataset.load checks every record as well, `describe` counts the same and more, Dataset.save syncs to disk.
"""


class Figures(NamedTuple):
    """What both contenders have to agree on."""

    images: int
    masks: int
    points: float  # a mask, mean
    by_category: dict[int, int]
    area_share: dict[int, float]  # mean, by category


class Answer(NamedTuple):
    """What a contender's process says of one round."""

    seconds: dict[str, float]
    memory: float  # MB, the most at any time, over that before the file was read
    figures: Figures


def timed(steps: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """Do the work, and keep what it took."""
    started = perf_counter()
    result = work()
    steps[name] = perf_counter() - started
    return result


def wildwear_way(source: Path, target: Path) -> Answer:
    """As wildwear's user writes it."""
    from wildwear.datasets import Dataset
    from wildwear.datasets.description.statistics import describe

    seconds: dict[str, float] = {}
    before = resident()
    dataset = timed(seconds, "load", lambda: Dataset.load(source))
    said = timed(seconds, "describe", lambda: describe(dataset))
    timed(seconds, "save", lambda: dataset.save(target))
    memory = resident() - before
    figures = Figures(
        said.images,
        said.masks,
        said.points_a_mask,
        {row.id: row.masks for row in said.categories},
        {row.id: row.area_share for row in said.categories},
    )
    return Answer(seconds, memory, figures)


def pycocotools_way(source: Path, target: Path) -> Answer:
    """As one writes it with pycocotools and plain Python."""
    from pycocotools.coco import COCO

    seconds: dict[str, float] = {}
    before = resident()
    with contextlib.redirect_stdout(None):
        coco = timed(seconds, "load", lambda: COCO(str(source)))
    figures = timed(seconds, "describe", lambda: count(coco))
    timed(seconds, "save", lambda: save(coco.dataset, target))
    return Answer(seconds, resident() - before, figures)


def count(coco: Any) -> Figures:
    """A description in plain Python: one loop over photos and their masks."""
    by_category: Counter[int] = Counter()
    shares: dict[int, float] = defaultdict(float)
    pairs: Counter[tuple[int, int]] = Counter()
    where = [[0] * GRID for _ in range(GRID)]
    masks = points = 0
    for image_id, image in coco.imgs.items():
        size = image["width"] * image["height"]
        present = set()
        for annotation in coco.imgToAnns[image_id]:
            if annotation["iscrowd"]:
                continue
            category = annotation["category_id"]
            present.add(category)
            masks += 1
            points += sum(len(polygon) for polygon in annotation["segmentation"]) // 2
            by_category[category] += 1
            # ModaNet states the box's area where COCO has the mask's.
            shares[category] += sum(map(outline_area, annotation["segmentation"])) / size
            x, y, width, height = annotation["bbox"]
            column = int(GRID * (x + width / 2) / image["width"])
            row = int(GRID * (y + height / 2) / image["height"])
            where[min(row, GRID - 1)][min(column, GRID - 1)] += 1
        pairs.update(combinations(sorted(present), 2))
    means = {category: shares[category] / number for category, number in by_category.items()}
    return Figures(len(coco.imgs), masks, points / masks, dict(by_category), means)


def outline_area(polygon: list[float]) -> float:
    """The area inside [x1, y1, x2, y2, ...] by the shoelace formula."""
    xs, ys = polygon[::2], polygon[1::2]
    following = zip(xs[1:] + xs[:1], ys[1:] + ys[:1], strict=True)
    return abs(sum(x * down - right * y for x, y, (right, down) in zip(xs, ys, following, strict=True))) / 2


def save(document: dict[str, Any], target: Path) -> None:
    """The document as JSON."""
    with target.open("w") as file:
        json.dump(document, file)


OURS, PEER = "wildwear", "pycocotools"
WAYS = {OURS: wildwear_way, PEER: pycocotools_way}


def multiply(source: Path, times: int, target: Path) -> int:
    """Write a COCO file `times` over, each copy with ids of its own; returns the number of annotations."""
    document = json.loads(source.read_text())
    images, annotations = document["images"], document["annotations"]
    document["images"] = [
        {**image, "id": image["id"] + ID_STEP * copy} for copy in range(times) for image in images
    ]
    document["annotations"] = [
        {**one, "id": one["id"] + ID_STEP * copy, "image_id": one["image_id"] + ID_STEP * copy}
        for copy in range(times)
        for one in annotations
    ]
    save(document, target)
    return len(document["annotations"])


def measure(source: Path, rounds: int) -> dict[str, list[Answer]]:
    """Let the contenders take turns, each in a fresh process."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "out.json"
        return take_turns({name: partial(way, source, target) for name, way in WAYS.items()}, rounds)


def agree(answers: dict[str, list[Answer]]) -> bool:
    """Whether both found the same."""
    own, peer = (answers[name][0].figures for name in (OURS, PEER))
    return (
        own[:2] == peer[:2]
        and abs(own.points - peer.points) < 1e-9
        and {category: number for category, number in own.by_category.items() if number} == peer.by_category
        and all(abs(own.area_share[category] - share) < 1e-9 for category, share in peer.area_share.items())
    )


def show(answers: dict[str, list[Answer]], title: str) -> None:
    """Print the table and what it means."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    def row(name: str, values: Callable[[Answer], float], digits: int = 1) -> tuple[str, ...]:
        own, peer = ([values(answer) for answer in answers[contender]] for contender in (OURS, PEER))
        ratios = [theirs / ours for theirs, ours in zip(peer, own, strict=True)]
        return name, spread(own, digits), spread(peer, digits), spread(ratios)

    table = Table("", OURS, PEER, "ratio", title=title, box=SIMPLE)
    for step in STEPS:
        table.add_row(*row(f"{step}, s", lambda answer, step=step: answer.seconds[step]))  # type: ignore[misc]
    together = row("together, s", lambda answer: sum(answer.seconds.values()))
    memory = row("memory, MB", lambda answer: answer.memory, 0)
    table.add_row(*together)
    table.add_row(*memory)
    masks = f"{answers[OURS][0].figures.masks:,} masks"
    claim(f"{masks} loaded, described, saved, s", together[1], peer=PEER, beside=f"{together[3]} × faster")
    claim(f"{masks}, memory, MB", memory[1], peer=PEER, beside=f"{memory[3]} × less")
    figures = answers[OURS][0].figures
    found = (
        f"{figures.images:,} photos, {figures.masks:,} masks, {figures.masks / figures.images:.2f} a photo, "
        f"{figures.points:.1f} points a mask; both found the same: {'yes' if agree(answers) else 'NO'}"
    )
    Console().print(table, NOTES, found, sep="\n", highlight=False)


def main() -> None:
    """Parse, multiply, measure, show."""
    parser = argparse.ArgumentParser(description="wildwear's datasets beside pycocotools: time and memory.")
    parser.add_argument("file", nargs="?", type=Path, default=MODANET, help="a COCO file (default: ModaNet)")
    parser.add_argument("--times", type=int, default=TIMES, help="how often to repeat its photos")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["POLARS_MAX_THREADS"] = "1"  # the peer has one thread, too
    with TemporaryDirectory() as folder:
        source = Path(folder) / "many.json"
        masks = multiply(chosen.file, chosen.times, source)
        megabytes = source.stat().st_size / 1e6
        title = f"{masks:,} masks in a file of {megabytes:,.0f} MB, {chosen.rounds} rounds, one thread"
        show(measure(source, chosen.rounds), title)


if __name__ == "__main__":
    main()
