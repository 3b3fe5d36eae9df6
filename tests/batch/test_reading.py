"""Servers are asked ahead of time, and again where they are busy."""

from pathlib import Path

import pytest
from PIL import Image

from made_batches import Batched
from misbehaving_server import Server, answers
from wildwear.batch import Batch, reading


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WAITS", (0.0, 0.0))


def test_a_busy_server_is_asked_again_and_one_without_the_photo_is_not(
    pool: Path, server: Server, batched: Batched, tmp_path: Path
) -> None:
    pytest.importorskip("httpcore")
    content = (pool / "1.png").read_bytes()
    urls = [
        server.offer("fine.png", content, answers(503), answers(429)),
        server.offer("busy.png", content, *[answers(503)] * 3),
        server.offer("gone.png", content, answers(404)),
    ]
    ran = batched(*urls, private=True)
    assert (ran.photos, ran.failed) == (3, 2)
    reasons = dict(Batch(tmp_path / "out").photos().select("uri", "reason").collect().rows())
    assert reasons == {
        urls[0]: None,
        urls[1]: "the server answers 503, not with a photo.",
        urls[2]: "the server answers 404, not with a photo.",
    }
    assert [sum(one.path == f"/{name}.png" for one in server.asked) for name in ("fine", "busy", "gone")] == [
        3,
        3,
        1,
    ]


def test_addresses_of_this_machine_are_not_loaded_unless_that_is_allowed(
    pool: Path, server: Server, batched: Batched
) -> None:
    pytest.importorskip("httpcore")
    assert batched(server.offer("1.png", (pool / "1.png").read_bytes())).failed == 1
    assert server.asked == []


def test_a_photo_says_when_it_was_taken(batched: Batched, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:05:17 12:30:00"
    Image.new("RGB", (64, 48)).save(tmp_path / "1.jpg", exif=exif)
    batched(tmp_path / "1.jpg")
    [taken] = Batch(tmp_path / "out").photos().collect()["taken"]
    assert f"{taken:%Y-%m-%d %H:%M}" == "2024-05-17 12:30"
