"""A server of the tiny model, asked without a network."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi.testclient import TestClient

from wildwear.inference import Segmenter, load
from wildwear.serving.app import create_app

Asking = Callable[..., TestClient]


@pytest.fixture(scope="session")
def segmenter(tiny_model: Path) -> Segmenter:
    return load(tiny_model, threads=1)


class Slow:
    """A segmenter that waits until it is told to go on."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.card, self.path, self._segmenter = segmenter.card, segmenter.path, segmenter
        self.may_go = threading.Event()

    def batch(self, photos: list[Any], score: float | None) -> Any:
        self.may_go.wait(60)
        return self._segmenter.batch(photos, score=score)


@pytest.fixture
def slow(segmenter: Segmenter) -> Slow:
    return Slow(segmenter)


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    """What the server logged."""
    return []


@pytest.fixture
def asking(segmenter: Segmenter, lines: list[dict[str, Any]]) -> Iterator[Asking]:
    """Makes clients of servers, which last as long as the test."""
    with ExitStack() as stack:

        def client(served: Any = segmenter, **options: Any) -> TestClient:
            app = create_app(served, lines.append, **options)
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000"))

        yield client


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A photo of 120 × 160 px."""
    pixels = np.random.default_rng(0).integers(1, 256, (160, 120, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()
