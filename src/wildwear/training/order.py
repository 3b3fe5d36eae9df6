"""The order in which training photos are drawn: rare categories more often, like sizes in one step, shared
among processes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch.utils.data import Sampler

from wildwear.datasets import Dataset
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import kind_called, photo_kind
from wildwear.errors import DatasetError
from wildwear.training.augmentation import Extent, choose_frame, seeded
from wildwear.training.config import AugmentationConfig

WINDOW = 16  # steps whose photos are put like to like: most of the padding goes, and an epoch stays mixed
WIDTHS = 4  # parts of such a window by width


class Draw(NamedTuple):
    """One photo of one epoch, and what its variation is drawn from."""

    photo: int  # its place in the dataset
    seed: int
    other: int | None = None  # the photo whose garments may be laid over it


class RepeatFactorSampler(Sampler[int]):
    """Photos of rare categories come up to several times an epoch.

    Source: Gupta, Dollár and Girshick, "LVIS", CVPR 2019, appendix: a category on a share f of the photos
    repeats its photos sqrt(threshold / f) times, and never less than once; fractions are drawn anew each
    epoch. `weights` multiplies that for the photos of a source: see `photo_weights`.
    """

    def __init__(
        self, dataset: Dataset, threshold: float, seed: int, weights: Mapping[str, float] | None = None
    ) -> None:
        annotations = dataset.annotations_by_image()
        kinds = {
            image["id"]: {a["category_id"] for a in annotations.get(image["id"], []) if not a.get("iscrowd")}
            for image in dataset.images
        }
        photos = Counter(category for present in kinds.values() for category in present)
        wanted = {c: max(1.0, math.sqrt(threshold * len(kinds) / count)) for c, count in photos.items()}
        self.factors = torch.tensor(
            [
                max((wanted[category] for category in kinds[image["id"]]), default=1.0) * weight
                for image, weight in zip(dataset.images, photo_weights(dataset, weights or {}), strict=True)
            ]
        )
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning says which epoch begins, so that a resumed run draws as an unbroken one."""
        self.epoch = epoch

    def __len__(self) -> int:
        return int(self.factors.sum())

    def __iter__(self) -> Iterator[int]:
        return iter(self.order())

    def order(self) -> list[int]:
        """The indices of this epoch, shuffled."""
        generator = torch.Generator().manual_seed(self.seed * 10_007 + self.epoch)
        # Systematic draws: one offset for all photos, so that every epoch is as long as Lightning counts on.
        edges = (self.factors.double().cumsum(0) + torch.rand(1, generator=generator)).floor().long()
        repeats = edges.diff(prepend=edges.new_zeros(1))
        indices = torch.repeat_interleave(torch.arange(len(repeats)), repeats)
        shuffled: list[int] = indices[torch.randperm(len(indices), generator=generator)].tolist()
        return shuffled[: len(self)]


def photo_weights(dataset: Dataset, weights: Mapping[str, float]) -> list[float]:
    """The weight of each photo: of the folder that it lies in, else of its kind, else 1.

    Args:
        dataset: its photos.
        weights: by kind of photo, in any of the words of `terms.photo_kind`; or by folder, the first part of
            a file name, which in what a recipe built is the recipe's name for a source.

    Raises:
        DatasetError: no photo is of that kind or in that folder, so that the weight would change nothing,
            silently; or two are of one kind.
    """
    kinds = {kind for kind in map(photo_kind, dataset.images) if kind}
    folders = {folder for folder in map(folder_of, dataset.images) if folder}
    by_kind: dict[str | None, float] = {}
    by_folder: dict[str | None, float] = {}
    named: dict[str, str] = {}
    for source, weight in weights.items():
        kind = kind_called(source)
        if kind in kinds:
            if kind in named:
                raise DatasetError(f"data.weights names {kind} twice, as {named[kind]} and {source}")
            named[kind], by_kind[kind] = source, weight
        elif source in folders:
            by_folder[source] = weight
        else:
            has = ", ".join(sorted(kinds | folders)) or "no photo states one"
            raise DatasetError(f"{dataset.path}: data.weights names {source}; its sources: {has}")
    return [by_folder.get(folder_of(image), by_kind.get(photo_kind(image), 1.0)) for image in dataset.images]


def folder_of(image: Record) -> str | None:
    """The first folder of a photo's name; None where it has none."""
    folder, slash, _ = str(image.get("file_name", "")).partition("/")
    return folder if slash else None


class ViewSizes:
    """How large the view of a draw will be, before its photo is read.

    Told from the boxes of its annotations, which are some pixels off where masks are rounded otherwise, or a
    cached photo is smaller: near enough to put like with like.
    """

    def __init__(self, dataset: Dataset, config: AugmentationConfig) -> None:
        annotations = dataset.annotations_by_image()
        self.photos = [
            ((int(image["height"]), int(image["width"])), box_around(annotations.get(image["id"], [])))
            for image in dataset.images
        ]
        self.config = config

    def __call__(self, draw: Draw) -> tuple[int, int]:
        """Height and width, px."""
        size, extent = self.photos[draw.photo]
        with seeded(draw.seed):
            return choose_frame(extent, size, self.config).size


def box_around(annotations: Sequence[dict[str, Any]]) -> Extent | None:
    """The box around the garments of a photo, to whole pixels; None where there are none."""
    boxes = [one["bbox"] for one in annotations if not one.get("iscrowd") and one.get("bbox")]
    if not boxes:
        return None
    lefts, tops, widths, heights = zip(*boxes, strict=True)
    rights = [left + width for left, width in zip(lefts, widths, strict=True)]
    bottoms = [top + height for top, height in zip(tops, heights, strict=True)]
    return round(min(lefts)), round(min(tops)), round(max(rights)), round(max(bottoms))


class Batches(Sampler[list[Draw]]):
    """The batches of one process out of several: the draws of a `RepeatFactorSampler`, like beside like.

    A step takes `batch` photos in all, in `accumulate` parts; the processes share each part. So the photos of
    a step, and their variation, are the same however many processes there are. A part is padded to its
    largest view, so steps are made of views of like width and height (portraits with portraits), out of
    `WINDOW` steps at a time; all steps of the epoch then come in any order.

    Args:
        sampler: the photos of an epoch.
        sizes: height and width of the view of a draw.
        batch: photos a step.
        accumulate: parts a step.
    """

    def __init__(
        self,
        sampler: RepeatFactorSampler,
        sizes: Callable[[Draw], tuple[int, int]],
        batch: int,
        accumulate: int = 1,
    ) -> None:
        self.sampler = sampler  # Lightning tells it the epoch
        self.sizes = sizes
        self.batch = batch
        self.part = batch // accumulate
        self.parts = len(sampler) // batch * accumulate
        self.skip = 0  # parts of the next epoch that were done before the run was broken off
        self.share(rank=0, world=1)

    def share(self, rank: int, world: int) -> None:
        """Say which process this is, out of how many."""
        self.rank = rank
        self.own = self.part // world

    def __len__(self) -> int:
        return self.parts

    def __iter__(self) -> Iterator[list[Draw]]:
        draws = [draw for step in self.steps() for draw in step]
        begin, self.skip = self.skip, 0
        for number in range(begin, self.parts):
            start = number * self.part + self.rank * self.own
            yield draws[start : start + self.own]

    def steps(self) -> list[list[Draw]]:
        """The draws of each step of this epoch, which follow from the seed and its number alone."""
        number = self.sampler.seed * 10_007 + self.sampler.epoch
        count = len(self.sampler) // self.batch
        order = self.sampler.order()[: count * self.batch]
        # The photos to paste from come in the same proportions: rare categories more often.
        draws = [
            Draw(photo, number * 1_000_003 + place, other=order[place - 1])
            for place, photo in enumerate(order)
        ]
        steps: list[list[Draw]] = []
        for start in range(0, count, WINDOW):
            window = draws[start * self.batch : (start + WINDOW) * self.batch]
            steps += alike([(self.sizes(draw), draw) for draw in window], self.batch)
        shuffle = torch.randperm(count, generator=torch.Generator().manual_seed(number))
        return [steps[place] for place in shuffle.tolist()]


def alike(window: list[tuple[tuple[int, int], Draw]], batch: int) -> list[list[Draw]]:
    """Steps of views of like size: the draws by width in a few parts, and each part by height."""
    by_width = sorted(window, key=lambda sized: sized[0][1])
    wide = -(-len(window) // (WIDTHS * batch)) * batch
    found: list[list[Draw]] = []
    for start in range(0, len(window), wide):
        by_height = [draw for _, draw in sorted(by_width[start : start + wide])]
        found += [by_height[at : at + batch] for at in range(0, len(by_height), batch)]
    return found
