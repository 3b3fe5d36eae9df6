"""Garments as `wildwear segment` shows them, and the vector of the whole photo."""

from pathlib import Path

import pytest
from PIL import Image

from curation.signals.conftest import opened
from wildwear.curation.models import Models
from wildwear.curation.signals.embedding import LENGTH
from wildwear.curation.signals.embedding import measure as embed
from wildwear.curation.signals.garments import measure


def test_garments_are_those_that_segment_shows(scene: Image.Image, tiny_model: Path) -> None:
    found = measure(opened(scene, Models(garments=tiny_model)))
    assert found["garments"] == len(found["garment_categories"]) == len(found["garment_scores"])
    assert found["garment_categories"][:2] == ["jacket", "jeans"]
    assert found["garment_scores"][:2] == pytest.approx([0.94, 0.90], abs=0.001)
    assert 0 < found["garment_share"] <= 1


def test_an_embedding_has_length_one_and_is_near_for_a_copy(
    portrait: Image.Image, scene: Image.Image
) -> None:
    from wildwear.inference import find_model

    models = Models(garments=find_model("default"))
    copied = portrait.resize((400, 469))
    vector, copy, other = (embed(opened(image, models))["embedding"] for image in (portrait, copied, scene))
    assert vector.shape == (LENGTH,)
    assert float(vector @ vector) == pytest.approx(1, abs=1e-5)
    assert float(vector @ copy) > 0.9 > float(vector @ other)


def test_one_run_of_the_model_finds_garments_and_embedding(
    scene: Image.Image, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = opened(scene, Models(garments=tiny_model))
    runs = []
    run = type(photo.models.segmenter)._run
    monkeypatch.setattr(
        type(photo.models.segmenter), "_run", lambda *given: runs.append(given) or run(*given)
    )
    assert measure(photo)["garments"] > 0
    assert embed(photo) == {"embedding": None}  # which this model has none of
    assert len(runs) == 1
