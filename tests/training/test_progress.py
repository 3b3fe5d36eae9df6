"""What a run shows of how far it has come."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from rich.console import Console

from wildwear.models import ModelConfig, build
from wildwear.training import RunConfig
from wildwear.training.labels import Labels
from wildwear.training.module import GarmentTraining
from wildwear.training.progress import ShowProgress, in_words


def trainer_at(step: int, epoch: int, max_epochs: int) -> Any:
    return SimpleNamespace(
        is_global_zero=True,
        estimated_stepping_batches=60,
        global_step=step,
        current_epoch=epoch,
        max_epochs=max_epochs,
        num_val_batches=[5],
    )


@pytest.fixture(scope="module")
def module() -> GarmentTraining:
    """Whose last batch had a loss of 0.537."""
    config = ModelConfig(backbone="efficientnet_lite0", pretrained=False, fpn_channels=16, box_features=16)
    made = GarmentTraining(build(config), RunConfig(name="a", model=config), Labels([]))
    made.measured = {"train/loss": torch.tensor(0.537)}
    return made


def shown(bar: ShowProgress) -> str:
    """The lines of a bar as they stand."""
    console = Console(file=StringIO(), width=100)
    console.print(bar.bar)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_resumed_run_goes_on_counting_where_it_stopped(module: GarmentTraining) -> None:
    bar = ShowProgress(Console(file=StringIO()))
    bar.on_train_start(trainer_at(40, epoch=1, max_epochs=3), module)
    assert "epoch 2 of 3 " in shown(bar)
    assert "step 40 of 60," in shown(bar)
    bar.on_train_batch_end(trainer_at(41, epoch=1, max_epochs=3), module, None, None, 0)
    assert "epoch 2 of 3, loss 0.54" in shown(bar)
    assert "step 41 of 60," in shown(bar)
    bar.on_validation_start(trainer_at(41, epoch=1, max_epochs=3), module)
    bar.on_validation_batch_end(trainer_at(41, epoch=1, max_epochs=3), module, None, None, 0)
    assert "measuring on val" in shown(bar)
    assert "photo 1 of 5," in shown(bar)
    bar.on_validation_end(trainer_at(41, epoch=1, max_epochs=3), module)
    assert "measuring on val" not in shown(bar)
    bar.teardown(trainer_at(60, epoch=3, max_epochs=3), module, "fit")


def test_a_run_of_a_number_of_steps_has_no_last_epoch() -> None:
    assert in_words(trainer_at(5, epoch=2, max_epochs=-1)) == "epoch 3"
    assert in_words(trainer_at(60, epoch=3, max_epochs=3)) == "epoch 3 of 3"
