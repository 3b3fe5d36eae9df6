"""The benchmark of conversion says what it measured; how fast anything is stands in no test."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from benchmark_scripts import load


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("convert")


@pytest.fixture(scope="module")
def tree(benchmark: ModuleType, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six files and the photos of Clothing Co-Parsing that belong to them."""
    folder = tmp_path_factory.mktemp("benchmark") / "many"
    photos = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))
    assert 6 <= benchmark.build(folder, 6, photos) <= 12
    return folder


def test_the_folder_is_one_of_deepfashion2_in_which_no_two_files_are_the_same(tree: Path) -> None:
    from wildwear.datasets.formats import guess

    assert guess(tree).name == "deepfashion2"
    texts = {file.read_text() for file in (tree / "annos").iterdir()}
    assert len(texts) == 6
    assert {len(json.loads(text)) for text in texts} == {3, 4}  # one item or two, source and pair_id


def test_all_contenders_find_the_same(benchmark: ModuleType, tree: Path, tmp_path: Path) -> None:
    for name, way in benchmark.WAYS.items():
        assert way(tree, tmp_path / f"{name}.json").seconds > 0
    assert benchmark.agree(tmp_path)
    ours = tmp_path / f"{benchmark.OURS}.json"
    ours.write_text(ours.read_text().replace('"style":1', '"style":2'))
    assert not benchmark.agree(tmp_path)


def shown(benchmark: ModuleType, capsys: pytest.CaptureFixture[str], seconds: float, memory: float) -> str:
    """What is printed where the peers take 1, 2 and 3 s and wildwear always the same."""
    peer = [benchmark.Answer(slow, 900.0) for slow in (1.0, 2.0, 3.0)]
    many = dict.fromkeys(benchmark.WAYS, peer) | {benchmark.OURS: [benchmark.Answer(seconds, memory)] * 3}
    few = {name: [benchmark.Answer(0.1, 10.0)] * 3 for name in benchmark.WAYS}
    benchmark.show(many, few, "a title")
    return " ".join(capsys.readouterr().out.split())


def test_the_ratio_is_formed_round_by_round_and_comes_with_its_quartiles(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(benchmark, capsys, seconds=0.1, memory=12.0)
    assert "20.0 (15.0–25.0)" in said
    assert "at least 20 times faster than imread: yes; memory grows by 2 MB" in said


def test_a_bar_that_is_missed_is_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(benchmark, capsys, seconds=0.2, memory=100.0)
    assert "at least 20 times faster than imread: NO; memory grows by 90 MB" in said
    assert "at most 15: NO" in said
