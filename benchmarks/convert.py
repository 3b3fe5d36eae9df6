"""Time and memory to bring 20,000 annotation files of DeepFashion2 to COCO, beside its official script's way.

The folder is made for the purpose: the published annotation, moved about and with one or both of its two
items, beside whole photos of Clothing Co-Parsing, linked. Each contender has a process of its own for every
round, and they take turns.

Run: python benchmarks/convert.py [--files 20000] [--rounds 3]
"""

import argparse
import json
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from contest import claim, spread

SHARED = Path(__file__).parents[2] / "shared"
ANNOTATION = SHARED / "fixtures" / "deepfashion2" / "native" / "annos" / "000001.json"
CCP_PHOTOS = SHARED / "data" / "clothing-co-parsing" / "photos"
FILES, ROUNDS = 20_000, 3
FEW = 10  # times fewer files, to see how memory grows
ITEMS_A_PHOTO = 1.63  # in DeepFashion2's training set
FARTHEST = 40  # px that an annotation is moved, so that it stays in the photo
TIMES_FASTER, MOST_GROWTH = 20, 15  # the bars: against cv2.imread and json; MB from a tenth of the files on
CATEGORIES = (25, 33, 31, 39, 15, 15, 10, 14, 8, 29, 37, 19, 19)  # landmarks of each
KEYPOINTS = sum(CATEGORIES)

NOTES = f"""\
[b]s[/b]: median (quartiles) of the rounds, from the folder to the saved file; [b]MB[/b]: the most that the \
process held resident beyond what its imports need; [b]of a tenth[/b]: the same for a tenth of the files. \
[b]ratio[/b]: its time over wildwear's, of the same round; median (quartiles).

[b]imread[/b]: the way of DeepFashion2's script: cv2.imread decodes each photo for its size, json reads \
each file, landmarks go to {KEYPOINTS} keypoints one by one, lists hold it all, json.dump saves them; areas \
are those of boxes. [b]Image.open[/b]: the same, but for the size, which Pillow takes from the header of the \
photo: so the script is published today. [b]wildwear[/b]: datasets.convert, which checks every item, counts \
the pixels of masks for the area and syncs to disk.
"""


class Answer(NamedTuple):
    """What a contender's process says of one round."""

    seconds: float
    memory: float  # MB, the most at any time, over that before it began


Answers = dict[str, list[Answer]]


def resident() -> float:
    """The most memory this process held resident so far, MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def timed(work: Callable[[Path, Path], None], folder: Path, target: Path) -> Answer:
    """Do the work, and say what it took."""
    before, started = resident(), perf_counter()
    work(folder, target)
    return Answer(perf_counter() - started, resident() - before)


def wildwear_way(folder: Path, target: Path) -> Answer:
    """As wildwear's user writes it."""
    from wildwear import datasets
    from wildwear.datasets.formats import FORMATS

    def work(folder: Path, target: Path) -> None:
        datasets.convert(folder, target, FORMATS["deepfashion2"], FORMATS["coco"], datasets.Conversion())

    return timed(work, folder, target)


def imread_way(folder: Path, target: Path) -> Answer:
    """As the official script does it, with cv2.imread for the size."""
    import cv2

    def size(photo: str) -> tuple[int, int]:
        height, width = cv2.imread(photo).shape[:2]  # type: ignore[union-attr]
        return width, height

    return timed(lambda folder, target: official(folder, target, size), folder, target)


def open_way(folder: Path, target: Path) -> Answer:
    """As the official script is published: Pillow reads no more than the header."""
    from PIL import Image

    return timed(
        lambda folder, target: official(folder, target, lambda name: Image.open(name).size), folder, target
    )


def official(folder: Path, target: Path, size: Callable[[str], tuple[int, int]]) -> None:
    """One dictionary for everything, written at the end."""
    import numpy as np

    ends = np.cumsum(CATEGORIES).tolist()
    dataset: dict[str, Any] = {"info": {}, "licenses": [], "images": [], "annotations": []}
    names = [str(keypoint) for keypoint in range(1, KEYPOINTS + 1)]
    dataset["categories"] = [
        {"id": number, "supercategory": "clothes", "keypoints": names, "skeleton": []}
        for number in range(1, len(CATEGORIES) + 1)
    ]
    for number in range(1, len(list((folder / "annos").iterdir())) + 1):
        width, height = size(f"{folder}/image/{number:06}.jpg")
        with (folder / "annos" / f"{number:06}.json").open() as file:
            annotation = json.loads(file.read())
        dataset["images"].append(
            {
                "id": number,
                "file_name": f"{number:06}.jpg",
                "width": width,
                "height": height,
                "license": 0,
                **dict.fromkeys(("coco_url", "date_captured", "flickr_url"), ""),
            }
        )
        for name, item in annotation.items():
            if name in ("source", "pair_id"):
                continue
            category = item["category_id"]
            x, y, visibility = (np.array(item["landmarks"][start::3]) for start in range(3))
            points = np.zeros(3 * KEYPOINTS)
            first = ends[category - 1] - CATEGORIES[category - 1]
            for landmark in range(CATEGORIES[category - 1]):
                points[3 * (first + landmark)] = x[landmark]
                points[3 * (first + landmark) + 1] = y[landmark]
                points[3 * (first + landmark) + 2] = visibility[landmark]
            left, top, right, bottom = item["bounding_box"]
            dataset["annotations"].append(
                {
                    "id": len(dataset["annotations"]) + 1,
                    "image_id": number,
                    "category_id": category,
                    "bbox": [left, top, right - left, bottom - top],
                    "area": (right - left) * (bottom - top),
                    "iscrowd": 0,
                    "pair_id": annotation["pair_id"],
                    "style": item["style"],
                    "num_keypoints": len(np.where(visibility > 0)[0]),
                    "keypoints": points.tolist(),
                    "segmentation": item["segmentation"],
                }
            )
    with target.open("w") as file:
        json.dump(dataset, file)


OURS, PEER, PUBLISHED = "wildwear", "imread", "Image.open"
WAYS = {OURS: wildwear_way, PEER: imread_way, PUBLISHED: open_way}


def build(folder: Path, files: int, photos: list[Path]) -> int:
    """Make a folder in DeepFashion2's layout; returns the number of items in it."""
    published = json.loads(ANNOTATION.read_text())
    items = [published["item1"], published["item2"]]
    chance = random.Random(0)
    (folder / "annos").mkdir(parents=True)
    (folder / "image").mkdir()
    count = 0
    for number in range(1, files + 1):
        chosen = items if chance.random() < ITEMS_A_PHOTO - 1 else [chance.choice(items)]
        document = {"source": chance.choice(["shop", "user"]), "pair_id": number}
        right, down = chance.randint(0, FARTHEST), chance.randint(0, FARTHEST)
        document |= {f"item{place}": moved(item, right, down) for place, item in enumerate(chosen, 1)}
        (folder / "annos" / f"{number:06}.json").write_text(json.dumps(document))
        link(photos[number % len(photos)], folder / "image" / f"{number:06}.jpg")
        count += len(chosen)
    return count


def moved(item: dict[str, Any], right: int, down: int) -> dict[str, Any]:
    """An item some pixels further to the right and down."""

    def points(values: list[int]) -> Iterator[int]:
        for x, y in zip(values[::2], values[1::2], strict=True):
            yield from (x + right, y + down)

    landmarks = item["landmarks"]
    triples = zip(landmarks[::3], landmarks[1::3], landmarks[2::3], strict=True)
    return {
        **item,
        "segmentation": [list(points(polygon)) for polygon in item["segmentation"]],
        "bounding_box": list(points(item["bounding_box"])),
        "landmarks": [n for x, y, v in triples for n in ((x + right, y + down, v) if v else (0, 0, 0))],
    }


def link(photo: Path, target: Path) -> None:
    """Link a photo, as hard as the file system allows."""
    try:
        target.hardlink_to(photo)
    except OSError:
        target.symlink_to(photo)


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns that runs in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def measure(many: Path, few: Path, rounds: int, out: Path) -> tuple[Answers, Answers]:
    """Let the contenders take turns, each in a fresh process: for the many files and for the few."""
    answers: tuple[Answers, Answers] = ({name: [] for name in WAYS}, {name: [] for name in WAYS})
    for done in range(rounds):
        print(f"round {done + 1} of {rounds}", file=sys.stderr)
        for folder, given in zip((few, many), answers, strict=True):
            for name, way in WAYS.items():
                target = out / f"{name}.json"
                target.unlink(missing_ok=True)
                given[name].append(alone(way, folder, target))
    return answers[1], answers[0]


def agree(out: Path) -> bool:
    """Whether all contenders wrote the same photos and items, but for ids and areas."""
    first, *others = (found(out / f"{name}.json") for name in WAYS)
    return all(other == first for other in others)


def found(file: Path) -> list[Any]:
    """What a file holds of photos and items, in the order of the photos."""
    document = json.loads(file.read_bytes())
    photos = sorted((image["id"], image["width"], image["height"]) for image in document["images"])
    fields = (
        "image_id",
        "category_id",
        "bbox",
        "keypoints",
        "num_keypoints",
        "segmentation",
        "style",
        "pair_id",
    )
    return [photos, [[item[field] for field in fields] for item in document["annotations"]]]


def show(many: Answers, few: Answers, title: str) -> None:
    """Print the table, what it means, and whether the bars are met."""
    import numpy as np
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    def memory(answers: list[Answer]) -> float:
        return float(np.median([answer.memory for answer in answers]))

    ratios = {
        name: [theirs.seconds / ours.seconds for theirs, ours in zip(many[name], many[OURS], strict=True)]
        for name in WAYS
    }
    table = Table("", "s", "MB", "of a tenth", "ratio", title=title, box=SIMPLE)
    for name in WAYS:
        seconds = spread([answer.seconds for answer in many[name]], 2)
        ratio = spread(ratios[name]) if name != OURS else ""
        table.add_row(name, seconds, f"{memory(many[name]):,.0f}", f"{memory(few[name]):,.0f}", ratio)
    growth = memory(many[OURS]) - memory(few[OURS])
    is_faster, is_flat = bool(np.median(ratios[PEER]) >= TIMES_FASTER), growth <= MOST_GROWTH
    seconds, beside = spread([answer.seconds for answer in many[OURS]], 2), f"{spread(ratios[PEER])} × faster"
    claim("DeepFashion2 to COCO, s", seconds, peer=PEER, beside=beside, met=is_faster)
    claim("its memory grows with ten times the files by, MB", f"{growth:.0f}", met=is_flat)
    faster = "yes" if is_faster else "NO"
    flat = "yes" if is_flat else "NO"
    bars = (
        f"at least {TIMES_FASTER} times faster than {PEER}: {faster}; memory grows by {growth:.0f} MB "
        f"for ten times the files, at most {MOST_GROWTH}: {flat}"
    )
    Console().print(table, NOTES, bars, sep="\n", highlight=False)


def main() -> None:
    """Parse, build, measure, show."""
    parser = argparse.ArgumentParser(description="DeepFashion2 to COCO, beside its official script's way.")
    parser.add_argument("--files", type=int, default=FILES, help="annotation files to make")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    photos = sorted(CCP_PHOTOS.glob("*.jpg"))
    with TemporaryDirectory() as folder:
        many, few = Path(folder, "many"), Path(folder, "few")
        items = build(many, chosen.files, photos)
        build(few, chosen.files // FEW, photos)
        answers = measure(many, few, chosen.rounds, Path(folder))
        same = "yes" if alone(agree, Path(folder)) else "NO"
        title = (
            f"{chosen.files:,} files with {items:,} items, {chosen.rounds} rounds; all found the same: {same}"
        )
        show(*answers, title)


if __name__ == "__main__":
    main()
