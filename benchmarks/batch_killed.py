"""Whether `wildwear batch` finds what `wildwear segment` finds, and the same whatever kills it on the way.

Three times through the same photos, each by its command: segment; batch; and batch once more, killed by
SIGKILL at random moments, all its processes, and begun again each time. Time is not measured: it may run on a
busy machine.

Run: python benchmarks/batch_killed.py wild-pool clothing-co-parsing/photos --photos 300
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from contest import claim
from wildwear import imaging
from wildwear.batch import Batch, dataset
from wildwear.datasets.stream import Photo
from wildwear.imaging import find_photos

SCORE, IOU = 1e-4, 0.99  # by so much may garments differ: the model runs on another number of threads
SHORTEST, LONGEST = 0.05, 0.4  # seconds until a kill, as shares of what the run takes that nobody kills


@dataclass(frozen=True)
class Difference:
    """How far two results of the same photos lie apart.

    Attributes:
        photos: count.
        garments: of the first.
        others: photos whose garments are others, or as many of another category.
        score: the largest difference of two scores.
        iou: the smallest of two masks.
    """

    photos: int
    garments: int
    others: list[str]
    score: float
    iou: float

    def is_small(self) -> bool:
        """Whether they are the same result."""
        return not self.others and self.score <= SCORE and self.iou > IOU


def difference(ours: Iterable[Photo], theirs: Iterable[Photo]) -> Difference:
    """Compare the garments of photos, the surest of each category with the surest."""
    mine, other = ({photo["file_name"]: in_order(found) for photo, found in each} for each in (ours, theirs))
    others, score, iou = sorted(mine.keys() ^ other.keys()), 0.0, 1.0
    for name in mine.keys() & other.keys():
        if [one["category_id"] for one in mine[name]] != [one["category_id"] for one in other[name]]:
            others.append(name)
            continue
        for one, same in zip(mine[name], other[name], strict=True):
            score = max(score, abs(one["score"] - same["score"]))
            iou = min(iou, float(imaging.iou([one["segmentation"]], [same["segmentation"]])[0, 0]))
    return Difference(len(mine), sum(map(len, mine.values())), others, score, iou)


def in_order(garments: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Garments by category, the surest first."""
    return sorted(garments, key=lambda one: (one["category_id"], -one["score"]))


def of_segment(path: Path) -> list[Photo]:
    """The photos of a COCO document."""
    document = json.loads(path.read_text())
    garments: dict[int, list[dict[str, Any]]] = {photo["id"]: [] for photo in document["images"]}
    for one in document["annotations"]:
        garments[one["image_id"]].append(one)
    return [(photo, garments[photo["id"]]) for photo in document["images"]]


def twice(batch: Batch) -> int:
    """Rows that stand twice."""
    photos, garments = batch.photos(), batch.garments()
    return sum(
        table.select(pl.len() - pl.struct(key).n_unique()).collect().item()
        for table, key in ((photos, ["photo"]), (garments, ["photo", "instance"]))
    )


def same_tables(one: Batch, other: Batch) -> bool:
    """Whether all rows of two batches are the same, to the last digit."""
    kinds = [(batch.garments().collect(), batch.photos().collect()) for batch in (one, other)]
    return all(ours.equals(theirs) for ours, theirs in zip(*kinds, strict=True))


def command(name: str, photos: Path, out: Path, *options: str) -> list[str]:
    """`wildwear NAME`, of this environment."""
    return [sys.executable, "-m", "wildwear", name, str(photos), "--out", str(out), *options]


def killed(run: list[str], moments: Iterable[float], batch: Batch) -> list[int]:
    """Begin a run and kill it and all its processes, once a moment (s after it began); then let it end.

    Returns:
        The shards that were done at each kill; there are fewer where the run was faster.
    """
    done = []
    for moment in moments:
        process = subprocess.Popen(run, start_new_session=True, stdout=subprocess.DEVNULL)
        try:
            process.wait(moment)
            break
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done.append(len(batch.done()))
            print(f"killed after {moment:.1f} s, {done[-1]} shards done", file=sys.stderr)
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    return done


def main(
    folders: Annotated[list[Path], typer.Argument(help="Photos.")],
    count: Annotated[int | None, typer.Option("--photos", help="Of each folder; all if not said.")] = None,
    kills: Annotated[int, typer.Option(help="How often it is killed.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 7,
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
) -> None:
    """Compare the three, as Markdown; exit code 1 where they differ."""
    with tempfile.TemporaryDirectory() as place:
        pool, seen, whole, broken = (Path(place, name) for name in ("pool", "segment", "whole", "killed"))
        for folder in folders:
            link_some(folder, count, pool / folder.resolve().name)
        subprocess.run(command("segment", pool, seen, "--format", "coco", "--model", model), check=True)
        begun = time.monotonic()
        subprocess.run(command("batch", pool, whole, "--model", model), check=True)
        lasted, chance = time.monotonic() - begun, random.Random(seed)
        moments = [lasted * chance.uniform(SHORTEST, LONGEST) for _ in range(kills)]
        shards = killed(command("batch", pool, broken, "--model", model), moments, Batch(broken))
        same, rows = same_tables(Batch(whole), Batch(broken)), twice(Batch(broken))
        found = difference(dataset(Batch(broken)).photos, of_segment(seen / "garments.json"))
    print("\n| photos | garments | photos with others | largest difference of scores | smallest mask IoU |")
    print("|" + "---|" * 5)
    counts = f"{found.photos:,} | {found.garments:,} | {len(found.others)}"
    print(f"| {counts} | {found.score:.1e} | {found.iou:.4f} |")
    print(f"\nKilled {len(shards)} times, with {', '.join(map(str, shards))} shards done.")
    print(f"The tables are those of a run that nobody killed: {'yes' if same else 'NO'}; rows twice: {rows}.")
    alike, kept = found.is_small(), same and rows == 0
    claim(
        "garments of a batch, of segment too",
        f"{found.garments:,}",
        peer="segment",
        beside=f"{found.iou:.4f} IoU",
        met=alike,
    )
    claim(
        f"tables of a batch killed {len(shards)} times",
        "the same" if kept else "others",
        peer="one not killed",
        met=kept,
    )
    if not (found.is_small() and same and rows == 0 and len(shards) == kills):
        raise typer.Exit(1)


def link_some(folder: Path, count: int | None, into: Path) -> None:
    """Link so many photos of a folder, evenly spread by name; all where no number is said."""
    photos = find_photos(folder)
    step = max(1, len(photos) // count) if count else 1
    into.mkdir(parents=True)
    for photo in photos[::step][:count]:
        (into / photo.name).symlink_to(photo.resolve())


if __name__ == "__main__":
    typer.run(main)
