"""Specification of bringing a dataset into a folder: all of it, a part, after a crash, beside another."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hand_made_zips import Packed, write_zip
from misbehaving_server import Server, breaks_after, trickles
from wildwear.datasets.sources import Fetched, File, Source, space
from wildwear.datasets.sources import fetching as module
from wildwear.datasets.sources import unpack as unpacking
from wildwear.errors import DatasetError, MissingExtraError, OutputError

Fetch = Callable[..., Fetched]
ANNOTATIONS = b'{"images": []}'


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "toy set"


@pytest.fixture
def photos(tmp_path: Path, content: bytes) -> bytes:
    """A zip of photos as the server has it."""
    return write_zip(
        tmp_path / "on-the-server.zip", Packed("train/1.jpg", content), Packed("train/2.jpg", b"2")
    ).read_bytes()


@pytest.fixture
def toy(server: Server, photos: bytes) -> Source:
    """A dataset on the server: annotations of two splits, photos of one."""
    return Source(
        name="toy",
        title="Toy",
        terms="free",
        files=(
            File(
                "train.json",
                server.offer("train.json", ANNOTATIONS),
                parts=frozenset({"annotations", "train"}),
                sha256=hashlib.sha256(ANNOTATIONS).hexdigest(),
                then="wildwear data describe {out}/train.json",
            ),
            File("val.json", server.offer("val.json", ANNOTATIONS), parts=frozenset({"annotations", "val"})),
            File(
                "photos.zip",
                server.offer("photos.zip", photos),
                parts=frozenset({"photos", "train"}),
                folder="train",
            ),
        ),
    )


@pytest.fixture
def fetch(toy: Source, out: Path) -> Fetch:
    def fetch(source: Source = toy, **how: Any) -> Fetched:
        return module.fetch(source.name, out, sources={source.name: source}, **how)

    return fetch


def tree(folder: Path) -> dict[str, bytes]:
    """The files of a dataset's folder, but for the notes."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(".fetch/")}


def notes(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".fetch").iterdir())


def test_a_dataset_comes_into_its_folder(fetch: Fetch, out: Path, content: bytes) -> None:
    fetched = fetch()
    assert tree(out) == {
        "train.json": ANNOTATIONS,
        "val.json": ANNOTATIONS,
        "train/1.jpg": content,
        "train/2.jpg": b"2",
    }
    assert fetched.there == [out / "train.json", out / "val.json", out / "train"]
    assert fetched.then == f"wildwear data describe '{out}'/train.json"
    assert notes(out) == ["photos.zip.done.json", "train.json.done.json", "val.json.done.json"]


def test_a_second_run_loads_nothing(fetch: Fetch, out: Path, server: Server) -> None:
    first = fetch()
    server.asked.clear()
    said: list[str] = []
    assert fetch(say=said.append).there == first.there
    assert server.asked == []
    assert said == [
        "train.json: is there already",
        "val.json: is there already",
        "photos.zip: is unpacked already",
    ]


@pytest.mark.parametrize(
    ("only", "loaded"),
    [
        (["annotations"], ["/train.json", "/val.json"]),
        (["photos"], ["/photos.zip"]),
        (["train"], ["/train.json", "/photos.zip"]),
        (["val", "annotations"], ["/val.json"]),
        (["train", "val", "annotations"], ["/train.json", "/val.json"]),
    ],
)
def test_parts_are_chosen_by_split_and_by_kind(
    fetch: Fetch, server: Server, only: list[str], loaded: list[str]
) -> None:
    fetch(only=only)
    assert [asked.path for asked in server.asked] == loaded


def test_a_part_that_there_is_not_is_an_error(fetch: Fetch, toy: Source) -> None:
    with pytest.raises(
        DatasetError, match="toy: has no part 'test'; there are annotations, photos, train, val"
    ):
        fetch(only=["test"])
    whole = Source("whole", "Whole", "free", (File("a.zip", "http://127.0.0.1/", folder=""),))
    with pytest.raises(DatasetError, match="toy: no file is in all of photos, val"):
        fetch(only=["photos", "val"])
    with pytest.raises(DatasetError, match="has no part 'val'; it is one piece"):
        fetch(whole, only=["val"])


def test_a_dataset_that_there_is_not_is_an_error(out: Path) -> None:
    with pytest.raises(
        DatasetError, match="imaterialist: no such dataset; there are fashionpedia, ccp, clothing-dataset, m"
    ):
        module.fetch("imaterialist", out)
    assert not out.exists()


def test_a_file_of_the_user_is_never_replaced(fetch: Fetch, out: Path, server: Server) -> None:
    out.mkdir()
    (out / "train.json").write_text("mine")
    with pytest.raises(DatasetError, match=r"train\.json: is there already, but is not what was published"):
        fetch()
    assert tree(out) == {"train.json": b"mine"}


def test_a_file_without_a_known_checksum_is_taken_and_said_to_be(fetch: Fetch, out: Path) -> None:
    out.mkdir()
    (out / "val.json").write_text("mine")
    said: list[str] = []
    fetch(only=["val"], say=said.append)
    assert said == ["val.json: is there already, and taken as it is; no checksum of it is known"]


def test_a_file_that_changed_since_it_was_loaded_is_noticed(fetch: Fetch, out: Path) -> None:
    fetch(only=["val"])
    (out / "val.json").write_text("changed")
    with pytest.raises(DatasetError, match=r"val\.json: is there already, but is not what was published"):
        fetch(only=["val"])


def test_a_folder_in_the_way_is_said_before_anything_is_loaded(
    fetch: Fetch, out: Path, server: Server
) -> None:
    (out / "train").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"train: is there already; move it away to unpack photos\.zip"):
        fetch()
    assert server.asked == []


def test_what_was_removed_is_loaded_again(fetch: Fetch, out: Path) -> None:
    before = (fetch(), tree(out))[1]
    (out / "val.json").unlink()
    for photo in (out / "train").iterdir():
        photo.unlink()
    (out / "train").rmdir()
    fetch()
    assert tree(out) == before


def test_a_damaged_zip_is_loaded_again_by_the_next_run(
    fetch: Fetch, out: Path, server: Server, photos: bytes, content: bytes
) -> None:
    server.files["/photos.zip"].content = photos[:100] + b"?" + photos[101:]
    with pytest.raises(DatasetError, match="damaged"):
        fetch(only=["photos"])
    assert tree(out) == {}
    server.files["/photos.zip"].content = photos
    fetch(only=["photos"])
    assert tree(out)["train/1.jpg"] == content


def test_a_run_that_stops_while_unpacking_does_not_load_again(
    fetch: Fetch, out: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as unlucky:
        unlucky.setattr(unpacking.shutil, "copyfileobj", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fetch(only=["photos"])
    fetch(only=["photos"])
    assert len(server.asked) == 1
    assert set(tree(out)) == {"train/1.jpg", "train/2.jpg"}


@pytest.mark.parametrize("step", ["write_atomically", "forget"])
def test_a_run_that_stops_between_the_last_steps_goes_on(
    fetch: Fetch, out: Path, server: Server, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as unlucky:
        unlucky.setattr(module, step, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fetch(only=["photos"])
    fetch(only=["photos"])
    assert len(server.asked) == 1
    assert set(tree(out)) == {"train/1.jpg", "train/2.jpg"}


def test_the_room_for_all_of_it_is_there_before_anything_is_loaded(
    fetch: Fetch, out: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Source(
        "toy",
        "Toy",
        "free",
        (
            File("a.json", "http://127.0.0.1/a", about=2_000_000_000),
            File("b.zip", "http://127.0.0.1/b", about=3_000_000_000, folder="b"),
        ),
    )
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 7_900_000_000}))
    with pytest.raises(OutputError, match=r"Toy needs 8\.0 GB, and 7\.9 GB are free"):
        fetch(large)
    assert server.asked == []


def test_what_is_loaded_already_needs_no_room(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.mkdir()
    (out / "a.json.part").write_bytes(bytes(600))
    file = File("a.json", "http://127.0.0.1/a", about=1000)
    assert module.space_needed([(file, None)], out) == 400
    zipped = File("b.zip", "http://127.0.0.1/b", about=1000, folder="b")
    assert module.space_needed([(zipped, None)], out) == 2000
    (out / "b.zip").write_bytes(bytes(1000))
    assert module.space_needed([(zipped, None)], out) == 1000
    (out / "b.zip.unpacking").mkdir()  # unpack says exactly what the rest needs
    assert module.space_needed([(zipped, None)], out) == 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def killed_while_loading(out: Path, url: str, after: int) -> None:
    """Fetch in another process, and kill it when so many bytes are on the disk."""
    program = (
        "import sys; from pathlib import Path; from wildwear.datasets.sources import *\n"
        "source = Source('toy', 'Toy', 'free', (File('a.bin', sys.argv[2]),))\n"
        "fetch('toy', Path(sys.argv[1]), sources={'toy': source})"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(out), url])
    part = out / ".fetch" / "a.bin.part"
    wait_for(lambda: part.exists() and part.stat().st_size >= after)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_process_that_is_killed_is_gone_on_with(
    fetch: Fetch, out: Path, server: Server, content: bytes
) -> None:
    url = server.offer("a.bin", content, trickles(0.05))
    killed_while_loading(out, url, after=50_000)
    assert tree(out) == {}
    have = (out / ".fetch" / "a.bin.part").stat().st_size
    fetch(Source("toy", "Toy", "free", (File("a.bin", url),)))
    assert tree(out) == {"a.bin": content}
    assert server.asked[-1].range == f"bytes={have}-"
    assert have >= 50_000


def test_two_fetches_never_work_in_one_folder(
    fetch: Fetch, out: Path, server: Server, content: bytes
) -> None:
    slow = Source("toy", "Toy", "free", (File("a.bin", server.offer("a.bin", content, trickles(0.02))),))
    first = threading.Thread(target=fetch, args=(slow,))
    first.start()
    wait_for(lambda: (out / ".fetch" / "a.bin.part").exists())
    with pytest.raises(OutputError, match="another run is writing there"):
        fetch(slow)
    first.join()
    assert tree(out) == {"a.bin": content}
    assert len(server.asked) == 1


def test_a_broken_connection_is_told_and_mended(
    fetch: Fetch, out: Path, server: Server, photos: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildwear.datasets.sources.download.FIRST_WAIT", 0.001)
    server.files["/photos.zip"].misbehaviours.append(breaks_after(1000))
    said: list[str] = []
    fetch(only=["photos"], say=said.append)
    assert "photos.zip: the connection broke" in said[0]
    assert set(tree(out)) == {"train/1.jpg", "train/2.jpg"}


def test_an_out_that_is_a_file_is_an_error(fetch: Fetch, out: Path) -> None:
    out.write_text("mine")
    with pytest.raises(OutputError, match="toy set: cannot be written"):
        fetch()


@pytest.mark.parametrize("library", ["httpx", "tenacity"])
def test_a_missing_library_is_one_sentence(
    fetch: Fetch, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "wildwear.datasets.sources.download", raising=False)
    with pytest.raises(
        MissingExtraError, match=r"wildwear data fetch needs .*pip install 'wildwear\[fetch\]'"
    ):
        fetch()


@pytest.fixture
def by_hand() -> Source:
    """A dataset whose zips people load themselves, like DeepFashion2."""
    return Source(
        name="toy",
        title="Toy",
        terms="ask",
        files=(
            File(
                "train.zip",
                parts=frozenset({"train"}),
                folder="train",
                then="wildwear data convert {out}/train",
            ),
            File("test.zip", parts=frozenset({"test"}), folder="test"),
        ),
        by_hand="Sign, and put train.zip into {out}.",
    )


def test_what_people_must_bring_is_explained(fetch: Fetch, out: Path, by_hand: Source) -> None:
    fetched = fetch(by_hand)
    assert fetched.missing == ["train.zip", "test.zip"]
    assert fetched.by_hand == f"Sign, and put train.zip into {out.as_posix()}."
    assert fetched.then == ""


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_people_brought_is_unpacked_and_left_to_them(
    fetch: Fetch, out: Path, by_hand: Source, tmp_path: Path, elsewhere: bool
) -> None:
    given = tmp_path / "Downloads" if elsewhere else out
    given.mkdir()
    write_zip(given / "train.zip", Packed("train/image/1.jpg", b"x", password=b"secret"))
    asked: list[str] = []
    fetched = fetch(by_hand, given=given, password=lambda: asked.append("asked") or "secret")
    assert (out / "train" / "image" / "1.jpg").read_bytes() == b"x"
    assert (given / "train.zip").exists()
    assert (fetched.there, fetched.missing) == ([out / "train"], ["test.zip"])
    assert fetched.then == f"wildwear data convert '{out}'/train"
    fetch(by_hand, given=given, password=lambda: asked.append("asked") or "secret")
    assert asked == ["asked"]


def test_the_password_is_asked_once_for_all_zips(fetch: Fetch, out: Path, by_hand: Source) -> None:
    out.mkdir()
    for name in ("train", "test"):
        write_zip(out / f"{name}.zip", Packed(f"{name}/1.jpg", b"x", password=b"secret"))
    asked: list[str] = []
    fetch(by_hand, password=lambda: asked.append("asked") or "secret")
    assert asked == ["asked"]
    assert (out / "test" / "1.jpg").exists()


def test_a_zip_that_people_brought_is_never_deleted(fetch: Fetch, out: Path, by_hand: Source) -> None:
    out.mkdir()
    (out / "train.zip").write_bytes(b"PK half a zip")
    with pytest.raises(DatasetError, match=r"train\.zip: is no zip, or a damaged one"):
        fetch(by_hand)
    assert (out / "train.zip").exists()


def test_a_zip_with_a_url_may_be_brought_too(fetch: Fetch, out: Path, server: Server, photos: bytes) -> None:
    out.mkdir()
    (out / "photos.zip").write_bytes(photos)
    fetch(only=["photos"])
    assert server.asked == []
    assert (out / "train" / "2.jpg").read_bytes() == b"2"


def test_a_folder_to_look_in_must_be_there(fetch: Fetch, out: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere: no such folder"):
        fetch(given=tmp_path / "nowhere")


def test_photos_that_people_have_brought_need_no_explanation(fetch: Fetch, out: Path, toy: Source) -> None:
    files = tuple(file for file in toy.files if file.folder is None)
    source = Source("toy", "Toy", "free", files, by_hand="Load the photos.", by_hand_makes="images")
    assert fetch(source).by_hand == "Load the photos."
    (out / "images").mkdir()
    assert fetch(source).by_hand == ""
