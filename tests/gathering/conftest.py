"""A server on this machine."""

import threading
from collections.abc import Iterator

import pytest

from misbehaving_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
