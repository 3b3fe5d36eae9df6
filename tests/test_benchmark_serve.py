"""The benchmark of serving asks two servers that answer alike, and counts what was answered."""

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from benchmark_scripts import load
from serving_process import Serving


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("serve")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    import cv2
    import numpy as np

    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(1, 256, (240, 180, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), pixels)
    return folder


def test_both_servers_answer_the_same(benchmark: ModuleType, tiny_model: Path, photos: Path) -> None:
    photo, answers = next(photos.iterdir()).read_bytes(), []
    for way in benchmark.WAYS.values():
        with benchmark.started(way(str(tiny_model))) as server:
            octets = {"Content-Type": "application/octet-stream"}
            answers.append(httpx.post(server.address, content=photo, headers=octets).json()["annotations"])
    assert answers[0] == answers[1] != []


@pytest.mark.skipif(find_spec("locust") is None, reason="the extra bench is not installed")
def test_answers_refusals_and_the_processor_are_counted(
    benchmark: ModuleType, tiny_model: Path, photos: Path
) -> None:
    serving = Serving("--model", tiny_model, "--max-requests", 1)
    server = benchmark.Server(serving.address + benchmark.PATH, serving.process.pid)
    found = benchmark.ask(server, photos, 4, 60, 12)
    serving.kill()
    assert len(found.statuses) >= 12
    assert set(found.statuses) == {200, 429}
    assert found.refused + len(found.found) == len(found.statuses)
    assert found.wrong == 0
    assert 0 < found.within(0.5) <= found.within(0.99) < 60_000
    assert found.effort > 0


def test_photos_become_small(benchmark: ModuleType, photos: Path, tmp_path: Path) -> None:
    import cv2

    made = sorted(benchmark.small(photos, tmp_path / "small").iterdir())
    assert [cv2.imread(str(path)).shape for path in made] == [(32, 24, 3)] * 3


def answers(benchmark: ModuleType, count: int, seconds: float, *others: int) -> Any:
    """So many photos with garments in 10 s, each in so many seconds, and other statuses."""
    statuses = [200] * count + list(others)
    return benchmark.Answers(statuses, [seconds] * len(statuses), 10, processor=20)


def test_the_bars_are_judged_round_by_round_at_16_clients(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = (benchmark.SERVE, benchmark.NAIVE)
    found = {
        (way, clients): [answers(benchmark, 100, 1.0)] * 3 for clients in benchmark.CLIENTS for way in ways
    }
    found[benchmark.SERVE, 16] = [answers(benchmark, count, 0.5, 429) for count in (100, 120, 140)]
    found[benchmark.NAIVE, 64] = [answers(benchmark, 100, 1.0, 500)] * 3
    benchmark.show(found)
    said = capsys.readouterr().out
    assert "| 16 | serve | 12.0 (11.0–13.0) | 0.167 (0.155–0.183) | 500 (500–500) |" in said
    assert "photos a second 1.20 (1.10–1.30), at least 1: yes" in said
    assert "p99 0.50 (0.50–0.50), at most 1: yes" in said
    assert "no error of serve but 429: yes" in said
    found[benchmark.SERVE, 64] = [answers(benchmark, 100, 1.0, 0)] * 3
    found[benchmark.SERVE, 16] = [answers(benchmark, 90, 1.5)] * 3
    benchmark.show(found)
    said = capsys.readouterr().out
    assert said.count(": NO") == 3


def test_memory_that_grows_is_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.show_memory([(200, 100.0), (2000, 104.0)])
    assert "1.04, at most 1.05: yes" in capsys.readouterr().out
    benchmark.show_memory([(200, 100.0), (2000, 110.0)])
    assert "1.10, at most 1.05: NO" in capsys.readouterr().out
