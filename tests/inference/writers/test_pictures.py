"""Pictures of a photo's garments land where they belong."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.inference import Prediction, load
from wildwear.inference.writers.pictures import thumbnail, write_cutouts, write_overlay


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
    assert all(path.is_file() for path in paths)


def test_an_overlay_keeps_the_folder_of_its_photo(
    photo: NDArray[np.uint8], prediction: Prediction, tmp_path: Path
) -> None:
    [path] = write_overlay(tmp_path, "party/photo", photo, prediction)
    assert path == tmp_path / "overlays" / "party" / "photo.jpg"
    assert path.read_bytes()[:2] == b"\xff\xd8"


def test_a_thumbnail_is_small_whatever_the_photo(prediction: Prediction, tiny_model: Path) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    assert len(thumbnail(photo, load(tiny_model)(photo))) < 200_000
