"""How far the same garments are found in a mirror."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.signals.conftest import opened
from wildwear import imaging
from wildwear.curation.models import Models
from wildwear.curation.signals.flips import SIGNAL, agreement, measure
from wildwear.inference import Prediction


def garments(*found: tuple[int, int]) -> Prediction:
    """Squares of 20 px in a photo of 100 x 60: the number of a category and the left edge of each."""
    masks = [
        imaging.from_polygons([[left, 10, left + 20, 10, left + 20, 30, left, 30]], (60, 100))
        for _, left in found
    ]
    return Prediction(
        size=(60, 100),
        scores=np.full(len(found), 0.9, np.float32),
        category_ids=np.array([name for name, _ in found], np.int64),
        masks=masks,
        alternatives=[()] * len(found),
        network_boxes=np.zeros((len(found), 4), np.float32),
    )


def test_what_is_found_in_the_same_place_agrees() -> None:
    assert agreement(garments((1, 10), (18, 50)), garments((18, 30), (1, 70))) == pytest.approx(1, abs=0.01)


def test_what_is_found_once_or_by_another_name_does_not() -> None:
    assert agreement(garments((1, 10)), garments((2, 70))) == 0
    assert agreement(garments((1, 10), (18, 50)), garments((1, 70))) == pytest.approx(2 / 3, abs=0.01)
    assert agreement(garments((1, 10)), garments()) == 0
    assert agreement(garments(), garments()) == 1


def test_it_is_measured_where_it_is_asked_for(scene: Image.Image, tiny_model: Path) -> None:
    models = Models(garments=tiny_model)
    assert models.key(SIGNAL.needs) is None
    asked = Models(garments=tiny_model, flips=True)
    assert asked.key(SIGNAL.needs) == models.key("garments")
    assert 0 <= measure(opened(scene, asked))["flip_agreement"] <= 1
