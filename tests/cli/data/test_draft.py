"""`wildwear data draft` as its user sees it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from wildwear.cli.data import app
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.taxonomy import category


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        Image.fromarray(np.full((96, 64, 3), 76, np.uint8)).save(folder / name)
    (folder / "c.jpg").write_bytes(b"no photo")
    return folder


def test_drafts_lie_beside_links_to_their_photos_and_a_photo_that_cannot_be_read_is_named(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "drafts" / "train.json"
    arguments = ["draft", str(photos), "--model", str(tiny_model), "--kind", "wild", "--out", str(out)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert "skipped: c.jpg: " in done.output
    assert "2 of 3 photos, 4 garments" in done.output
    dataset = Dataset.load(out)
    assert [image["source"] for image in dataset.images] == ["wild", "wild"]
    assert all(dataset.photo_path(image).samefile(photos / image["file_name"]) for image in dataset.images)
    with pytest.raises(OutputError, match=r"train\.json: is there already"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0


def test_a_photo_is_no_folder_of_photos(photos: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "train.json"
    done = CliRunner().invoke(
        app, ["draft", str(photos / "a.jpg"), "--model", str(tiny_model), "--out", str(out)]
    )
    assert done.exit_code == 2
    assert not out.exists()


def test_with_tags_only_photos_that_have_some_are_labelled(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "tags.csv"
    table.write_text("photo,category\nb.jpg,coat\n", encoding="utf-8")
    out = tmp_path / "train.json"
    arguments = ["draft", str(photos), "--model", str(tiny_model), "--tags", str(table), "--out", str(out)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert "2 photos without tags, left out" in done.output
    dataset = Dataset.load(out)
    assert [image["file_name"] for image in dataset.images] == ["b.jpg"]
    assert [one["category_id"] for one in dataset.instances()] == [category("coat").id]
    table.write_text("photo,category\nz.jpg,coat\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="tags none of the 3 photos"):
        CliRunner().invoke(app, [*arguments, "--overwrite"], catch_exceptions=False)
