"""Clients that never come to the point hold up nobody."""

import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

import uvicorn

from wildwear.web import connections
from wildwear.web.guards import guarded_app

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Of a server with little patience, and room for three."""
    monkeypatch.setattr(connections, "PATIENCE", 2.0)
    monkeypatch.setattr(connections, "MOST", 3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(guarded_app(), http=connections.Prompt, log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield listening.getsockname()
        server.should_exit = True
        running.join(30)


def test_who_does_not_end_the_head_of_a_request_is_left(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 30) as silent, socket.create_connection(address, 30) as dripping:
        dripping.sendall(HEAD)
        began = time.monotonic()
        assert silent.recv(1) == b""
        assert dripping.recv(1) == b""
        assert time.monotonic() - began < 10


def test_who_has_been_answered_is_waited_for_as_long_again(address: tuple[str, int]) -> None:
    client = HTTPConnection(*address, timeout=30)
    client.connect()
    only = client.sock
    for _ in range(3):
        time.sleep(0.4 * connections.PATIENCE)  # together more than one may wait
        client.request("GET", "/")
        answer = client.getresponse()
        assert (answer.status, client.sock) == (404, only)
        answer.read()  # the whole of it, however many pieces it comes in
    client.close()


def test_there_are_no_more_of_them_than_a_process_may_have(address: tuple[str, int]) -> None:
    waiting = [socket.create_connection(address, 30) for _ in range(3)]
    for client in waiting:
        client.sendall(HEAD)
    with socket.create_connection(address, 30) as late:
        assert late.recv(1) == b""
    waiting[0].sendall(b"\r\n")
    assert waiting[0].recv(65_536).startswith(b"HTTP/1.1 404")
    for client in waiting:
        client.close()
