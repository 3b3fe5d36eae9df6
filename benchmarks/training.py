"""Images a second of a training run as `wildwear train` does it, beside torchvision's reference loop.

Both train the same network on the same photos of CCP-30, in the same order and at the same size. Each
contender has a process of its own, in which it stays ready, and they take turns: in every round each does
some steps while the others wait, so that a busy minute hurts all alike.

Run: python benchmarks/training.py [CCP30_FOLDER] [--backbone resnet50] [--steps 12] [--rounds 5]
"""

import argparse
import math
import os
import platform
import re
import resource
import sys
import warnings
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout, suppress
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.transforms import functional as F

from contest import claim, spread
from wildwear import datasets
from wildwear.datasets import Dataset, Recipe
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.training import RunConfig, load_config, train
from wildwear.training.labels import Labels
from wildwear.training.loading import batches_of
from wildwear.training.module import GarmentTraining
from wildwear.training.run import has_bfloat16
from wildwear.training.samples import collate
from wildwear.training.start import first_model

CCP = Path(__file__).parents[2] / "shared" / "data" / "clothing-co-parsing"
STEPS, ROUNDS = 12, 5
LONG_SIDE = 448  # px
AT_LEAST = 1.0  # the bar: of torchvision's images a second, at equal precision
WORKERS = 4  # torchvision's default
WARM_UP = 2 * WORKERS  # steps of each turn that do not count: as many batches may have been read ahead

NOTES = f"""\
[b]images a second[/b]: median (quartiles) of the rounds; the first {WARM_UP} steps of a turn do not count. \
[b]MB[/b]: the most that the process held resident, without those that read photos for it. [b]ratio[/b]: \
wildwear's images a second over torchvision's in the same precision and round; median (quartiles).

[b]wildwear[/b]: wildwear.training.train with the run `wildwear-s-street`. One process reads: decodes photos \
(OpenCV) and masks (hotcoco), scales, flips, recolours and blurs them, as bytes. Lightning trains: AdamW, \
clipped gradients, averaged weights, a journal; what is freed stays with the process. Not as shipped: no \
crops, and {LONG_SIDE} px on the long side of every photo, so that both have the same pixels to learn from.
[b]torchvision[/b]: references/detection as published. {WORKERS} processes read: decode photos (Pillow) and \
masks (pycocotools) and flip them, as float32 of their full size. Its loop trains: GeneralizedRCNNTransform \
scales photos, boxes and masks in the model; SGD, the loss checked, meters kept. Its --amp is float16 on a \
GPU; here it is bfloat16. It has no regions that are not judged; the network's map of categories is made of \
the scaled masks.
In neither: measuring on val, checkpoints. Threads that wait for others sleep, unless OMP_WAIT_POLICY says \
otherwise.
"""


class Plan(NamedTuple):
    """What all contenders do."""

    data: Path  # what `wildwear data build ccp30` made
    backbone: str
    long_side: int  # px
    steps: int  # timed, a turn
    rounds: int
    threads: int


class Answer(NamedTuple):
    """What a contender says of one turn."""

    images_a_second: float
    memory: float  # MB, the most so far


class Contender(NamedTuple):
    """Who trains, and in which precision: `float32` or `bfloat16`."""

    way: str
    precision: str


Answers = dict[Contender, list[Answer]]


class OverError(Exception):
    """There are no more turns."""


class Turns:
    """Lets the training of this process go on only while it is its turn, and times it.

    Args:
        pipe: brings something when a turn begins, takes an `Answer` after it, and is closed in the end.
        steps: timed, a turn.
        images: a step.
    """

    def __init__(self, pipe: Connection, steps: int, images: int) -> None:
        self.pipe = pipe
        self.steps = steps
        self.images = images

    def wait(self) -> None:
        """Come back when it is the turn of this process. Raises `OverError` when there is none to come."""
        try:
            self.pipe.recv()
        except EOFError:  # closed
            raise OverError from None
        self.done, self.started = 0, math.nan

    def after_step(self, *_: Any) -> None:
        """To be called after every step."""
        self.done += 1
        if self.done in (WARM_UP, WARM_UP + self.steps) and torch.cuda.is_available():
            torch.cuda.synchronize()
        if self.done == WARM_UP:
            self.started = perf_counter()
        elif self.done == WARM_UP + self.steps:
            seconds = perf_counter() - self.started
            unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
            self.pipe.send(Answer(self.images * self.steps / seconds, memory))
            self.wait()


def run_config(plan: Plan, precision: str) -> RunConfig:
    """The run `wildwear-s-street` on photos of one size, or with another backbone."""
    length = plan.rounds * (WARM_UP + plan.steps) + 1  # so that val is never measured
    side = plan.long_side
    overrides = [
        f"precision={precision}",
        f"steps={length}",
        f"val_every={length}",
        "checkpoint_minutes=1000",
        "augmentation.crop_person=0",
        "augmentation.crop_half=0",
        f"augmentation.long_side=[{side}, {side}]",
        f"augmentation.max_side={side}",
        f"model.backbone={plan.backbone}",
    ]
    if "lite" not in plan.backbone:
        # Its weights are a download; torchvision leaves two stages as they are.
        overrides += ["model.pretrained=false", "model.frozen_stages=2"]
    return load_config("wildwear-s-street", overrides)


def wildwear_way(plan: Plan, precision: str, turns: Turns) -> None:
    """As wildwear's user trains."""
    with (
        patch.object(GarmentTraining, "on_train_batch_end", turns.after_step),
        TemporaryDirectory() as folder,
    ):
        train(run_config(plan, precision), plan.data, Path(folder) / "run")


def torchvision_way(plan: Plan, precision: str, turns: Turns) -> None:
    """As torchvision's references/detection train, after its `train.py` and `engine.py` (BSD 3-Clause)."""
    config = run_config(plan, precision)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set, val_set = (Dataset.load(plan.data / f"{split}.json") for split in ("train", "val"))
    network, _ = first_model(config, Labels.of(train_set, val_set))
    model = ResizingRcnn(network, plan.long_side).to(device).train()
    photos = CocoPhotos(plan.data / "images", plan.data / "train.json")
    loader: DataLoader[Any] = DataLoader(
        photos,
        batch_sampler=same_batches(config, train_set, photos.ids),
        num_workers=WORKERS,
        collate_fn=collate,
    )
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learnt, lr=0.02, momentum=0.9, weight_decay=1e-4)
    warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1e-3, total_iters=1000)
    meters: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=20))
    while True:
        for images, targets in loader:
            images = [image.to(device) for image in images]
            targets = [{name: value.to(device) for name, value in target.items()} for target in targets]
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16"):
                losses = model(images, targets)
                total = sum(losses.values())
            if not math.isfinite(total.item()):
                raise SystemExit(f"loss is {total.item()}: {losses}")
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            warm_up.step()
            for name, value in {"loss": total, **losses}.items():
                meters[name].append(value.item())
            turns.after_step()


class CocoPhotos(torchvision.datasets.CocoDetection):  # type: ignore[misc]
    """Photos with masks as its `coco_utils.py` makes them, mirrored by chance: its preset `hflip`."""

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """(3, h, w) float32 RGB in [0, 1]; boxes (n, 4) xyxy px, masks (n, h, w) uint8, labels (n,)."""
        photo, annotations = super().__getitem__(index)
        instances = [annotation for annotation in annotations if not annotation["iscrowd"]]
        boxes = torch.tensor([instance["bbox"] for instance in instances]).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        masks = np.zeros((len(instances), photo.height, photo.width), np.uint8)
        for mask, instance in zip(masks, instances, strict=True):
            mask[:] = self.coco.annToMask(instance)
        target = {
            "boxes": boxes,
            "masks": torch.from_numpy(masks),
            "labels": torch.tensor([instance["category_id"] for instance in instances], dtype=torch.int64),
            "image_id": torch.tensor(self.ids[index]),
        }
        if torch.rand(1) < 0.5:
            photo = F.hflip(photo)
            target["masks"] = target["masks"].flip(-1)
            boxes[:, [0, 2]] = photo.width - boxes[:, [2, 0]]
        return F.convert_image_dtype(F.pil_to_tensor(photo), torch.float32), target


class ResizingRcnn(nn.Module):
    """A `GarmentRcnn` that scales what it is given, as torchvision's own Mask R-CNN does.

    It leaves to the network what torchvision would do besides, on photos not yet scaled: their normalisation.
    """

    def __init__(self, network: GarmentRcnn, long_side: int) -> None:
        super().__init__()
        self.network = network
        self.transform = GeneralizedRCNNTransform(long_side, long_side, [0.0] * 3, [1.0] * 3)

    def forward(self, photos: list[Tensor], targets: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """Photos (3, h, w) float32 in [0, 1] and targets as `CocoPhotos` gives them, to losses."""
        pairs = zip(photos, targets, strict=True)
        scaled = [self.transform.resize(photo, dict(target)) for photo, target in pairs]
        complete = [target | self.rest_of(target) for _, target in scaled]
        losses: dict[str, Tensor]
        _, losses = self.network([photo * 255 for photo, _ in scaled], complete)
        return losses

    def rest_of(self, target: dict[str, Tensor]) -> dict[str, Tensor]:
        """What the network wants besides: no regions, and the map of categories where it learns one."""
        rest = {"regions": target["boxes"].new_zeros((0, 4))}
        if getattr(self.network.backbone, "semantic", None) is not None:
            rest["semantic"] = target["masks"].new_zeros(target["masks"].shape[1:])
            for mask, label in zip(target["masks"], target["labels"], strict=True):
                rest["semantic"][mask.bool()] = label.to(mask)
        return rest


def same_batches(config: RunConfig, train_set: Dataset, ids: list[int]) -> list[list[int]]:
    """The batches that wildwear's first epoch has, as places in `ids`."""
    place = {image_id: index for index, image_id in enumerate(ids)}
    drawn = batches_of(train_set, config)
    return [[place[train_set.images[draw.photo]["id"]] for draw in batch] for batch in drawn]


OURS, PEER = "wildwear", "torchvision"
WAYS: dict[str, Callable[[Plan, str, Turns], None]] = {OURS: wildwear_way, PEER: torchvision_way}


def contend(contender: Contender, plan: Plan, pipe: Connection) -> None:
    """Train whenever it is the turn of this process."""
    torch.set_num_threads(plan.threads)
    turns = Turns(pipe, plan.steps, run_config(plan, contender.precision).batch)
    pipe.send("what I need is imported")
    # torchvision's default is more than a small machine has cores.
    warnings.filterwarnings("ignore", message="This DataLoader will create")
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        suppress(OverError),
    ):
        turns.wait()
        WAYS[contender.way](plan, contender.precision, turns)


def measure(plan: Plan) -> Answers:
    """Let the contenders take turns. Raises `SystemExit` when one breaks off."""
    precisions = ["float32", "bfloat16"] if has_bfloat16() else ["float32"]
    contenders = [Contender(way, precision) for precision in precisions for way in WAYS]
    answers: Answers = {contender: [] for contender in contenders}
    context = get_context("spawn")
    with ExitStack() as stack:
        pipes = {}
        for contender in contenders:
            pipes[contender], theirs = context.Pipe()
            stack.enter_context(pipes[contender])
            context.Process(target=contend, args=(contender, plan, theirs)).start()
            theirs.close()
            hear(contender, pipes[contender])
        for done in range(plan.rounds):
            for contender, pipe in pipes.items():
                pipe.send("it is your turn")
                answers[contender].append(hear(contender, pipe))
                said = (
                    f"{contender.way} in {contender.precision} {answers[contender][-1].images_a_second:.2f}/s"
                )
                print(f"round {done + 1} of {plan.rounds}: {said}", file=sys.stderr)
    return answers


def require_one_epoch(plan: Plan) -> None:
    """Raise `SystemExit` where a second epoch would begin: torchvision's loop starts its readers anew then,
    which would weigh more the fewer photos there are."""
    photos = len(Dataset.load(plan.data / "train.json").images)
    needed = plan.rounds * (WARM_UP + plan.steps) * run_config(plan, "float32").batch
    if needed > photos:
        raise SystemExit(
            f"{plan.data}: has {photos} photos to train on, too few for {plan.rounds} rounds of {plan.steps} "
            f"steps and {WARM_UP} to warm up, which show {needed}; take fewer rounds or steps"
        )


def hear(contender: Contender, pipe: Connection) -> Any:
    """What a contender says next. Raises `SystemExit` when it breaks off."""
    try:
        return pipe.recv()
    except EOFError:
        raise SystemExit(f"{contender.way} in {contender.precision} broke off") from None


def show(answers: Answers, title: str) -> None:
    """Print the table, what it means, and whether the bar is met."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    def ratios(ours: Contender, theirs: Contender) -> list[float]:
        pairs = zip(answers[ours], answers[theirs], strict=True)
        return [own.images_a_second / peer.images_a_second for own, peer in pairs]

    table = Table("", "precision", "images a second", "MB", "ratio", title=title, box=SIMPLE)
    bars = []
    for contender, given in answers.items():
        way, precision = contender
        ratio = ""
        if way == OURS:
            of_rounds = ratios(contender, Contender(PEER, precision))
            ratio = spread(of_rounds, 2)
            met = "yes" if np.median(of_rounds) >= AT_LEAST else "NO"
            bars.append(f"both in {precision}, at least {AT_LEAST}: {met}")
            what, figure = f"images a second of training, {precision}", [one.images_a_second for one in given]
            claim(what, spread(figure, 2), peer=PEER, beside=f"{ratio} × as fast", met=met == "yes")
        speed, memory = spread([answer.images_a_second for answer in given], 2), given[-1].memory
        table.add_row(way, precision, speed, f"{memory:,.0f}", ratio)
    *_, shipped = (contender for contender in answers if contender.way == OURS)  # auto: the shortest it has
    published = Contender(PEER, "float32")
    said = (
        f"as shipped ({shipped.precision}) over as published ({published.precision}): "
        f"{spread(ratios(shipped, published), 2)}"
    )
    Console().print(table, NOTES, said, ", ".join(bars), sep="\n", highlight=False)


def machine() -> str:
    """The GPU, or else the processor, whose name Python does not know on Linux."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    listed = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", listed.read_text()) if listed.exists() else None
    return found[1] if found else platform.processor()


def main() -> None:
    """Parse, build the dataset where it is not there, measure, show."""
    parser = argparse.ArgumentParser(description="Training beside torchvision's reference loop.")
    parser.add_argument("data", nargs="?", type=Path, help="CCP-30 as built (default: built for this)")
    parser.add_argument("--backbone", default="efficientnet_lite2", help="of both, as in a run's config")
    parser.add_argument("--steps", type=int, default=STEPS, help="timed, a turn")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="turns of each contender")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for every contender")
    chosen = parser.parse_args()
    # For the processes to come. Beside other work, threads that spin make steps many times as long.
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with TemporaryDirectory() as folder:
        data = chosen.data or Path(folder) / "ccp30"
        if chosen.data is None:
            datasets.build(Recipe.read("ccp30"), {"ccp": CCP}, data)
        plan = Plan(data.resolve(), chosen.backbone, LONG_SIDE, chosen.steps, chosen.rounds, chosen.threads)
        require_one_epoch(plan)
        load = os.getloadavg()[0]
        answers = measure(plan)
    versions = ", ".join(f"{name} {version(name)}" for name in ("wildwear", "torch", "torchvision"))
    title = (
        f"{plan.backbone}, {run_config(plan, 'auto').batch} photos a step, {plan.steps} steps × "
        f"{plan.rounds} rounds\n{machine()}, {plan.threads} threads, load before {load:.1f}\n{versions}"
    )
    show(answers, title)


if __name__ == "__main__":
    main()
