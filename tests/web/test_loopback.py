"""`wildwear data view` runs on this machine until Ctrl-C."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

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
