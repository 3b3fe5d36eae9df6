"""`wildwear demo`, as a newcomer runs it: the real model on the photos that wildwear brings."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app


def test_every_garment_that_a_newcomer_sees_has_its_right_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # an earlier demo is replaced
        done = CliRunner().invoke(app, ["demo"])
        assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["wildwear-out/demo/gallery.html", "next: wildwear segment photo.jpg"]
    with Path("wildwear-out/demo/garments.csv").open(encoding="utf-8") as file:
        found = [(row["photo"], row["category"]) for row in csv.DictReader(file)]
    # each photo of a single garment is named after it
    single = [(f"{name}.jpg", name) for name in ("dress", "hat", "jacket", "jeans", "shirt")]
    assert sorted(found) == sorted([*single, ("grace_hopper.jpg", "blazer"), ("grace_hopper.jpg", "hat")])
    assert len(list(Path("wildwear-out/demo/overlays").iterdir())) == 6
