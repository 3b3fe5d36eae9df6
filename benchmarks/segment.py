"""Time and memory from a photo's file to the masks of its garments, beside torchvision's Mask R-CNN.

Each contender has a process of its own and pays for no other's libraries. They take turns: in every round
each goes through all the photos while the others sleep, so that a busy minute hurts all alike.
"""

import argparse  # not typer, which would count in every contender's process
import csv
import os
import platform
import re
import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import wildwear  # light: what is heavy is imported by the contender that needs it

PHOTOS, ROUNDS, COLD_STARTS = 8, 3, 3
GARMENTS = 4  # as a photo of CCP-30 has on average
TIMES_FASTER, MOST_MEMORY = 15, 500  # the bars: against torchvision; MB resident
CCP_PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "clothing-co-parsing" / "photos"

NOTES = f"""\
[b]ms a photo[/b]: median (quartiles), from the JPEG file to masks of its size; [b]graph alone[/b]: what \
onnxruntime does of that, from the resized photo to small masks in boxes. [b]masks[/b]: a photo, on average. \
[b]MB[/b]: the most the process ever held resident. [b]cold s[/b]: seconds from starting Python to the masks \
of a first photo, median of {COLD_STARTS}, the files still in the system's memory. [b]ratio[/b]: \
torchvision's time over wildwear's, same photo, same round; median (quartiles).

[b]torchvision[/b]: maskrcnn_resnet50_fpn_v2 in eager torch; PIL decodes, its own code resizes (short side \
800), filters and pastes; masks are cut at 0.5. Its weights are random, as nothing is downloaded here: \
layers compute the same with any, but random ones find 100 objects in every photo, to be pasted one by one; \
so box_detections_per_img is {GARMENTS}, the garments in a photo of CCP-30. All else is as published.
"""


class Answer(NamedTuple):
    """What a contender's process says about one photo."""

    seconds: float
    masks: int
    memory: float  # MB, the most so far


Seconds = dict[str, list[float]]
Answers = dict[str, list[Answer]]
Work = Callable[[], int]  # is timed; returns the number of masks
Contender = Callable[[Path], Work]  # what it does before it returns the work is not timed


@cache
def wildwear_whole(model: str, threads: int) -> Contender:
    """wildwear as its user calls it."""
    import cv2

    cv2.setNumThreads(threads)
    segmenter = wildwear.load(model, threads=threads)
    return lambda photo: lambda: len(segmenter(photo))


@cache
def wildwear_graph(model: str, threads: int) -> Contender:
    """What onnxruntime does of it."""
    import numpy as np

    from wildwear.imaging import read_photo
    from wildwear.inference.preparing import prepare, stack
    from wildwear.inference.session import OUTPUTS, find_model, open_session

    session, card = open_session(find_model(model), providers=["CPUExecutionProvider"], threads=threads)
    min_score = np.array(card.calibration.score(card.thresholds.lowest), np.float32)

    def contender(photo: Path) -> Work:
        pixels = stack([prepare(read_photo(photo), card.input.long_side)], card.input)
        return lambda: len(session.run(OUTPUTS, {"photos": pixels, "min_score": min_score})[0])

    return contender


@cache
def torchvision_whole(_: str, threads: int) -> Contender:
    """torchvision as its documentation calls it."""
    import torch
    from PIL import Image
    from torchvision.models import detection
    from torchvision.transforms.v2 import functional as F

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = detection.maskrcnn_resnet50_fpn_v2(weights=None, box_detections_per_img=GARMENTS).eval()

    def find(photo: Path) -> int:
        with torch.inference_mode():
            pixels = F.pil_to_tensor(Image.open(photo).convert("RGB"))
            (found,) = network([F.to_dtype(pixels, torch.float32, scale=True)])
            return len(found["masks"] > 0.5)

    return lambda photo: lambda: find(photo)


OURS, GRAPH, PEER = "wildwear", "  graph alone", "torchvision"
BUILDERS = {OURS: wildwear_whole, GRAPH: wildwear_graph, PEER: torchvision_whole}


def segment(name: str, model: str, threads: int, photo: Path) -> Answer:
    """Let a contender segment one photo; runs in its process."""
    work = BUILDERS[name](model, threads)(photo)  # imports and loads on the first call
    started = perf_counter()
    masks = work()
    seconds = perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return Answer(seconds, masks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def measure(photos: Sequence[Path], rounds: int, model: str, threads: int) -> tuple[Seconds, Answers]:
    """Measure the contenders in turns: seconds of cold starts, and answers round by round, photo by photo."""
    cold_starts: Seconds = {name: [] for name in BUILDERS}
    answers: Answers = {name: [] for name in BUILDERS}
    processes: dict[str, ProcessPoolExecutor] = {}
    for _ in range(COLD_STARTS):
        for name in BUILDERS:
            if name in processes:
                processes[name].shutdown()
            started = perf_counter()
            processes[name] = ProcessPoolExecutor(1, get_context("spawn"))
            processes[name].submit(segment, name, model, threads, photos[0]).result()
            cold_starts[name].append(perf_counter() - started)
    for done in range(rounds):
        print(f"round {done + 1} of {rounds}", file=sys.stderr)
        for name, process in processes.items():
            for photo in photos:
                answers[name].append(process.submit(segment, name, model, threads, photo).result())
    for process in processes.values():
        process.shutdown()
    return cold_starts, answers


def show(cold_starts: Seconds, answers: Answers, title: str) -> None:
    """Print the table, what it means, and whether the bars are met."""
    import numpy as np
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from contest import claim

    def spread(values: Sequence[float]) -> str:
        first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
        return f"{median:,.0f} ({first:,.0f}–{third:,.0f})"

    ratios = [peer.seconds / own.seconds for peer, own in zip(answers[PEER], answers[OURS], strict=True)]
    table = Table("", "ms a photo", "masks", "MB", "cold s", "ratio", title=title, box=SIMPLE)
    for name, given in answers.items():
        time, masks = spread([1000 * a.seconds for a in given]), np.mean([a.masks for a in given])
        cold, ratio = np.median(cold_starts[name]), spread(ratios) if name == OURS else ""
        table.add_row(name, time, f"{masks:.1f}", f"{given[-1].memory:,.0f}", f"{cold:.1f}", ratio)
    ms, beside = spread([1000 * a.seconds for a in answers[OURS]]), f"{spread(ratios)} × faster"
    claim(
        "a photo to its masks, ms", ms, peer=PEER, beside=beside, met=bool(np.median(ratios) >= TIMES_FASTER)
    )
    most = answers[OURS][-1].memory
    claim("a photo to its masks, MB at most", f"{most:,.0f}", met=most < MOST_MEMORY)
    faster = "yes" if np.median(ratios) >= TIMES_FASTER else "NO"
    small = "yes" if answers[OURS][-1].memory < MOST_MEMORY else "NO"
    bars = f"at least {TIMES_FASTER} times faster: {faster}, under {MOST_MEMORY} MB: {small}"
    Console().print(table, NOTES, bars, sep="\n", highlight=False)


def default_photos() -> list[Path]:
    """Photos of CCP-30 test, evenly spread; without them the portrait that matplotlib ships."""
    if not CCP_PHOTOS.is_dir():
        import matplotlib

        return [Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"]
    table = (Path(wildwear.__file__).parent / "datasets" / "making" / "ccp30.csv").read_text(encoding="utf-8")
    test = sorted({row["photo"] for row in csv.DictReader(table.splitlines()) if row["split"] == "test"})
    return [CCP_PHOTOS / f"{photo}.jpg" for photo in test[:: len(test) // PHOTOS][:PHOTOS]]


def processor() -> str:
    """The name of the processor; on Linux Python does not know it."""
    listed = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", listed.read_text()) if listed.exists() else None
    return found[1] if found else platform.processor()


def main() -> None:
    """Parse, measure, show."""
    parser = argparse.ArgumentParser(description="wildwear beside torchvision's Mask R-CNN: time and memory.")
    parser.add_argument("photos", nargs="*", type=Path, help="photos to measure on (default: CCP-30 test)")
    parser.add_argument("--model", default="default", help="a bundled model or a .onnx file")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for every contender")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often to go through the photos")
    chosen = parser.parse_args()
    photos, threads = chosen.photos or default_photos(), chosen.threads
    os.environ["OMP_NUM_THREADS"] = str(threads)  # numpy's and torch's, in the processes to come
    versions = ", ".join(f"{name} {version(name)}" for name in ("wildwear", "onnxruntime", "torchvision"))
    title = f"{len(photos)} photos × {chosen.rounds} rounds, {threads} threads, {processor()}\n{versions}"
    show(*measure(photos, chosen.rounds, chosen.model, threads), title)


if __name__ == "__main__":
    main()
