"""Datasets as torch sees them: photos with the masks of their garments, read and passed through a view."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset as TorchDataset

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, WildwearError
from wildwear.files import replacing
from wildwear.imaging.arrays import Pixels
from wildwear.training.augmentation import Sample, paste, seeded, to_target
from wildwear.training.order import Draw


@dataclass(frozen=True)
class Cache:
    """Photos decoded once and kept at the size that training needs at most."""

    folder: Path
    long_side: int

    def read(self, path: Path) -> Pixels:
        """A photo as (h, w, 3) uint8 RGB, its long side at most `long_side`; decoded where it is not kept."""
        state = path.stat()
        key = f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}|{self.long_side}"
        kept = self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
        if kept.exists():
            pixels: Pixels = np.load(kept)
            return pixels
        photo = imaging.read_photo(path)
        scale = self.long_side / max(photo.shape)
        if scale < 1:
            size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
            photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as temporary, temporary.open("wb") as file:
            np.save(file, photo)
        return photo


class GarmentPhotos(TorchDataset[tuple[torch.Tensor, dict[str, Any]]]):
    """Photos of a dataset with their targets, each passed through `view` (see `augmentation`).

    Args:
        dataset: what to show.
        images_dir: where its photos lie.
        labels: the network's label of each category id.
        view: what is done to a sample.
        paste: share of views that get garments of another photo, too.
        cache: where decoded photos are kept, if they are.
        journal: a file that takes a line for each photo that could not be read; another is shown in its
            place. Without one, such a photo raises.
    """

    def __init__(
        self,
        dataset: Dataset,
        images_dir: Path,
        labels: dict[int, int],
        view: Callable[[Sample], Sample],
        *,
        paste: float = 0.0,
        cache: Cache | None = None,
        journal: Path | None = None,
    ) -> None:
        self.dataset = dataset
        self.images_dir = images_dir
        self.labels = labels
        self.view = view
        self.paste = paste
        self.cache = cache
        self.journal = journal
        self.annotations = dataset.annotations_by_image()

    def __len__(self) -> int:
        return len(self.dataset.images)

    def __getitem__(self, draw: Draw) -> tuple[torch.Tensor, dict[str, Any]]:
        """One view: the photo (3, h, w) uint8 RGB and its target; `image_id` and `size` (h, w) are the
        original's."""
        record, sample = self.read(draw.photo)
        with seeded(draw.seed):
            view = self.view(sample)
            if draw.other is not None and random.random() < self.paste:
                view = paste(view, self.view(self.read(draw.other)[1]))
        size = (int(record["height"]), int(record["width"]))
        return view["image"], {**to_target(view), "image_id": record["id"], "size": size, "seed": draw.seed}

    def read(self, place: int) -> tuple[dict[str, Any], Sample]:
        """The record and the sample of the photo at a place, or of the next one that can be read.

        Raises:
            DatasetError: none can.
            PhotoError, MaskError: this one cannot, and there is no journal to say so.
        """
        for index in range(place, place + len(self)):
            record = self.dataset.images[index % len(self)]
            try:
                return record, self.sample(record)
            except WildwearError as error:
                if self.journal is None:
                    raise
                line = json.dumps({"photo": record["file_name"], "reason": str(error)})
                with self.journal.open("a", encoding="ascii") as file:
                    file.write(line + "\n")
        raise DatasetError(f"{self.dataset.path}: none of its {len(self)} photos can be read")

    def sample(self, record: dict[str, Any]) -> Sample:
        """What an image record says, with its photo. Raises `PhotoError` or `MaskError` where it cannot be
        read."""
        path = self.dataset.photo_path(record, self.images_dir)
        photo = imaging.read_photo(path) if self.cache is None else self.cache.read(path)
        size = (int(record["height"]), int(record["width"]))
        return to_sample(photo, size, self.annotations.get(record["id"], []), self.labels)


def to_sample(
    photo: Pixels, size: tuple[int, int], annotations: list[dict[str, Any]], labels: dict[int, int]
) -> Sample:
    """Photo and annotations as tensors; the regions that are not judged become one map.

    Args:
        photo: (h, w, 3) uint8 RGB; where it is smaller than `size`, masks are scaled to it.
        size: (height, width) px that the annotations are drawn on.
        annotations: COCO records of this photo.
        labels: the network's label of each category id.
    """
    height, width = photo.shape[:2]

    def mask_of(segmentation: Any) -> NDArray[np.uint8]:
        mask = imaging.decode(imaging.as_rle(segmentation, size)).astype(np.uint8)
        if mask.shape != (height, width):
            mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT).astype(np.uint8)
        return mask

    judged_not = np.zeros((height, width), np.uint8)
    # CCP-30 writes such a region once in each of the 30 categories.
    for segmentation in {
        str(a["segmentation"]): a["segmentation"] for a in annotations if a.get("iscrowd")
    }.values():
        judged_not |= mask_of(segmentation)
    instances = [annotation for annotation in annotations if not annotation.get("iscrowd")]
    masks = [mask_of(instance["segmentation"]) for instance in instances]
    return {
        "image": torch.from_numpy(photo).permute(2, 0, 1),
        "masks": torch.from_numpy(np.stack(masks))
        if masks
        else torch.zeros(0, height, width, dtype=torch.uint8),
        "labels": torch.tensor(
            [labels[instance["category_id"]] for instance in instances], dtype=torch.int64
        ),
        "judged_not": torch.from_numpy(judged_not),
    }


def collate(
    batch: list[tuple[torch.Tensor, dict[str, Any]]],
) -> tuple[list[torch.Tensor], list[dict[str, Any]]]:
    """A batch of photos of several sizes: two lists, since the network pads them itself."""
    photos, targets = zip(*batch, strict=True)
    return list(photos), list(targets)
