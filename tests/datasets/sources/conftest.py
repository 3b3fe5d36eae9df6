"""A server on this machine, and something to load from it."""

import hashlib
import threading
from collections.abc import Iterator

import pytest

from misbehaving_server import Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def content() -> bytes:
    """What is downloaded: 300 kB that do not repeat."""
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(10_000))[:300_000]
