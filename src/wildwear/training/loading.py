"""What the trainer reads: varied training views in the order of `Batches`, and val photos as they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.training.augmentation import scale_to, vary
from wildwear.training.config import RunConfig
from wildwear.training.labels import Labels
from wildwear.training.order import Batches, Draw, RepeatFactorSampler, ViewSizes
from wildwear.training.samples import Cache, GarmentPhotos, collate


def batches_of(train: Dataset, config: RunConfig) -> Batches:
    """The order in which a run learns from its photos. Raises `DatasetError` where they make no batch."""
    sampler = RepeatFactorSampler(train, config.data.repeat_threshold, config.seed, config.data.weights)
    batches = Batches(sampler, ViewSizes(train, config.augmentation), config.batch, config.accumulate)
    if not len(batches):
        raise DatasetError(f"{train.path}: {len(sampler)} photos make no batch of {config.batch}")
    return batches


class GarmentData(pl.LightningDataModule):
    """The photos of a run, shared among its processes; `batches` is the order in which they are learnt from.

    Raises `DatasetError` where the training photos do not make one batch.
    """

    def __init__(
        self, config: RunConfig, train: Dataset, val: Dataset, images: Path, labels: Labels, journal: Path
    ) -> None:
        super().__init__()
        self.config = config
        self.train, self.val = train, val
        self.images = images
        self.labels = labels
        self.journal = journal
        self.batches = batches_of(train, config)

    def train_dataloader(self) -> DataLoader[Any]:
        """Varied views; what cannot be read is replaced and noted."""
        assert self.trainer is not None
        config = self.config
        # A close-up shows half a photo.
        kept_side = 2 * config.augmentation.max_side
        photos = GarmentPhotos(
            self.train,
            self.images,
            self.labels.label,
            partial(vary, config=config.augmentation),
            paste=config.augmentation.paste,
            cache=Cache(config.data.cache, kept_side) if config.data.cache else None,
            journal=self.journal,
        )
        self.batches.share(self.trainer.global_rank, self.trainer.world_size)
        return DataLoader(photos, batch_sampler=self.batches, **self.reading())

    def val_dataloader(self) -> DataLoader[Any]:
        """Whole photos at the model's size."""
        assert self.trainer is not None
        model = self.config.model
        view = partial(scale_to, long_side=model.long_side, short_side=model.short_side)
        photos = GarmentPhotos(self.val, self.images, self.labels.label, view)
        own = range(self.trainer.global_rank, len(photos), self.trainer.world_size)
        sampler = [Draw(index, seed=index) for index in own]
        return DataLoader(photos, batch_size=1, sampler=sampler, **self.reading())

    def reading(self) -> dict[str, Any]:
        """How both are read."""
        return {
            "collate_fn": collate,
            "num_workers": self.config.workers,
            "persistent_workers": self.config.workers > 0,
            "pin_memory": torch.cuda.is_available(),
        }
