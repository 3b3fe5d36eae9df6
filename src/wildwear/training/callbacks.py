"""What happens beside the steps of a run: its journal, its checkpoints, its best model, its pictures."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback

from wildwear import evaluation, imaging, reporting
from wildwear.datasets import Dataset
from wildwear.errors import ModelError
from wildwear.files import write_atomically
from wildwear.models.checkpoints import save_checkpoint
from wildwear.runs.folder import BEST
from wildwear.runs.history import Row, read_lines, to_line
from wildwear.training.labels import Labels
from wildwear.training.module import GarmentTraining
from wildwear.training.order import Batches
from wildwear.version import __version__

LAST = "last.ckpt"
HOPELESS = 20  # steps without a finite gradient, one after the other, after which a run gives up
SHOWN = 0.5  # least score of what a picture shows
PICTURE = 720  # px, the long side of a picture


class TimeIsUpError(Exception):
    """The run has had its time; its checkpoint is written."""


class Journal(Callback):
    """Writes `metrics.jsonl` (see `runs.history`): means over the steps since the row before, and figures on
    val."""

    def __init__(self, path: Path, every: int) -> None:
        self.path = path
        self.every = every
        self.values: defaultdict[str, list[float]] = defaultdict(list)
        self.seconds = 0.0  # of the run, up to the last part that was resumed
        self.started = time.monotonic()

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Drop the rows that a broken-off part wrote after the checkpoint which this part goes on from."""
        self.started = time.monotonic()
        if trainer.is_global_zero and self.path.exists():
            kept = [row for row in read_lines(self.path, "step") if row["step"] <= trainer.global_step]
            write_atomically(self.path, "".join(map(to_line, kept)).encode())

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add up the losses; write a row where it is time."""
        assert isinstance(module, GarmentTraining)
        for name, value in module.measured.items():
            self.values[name].append(float(value))
        accumulate = trainer.accumulate_grad_batches
        if (batch_idx + 1) % accumulate == 0 and trainer.global_step % self.every == 0:
            # A batch without garments has no mask accuracy.
            means = {name: float(np.nanmean(values)) for name, values in self.values.items()}
            if trainer.world_size > 1:  # every process has seen photos of its own
                reduced = trainer.strategy.reduce(torch.tensor(list(means.values())), reduce_op="mean")
                means = dict(zip(means, reduced.tolist(), strict=True))
            self.values.clear()
            self.write(trainer, {"learning_rate": trainer.optimizers[0].param_groups[0]["lr"], **means})

    def write(self, trainer: pl.Trainer, row: Row) -> None:
        """Append a row with step, epoch and seconds."""
        if trainer.is_global_zero:
            seconds = round(self.seconds + time.monotonic() - self.started, 2)
            head = {"step": trainer.global_step, "epoch": trainer.current_epoch, "seconds": seconds}
            with self.path.open("a", encoding="utf-8") as file:
                file.write(to_line({**head, **row}))

    def state_dict(self) -> dict[str, Any]:
        """The time that the run has taken."""
        return {"seconds": self.seconds + time.monotonic() - self.started}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on counting from the part before."""
        self.seconds = state["seconds"]


class KeepLast(Callback):
    """Writes `last.ckpt` every few minutes, at the end of every epoch, on SIGTERM and when time is up.

    Lightning restarts the shuffle of an epoch that was broken off; here the order of an epoch follows from
    its number, and this callback has `batches` leave out what was done.
    """

    def __init__(self, path: Path, batches: Batches, minutes: float, max_time: timedelta | None) -> None:
        self.path = path
        self.batches = batches
        self.minutes = minutes
        self.max_time = max_time
        self.done = {"epoch": 0, "parts": 0}
        self.begun = self.saved = time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save within an epoch where it is time. Raises `TimeIsUpError` when the run has had its time."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches or trainer.is_last_batch:
            return
        now = time.monotonic()
        is_up = self.max_time is not None and now - self.begun > self.max_time.total_seconds()
        is_due = now - self.saved > 60 * self.minutes or is_up or trainer.received_sigterm
        if trainer.strategy.reduce_boolean_decision(bool(is_due), all=False):
            self.save(trainer, trainer.current_epoch, batch_idx + 1)
            if trainer.strategy.reduce_boolean_decision(is_up, all=False):
                raise TimeIsUpError

    def on_train_epoch_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Save at the end of an epoch."""
        parts = trainer.fit_loop.epoch_loop.batch_progress.current.ready
        whole = parts >= len(self.batches)
        self.save(trainer, trainer.current_epoch + whole, 0 if whole else parts)

    def save(self, trainer: pl.Trainer, epoch: int, parts: int) -> None:
        """Write the checkpoint, whole or not at all."""
        self.done = {"epoch": epoch, "parts": parts}
        unfinished = self.path.with_suffix(".part")
        trainer.save_checkpoint(unfinished)
        if trainer.is_global_zero:
            unfinished.replace(self.path)
        trainer.strategy.barrier()
        self.saved = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """How far the run has come."""
        return self.done

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.done = state
        self.batches.sampler.set_epoch(state["epoch"])
        self.batches.skip = state["parts"]


class CheckGradients(Callback):
    """Limits the norm of the gradient; leaves out a step where it is not finite, and gives up after many.

    Lightning's own clipping would read all gradients a second time, and write them where nothing is clipped:
    on a processor 1 % of a step.

    Args:
        limit: the greatest norm; None for none.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.in_a_row = 0
        self.skipped = 0

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        """Scale the gradients down, or take them away, so that the optimizer passes over everything.

        Raises:
            ModelError: none has been finite for many steps; the message says what helps.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters])
        if torch.isfinite(norm):
            self.in_a_row = 0
            if self.limit is not None and norm > self.limit:
                torch.nn.utils.clip_grads_with_norm_(parameters, self.limit, norm)
            return
        optimizer.zero_grad(set_to_none=True)
        self.in_a_row += 1
        self.skipped += 1
        if trainer.precision == "16-mixed":  # float16 begins by trying how large a scale it can have
            return
        if trainer.is_global_zero and self.in_a_row == 1:
            print(f"step {trainer.global_step}: its gradient is not finite; left out", file=sys.stderr)
        if self.in_a_row >= HOPELESS:
            raise ModelError(
                f"the loss has not been finite for {HOPELESS} steps, up to step {trainer.global_step}; try a "
                "lower learning_rate, a longer warmup_steps, or precision=float32, and go on with --resume "
                "from the last checkpoint"
            )


class BestOnVal(Callback):
    """Scores each measurement on val by COCO AP; keeps the best weights, averaged where the run averages."""

    def __init__(
        self,
        val: Dataset,
        labels: Labels,
        facts: dict[str, Any],
        out: Path,
        journal: Journal,
        pictures: int,
        images: Path,
    ) -> None:
        self.val = val
        self.labels = labels
        self.facts = facts
        self.out = out
        self.journal = journal
        self.pictures = pictures
        self.images = images
        self.best = -1.0

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Score what was found; a new best is written to `best.safetensors`."""
        assert isinstance(module, GarmentTraining)
        predictions, loss = gathered(trainer, module)
        if not trainer.is_global_zero:
            return
        metrics = evaluation.score(self.val, predictions)
        row: Row = {"val/loss": loss}
        for kind, averages in (("mask", metrics.mask), ("box", metrics.box)):
            for name in ("ap", "ap50", "ap75", "small", "medium", "large"):
                row[f"val/{kind}/{name}"] = getattr(averages, name)
        row["val/mask/ap_frequent"] = metrics.mask_frequent.ap
        for one in metrics.categories:
            row[f"val/mask/ap/{one.name}"] = one.ap
            row[f"val/box/ap/{one.name}"] = one.box_ap
        self.journal.write(trainer, row)
        for logger in trainer.loggers:
            logger.log_metrics(
                {k: v for k, v in row.items() if k.count("/") < 3 and v == v}, trainer.global_step
            )
        self.draw(trainer, predictions)
        if metrics.mask.ap > self.best:
            self.best = metrics.mask.ap
            measured = {"epoch": trainer.current_epoch, "step": trainer.global_step, "val": metrics.to_dict()}
            save_checkpoint(module.model, self.out / BEST, {**self.facts, **measured})

    def draw(self, trainer: pl.Trainer, predictions: list[dict[str, Any]]) -> None:
        """Draw what was found on the first val photos, for those who look at a run while it lasts."""
        if not self.labels.are_ours:
            return  # colours and names are those of the 30
        folder = self.out / "pictures" / f"step_{trainer.global_step:07d}"
        for image in self.val.images[: self.pictures]:
            found = [p for p in predictions if p["image_id"] == image["id"] and p["score"] >= SHOWN]
            photo = imaging.read_photo(self.val.photo_path(image, self.images))
            drawn = reporting.draw(
                photo,
                [p["segmentation"] for p in found],
                [p["category_id"] for p in found],
                [p["score"] for p in found],
                long_side=PICTURE,
            )
            folder.mkdir(parents=True, exist_ok=True)
            imaging.write_image(folder / f"{image['id']}.jpg", drawn)

    def state_dict(self) -> dict[str, Any]:
        """The best AP so far, so that a resumed run does not overwrite a better checkpoint."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the best AP so far from a checkpoint."""
        self.best = state["best"]


def gathered(trainer: pl.Trainer, module: GarmentTraining) -> tuple[list[dict[str, Any]], float]:
    """The predictions of all processes, and the mean val loss; the module's own lists are emptied."""
    own = (module.predictions, module.val_losses)
    module.predictions, module.val_losses = [], []
    if trainer.world_size == 1:
        parts = [own]
    else:
        parts = [own] * trainer.world_size
        torch.distributed.all_gather_object(parts, own)
    losses = [loss for _, part in parts for loss in part]
    return [p for part, _ in parts for p in part], sum(losses) / max(1, len(losses))


def checkpoint_facts(name: str, train: Dataset, labels: Labels) -> dict[str, Any]:
    """What a checkpoint says about itself."""
    return {
        "name": name,
        "wildwear_version": __version__,
        "categories": labels.categories,
        "train_instances": train.instances_by_category(),
        **origin(train),
    }


def origin(dataset: Dataset) -> dict[str, str]:
    """What a dataset says of itself and its licences, for the models that learn from it."""
    licences = dataset.document.get("licenses")
    names = [licence.get("name") for licence in licences or [] if isinstance(licence, dict)]
    return {
        "training_data": str(dataset.info.get("description") or "not stated"),
        "licence": ", ".join(name for name in names if name) or "not stated",
    }
