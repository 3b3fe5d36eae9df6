"""The Lightning module: losses, optimiser, schedule, and what is measured on val after each epoch."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from wildwear import imaging
from wildwear.errors import ModelError
from wildwear.inference.pasting import paste
from wildwear.models.mask_rcnn import GarmentRcnn
from wildwear.training.config import RunConfig
from wildwear.training.labels import Labels

Batch = tuple[list[Tensor], list[dict[str, Any]]]

# Weights of the losses; the semantic map is a helper of the heads (Chen et al., HTC, CVPR 2019, has 0.2 at
# 640 times the data).
LOSS_WEIGHTS = {"semantic": 0.5}


class GarmentTraining(pl.LightningModule):
    """Trains one `GarmentRcnn`.

    `shares` holds the parameters to learn by their rate, `measured` the losses and accuracies of the last
    batch, `predictions` (COCO results) and `val_losses` what the measurement on val that is running has found
    so far. Raises `ModelError` where everything is frozen.
    """

    def __init__(self, model: GarmentRcnn, config: RunConfig, labels: Labels) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.shares = rate_shares(model, config)
        if not self.shares:
            raise ModelError("freeze leaves nothing to learn")
        self.category_ids = [category["id"] for category in labels.categories]
        self.measured: dict[str, Tensor] = {}
        self.predictions: list[dict[str, Any]] = []
        self.val_losses: list[float] = []

    def forward(self, *arguments: Any) -> Any:
        """As the network's."""
        return self.model(*arguments)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The weighted sum of the losses of one batch."""
        photos, targets = batch
        _, losses = self.model(photos, targets)
        total = weighted_sum(losses)
        measured = {"loss": total, **losses, **self.model.roi_heads.accuracies}
        self.measured = {f"train/{name}": value.detach() for name, value in measured.items()}
        self.log("train/loss", total.detach(), batch_size=len(photos))
        return total

    def validation_step(self, batch: Batch, _: int) -> None:
        """Loss and detections of one batch of val."""
        photos, targets = batch
        with losses_only(self.model):
            _, losses = self.model(photos, targets)
        self.val_losses += [float(weighted_sum(losses))] * len(photos)
        detections, _ = self.model(photos)
        for photo, target, found in zip(photos, targets, detections, strict=True):
            scaled = (photo.shape[1], photo.shape[2])
            results = to_results(found, target["image_id"], scaled, target["size"])
            for result in results:
                result["category_id"] = self.category_ids[result["category_id"] - 1]
            self.predictions += results

    def configure_optimizers(self) -> Any:
        """AdamW or SGD with a slower backbone; warm-up, then a cosine to zero or steps by ten."""
        groups = [
            {"params": parameters, "lr": self.config.learning_rate * share}
            for share, parameters in sorted(self.shares.items(), reverse=True)
        ]
        optimizer: torch.optim.Optimizer
        if self.config.optimizer == "sgd":
            optimizer = torch.optim.SGD(groups, momentum=0.9, weight_decay=self.config.weight_decay)
        else:
            optimizer = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)
        total = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: learning_rate_factor(step, total, self.config)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def rate_shares(model: GarmentRcnn, config: RunConfig) -> dict[float, list[nn.Parameter]]:
    """The parameters to learn by their learning rate, as a share of the run's.

    `layer_decay` falls from the backbone's last stage to its first (Clark et al., "ELECTRA", ICLR 2020,
    introduced such rates; Bao et al., "BEiT", ICLR 2022, brought them to vision).
    """
    stages = sorted({stage for name, _ in model.named_parameters() if (stage := backbone_stage(name))})
    shares: dict[float, list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if name.startswith(config.freeze):
            parameter.requires_grad_(False)
        if not parameter.requires_grad:
            continue
        stage = backbone_stage(name)
        depth = len(stages) - 1 - stages.index(stage) if stage else 0
        shares[config.backbone_rate * config.layer_decay**depth if stage else 1.0].append(parameter)
    return dict(shares)


def backbone_stage(name: str) -> str:
    """The stage of the backbone that a weight belongs to, in an order that sorts; empty outside of it."""
    if not name.startswith("backbone.body."):
        return ""
    part, number, *_ = name.removeprefix("backbone.body.").split(".")
    return f"1 {number}" if part == "blocks" else f"1 {part}" if part.startswith("layer") else "0 stem"


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
