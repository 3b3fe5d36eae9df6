"""The benchmark of edges measures the same garments with and without them."""

from pathlib import Path

import numpy as np

from benchmark_scripts import load
from squares import truth
from wildwear import imaging, inference
from wildwear.taxonomy import CATEGORIES

NAMES = tuple(category.name for category in CATEGORIES)
JACKET = next(category.id for category in CATEGORIES if category.name == "jacket")


def test_masks_are_the_graphs_own_inside_and_follow_the_photo_again_outside(tiny_model: Path) -> None:
    benchmark = load("edges")
    photo = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    segmenter = inference.load(tiny_model)

    def masks() -> list[imaging.Rle]:
        return segmenter(photo, score=0.0, suppress=False).masks

    followed = masks()
    with benchmark.as_the_graph_gives_them():
        own = masks()
    assert len(own) > 0
    assert own != followed
    assert masks() == followed


def test_a_row_says_what_it_brings_and_takes(tiny_model: Path, tmp_path: Path) -> None:
    benchmark = load("edges")
    dataset = truth((1, JACKET, (10, 10, 50, 40)), photos=1, names=NAMES, folder=tmp_path / "set")
    cells = benchmark.row("both", inference.load(tiny_model), dataset, None)
    assert cells[0] == "both"
    assert all(float(cell) >= 0 for cell in cells[1:])
    assert len(cells) == 5
