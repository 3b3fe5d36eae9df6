"""The order in which training photos are drawn: rare categories more often, shared among processes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError


class Draw(NamedTuple):
    """One photo of one epoch, and what its variation is drawn from."""

    photo: int  # its place in the dataset
    seed: int


class RepeatFactorSampler(Sampler[int]):
    """Photos of rare categories come up to several times an epoch.

    Source: Gupta, Dollár and Girshick, "LVIS", CVPR 2019, appendix: a category on a share f of the photos
    repeats its photos sqrt(threshold / f) times, and never less than once; fractions are drawn anew each
    epoch. `weights` multiplies that for the photos of a source.
    """

    def __init__(
        self, dataset: Dataset, threshold: float, seed: int, weights: Mapping[str, float] | None = None
    ) -> None:
        refuse_unknown_sources(dataset, weights or {})
        annotations = dataset.annotations_by_image()
        kinds = {
            image["id"]: {a["category_id"] for a in annotations.get(image["id"], []) if not a.get("iscrowd")}
            for image in dataset.images
        }
        photos = Counter(category for present in kinds.values() for category in present)
        wanted = {c: max(1.0, math.sqrt(threshold * len(kinds) / count)) for c, count in photos.items()}
        self.factors = torch.tensor(
            [
                max((wanted[category] for category in kinds[image["id"]]), default=1.0)
                * (weights or {}).get(image.get("source", ""), 1.0)
                for image in dataset.images
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


def refuse_unknown_sources(dataset: Dataset, weights: Mapping[str, float]) -> None:
    """Raise `DatasetError` for a weight of a source that no photo has: it would change nothing, silently."""
    sources = {str(image["source"]) for image in dataset.images if image.get("source")}
    for source in weights:
        if source not in sources:
            has = ", ".join(sorted(sources)) or "no photo states one"
            raise DatasetError(f"{dataset.path}: data.weights names {source}; its sources: {has}")


class Batches(Sampler[list[Draw]]):
    """The batches of one process out of several, in the order of a `RepeatFactorSampler`.

    A step takes `batch` photos in all, in `accumulate` parts; the processes share each part. So the photos of
    a step, and their variation, are the same however many processes there are.
    """

    def __init__(self, sampler: RepeatFactorSampler, batch: int, accumulate: int = 1) -> None:
        self.sampler = sampler  # Lightning tells it the epoch
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
        order = self.sampler.order()
        first = (self.sampler.seed * 10_007 + self.sampler.epoch) * 1_000_003
        begin, self.skip = self.skip, 0
        for number in range(begin, self.parts):
            start = number * self.part + self.rank * self.own
            yield [Draw(order[place], first + place) for place in range(start, start + self.own)]
