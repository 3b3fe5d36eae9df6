"""Runs of the thesis, brought in once; and runs made by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wildwear.runs import Run, import_detectron2

EXPERIMENTS = range(5, 10)


@pytest.fixture(scope="session")
def thesis(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The five experiments as runs: exp5 to exp9."""
    root = tmp_path_factory.mktemp("thesis")
    for number in EXPERIMENTS:
        import_detectron2(shared / "seed" / "experiments" / f"exp{number}", root / f"exp{number}")
    return {path.name: Run.read(path) for path in sorted(root.iterdir())}


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Makes a run's folder as `wildwear train` leaves it, from rows of metrics; returns the folder."""

    def make(name: str = "first", rows: list[dict[str, Any]] | None = None, **facts: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        known = {
            "name": "wildwear-s",
            "made_by": "wildwear 0.3.0",
            "trained_on": "CCP-30",
            "photos": 707,
            "steps": 40,
            "started": "2026-11-20T10:00:00Z",
            "data": {"val": {"sha256": "ab" * 32}},
        }
        (folder / "run.json").write_text(json.dumps(known | facts))
        lines = ROWS if rows is None else rows
        (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
        (folder / "config.yaml").write_text("name: wildwear-s\nlearning_rate: 0.0005\n")
        return folder

    return make


ROWS: list[dict[str, Any]] = [
    {"step": 10, "seconds": 5, "train/loss": 2.5, "learning_rate": 1e-4, "train/mask_accuracy": 0.8},
    {"step": 20, "seconds": 10, "train/loss": 1.5, "learning_rate": 1e-3, "train/mask_accuracy": 0.9},
    {
        "step": 20,
        "seconds": 12,
        "val/loss": 1.4,
        "val/mask/ap": 0.3,
        "val/mask/ap/hat": 0.5,
        "val/mask/ap/robe": None,
    },
    {"step": 30, "seconds": 17, "train/loss": 1.0, "learning_rate": 1e-3, "train/mask_accuracy": 0.92},
    {"step": 40, "seconds": 22, "train/loss": 0.5, "learning_rate": 1e-4, "train/mask_accuracy": 0.95},
    {
        "step": 40,
        "seconds": 36,
        "val/loss": 1.6,
        "val/mask/ap": 0.2,
        "val/mask/ap/hat": 0.0,
        "val/mask/ap/robe": None,
    },
]
