"""Time and memory from a photo's file to the masks of its garments, beside torchvision's Mask R-CNN.

Beside two files as well, if they are named: another model of wildwear's (`--before`, say an earlier default),
and the graph of a YOLO (`--yolo`). Ultralytics is AGPL and no dependency; installed apart, it makes such a
file from random weights, with which layers compute the same:

    YOLO("yolo11n-seg.yaml").export(format="onnx", imgsz=640, simplify=False)

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
from typing import TYPE_CHECKING, NamedTuple

import wildwear  # light: what is heavy is imported by the contender that needs it

if TYPE_CHECKING:
    from torchvision.models.detection import MaskRCNN

PHOTOS, ROUNDS, COLD_STARTS = 8, 3, 3
GARMENTS = 4  # as a photo of CCP-30 has on average
TIMES_FASTER, MOST_MEMORY = 15, 500  # the bars: against torchvision; MB resident
CCP_PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "clothing-co-parsing" / "photos"

NOTES = f"""\
[b]ms a photo[/b]: median (quartiles), from the JPEG file to masks of its size; [b]graph alone[/b]: what \
onnxruntime does of that, from the resized photo to small masks in boxes. [b]masks[/b]: a photo, on average. \
[b]MB[/b]: the most the process ever held resident. [b]cold s[/b]: seconds from starting Python to the masks \
of a first photo, median of {COLD_STARTS}, the files still in the system's memory. [b]file MB[/b]: of the \
model. [b]beside[/b]: its time over wildwear's, same photo, same round; median (quartiles).

[b]torchvision[/b]: maskrcnn_resnet50_fpn_v2 in eager torch; PIL decodes, its own code resizes (short side \
800), filters and pastes; masks are cut at 0.5. Its weights are random, as nothing is downloaded here: \
layers compute the same with any, but random ones find 100 objects in every photo, to be pasted one by one; \
so box_detections_per_img is {GARMENTS}, the garments in a photo of CCP-30. All else is as published. \
Its file is what its weights take in float32.

[b]YOLO[/b]: decoded as wildwear does, resized into a grey square; onnxruntime runs the graph. Boxes are not \
suppressed and masks not made: the least that it can take.
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
def yolo_graph(model: str, threads: int) -> Contender:
    """From the photo's file to what the graph of a YOLO answers, before anything is made of it."""
    import cv2
    import numpy as np
    import onnxruntime

    from wildwear.imaging import read_photo

    cv2.setNumThreads(threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    side = entry.shape[-1]

    def find(photo: Path) -> int:
        pixels = read_photo(photo)
        scale = side / max(pixels.shape[:2])
        resized = cv2.resize(pixels, None, fx=scale, fy=scale)[:side, :side]
        square = np.full((side, side, 3), 114, np.uint8)
        square[: len(resized), : resized.shape[1]] = resized
        session.run(None, {entry.name: cv2.dnn.blobFromImage(square, 1 / 255)})
        return 0

    return lambda photo: lambda: find(photo)


@cache
def torchvision_network() -> "MaskRCNN":
    """The peer, with random weights."""
    import torch
    from torchvision.models import detection

    torch.manual_seed(0)
    return detection.maskrcnn_resnet50_fpn_v2(weights=None, box_detections_per_img=GARMENTS).eval()


@cache
def torchvision_whole(_: str, threads: int) -> Contender:
    """torchvision as its documentation calls it."""
    import torch
    from PIL import Image
    from torchvision.transforms.v2 import functional as F

    torch.set_num_threads(threads)
    network = torchvision_network()

    def find(photo: Path) -> int:
        with torch.inference_mode():
            pixels = F.pil_to_tensor(Image.open(photo).convert("RGB"))
            (found,) = network([F.to_dtype(pixels, torch.float32, scale=True)])
            return len(found["masks"] > 0.5)

    return lambda photo: lambda: find(photo)


OURS, GRAPH, PEER, BEFORE, YOLO = "wildwear", "  graph alone", "torchvision", "wildwear before", "YOLO"
BUILDERS = {
    OURS: wildwear_whole,
    GRAPH: wildwear_graph,
    PEER: torchvision_whole,
    BEFORE: wildwear_whole,
    YOLO: yolo_graph,
}


def segment(name: str, model: str, threads: int, photo: Path) -> Answer:
    """Let a contender segment one photo; runs in its process."""
    work = BUILDERS[name](model, threads)(photo)  # imports and loads on the first call
    started = perf_counter()
    masks = work()
    seconds = perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return Answer(seconds, masks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def file_size(name: str, model: str) -> float:
    """MB of a contender's model; runs in its process."""
    if name == PEER:
        weights = torchvision_network().state_dict().values()
        return float(sum(values.nbytes for values in weights)) / 1e6

    from wildwear.inference.session import find_model

    return find_model(model).stat().st_size / 1e6


def measure(
    photos: Sequence[Path], rounds: int, models: dict[str, str], threads: int
) -> tuple[Seconds, Answers, dict[str, float]]:
    """Measure the contenders in turns: seconds of cold starts, answers round by round, photo by photo, and MB
    of their files."""
    cold_starts: Seconds = {name: [] for name in models}
    answers: Answers = {name: [] for name in models}
    processes: dict[str, ProcessPoolExecutor] = {}
    for _ in range(COLD_STARTS):
        for name, model in models.items():
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
                answers[name].append(process.submit(segment, name, models[name], threads, photo).result())
    sizes = {
        name: process.submit(file_size, name, models[name]).result() for name, process in processes.items()
    }
    for process in processes.values():
        process.shutdown()
    return cold_starts, answers, sizes


def show(cold_starts: Seconds, answers: Answers, sizes: dict[str, float], title: str) -> None:
    """Print the table, what it means, and whether the bars are met."""
    import numpy as np
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from contest import claim

    def spread(values: Sequence[float]) -> str:
        first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
        digits = 0 if median >= 10 else 2
        return f"{median:,.{digits}f} ({first:,.{digits}f}–{third:,.{digits}f})"

    def beside_ours(given: Sequence[Answer]) -> list[float]:
        return [peer.seconds / own.seconds for peer, own in zip(given, answers[OURS], strict=True)]

    table = Table("", "ms a photo", "masks", "MB", "cold s", "file MB", "beside", title=title, box=SIMPLE)
    for name, given in answers.items():
        table.add_row(
            name,
            spread([1000 * a.seconds for a in given]),
            f"{np.mean([a.masks for a in given]):.1f}",
            f"{given[-1].memory:,.0f}",
            f"{np.median(cold_starts[name]):.1f}",
            f"{sizes[name]:.1f}" if name != GRAPH else "",
            spread(beside_ours(given)) if name != OURS else "",
        )
    ratios = beside_ours(answers[PEER])
    ms, beside = spread([1000 * a.seconds for a in answers[OURS]]), f"{spread(ratios)} × faster"
    claim(
        "a photo to its masks, ms", ms, peer=PEER, beside=beside, met=bool(np.median(ratios) >= TIMES_FASTER)
    )
    most = answers[OURS][-1].memory
    claim("a photo to its masks, MB at most", f"{most:,.0f}", met=most < MOST_MEMORY)
    faster = "yes" if np.median(ratios) >= TIMES_FASTER else "NO"
    small = "yes" if answers[OURS][-1].memory < MOST_MEMORY else "NO"
    bars = f"at least {TIMES_FASTER} times faster: {faster}, under {MOST_MEMORY} MB: {small}"
    Console(width=110).print(table, NOTES, bars, sep="\n", highlight=False)


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
    parser = argparse.ArgumentParser(description="wildwear beside others: time, memory, size of the file.")
    parser.add_argument("photos", nargs="*", type=Path, help="photos to measure on (default: CCP-30 test)")
    parser.add_argument("--model", default="default", help="a bundled model or a .onnx file")
    parser.add_argument("--before", metavar="MODEL", help="measure another model of wildwear's as well")
    parser.add_argument("--yolo", metavar="FILE.onnx", help="measure the graph of a YOLO as well")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for every contender")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often to go through the photos")
    chosen = parser.parse_args()
    photos, threads = chosen.photos or default_photos(), chosen.threads
    os.environ["OMP_NUM_THREADS"] = str(threads)  # numpy's and torch's, in the processes to come
    versions = ", ".join(f"{name} {version(name)}" for name in ("wildwear", "onnxruntime", "torchvision"))
    title = f"{len(photos)} photos × {chosen.rounds} rounds, {threads} threads, {processor()}\n{versions}"
    models = {OURS: chosen.model, GRAPH: chosen.model, PEER: "", BEFORE: chosen.before, YOLO: chosen.yolo}
    named = {name: model for name, model in models.items() if model is not None}
    show(*measure(photos, chosen.rounds, named, threads), title)


if __name__ == "__main__":
    main()
