"""Pictures of a photo's garments land where they belong."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.inference import Prediction, load
from wildwear.inference.writers.pictures import STYLES, Look, write_cutouts, write_overlay, write_thumbnail


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(1, 256, (120, 120, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def prediction(tiny_model: Path, photo: NDArray[np.uint8]) -> Prediction:
    return load(tiny_model)(photo, score=0.3)


def test_cut_outs_are_named_by_number_category_and_score(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    paths = write_cutouts(tmp_path, "party/photo", photo, prediction)
    assert [path.relative_to(tmp_path).as_posix() for path in paths[:2]] == [
        "cutouts/party/photo_01_jacket_0.94.png",
        "cutouts/party/photo_02_jeans_0.90.png",
    ]
    assert paths[-1].name == "photo_all.png"
    assert all(path.is_file() for path in paths)


def test_cut_outs_may_keep_the_canvas_and_lie_on_a_colour(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    look = Look(canvas=True, background="#010203")
    for path in write_cutouts(tmp_path, "photo", photo, prediction, look):
        picture = imaging.read_photo(path)
        assert picture.shape == photo.shape
        assert (picture[-1, -1] == (1, 2, 3)).all()


def test_a_photo_without_garments_has_no_cut_outs(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    assert write_cutouts(tmp_path, "photo", photo, prediction[:0]) == []


def test_an_overlay_follows_the_style(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    drawn = {
        style: write_overlay(tmp_path, "photo", photo, prediction, Look(style=style)).read_bytes()
        for style in STYLES
    }
    assert len(set(drawn.values())) == len(STYLES)


def test_an_overlay_keeps_the_folder_of_its_photo(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    path = write_overlay(tmp_path, "party/photo", photo, prediction)
    assert path == tmp_path / "overlays" / "party" / "photo.jpg"
    assert path.read_bytes()[:2] == b"\xff\xd8"


def test_a_thumbnail_is_small_whatever_the_photo(tiny_model: Path, tmp_path: Path) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    path = write_thumbnail(tmp_path, "party/photo", photo, load(tiny_model)(photo))
    assert path == tmp_path / "thumbnails" / "party" / "photo.webp"
    assert path.stat().st_size < 150_000
