"""`wildwear train`: what it says of its settings. Training itself: see `tests/training`."""

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app


def test_a_pipe_gets_every_field_of_a_run_in_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # pytest-xdist tells its workers how wide the terminal is
    lines = CliRunner().invoke(app, ["train", "--explain"]).stdout.splitlines()
    (field,) = [line for line in lines if "augmentation.degrade" in line]
    assert "0.25" in field
    assert "blur, JPEG artefacts or low resolution" in field
