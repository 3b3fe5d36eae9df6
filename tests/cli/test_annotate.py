"""`wildwear annotate` as a user types it, and as the machine ends it."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from made_annotations import made_photos
from made_datasets import make_dataset
from wildwear.annotation import existing_project
from wildwear.cli.app import app
from wildwear.web.guards import TOKEN_HEADER

COMMAND = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "annotate"]
PATIENCE = 60  # seconds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos in photos/; the current folder."""
    made_photos(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been served, which is not."""
    calls: list[dict[str, Any]] = []

    def serve(app: object, listening: socket.socket, say: object, **options: Any) -> None:
        listening.close()
        calls.append(options)

    monkeypatch.setattr("wildwear.web.loopback.serve", serve)
    return calls


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["annotate", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


class Server:
    """The command, running."""

    def __init__(self, *arguments: object) -> None:
        self.running = subprocess.Popen(
            [*COMMAND, *map(str, arguments), "--no-browser"], stdout=subprocess.PIPE, text=True
        )
        assert self.running.stdout is not None
        lines = iter(self.running.stdout.readline, "")
        found = next(match for line in lines if (match := re.search(r"(http://[\d.:]+)/\?token=(\S+)", line)))
        self.address, self.token = found[1], found[2]

    def ask(self, path: str, said: Any = None) -> Any:
        """GET, or PUT where something is said."""
        content = None if said is None else json.dumps(said).encode()
        request = urllib.request.Request(
            self.address + path,
            content,
            {TOKEN_HEADER: self.token},
            method="GET" if said is None else "PUT",
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def kill(self) -> None:
        """As the machine would that loses power."""
        self.running.send_signal(signal.SIGKILL)
        self.running.communicate(timeout=PATIENCE)


def drawn(number: int) -> dict[str, Any]:
    """The photo with so many garments."""
    garment = {"category": 3, "judged": True, "parts": [[[[0, 0], [9.25, 0], [9, 9]]]]}
    return {"status": "done", "instances": [{"id": str(one), **garment} for one in range(number)]}


def test_who_proposes_is_a_model_that_is_there_or_nobody(folder: Path, served: list[dict[str, Any]]) -> None:
    run("photos", "--project", "work", "--model", "none")
    result = run("photos", "--project", "other", "--model", "mine.onnx", code=1)
    assert "mine.onnx: no such file" in str(result.exception)
    assert not (folder / "other").exists()
    assert len(served) == 1


def test_a_kill_loses_nothing_that_was_acknowledged_and_the_open_page_goes_on(folder: Path) -> None:
    server = Server("photos", "--project", "work", "--author", "ann")
    acknowledged = 0
    killing = threading.Timer(1.0, server.kill)
    killing.start()
    try:
        while True:
            said = {"base": acknowledged, "author": "ann", "work": drawn(acknowledged % 40)}
            acknowledged = server.ask("/api/photos/1", said)["revision"]
    except (OSError, urllib.error.URLError):
        killing.join()
    assert acknowledged > 1
    again = Server("--project", "work")
    try:
        assert (again.address, again.token) == (server.address, server.token)
        opened = again.ask("/api/photos/1")
        assert opened["revision"] >= acknowledged
        stands = again.ask(f"/api/photos/1/revisions/{acknowledged}")["work"]
        assert len(stands["instances"]) == (acknowledged - 1) % 40
        again.ask("/api/photos/1", {"base": opened["revision"], "author": "ann", "work": drawn(50)})
    finally:
        again.kill()


def test_a_project_knows_its_photos_the_next_time(folder: Path, served: list[dict[str, Any]]) -> None:
    first = run("photos", "--project", "work", "--target", 500, "--author", "ann")
    assert "work: 2 photos added; it has 2" in first.stderr
    again = run("--project", "work")
    assert "added" not in again.stderr
    project = existing_project(Path("work"))
    assert project.target == 500
    assert [call["path"] for call in served] == [f"/?token={project.token}"] * 2


def test_a_new_token_is_asked_for(folder: Path, served: list[dict[str, Any]]) -> None:
    run("photos", "--project", "work")
    run("--project", "work", "--new-token")
    assert served[0]["path"] != served[1]["path"]


def test_a_dataset_of_any_format_is_gone_on_with(folder: Path, served: list[dict[str, Any]]) -> None:
    make_dataset(folder / "set.json", [("1.jpg", ["coat"]), ("gone.jpg", ["hat"])], written=False)
    make_dataset(folder / "other" / "set.json", [("1.jpg", ["coat"])])
    result = run("other/images", "--project", "work", "--from", "set.json", "--relabel")
    assert "work: 1 photos added" in result.stderr
    assert "note: 1 × photos of the dataset that are not there, left out" in result.stderr
    [garment] = existing_project(Path("work")).store.standing(1).work.instances
    assert garment.category is None
    again = run("other/images", "--project", "work", "--from", "set.json")
    assert "note: 1 of these it had already; what stands on them stays" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--project", "work"], "work: is no project yet; name the photos"),
        (["photos", "--project", "work", "--relabel"], "say --from, too"),
        (["photos", "--project", "work", "--review", "other"], "other: is no project"),
        (["photo", "--project", "work"], "photo: no such file or folder; nearest: photos"),
        (["photos", "--project", "work", "--author", " "], "has 1 to 100 letters"),
        (["photos", "--project", "work", "--author", "x" * 101], "has 1 to 100 letters"),
        (["via.json", "--project", "work"], "via.json: is no photo; a dataset or a VIA project is opened by"),
        (["-", "--project", "work"], "a pipe cannot be read again tomorrow"),
    ],
)
def test_a_mistake_is_said_and_leaves_nothing_behind(folder: Path, arguments: list[str], said: str) -> None:
    (folder / "via.json").write_text("{}")
    result = CliRunner().invoke(app, ["annotate", *arguments], input="")
    assert result.exit_code == 2
    assert said in re.sub(r"[\s│]+", " ", result.output)
    assert not Path("work").exists()


def test_a_dataset_that_cannot_be_opened_leaves_no_project(folder: Path) -> None:
    Path("set.json").write_text('{"images": []')
    done = subprocess.run(
        [*COMMAND, "photos", "--project", "work", "--from", "set.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("wildwear: set.json: ")
    assert not Path("work").exists()


def test_where_the_port_of_the_last_time_is_taken_another_is(
    folder: Path, served: list[dict[str, Any]]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run("photos", "--project", "work")
        existing_project(Path("work")).store.remember("port", str(port))
        run("--project", "work")
        assert existing_project(Path("work")).store.setting("port") != str(port)
        result = CliRunner().invoke(app, ["annotate", "--project", "work", "--port", str(port)])
    assert f"port {port}: cannot be used" in str(result.exception)


def test_who_has_no_name_on_this_machine_is_asked_for_one(
    folder: Path, served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "nobody knows your name on this machine" in run("photos", "--project", "work", code=2).output
    run("photos", "--project", "work", "--author", "ann")
    assert len(served) == 1
