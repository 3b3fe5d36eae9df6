"""Photos a second of each signal of `wildwear curate scan`, and of all together, beside the thesis' two
scripts: Pillow's variances for colour, MTCNN for faces. Then how often a photo is decoded, what memory a scan
takes of few photos and of many, and how long the copies among a million photos take to find.

Contenders take turns, a fresh process each time, on one thread; the lines `scan` are Daft's processes, one a
core, as the command runs them, and count from the first rows on: starting is not in them, and is said beside.

Run: python benchmarks/curate.py wild-pool clothing-co-parsing/photos --face-model yunet.onnx
MTCNN is measured where it is installed: pip install --no-deps facenet-pytorch
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from contest import claim, held_by_all, linked, spread, take_turns

if TYPE_CHECKING:
    from wildwear.curation.models import Models

PHOTOS, HEAVY, ROUNDS = 1000, 60, 3  # photos of a round; of one whose contender takes long; rounds
COLOUR, FACES = "thesis: colour", "thesis: faces"
ALL = "all of these"
FEW, MANY = 1000, 20_000  # photos of the scans whose memory is compared
HASHES, COPIES = 1_000_000, 20_000
FACE_PEER = "facenet_pytorch"
BARS = {"colour": 2.0, ALL: 1.0, "faces": 5.0}  # times as fast as the thesis' way
MOST_GROWTH, MOST_SECONDS = 1.10, 120.0  # of memory, and for the copies


class Answer(NamedTuple):
    """What a contender's process says of one round."""

    photos: int
    seconds: float
    start: float = 0.0  # seconds until the first rows

    @property
    def rate(self) -> float:
        """Photos a second."""
        return self.photos / self.seconds


def cheap() -> list[str]:
    """The signals that need no model."""
    from wildwear.curation.signals import SIGNALS

    return [signal.name for signal in SIGNALS if signal.needs is None]


def timed(work: Callable[[Path], object], photos: Sequence[Path]) -> Answer:
    """Work through the photos, the first of them once before."""
    work(photos[0])
    started = time.perf_counter()
    for photo in photos:
        work(photo)
    return Answer(len(photos), time.perf_counter() - started)


def colour_script(photos: Sequence[Path]) -> Answer:
    """The thesis' first script: Pillow's variances of each channel, and the classes that follow."""
    from PIL import Image, ImageStat

    def classify(photo: Path) -> str:
        variances = ImageStat.Stat(Image.open(photo)).var
        if all(variance < 0.005 for variance in variances):
            return "monochrome"
        if len(variances) != 3:
            return "black and white" if len(variances) == 1 else "no idea"
        difference = max(variances) - min(variances)
        return "color" if difference > 1000 else "maybe color" if difference > 100 else "grey"

    return timed(classify, photos)


def faces_script(photos: Sequence[Path]) -> Answer:
    """The thesis' second script: MTCNN, as facenet-pytorch has it."""
    import torch
    from facenet_pytorch import MTCNN  # type: ignore[import-not-found]
    from PIL import Image

    torch.set_num_threads(1)
    detector = MTCNN(keep_all=True, device="cpu")
    return timed(lambda photo: detector.detect(Image.open(photo).convert("RGB")), photos)


def one_process(signals: Sequence[str], face_model: Path | None, photos: Sequence[Path]) -> Answer:
    """What a process of a scan does, from the file to the row."""
    from wildwear.curation.measurer import Measurer
    from wildwear.curation.measuring import measure

    models = models_for(face_model)
    Measurer(models, signals)  # one thread
    return timed(lambda photo: measure(photo, signals, models), photos)


def scan_way(signals: Sequence[str], photos: Sequence[Path]) -> Answer:
    """What a scan does before anything is kept."""
    from wildwear.curation.measurer import measured
    from wildwear.curation.models import Models
    from wildwear.gathering import Photo

    started = time.perf_counter()
    named = [(photo.name, Photo(photo.name, photo)) for photo in photos]
    arrivals = [
        (time.perf_counter(), len(part))
        for part in measured(named, signals, Models(), workers=os.cpu_count() or 1)
    ]
    first, last = arrivals[0][0], arrivals[-1][0]
    return Answer(sum(rows for _, rows in arrivals[1:]), last - first, first - started)


def models_for(face_model: Path | None) -> "Models":
    """All models that a scan may look through."""
    from wildwear.curation.models import Models
    from wildwear.inference import find_model

    return Models(faces=face_model, garments=find_model("default"))


def speed(photos: Sequence[Path], face_model: Path | None, rounds: int) -> None:
    """Print photos a second, and what they are beside the thesis' way in the same round."""
    few = photos[:: max(1, len(photos) // HEAVY)]
    ways: dict[str, Callable[[], Answer]] = {COLOUR: partial(colour_script, photos)}
    peers: dict[str, str] = {}
    for name, signals in [*((name, [name]) for name in cheap()), (ALL, cheap())]:
        ways[name] = partial(one_process, signals, None, photos)
        peers[name] = COLOUR
    for name, signals in (("colour", ["colour"]), (ALL, cheap())):
        ways[f"scan: {name}"] = partial(scan_way, signals, photos)
        peers[f"scan: {name}"] = COLOUR
    if face_model is not None:
        ways["faces"] = partial(one_process, ["faces"], face_model, few)
    if find_spec(FACE_PEER):
        ways[FACES] = partial(faces_script, few)
        peers["faces"] = FACES
    for name in ("garments", "embedding"):
        ways[name] = partial(one_process, [name], face_model, few)
    ways["garments, embedding"] = partial(one_process, ["garments", "embedding"], face_model, few)
    answers = take_turns(ways, rounds)
    print("| | photos a second | beside the thesis' way |\n|---|---|---|")
    for name, given in answers.items():
        rates = [answer.rate for answer in given]
        peer = answers.get(peers.get(name, ""))
        beside = (
            spread([own.rate / other.rate for own, other in zip(given, peer, strict=True)], 2) if peer else ""
        )
        print(f"| {name} | {spread(rates)} | {beside} |")
    for name, least in BARS.items():
        ours = answers.get(f"scan: {name}", answers.get(name))
        peer = answers.get(peers.get(name, ""))
        if ours is None or peer is None:
            print(f"{name}, at least {least:g} times as fast: not measured")
            continue
        ratios = sorted(own.rate / other.rate for own, other in zip(ours, peer, strict=True))
        met = "yes" if ratios[len(ratios) // 2] >= least else "NO"
        print(f"{name}, at least {least:g} times as fast: {met}")
        figure, beside = spread([own.rate for own in ours]), f"{spread(ratios, 2)} × as fast"
        claim(f"photos a second, {name}", figure, peer=peers[name], beside=beside, met=met == "yes")
    starts = [answer.start for answer in answers[f"scan: {ALL}"]]
    print(f"seconds until the first rows of a scan: {spread(starts)}")


def decodes(photos: Sequence[Path], face_model: Path | None) -> float:
    """How often a photo is decoded for all its signals, on average, by OpenCV or Pillow."""
    import cv2
    from PIL import ImageFile

    from wildwear.curation.measuring import BY_NAME, measure

    count = 0
    imdecode, load = cv2.imdecode, ImageFile.ImageFile.load

    def counted(*given: object) -> object:
        nonlocal count
        count += 1
        return imdecode(*given)  # type: ignore[call-overload]

    def counted_load(image: ImageFile.ImageFile) -> object:
        nonlocal count
        count += bool(image.tile)  # which is empty once it is decoded
        return load(image)

    cv2.imdecode, ImageFile.ImageFile.load = counted, counted_load  # type: ignore[assignment,method-assign]
    try:
        models = models_for(face_model)
        wanted = [name for name, signal in BY_NAME.items() if models.key(signal.needs) is not None]
        for photo in photos:
            measure(photo, wanted, models)
    finally:
        cv2.imdecode, ImageFile.ImageFile.load = imdecode, load  # type: ignore[method-assign]
    return count / len(photos)


def memory_of_scan(photos: Sequence[Path], count: int) -> float:
    """The most memory that a scan of so many photos holds resident with all its processes, MB; what these
    share counts for each. The photos are linked as often as it takes."""
    from wildwear.curation import Catalog
    from wildwear.curation.models import Models
    from wildwear.curation.scanning import scan
    from wildwear.gathering import gather

    with tempfile.TemporaryDirectory() as folder:
        pool = linked(photos, count, Path(folder, "photos"))
        with held_by_all() as most:
            scan(gather([str(pool)]), Catalog(Path(folder, "catalog")), Models(), workers=os.cpu_count() or 1)
    return most()


def seconds_for_copies(count: int, copies: int) -> tuple[float, int]:
    """How long the copies take to find among so many photos with hashes at random, and how many are found of
    those that were put there: each differs from a photo in two bits."""
    import numpy as np
    import polars as pl

    from wildwear.curation.duplicates import with_duplicates
    from wildwear.imaging import PARTS

    random = np.random.default_rng(0)
    hashes = random.integers(1, 1 << 63, count, dtype=np.uint64)
    hashes[-copies:] = hashes[:copies] ^ (np.uint64(1) << random.integers(0, 32, copies).astype(np.uint64))
    hashes[-copies:] ^= np.uint64(1) << random.integers(32, 64, copies).astype(np.uint64)
    numbers = pl.int_range(count, eager=True)
    table = pl.DataFrame(
        {
            "photo": numbers.cast(pl.String) + ".jpg",
            "bytes": numbers,
            "megapixels": numbers.cast(pl.Float32),
            "sha256": numbers.hash().cast(pl.String),
            "photo_hash": hashes,
        }
    ).with_columns(part_hashes=pl.lit(None, pl.Array(pl.UInt64, PARTS)))
    started = time.perf_counter()
    found = with_duplicates(table)
    return time.perf_counter() - started, len(found.head(copies).filter("duplicate"))


def photos_of(folders: Sequence[Path], count: int) -> list[Path]:
    """As many photos as are wanted, from all folders alike."""
    photos = []
    for folder in folders:
        there = sorted(folder.glob("*.jpg"))
        share = count // len(folders)
        photos += there[:: max(1, len(there) // share)][:share]
    return photos


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders of photos, .jpg.")],
    face_model: Annotated[
        Path | None, typer.Option(help="YuNet's .onnx file; else faces are left out.")
    ] = None,
    photos: Annotated[int, typer.Option(min=10, help="Of a round.")] = PHOTOS,
    rounds: Annotated[int, typer.Option(min=1)] = ROUNDS,
    many: Annotated[int, typer.Option(min=FEW + 1, help="Photos of the larger scan for memory.")] = MANY,
    hashes: Annotated[int, typer.Option(min=100, help="Among which copies are found.")] = HASHES,
) -> None:
    """Print it all."""
    chosen = photos_of(folders, photos)
    print(f"{len(chosen)} photos of {', '.join(folder.name for folder in folders)}, {rounds} rounds, "
          f"{os.cpu_count()} cores\n")  # fmt: skip
    speed(chosen, face_model, rounds)
    print(f"decoded for all signals: {decodes(chosen[:HEAVY], face_model):.2f} times a photo")
    scans = {f"{count:,}": partial(memory_of_scan, chosen, count) for count in (FEW, many)}
    small, large = (given[0] for given in take_turns(scans, 1).values())
    met = "yes" if large <= MOST_GROWTH * small else "NO"
    print(f"memory of a scan: {small:,.0f} MB of {FEW:,} photos, {large:,.0f} MB of {many:,} "
          f"({large / small:.2f} times); at most {MOST_GROWTH:g} times: {met}")  # fmt: skip
    claim(f"memory of a scan of {many:,} photos, MB", f"{large:,.0f}", peer=f"of {FEW:,} photos",
          beside=f"{small:,.0f}", met=met == "yes")  # fmt: skip
    copies = hashes * COPIES // HASHES
    seconds, found = take_turns({"copies": partial(seconds_for_copies, hashes, copies)}, 1)["copies"][0]
    met = "yes" if seconds < MOST_SECONDS else "NO"
    claim(f"copies among {hashes:,} photos found, s", f"{seconds:.1f}", met=met == "yes")
    print(f"copies among {hashes:,} photos: {seconds:.1f} s, {found:,} of {copies:,} found; "
          f"under {MOST_SECONDS:g} s: {met}")  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
