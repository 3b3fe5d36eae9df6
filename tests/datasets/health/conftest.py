"""A small sound dataset with its photos, that tests spoil one way at a time."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets.health import Problem, Severity, check

WIDTH, HEIGHT = 60, 40  # px of every photo
Spoil = Callable[[dict[str, Any]], Any]


def annotation(identity: int, image_id: int, category_id: int, mask: Any, **others: Any) -> dict[str, Any]:
    """A sound annotation record of polygons or an RLE."""
    rle = imaging.as_rle(mask, (HEIGHT, WIDTH))
    measures = {"area": float(imaging.area(rle)), "bbox": imaging.bbox(rle)}
    return {
        "id": identity,
        "image_id": image_id,
        "category_id": category_id,
        "segmentation": mask,
        "iscrowd": 0,
        **measures,
        **others,
    }


def write_photo(path: Path, seed: int) -> None:
    """A photo of blocks of noise, which no other seed makes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
    imaging.write_image(path, blocks.repeat(10, 0).repeat(10, 1))


@pytest.fixture
def sound() -> dict[str, Any]:
    """Two photos; three garments by polygon, one by RLE with a hole, and a region that is not judged, which
    stands under each category."""
    ring = np.zeros((HEIGHT, WIDTH), np.uint8)
    ring[5:30, 5:30] = 1
    ring[10:20, 10:20] = 0
    corner = np.zeros((HEIGHT, WIDTH), np.uint8)
    corner[:35, 20:] = 1
    region = imaging.encode(corner)
    names = {1: "hat", 2: "bag", 13: "dress"}
    return {
        "info": {"description": "a test"},
        "images": [
            {"id": 10, "file_name": "a.png", "width": WIDTH, "height": HEIGHT},
            {"id": 11, "file_name": "b.png", "width": WIDTH, "height": HEIGHT},
        ],
        "annotations": [
            annotation(1, 10, 1, [[2, 2, 20, 2, 20, 20, 2, 20]]),
            annotation(2, 10, 2, [[30, 5, 50, 5, 50, 30], [5, 25, 15, 25, 15, 35, 5, 35]]),
            annotation(3, 10, 13, imaging.to_polygons(imaging.encode(ring)).polygons),
            annotation(4, 11, 13, imaging.encode(ring)),
            *(annotation(5 + place, 11, name, region, iscrowd=1) for place, name in enumerate(names)),
        ],
        "categories": [{"id": number, "name": name} for number, name in names.items()],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the photos of the sound dataset lie."""
    for seed, name in enumerate(("a.png", "b.png")):
        write_photo(tmp_path / "images" / name, seed)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes a document beside the photos, NaN as Python's own `json` does."""

    def written(document: dict[str, Any]) -> Path:
        (folder / "set.json").write_text(json.dumps(document))
        return folder / "set.json"

    return written


@pytest.fixture
def problems_of(
    sound: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> Callable[[Spoil], list[Problem]]:
    """What `check` finds in the sound dataset once it is spoilt, hints left out."""

    def found(spoil: Spoil) -> list[Problem]:
        document = copy.deepcopy(sound)
        spoil(document)
        [report] = check([write(document)])
        return [problem for problem in report.problems if problem.severity is not Severity.INFO]

    return found
