"""Datasets as torch sees them: samples of photos and masks, and a sampler that shows rare categories more
often."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset as TorchDataset
from torch.utils.data import Sampler

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.training.augmentation import Sample, to_target


class GarmentPhotos(TorchDataset[tuple[torch.Tensor, dict[str, Any]]]):
    """Photos of a dataset with their targets, each passed through `view` (see `augmentation`)."""

    def __init__(self, dataset: Dataset, images_dir: Path, view: Callable[[Sample], Sample]) -> None:
        self.dataset = dataset
        self.images_dir = images_dir
        self.view = view
        self.annotations = dataset.annotations_by_image()

    def __len__(self) -> int:
        return len(self.dataset.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, dict[str, Any]]:
        """One view: the photo (3, h, w) uint8 RGB and its target; `image_id` and `size` (h, w) are the
        original's."""
        record = self.dataset.images[index]
        photo = imaging.read_photo(self.dataset.photo_path(record, self.images_dir))
        sample = self.view(to_sample(photo, self.annotations.get(record["id"], [])))
        size = (int(photo.shape[0]), int(photo.shape[1]))
        return sample["image"], {
            **to_target(sample),
            "image_id": record["id"],
            "size": size,
        }


def to_sample(photo: np.ndarray[Any, Any], annotations: list[dict[str, Any]]) -> Sample:
    """Photo and annotations as tensors; the regions that are not judged become one map."""
    size = photo.shape[:2]
    judged_not = np.zeros(size, np.uint8)
    # CCP-30 writes such a region once in each of the 30 categories.
    for segmentation in {
        str(a["segmentation"]): a["segmentation"] for a in annotations if a.get("iscrowd")
    }.values():
        judged_not |= imaging.decode(imaging.as_rle(segmentation, size))
    instances = [annotation for annotation in annotations if not annotation.get("iscrowd")]
    masks = [imaging.decode(imaging.as_rle(instance["segmentation"], size)) for instance in instances]
    return {
        "image": torch.from_numpy(photo).permute(2, 0, 1),
        "masks": torch.from_numpy(np.stack(masks).astype(np.uint8))
        if masks
        else torch.zeros(0, *size, dtype=torch.uint8),
        "labels": torch.tensor([instance["category_id"] for instance in instances], dtype=torch.int64),
        "judged_not": torch.from_numpy(judged_not),
    }


class RepeatFactorSampler(Sampler[int]):
    """Photos of rare categories come up to several times an epoch.

    Source: Gupta, Dollár and Girshick, "LVIS", CVPR 2019, appendix: a category on a share f of the photos
    repeats its photos sqrt(threshold / f) times, and never less than once; fractions are drawn anew each
    epoch.
    """

    def __init__(self, dataset: Dataset, threshold: float, seed: int) -> None:
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


def collate(
    batch: list[tuple[torch.Tensor, dict[str, Any]]],
) -> tuple[list[torch.Tensor], list[dict[str, Any]]]:
    """A batch of photos of several sizes: two lists, since the network pads them itself."""
    photos, targets = zip(*batch, strict=True)
    return list(photos), list(targets)
