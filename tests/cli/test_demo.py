"""`wildwear demo`, as a newcomer runs it: the real model on photos that other packages ship."""

import csv
import importlib.util
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.cli.demo import shipped_photos


def test_a_newcomer_sees_the_garments_of_a_portrait_under_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # an earlier demo is replaced
        done = CliRunner().invoke(app, ["demo"])
        assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["wildwear-out/demo/gallery.html", "next: wildwear segment photo.jpg"]
    with Path("wildwear-out/demo/garments.csv").open(encoding="utf-8") as file:
        found = {row["category"] for row in csv.DictReader(file) if "grace_hopper.jpg" in row["photo"]}
    assert found >= {"hat"}
    assert found & {"blazer", "jacket"}
    assert found <= {"hat", "blazer", "jacket", "shirt"}  # and no bag


def test_a_photo_whose_package_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("wildwear.cli.demo.find_spec", lambda name: None if name == "skimage" else find(name))
    assert [photo.name for photo in shipped_photos()] == ["grace_hopper.jpg"]
