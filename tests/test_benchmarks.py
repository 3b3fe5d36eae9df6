"""The benchmarks say what they measured; how fast anything is stands in no test."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "segment.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    specification = importlib.util.spec_from_file_location("benchmarks_segment", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def shown(benchmark: ModuleType, capsys: pytest.CaptureFixture[str], *, seconds: float, memory: float) -> str:
    """What is printed where torchvision takes 1, 2 and 3 s and wildwear always the same."""
    own = [benchmark.Answer(seconds, 4, memory)] * 3
    peer = [benchmark.Answer(slow, 4, 1700.0) for slow in (1.0, 2.0, 3.0)]
    answers = {benchmark.OURS: own, benchmark.GRAPH: own, benchmark.PEER: peer}
    benchmark.show({name: [1.0] for name in answers}, answers, "a title")
    return capsys.readouterr().out


def test_the_ratio_is_formed_photo_by_photo_and_comes_with_its_quartiles(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(benchmark, capsys, seconds=0.1, memory=300.0)
    assert "20 (15–25)" in said
    assert "at least 15 times faster: yes, under 500 MB: yes" in said


def test_a_bar_that_is_missed_is_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 15 times faster: NO, under 500 MB: NO" in shown(
        benchmark, capsys, seconds=0.2, memory=500.0
    )


def test_the_graph_alone_does_the_work_of_the_whole(
    benchmark: ModuleType, tiny_model: Path, shared: Path
) -> None:
    photo = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[0]
    whole, graph = (
        benchmark.segment(name, str(tiny_model), 1, photo) for name in (benchmark.OURS, benchmark.GRAPH)
    )
    assert whole.masks > 0
    assert graph.masks == whole.masks + 1  # the coat on the jacket's pixels falls to suppression after it


def test_it_measures_on_photos_that_no_model_has_learnt_from(benchmark: ModuleType, shared: Path) -> None:
    from wildwear.datasets.ccp30 import read_table

    test = {row.photo for row in read_table() if row.split == "test"}
    photos = benchmark.default_photos()
    assert len(set(photos)) == benchmark.PHOTOS
    assert all(photo.is_file() and photo.stem in test for photo in photos)
