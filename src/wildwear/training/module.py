"""The Lightning module: losses, optimiser, schedule, and what is measured on val after each epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from wildwear import imaging
from wildwear.inference.pasting import paste
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.training.config import RunConfig

Batch = tuple[list[Tensor], list[dict[str, Any]]]

# Weights of the losses; the semantic map is a helper of the heads (Chen et al., HTC, CVPR 2019, has 0.2 at
# 640 times the data).
LOSS_WEIGHTS = {"semantic": 0.5}


class GarmentTraining(pl.LightningModule):
    """Trains one `GarmentRcnn`; `predictions` holds the COCO results of the val epoch that is running."""

    def __init__(self, model: GarmentRcnn, config: RunConfig) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.predictions: list[dict[str, Any]] = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The weighted sum of the losses of one batch."""
        photos, targets = batch
        _, losses = self.model(photos, targets)
        total = weighted_sum(losses)
        self.log_dict(
            {f"train/{name}": loss.detach() for name, loss in losses.items()}, batch_size=len(photos)
        )
        self.log("train/loss", total.detach(), prog_bar=True, batch_size=len(photos))
        return total

    def validation_step(self, batch: Batch, _: int) -> None:
        """Loss and detections of one batch of val."""
        photos, targets = batch
        with losses_only(self.model):
            _, losses = self.model(photos, targets)
        self.log("val/loss", weighted_sum(losses), batch_size=len(photos))
        detections, _ = self.model(photos)
        for photo, target, found in zip(photos, targets, detections, strict=True):
            scaled = (photo.shape[1], photo.shape[2])
            self.predictions += to_results(found, target["image_id"], scaled, target["size"])

    def configure_optimizers(self) -> Any:
        """AdamW with a slower backbone; warm-up, then a cosine to zero or steps by ten."""
        body: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                (body if name.startswith("backbone.body") else rest).append(parameter)
        rate = self.config.learning_rate
        groups = [{"params": rest, "lr": rate}, {"params": body, "lr": rate * self.config.backbone_rate}]
        optimizer = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)
        total = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: learning_rate_factor(step, total, self.config)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def learning_rate_factor(step: int, total: int, config: RunConfig) -> float:
    """Share of the base learning rate at a step of `total`."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = min(1.0, step / max(1, total))
    if config.schedule == "step":
        return 0.1 ** sum(done >= decay for decay in config.decays)
    return 0.5 * (1 + math.cos(math.pi * done))


def weighted_sum(losses: dict[str, Tensor]) -> Tensor:
    """All losses as one."""
    return torch.stack([loss * LOSS_WEIGHTS.get(name, 1.0) for name, loss in losses.items()]).sum()


@contextmanager
def losses_only(model: GarmentRcnn) -> Iterator[None]:
    """Have an evaluated model return losses: training mode, except for normalisation, whose statistics must
    not move."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
    try:
        yield
    finally:
        model.eval()


def to_results(
    found: dict[str, Tensor], image_id: int, scaled: tuple[int, int], size: tuple[int, int]
) -> list[dict[str, Any]]:
    """Detections in a scaled photo as COCO results (bbox `xywh`, RLE) in the original's pixels.

    Args:
        found: boxes (n, 4) xyxy px of the scaled photo, scores (n,), labels (n,), masks (n, 1, 28, 28).
        image_id: of the photo.
        scaled: (height, width) the network saw.
        size: (height, width) of the original.
    """
    found = {name: tensor.float().cpu() for name, tensor in found.items()}
    ratio = np.array([size[1] / scaled[1], size[0] / scaled[0]] * 2, np.float32)
    boxes = found["boxes"].numpy() * ratio
    results = []
    for box, score, label, mask in zip(
        boxes,
        found["scores"].tolist(),
        found["labels"].int().tolist(),
        found["masks"][:, 0].numpy(),
        strict=True,
    ):
        x1, y1, x2, y2 = (float(value) for value in box)
        rle: imaging.Rle = paste(mask, box, size)
        results.append(
            {
                "image_id": image_id,
                "category_id": label,
                "score": score,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "segmentation": rle,
            }
        )
    return results
