"""`wildwear data view` runs on this machine until Ctrl-C."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

import uvicorn
from fastapi import Request

from wildwear.errors import OutputError
from wildwear.web.guards import guarded_app
from wildwear.web.loopback import listen, serve

COMMAND = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "data", "view"]
PATIENCE = 30  # seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    return path


def test_it_says_where_to_look_answers_there_and_ends_cleanly(file: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, file, "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", running.stdout.readline())
        assert found
        with urllib.request.urlopen(f"{found[0]}api/dataset", timeout=PATIENCE) as answer:
            assert json.load(answer)["name"] == "small.json"
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE)
    assert (running.returncode, said) == (0, "")


def test_a_port_that_is_taken_is_said(file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OutputError, match=f"port {other.getsockname()[1]}: cannot be used"):
            listen(other.getsockname()[1])


def test_without_the_extra_the_way_to_get_it_is_said(file: Path) -> None:
    without = "import sys; sys.modules['uvicorn'] = None; from wildwear.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "data", "view", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("pip install 'wildwear[serve]'")


def test_whoever_listens_everywhere_says_the_name_that_others_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: None)
    listening = listen(0, "0.0.0.0")
    port = listening.getsockname()[1]
    serve(guarded_app(), listening, said.append, browser=False, path="/?token=x")
    assert said == [f"http://{socket.gethostname()}:{port}/?token=x"]


def test_an_address_that_is_none_of_this_machine_is_named() -> None:
    with pytest.raises(OutputError, match=r"--host 999\.1\.1\.1: is no IPv4 address or name of this machine"):
        listen(0, "999.1.1.1")
    with pytest.raises(OutputError, match=r"--host 192\.0\.2\.1: is no IPv4 address or name of this machine"):
        listen(0, "192.0.2.1")  # kept for documentation: nobody's


def test_who_goes_away_in_the_middle_of_a_request_troubles_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    app = guarded_app()

    @app.put("/")
    async def length(request: Request) -> int:
        return len(await request.body())

    listening = listen(0)
    config = uvicorn.Config(app, log_level="error")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    host, port = listening.getsockname()
    try:
        with socket.create_connection((host, port)) as leaving:
            leaving.sendall(f"PUT / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nhal".encode())
        address = f"http://{host}:{port}/"
        whole = urllib.request.Request(address, b"whole", {"Content-Type": "text/plain"}, method="PUT")
        with urllib.request.urlopen(whole, timeout=PATIENCE) as answer:
            assert json.load(answer) == 5
    finally:
        server.should_exit = True
        running.join(PATIENCE)
        listening.close()
    assert capfd.readouterr().err == ""
