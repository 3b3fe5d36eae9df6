"""What happens to gradients before a step."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from wildwear.errors import ModelError
from wildwear.training.callbacks import HOPELESS, CheckGradients

MODULE: Any = None  # not looked at


@pytest.fixture
def trainer() -> Any:
    return SimpleNamespace(precision="32-true", is_global_zero=True, global_step=7)


def optimizer_with(*gradients: float) -> torch.optim.Optimizer:
    """Of one parameter for each gradient."""
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor([gradient])
    return torch.optim.SGD(parameters, lr=1.0)


def gradients(optimizer: torch.optim.Optimizer) -> list[float | None]:
    parameters = optimizer.param_groups[0]["params"]
    return [None if parameter.grad is None else float(parameter.grad) for parameter in parameters]


def test_a_gradient_over_the_limit_is_scaled_to_it_and_keeps_its_direction(trainer: Any) -> None:
    optimizer = optimizer_with(6.0, 8.0)
    CheckGradients(5.0).on_before_optimizer_step(trainer, MODULE, optimizer)
    assert gradients(optimizer) == pytest.approx([3.0, 4.0], rel=1e-5)


@pytest.mark.parametrize("limit", [10.5, None])
def test_a_gradient_within_the_limit_stays_to_the_last_bit(trainer: Any, limit: float | None) -> None:
    optimizer = optimizer_with(6.0, 8.0)
    CheckGradients(limit).on_before_optimizer_step(trainer, MODULE, optimizer)
    assert gradients(optimizer) == [6.0, 8.0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_step_whose_gradient_is_not_finite_is_left_out_and_said(
    trainer: Any, capsys: pytest.CaptureFixture[str], bad: float
) -> None:
    optimizer = optimizer_with(6.0, bad)
    check = CheckGradients(5.0)
    check.on_before_optimizer_step(trainer, MODULE, optimizer)
    assert gradients(optimizer) == [None, None]
    assert check.skipped == 1
    assert "step 7: its gradient is not finite" in capsys.readouterr().err


def test_a_run_without_a_finite_gradient_gives_up_and_says_what_helps(trainer: Any) -> None:
    check = CheckGradients(5.0)
    for _ in range(HOPELESS - 1):
        check.on_before_optimizer_step(trainer, MODULE, optimizer_with(float("nan")))
    with pytest.raises(ModelError, match=r"lower learning_rate.*--resume"):
        check.on_before_optimizer_step(trainer, MODULE, optimizer_with(float("nan")))
    assert check.in_a_row == HOPELESS


def test_one_finite_step_is_hope(trainer: Any) -> None:
    check = CheckGradients(5.0)
    for gradient in [*[float("nan")] * (HOPELESS - 1), 1.0, *[float("nan")] * (HOPELESS - 1)]:
        check.on_before_optimizer_step(trainer, MODULE, optimizer_with(gradient))
    assert check.skipped == 2 * (HOPELESS - 1)
