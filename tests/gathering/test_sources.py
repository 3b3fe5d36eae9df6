"""Whatever somebody names as photos becomes photos with names, failures with reasons, or mistakes."""

import io
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from misbehaving_server import Server
from wildwear.gathering import Gathered, gather, read, sources
from wildwear.imaging import write_image


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("photos/1.png", "photos/10.png", "photos/2.png", "photos/more/1.png")):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_image(Path(name), np.full((9, 9, 3), number, dtype=np.uint8))
    with zipfile.ZipFile("photos/holiday.zip", "w") as archive:
        archive.write("photos/1.png", "day/1.png")
        archive.write("photos/2.png", "2.png")
        archive.writestr("../3.png", b"evil")
    return tmp_path


def names(gathered: Gathered) -> list[str]:
    assert not gathered.mistakes
    return [photo.name for photo in gathered.photos]


@pytest.mark.usefixtures("album")
def test_photos_come_in_natural_order_and_every_one_can_be_read() -> None:
    gathered = gather(["photos", "photos/1.png", "photos/holiday.zip"])
    assert names(gathered) == [
        *("1.png", "2.png", "10.png", "holiday.zip/day/1.png", "holiday.zip/2.png", "more/1.png")
    ]
    assert {read(photo.place).shape for photo in gathered.photos} == {(9, 9, 3)}
    assert gathered.root == Path("photos").resolve()
    assert gathered.skipped == [("holiday.zip/../3.png", "its name leads out of the archive")]


@pytest.mark.usefixtures("album")
def test_an_archive_counts_as_a_folder() -> None:
    gathered = gather(["photos/holiday.zip"])
    assert names(gathered) == ["day/1.png", "2.png"]
    assert gathered.root == Path("photos/holiday.zip").resolve()
    assert names(gather(["photos/*.zip"])) == ["holiday.zip/day/1.png", "holiday.zip/2.png"]


@pytest.mark.usefixtures("album")
def test_an_archive_in_a_folder_is_left_alone() -> None:
    assert names(gather(["photos"])) == ["1.png", "2.png", "10.png", "more/1.png"]


@pytest.mark.usefixtures("album")
def test_folders_in_a_folder_can_be_left_out() -> None:
    assert names(gather(["photos"], recursive=False)) == ["1.png", "2.png", "10.png"]


@pytest.mark.usefixtures("album")
def test_a_line_of_a_list_counts_as_if_it_were_typed_and_what_is_beside_the_list_is_found() -> None:
    Path("photos/list.txt").write_bytes(
        "\ufeff# my photos\r\n\r\n2.png\r\nmissing.png\r\nphotos/more\r\nhttps://example.com/3.png\r\n".encode()
    )
    gathered = gather(["photos/list.txt"], web=True)
    assert names(gathered) == ["photos/2.png", "photos/more/1.png", "example.com/3.png"]
    assert gathered.skipped == [("missing.png", "no such file or folder")]


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize("content", ["", "# nothing\n", "mssing.png\nno\n"])
def test_a_list_that_leads_to_nothing_is_a_mistake(content: str) -> None:
    Path("list.txt").write_text(content)
    gathered = gather(["list.txt"])
    assert not gathered.photos
    [mistake] = gathered.mistakes
    assert mistake.startswith("list.txt: is taken for a list of photos")


@pytest.mark.usefixtures("album")
def test_mistakes_are_all_named_with_the_nearest() -> None:
    Path("empty.zip").write_bytes(b"PK\5\6" + bytes(18))
    typed = [
        "photos/holday.zip",
        "lst.txt",
        "empty.zip",
        "http://",
        "https://me:secret@example.com/1.jpg",
        "x" * 300,
    ]
    gathered = gather(typed, web=True)
    assert gathered.mistakes == [
        "photos/holday.zip: no such file or folder; nearest: photos/holiday.zip",
        "lst.txt: no such file or folder",
        "empty.zip: the archive holds no photos (no file with a suffix like .jpg or .png)",
        f"{'x' * 300}: cannot be looked up (File name too long)",
        "http://: is no address on the web",
        "https://me:secret@example.com/1.jpg: holds a user name or password, which are not sent",
    ]


@pytest.mark.parametrize("text", ["", "a\0b.jpg", "a\0*.jpg"])
def test_a_name_that_no_file_can_have_is_a_mistake(text: str) -> None:
    assert gather([text]).mistakes == [f"{text}: no such file or folder"]


def test_the_web_is_read_from_only_where_that_is_allowed() -> None:
    assert gather(["https://example.com/1.jpg"]).mistakes == [
        "https://example.com/1.jpg: is on the web, from where nothing is read here"
    ]


def test_photos_on_the_web_are_read_each_once_under_names_of_their_own(server: Server, album: Path) -> None:
    content = Path("photos/1.png").read_bytes()
    url = server.offer("a/1.png", content)
    server.offer("a/1.png?w=2", content)
    gathered = gather([url, url, f"{url}?w=2", "photos/1.png"], web=True, private=True)
    first, second, third = names(gathered)
    host = f"127.0.0.1_{server.server_port}"
    assert first == "1.png"
    assert second.startswith(f"{host}/a/1-")
    assert third.startswith(f"{host}/a/1-")
    assert second != third
    assert {read(photo.place).shape for photo in gathered.photos} == {(9, 9, 3)}
    assert gathered.root == Path("photos").resolve()
    assert gather([url], web=True).root is None


class Pipe(io.TextIOWrapper):
    pass


@pytest.mark.usefixtures("album")
def test_a_photo_may_come_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BufferedReader(io.BytesIO(Path("photos/1.png").read_bytes()))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", Pipe(pipe))
    gathered = gather(["-"])
    [name] = names(gathered)
    assert name.startswith("stdin-")
    assert read(gathered.photos[0].place).shape == (9, 9, 3)


def test_a_terminal_is_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pipe(io.BytesIO()))
    monkeypatch.setattr(Pipe, "isatty", lambda self: True)
    assert gather(["-"]).mistakes == ["-: nothing comes through a pipe"]


def test_a_pipe_through_which_nothing_comes_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pipe(io.BufferedReader(io.BytesIO())))  # type: ignore[arg-type]
    assert gather(["-"]).mistakes == ["-: nothing comes through a pipe"]


@pytest.mark.usefixtures("album")
def test_a_video_is_a_mistake_and_the_way_to_its_frames_is_said() -> None:
    Path("my party.MP4").write_bytes(b"\0\0\0 ftypisom")
    Path("list.txt").write_text("photos/1.png\nmy party.MP4\n")
    [mistake] = gather(["photos", "my party.MP4"]).mistakes
    assert mistake == (
        "my party.MP4: is a video; take photos out of it first: "
        "ffmpeg -i 'my party.MP4' -vf fps=1 frame-%04d.jpg"
    )
    assert [name for name, _ in gather(["list.txt"]).skipped] == ["my party.MP4"]


@pytest.mark.usefixtures("album")
def test_places_can_be_handed_to_other_processes() -> None:
    photos = gather(["photos", "photos/holiday.zip", "https://example.com/1.jpg"], web=True).photos
    again = pickle.loads(pickle.dumps(photos))
    assert [str(photo.place) for photo in again] == [str(photo.place) for photo in photos]
    assert read(again[3].place).shape == (9, 9, 3)


@pytest.mark.usefixtures("album")
def test_what_is_left_out_of_folders_is_taken_where_it_is_named() -> None:
    def is_first(path: Path) -> bool:
        return path.name == "1.png"

    assert names(gather(["photos"], leave_out=is_first)) == ["2.png", "10.png"]
    assert names(gather(["photos", "photos/1.png"], leave_out=is_first)) == ["1.png", "2.png", "10.png"]


@pytest.mark.usefixtures("album")
@pytest.mark.skipif(os.name == "nt", reason="Windows keeps file names as text")
def test_of_a_list_that_is_too_long_no_part_is_taken_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LONGEST_LIST", 20)
    Path("list.txt").write_text("photos/1.jpg\nphotos/2.jpg\n")
    gathered = gather(["list.txt"])
    assert gathered.photos == []
    assert gathered.mistakes == ["list.txt: has more than 20 bytes, the most of a list; split it"]


def test_a_list_may_hold_names_that_are_no_text() -> None:
    try:
        Path("photos/1.png").rename(os.fsdecode(b"photos/\xfe.png"))
    except OSError:
        pytest.skip("this disk keeps names as text")
    Path("list.txt").write_bytes(b"photos/\xfe.png\n")
    assert names(gather(["list.txt"])) == ["\udcfe.png"]
