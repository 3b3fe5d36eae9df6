"""A pool of photos, and an engine that needs no processes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from made_catalogs import make_catalog
from wildwear.curation import Catalog, scanning
from wildwear.curation.measurer import Measurer
from wildwear.curation.models import Models
from wildwear.gathering import Photo

BATCH = 2


class Measured(list[str]):
    """The names of the photos that were measured, in order."""


def write_noise(path: Path, seed: int, size: tuple[int, int] = (64, 48)) -> None:
    """A photo that is nobody's copy."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Five photos, one of them in a folder, and a file that is none."""
    folder = tmp_path / "pool"
    for number, name in enumerate(["1.png", "2.png", "10.png", "more/3.png", "more/4.png"]):
        write_noise(folder / name, number)
    (folder / "bad.jpg").write_bytes(b"nothing")
    return folder


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """What is measured, in this process."""
    names = Measured()

    def here(
        photos: Sequence[tuple[str, Photo]], signals: Sequence[str], models: Models, **_: Any
    ) -> Iterator[pl.DataFrame]:
        measurer = Measurer(models, signals)
        for start in range(0, len(photos), BATCH):
            batch = photos[start : start + BATCH]
            names.extend(name for name, _ in batch)
            yield measurer([(name, photo.place) for name, photo in batch])

    monkeypatch.setattr(scanning, "measured", here)
    return names


@pytest.fixture
def chosen_from(tmp_path: Path) -> Catalog:
    """A catalog of six photos, the last of which cannot be read."""
    folder = tmp_path / "photos"
    names = [f"{number}.jpg" for number in range(6)]
    for number, name in enumerate(names):
        write_noise(folder / name, number)
    directions = [(1.0, 0.0), (0.9, 0.1), (-1.0, 0.0), (0.8, 0.2), (0.0, 1.0)]
    catalog = make_catalog(
        tmp_path / "catalog",
        {
            "photo": names,
            "path": [str(folder / name) for name in names],
            "failure": [None] * 5 + ["is empty"],
            "format": ["JPEG"] * 5 + [None],
            "width": [64] * 5 + [None],
            "height": [48] * 5 + [None],
            "color": ["color", "grey", "color", "color", "color", None],
            "faces": [1, 0, 0, None, 2, None],
            "duplicate": [False, False, False, False, True, None],
            "sharpness": [0.5, 0.1, 0.2, 0.3, 0.4, None],
            "people": ["one", "none", "none", None, "several", None],
            "garments": [2, 1, 0, 3, 1, None],
            "garment_sureness": [0.9, 0.5, None, 0.7, 0.4, None],
            "garment_categories": [["hat", "top"], ["bag"], [], ["top"], ["hat"], None],
            "embedding": [*([x, y, *[0.0] * 510] for x, y in directions), None],
        },
    )
    catalog.note({"root": str(folder)})
    return catalog
