"""The benchmark of garments shown twice takes photos of no test set, and counts before and after."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmark_scripts import load
from wildwear import imaging, inference


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("shown_twice")


def test_photos_are_evenly_spread_and_of_no_test_set(benchmark: ModuleType, tmp_path: Path) -> None:
    for name in "abcdefghijk":
        (tmp_path / f"{name}.jpg").touch()
    (tmp_path / "notes.txt").touch()
    photos = benchmark.evenly(tmp_path, 3, {"a", "c.jpg"})
    assert [photo.stem for photo in photos] == ["b", "f", "i"]


def test_a_row_counts_what_is_shown_and_the_pairs_inside_each_other(
    benchmark: ModuleType, tiny_model: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "1.png"
    imaging.write_image(photo, np.zeros((100, 100, 3), dtype=np.uint8))
    segmenter = inference.load(tiny_model)
    everything = segmenter(photo, suppress=False)
    ways = [(everything, segmenter(photo))]  # of the two a coat lies on the jacket in the first alone
    for way, cells in ((0, ["3", "0 + 1", "1"]), (1, ["2", "0 + 0", "0"])):
        assert benchmark.row("one, 1", "so", [pair[way] for pair in ways]) == ["one, 1", "so", *cells]
    assert [garment.name for garment in benchmark.of_before(everything)] == ["jacket", "jeans"]
    benchmark.draw(ways, tmp_path / "drawn")
    [both] = (tmp_path / "drawn").iterdir()
    assert imaging.photo_size(both) == (640, 1280)
