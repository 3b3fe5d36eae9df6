"""Faces are found, upright in the photo's own pixels."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.signals.conftest import opened
from wildwear.curation.models import Models
from wildwear.curation.signals.faces import measure
from wildwear.errors import ModelError


@pytest.fixture(scope="module")
def models(shared: Path) -> Models:
    return Models(faces=shared / "weights" / "yunet_n_640_640.onnx")


def test_a_portrait_has_one_face_where_it_is(portrait: Image.Image, models: Models) -> None:
    found = measure(opened(portrait, models))
    (x1, y1, x2, y2), (score,) = found["face_boxes"][0], found["face_scores"]
    assert found["faces"] == 1
    assert x1 < 270 < x2
    assert y1 < 180 < y2
    assert score > 0.8
    assert found["face_share"] == pytest.approx((x2 - x1) * (y2 - y1) / (512 * 600), rel=0.01)


def test_boxes_are_in_the_photos_own_pixels_however_large_it_is(
    portrait: Image.Image, models: Models
) -> None:
    small, large = (
        measure(opened(portrait.resize(size), models))["face_boxes"][0] for size in ((512, 600), (1536, 1800))
    )
    assert np.array(large) / 3 == pytest.approx(np.array(small), abs=8)


def test_a_wall_has_no_face(models: Models) -> None:
    found = measure(opened(Image.new("RGB", (300, 200), "gray"), models))
    assert found == {"faces": 0, "face_boxes": [], "face_scores": [], "face_share": 0.0}


def test_a_file_that_is_no_face_detector_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"wrong.onnx: is no YuNet face detector"):
        _ = Models(faces=wrong).face_detector
