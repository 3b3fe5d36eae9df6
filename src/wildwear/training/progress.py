"""How far a run has come, in a line at the foot of the terminal; a file that takes it gets its end alone."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from wildwear.training.module import GarmentTraining


class ShowProgress(Callback):
    """Shows steps done and to do over the whole run, its loss and the time left; and each measurement on val.

    Args:
        console: where; stderr, as what a command prints belongs to stdout.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[unit]} {task.completed:,.0f} of {task.total:,.0f},"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console or Console(stderr=True),
        )
        self.steps: TaskID | None = None
        self.measuring: TaskID | None = None

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Begin at the step that a resumed run has come to."""
        if trainer.is_global_zero:
            total = int(trainer.estimated_stepping_batches)
            self.steps = self.bar.add_task(
                in_words(trainer), total=total, completed=trainer.global_step, unit="step"
            )
            self.bar.start()

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move on."""
        if self.steps is not None:
            assert isinstance(module, GarmentTraining)
            loss = float(module.measured["train/loss"])
            words = f"{in_words(trainer)}, loss {loss:.2f}"
            self.bar.update(self.steps, completed=trainer.global_step, description=words)

    def on_validation_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Show a second line, for the photos of val."""
        if self.steps is not None:
            total = sum(trainer.num_val_batches)
            self.measuring = self.bar.add_task("measuring on val", total=total, unit="photo")

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Move on in the second line."""
        if self.measuring is not None:
            self.bar.advance(self.measuring)

    def on_validation_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Take the second line away."""
        if self.measuring is not None:
            self.bar.remove_task(self.measuring)
            self.measuring = None

    def on_exception(self, trainer: pl.Trainer, _: pl.LightningModule, exception: BaseException) -> None:
        """Leave the terminal as it was."""
        self.bar.stop()

    def teardown(self, trainer: pl.Trainer, _: pl.LightningModule, stage: str) -> None:
        """Likewise."""
        self.bar.stop()


def in_words(trainer: pl.Trainer) -> str:
    """What a run is at: `epoch 3 of 30`, or `epoch 3` where it is as long as a number of steps."""
    epochs = trainer.max_epochs or 0
    epoch = trainer.current_epoch + 1
    return f"epoch {min(epoch, epochs)} of {epochs}" if epochs > 0 else f"epoch {epoch}"
