"""What the internet sends: damaged photos in damaged requests, by clients that dawdle, lie or leave."""

import base64
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from damaged_files import damaged, pictures
from serving_process import Serving

pytest.importorskip("fastapi", reason="the extra serve is not installed")

import httpx

PATH, JPEG = "/v1/segment", {"Content-Type": "image/jpeg"}
FORMATS = ("coco", "polygons", "labels", "overlay", "cutouts")
ANSWERED = {200, 400, 413, 415, 422}  # of a whole request, whatever it brings
REAL = 8  # photos


def request(number: int, photo: bytes, chance: random.Random) -> tuple[bytes, str]:
    """The body of a request with a photo, in each way in turn, and perhaps damaged there; and its type."""
    match number % 3:
        case 0:
            kind, body = "image/jpeg", photo
        case 1:
            kind, body = "application/json", b'{"photo": "' + base64.b64encode(photo) + b'"}'
        case _:
            kind = "multipart/form-data; boundary=x"
            body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + photo
            body += b"\r\n--x--\r\n"
    return (damaged(body, chance) if chance.random() < 0.3 else body), kind


def bombard(client: Any, sound: list[bytes], count: int, jpeg: bytes) -> None:
    """Send so many damaged files, and see that nothing has changed for a sound one."""
    chance = random.Random(count)
    before = client.post(PATH, content=jpeg, headers=JPEG)
    statuses = []
    for number in range(count):
        photo = damaged(sound[number % len(sound)], chance)
        body, kind = request(number, photo, chance)
        options = {"format": chance.choice(FORMATS), "score": chance.choice(["0", "0.5", "1"])}
        answer = client.post(PATH, content=body, headers={"Content-Type": kind}, params=options)
        assert answer.status_code in ANSWERED, (number, answer.text)
        statuses.append(answer.status_code)
    assert len(set(statuses)) > 2  # some are photos all the same, others are refused for what they are
    after = client.post(PATH, content=jpeg, headers=JPEG)
    assert (after.status_code, after.content) == (200, before.content)
    figures = client.get("/metrics").text
    for name in ("wildwear_waiting_photos", "wildwear_photo_requests"):
        assert f"\n{name} 0.0" in figures


@pytest.fixture
def real_photos(shared: Path) -> list[bytes]:
    """From the street."""
    photos = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))
    return [photo.read_bytes() for photo in photos[:: len(photos) // REAL][:REAL]]


def test_sixty_damaged_files_are_photos_or_refused(asking: Any, jpeg: bytes) -> None:
    bombard(asking(), pictures(), 60, jpeg)


@pytest.mark.long
def test_five_hundred_damaged_files_are_photos_or_refused(
    asking: Any, jpeg: bytes, real_photos: list[bytes]
) -> None:
    bombard(asking(), real_photos + pictures(), 500, jpeg)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"Bearer",
        b"Bearer a\xc3\xa9 key",
        b"Basic \xe9\xe9\xe9\xe9",
        b"Basic " + base64.b64encode(b"\xff\xfe:\xff"),
        b"Basic " + base64.b64encode(b"a key"),
        b"Digest a key",
        b"a key",
        b"Bearer " + b"a" * 50_000,
    ],
)
def test_a_wrong_key_is_a_wrong_key_however_it_is_said(asking: Any, jpeg: bytes, said: bytes) -> None:
    answer = asking(key="a key").post(PATH, content=jpeg, headers={**JPEG, "Authorization": said})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def serving(tiny_model: Path) -> Iterator[Serving]:
    started = Serving("--model", tiny_model, "--timeout", 4, "--max-requests", 8)
    yield started
    started.kill()


def head(length: object, *lines: str) -> bytes:
    """The beginning of a request that promises so many bytes."""
    said = [
        "Host: 127.0.0.1",
        "Content-Type: image/jpeg",
        "Connection: close",
        f"Content-Length: {length}",
        *lines,
    ]
    return "\r\n".join([f"POST {PATH} HTTP/1.1", *said, "", ""]).encode()


def answer(client: socket.socket) -> bytes:
    """The status that comes, or nothing where the connection ends without one."""
    said = b""
    while chunk := client.recv(65_536):
        said += chunk
    return said[9:12]


def is_alive(serving: Serving, jpeg: bytes) -> bool:
    with serving.connect() as client:
        client.sendall(head(len(jpeg)) + jpeg)
        return answer(client) == b"200"


@pytest.mark.parametrize(
    ("length", "lines", "status"),
    [
        ("-1", (), b"400"),
        ("a", (), b"400"),
        ("1\r\nContent-Length: 2", (), b"400"),
        (10**15, (), b"413"),
        ("0", (), b"422"),
        ("5", ("Transfer-Encoding: chunked",), b"411"),
        ("1", ("Host: example.org",), b"400"),
    ],
    ids=["below nothing", "no number", "two", "too long", "nothing", "chunks", "two hosts"],
)
def test_a_request_that_lies_of_itself_is_refused(
    serving: Serving, jpeg: bytes, length: object, lines: tuple[str, ...], status: bytes
) -> None:
    with serving.connect() as client:
        client.sendall(head(length, *lines))
        assert answer(client) == status
    assert is_alive(serving, jpeg)


def test_a_body_that_ends_early_is_waited_for_no_longer_than_others(serving: Serving, jpeg: bytes) -> None:
    for sent in (0, 1, len(jpeg) // 2, len(jpeg) - 1):
        with serving.connect() as client:
            client.sendall(head(len(jpeg)) + jpeg[:sent])
            client.shutdown(socket.SHUT_WR)
            assert answer(client) in (b"", b"400")
        with serving.connect() as client:
            client.sendall(head(len(jpeg)) + jpeg[:sent])
    assert is_alive(serving, jpeg)


def test_clients_that_dawdle_take_no_more_places_than_there_are(serving: Serving, jpeg: bytes) -> None:
    slow = [serving.connect() for _ in range(8)]
    for client in slow:
        client.sendall(head(len(jpeg)) + jpeg[:10])
    while "\nwildwear_photo_requests 8.0" not in httpx.get(serving.address + "/metrics").text:
        time.sleep(0.05)
    with serving.connect() as late:
        late.sendall(head(len(jpeg)) + jpeg)
        assert answer(late) == b"429"
    for client in slow:
        assert answer(client) == b"408"
        client.close()
    with serving.connect() as silent, serving.connect() as deaf:
        silent.sendall(b"POST /v1/seg")
        deaf.sendall(head(len(jpeg)) + jpeg)  # and reads no answer
        assert is_alive(serving, jpeg)
