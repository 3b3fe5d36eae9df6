"""`wildwear serve` as a user starts it, as slow and broken clients meet it, and as the machine ends it."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi", reason="the extra serve is not installed")

import httpx

from misbehaving_server import Server
from serving_process import PATIENCE, Serving
from wildwear.cli.app import app

PATH = "/v1/segment?format=polygons"


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    import numpy as np

    from wildwear.imaging import write_image

    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    write_image(path, np.full((160, 120, 3), 90, dtype=np.uint8))
    return path.read_bytes()


@pytest.fixture
def serving(tiny_model: Path) -> Iterator[Serving]:
    started = Serving("--model", tiny_model, "--timeout", 2)
    yield started
    started.kill()


def head(length: int) -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/jpeg\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def received(client: socket.socket) -> str:
    """All that the server says until it closes."""
    said = b""
    while chunk := client.recv(65_536):
        said += chunk
    return said.decode()


def test_slow_and_broken_clients_hold_up_nobody(serving: Serving, jpeg: bytes) -> None:
    with serving.connect() as slow, serving.connect() as gone, serving.connect() as odd:
        slow.sendall(head(len(jpeg)) + jpeg[:10])
        gone.sendall(head(len(jpeg)) + jpeg[:10])
        gone.close()
        odd.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        answer = httpx.post(serving.address + PATH, content=jpeg, headers={"Content-Type": "image/jpeg"})
        assert [one["category"] for one in answer.json()["garments"]][:1] == ["jacket"]
        assert received(odd).startswith("HTTP/1.1 400")
        form = {"content": b"--a", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}
        assert httpx.post(serving.address + PATH, **form).status_code == 400
        assert received(slow).startswith("HTTP/1.1 408")
    assert httpx.get(serving.address + "/healthz").status_code == 200
    code, said = serving.end()
    assert code == 0
    statuses = [json.loads(line)["status"] for line in said.splitlines()]
    assert sorted(statuses) == [200, 200, 400, 400, 408]


def test_a_log_that_nobody_takes_any_more_stops_no_answer(serving: Serving) -> None:
    assert serving.process.stderr is not None
    serving.process.stderr.close()
    assert [httpx.get(serving.address + "/healthz").status_code for _ in range(2)] == [200, 200]


def test_what_has_begun_is_answered_before_it_ends(serving: Serving, jpeg: bytes) -> None:
    assert httpx.get(serving.address + "/readyz").status_code == 200
    with serving.connect() as client:
        client.sendall(head(len(jpeg)) + jpeg[:10])
        time.sleep(0.3)
        serving.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        client.sendall(jpeg[10:])
        assert received(client).startswith("HTTP/1.1 200")
    assert serving.process.wait(PATIENCE) == 0


def test_beyond_this_machine_a_key_is_needed(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WILDWEAR_API_KEY", raising=False)
    result = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--model", str(tiny_model)])
    assert result.exit_code == 2
    assert "WILDWEAR_API_KEY" in result.output


@pytest.mark.parametrize("key", ["a key\n", " a key", "schlüssel", "\udcff", "a\tkey"])
def test_a_key_that_no_header_can_say_is_refused(
    key: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WILDWEAR_API_KEY", key)
    result = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--model", str(tiny_model)])
    assert result.exit_code == 2
    assert "no header can say" in " ".join(result.output.split())


@pytest.mark.parametrize("seconds", ["nan", "inf", "0"])
def test_a_time_that_never_comes_or_never_ends_is_refused(seconds: str) -> None:
    assert CliRunner().invoke(app, ["serve", "--timeout", seconds]).exit_code == 2


def test_the_key_comes_from_the_environment(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, jpeg: bytes
) -> None:
    monkeypatch.setenv("WILDWEAR_API_KEY", "a key")
    serving = Serving("--model", tiny_model)
    ask = {"content": jpeg, "headers": {"Content-Type": "image/jpeg"}}
    assert httpx.post(serving.address + PATH, **ask).status_code == 401
    ask["headers"]["Authorization"] = "Bearer a key"
    assert httpx.post(serving.address + PATH, **ask).status_code == 200
    assert serving.end()[0] == 0


def test_a_label_studio_is_asked_with_the_token_in_the_environment(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, jpeg: bytes, server: Server
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "a token")
    studio = server.offer("data/upload/1/photo.jpg", jpeg).partition("/data/")[0]
    serving = Serving("--model", tiny_model, "--label-studio", studio + "/")
    interface = (
        '<View><Image name="image" value="$image"/><PolygonLabels name="outline" toName="image">'
        '<Label value="jacket"/></PolygonLabels></View>'
    )
    task = {"data": {"image": "/data/upload/1/photo.jpg"}}
    asked = {"tasks": [task], "label_config": interface, "project": "1.2"}
    [prediction] = httpx.post(serving.address + "/predict", json=asked).json()["results"]
    assert [one["value"]["polygonlabels"] for one in prediction["result"]] == [["jacket"]]
    assert [one.authorization for one in server.asked] == ["Token a token"]
    assert serving.end()[0] == 0


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://localhost", "http://", "http://me:secret@localhost"]
)
def test_what_is_no_address_is_no_label_studio(url: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--label-studio", url])
    assert result.exit_code == 2
    assert "http://localhost:8080" in result.output
