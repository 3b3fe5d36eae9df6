"""Specification of downloads: what the network and the server may do, and what lies on the disk then."""

import errno
import hashlib
import http.server
import ssl
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from misbehaving_server import Server, answers, breaks_after, changes, claims_more, sends_only, trickles
from wildwear.datasets.sources import download as module
from wildwear.datasets.sources import space
from wildwear.datasets.sources.download import download, open_client
from wildwear.datasets.sources.public_sets import File
from wildwear.errors import DatasetError, OutputError

Download = Callable[..., list[str]]


MONDAY, TUESDAY = "Mon, 19 Oct 2015 07:28:00 GMT", "Tue, 20 Oct 2015 07:28:00 GMT"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "photos.zip"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT", 0.001)


@pytest.fixture
def bring(target: Path) -> Download:
    """Download a URL to `target`; returns what was said."""

    def bring(url: str, *, transport: httpx.BaseTransport | None = None, **facts: object) -> list[str]:
        said: list[str] = []
        with open_client(transport) as client:
            file = File("photos.zip", url, **facts)  # type: ignore[arg-type]
            download(client, file, target, say=said.append, progress=lambda *_: None)
        return said

    return bring


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def part(target: Path) -> Path:
    return target.with_name("photos.zip.part")


def ranges(server: Server) -> list[str | None]:
    return [asked.range for asked in server.asked]


def test_a_file_comes_whole_and_nothing_else_stays(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content)
    bring(url, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert target.read_bytes() == content
    assert left(target) == ["photos.zip"]


def test_progress_tells_the_bytes_that_are_there_and_those_of_the_whole(
    server: Server, content: bytes, target: Path
) -> None:
    told: list[tuple[str, int, int | None]] = []
    file = File("photos.zip", server.offer("photos.zip", content, breaks_after(100_000)))
    with open_client() as client:
        download(client, file, target, say=lambda _: None, progress=lambda *told_: told.append(told_))
    assert told[-1] == ("photos.zip", len(content), len(content))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_broken_connection_goes_on_from_the_last_byte(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    said = bring(server.offer("photos.zip", content, breaks_after(100_000), breaks_after(50_000)))
    assert target.read_bytes() == content
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-"]
    assert [asked.if_range for asked in server.asked] == [None, '"v1"', '"v1"']
    assert all("the connection broke" in line and "trying again" in line for line in said)


def test_a_later_run_goes_on_where_an_earlier_one_gave_up(
    server: Server, content: bytes, target: Path, bring: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.offer("photos.zip", content, breaks_after(100_000))
    monkeypatch.setattr(module, "ATTEMPTS", 0)
    with pytest.raises(DatasetError, match="100,000 bytes are kept"):
        bring(url)
    assert not target.exists()
    bring(url)
    assert target.read_bytes() == content
    assert ranges(server) == [None, "bytes=100000-"]


def test_a_slow_connection_that_breaks_often_arrives_as_long_as_something_comes(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    often = [breaks_after(20_000) for _ in range(3 * module.ATTEMPTS - 1)]
    bring(server.offer("photos.zip", content, *often))
    assert target.read_bytes() == content


def test_a_server_that_never_gets_further_is_given_up(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    never = [breaks_after(100_000) for _ in range(50)]
    url = server.offer("photos.zip", content, *never, ranges=False)
    with pytest.raises(DatasetError, match="the connection broke"):
        bring(url)
    assert len(server.asked) == module.ATTEMPTS + 1  # the first brought something


def test_a_server_that_ignores_ranges_sends_all_of_it_again(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    said = bring(server.offer("photos.zip", content, breaks_after(100_000), ranges=False))
    assert target.read_bytes() == content
    assert "does not go on from byte 100,000; starting again" in said[-1]


def test_a_file_that_changes_in_mid_download_is_not_mixed_from_two(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    newer = content[::-1]
    bring(server.offer("photos.zip", content, breaks_after(100_000), changes(newer, '"v2"')))
    assert target.read_bytes() == newer


def test_a_server_that_sends_the_rest_of_another_version_is_noticed(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    newer = content[::-1]

    def careless(answer: object) -> bool:  # it pays no heed to If-Range
        del answer.headers["If-Range"]  # type: ignore[attr-defined]
        return changes(newer, '"v2"')(answer)  # type: ignore[arg-type]

    bring(server.offer("photos.zip", content, breaks_after(100_000), careless))
    assert target.read_bytes() == newer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"etag": '"v1"'}, {"etag": None}, id="without an ETag"),
        pytest.param({"etag": '"v1"'}, {"etag": 'W/"v1"'}, id="a weak ETag"),
        pytest.param({"etag": None, "last_modified": MONDAY}, {"last_modified": TUESDAY}, id="another date"),
        pytest.param({"etag": None, "last_modified": MONDAY}, {"last_modified": None}, id="without a date"),
        pytest.param(
            {"etag": '"v1"', "last_modified": MONDAY},
            {"etag": '"v1"', "last_modified": TUESDAY},
            id="the ETag of before and another date",
        ),
    ],
)
def test_the_rest_of_a_changed_file_of_equal_size_is_not_taken(
    before: dict[str, str | None],
    after: dict[str, str | None],
    server: Server,
    content: bytes,
    target: Path,
    bring: Download,
) -> None:
    newer = content[::-1]

    def careless(answer: Any) -> bool:  # it sends the rest whatever If-Range says
        del answer.headers["If-Range"]
        served = answer.server.files[answer.path]
        served.content = newer
        for field, value in after.items():
            setattr(served, field, value)
        return False

    bring(server.offer("photos.zip", content, breaks_after(100_000), careless, **before))
    assert target.read_bytes() == newer
    assert ranges(server) == [None, "bytes=100000-", None]


def test_a_server_that_sends_more_than_was_published_is_stopped_there(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content, length=False)
    with pytest.raises(DatasetError, match=r"photos\.zip: the server sends more than the 1,000 bytes"):
        bring(url, size=1000)
    assert left(target) == []


def test_a_weak_etag_is_no_promise_and_the_date_is_taken(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    bring(server.offer("photos.zip", content, breaks_after(9), etag='W/"v1"', last_modified=date))
    assert target.read_bytes() == content
    assert [asked.if_range for asked in server.asked] == [None, date]


def test_another_size_is_another_version_although_the_date_is_the_same(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    date, newer = "Wed, 21 Oct 2015 07:28:00 GMT", content[::-1] + b"more"
    url = server.offer("photos.zip", content, breaks_after(100_000), etag=None, last_modified=date)
    server.files["/photos.zip"].misbehaviours.append(changes(newer, None))
    bring(url)
    assert target.read_bytes() == newer


def test_a_server_may_send_less_than_was_asked_for(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content, breaks_after(100_000), sends_only(50_000), sends_only(50_000))
    bring(url)
    assert target.read_bytes() == content
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-", "bytes=200000-"]


def test_a_file_that_nothing_tells_from_another_version_starts_again(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    bring(server.offer("photos.zip", content, breaks_after(100_000), etag=None))
    assert target.read_bytes() == content
    assert ranges(server) == [None, None]


def test_a_checksum_tells_it_too(server: Server, content: bytes, target: Path, bring: Download) -> None:
    url = server.offer("photos.zip", content, breaks_after(100_000), etag=None)
    bring(url, sha256=hashlib.sha256(content).hexdigest())
    assert target.read_bytes() == content
    assert ranges(server) == [None, "bytes=100000-"]


def test_wrong_bytes_are_not_kept(server: Server, content: bytes, target: Path, bring: Download) -> None:
    url = server.offer("photos.zip", content)
    with pytest.raises(DatasetError, match=r"photos\.zip: wrong bytes, nothing is kept \(sha256"):
        bring(url, sha256="0" * 64)
    assert left(target) == []


def test_a_file_of_another_size_than_published_is_not_even_loaded(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    with pytest.raises(DatasetError, match="offers 300,000 bytes, expected 105,924,292"):
        bring(server.offer("photos.zip", content), size=105_924_292)
    assert left(target) == []


def test_a_content_length_that_is_too_large_is_an_error(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content, *[claims_more(5) for _ in range(20)])
    with pytest.raises(DatasetError):
        bring(url)
    assert not target.exists()


def test_a_content_length_that_is_too_small_is_noticed_by_the_checksum(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content, claims_more(-5))
    with pytest.raises(DatasetError, match="wrong bytes"):
        bring(url, sha256=hashlib.sha256(content).hexdigest())
    assert left(target) == []


def test_a_file_of_unknown_length_is_loaded(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    bring(server.offer("photos.zip", content, length=False))
    assert target.read_bytes() == content


def test_more_than_the_server_has_makes_it_start_again(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    url = server.offer("photos.zip", content, breaks_after(200_000), changes(content[:7], '"v1"'))
    bring(url)  # answered with 416
    assert target.read_bytes() == content[:7]
    assert ranges(server) == [None, "bytes=200000-", None]


def test_a_run_that_was_killed_just_before_the_end_only_renames(
    server: Server, content: bytes, target: Path, bring: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.offer("photos.zip", content, breaks_after(100_000))
    monkeypatch.setattr(module, "ATTEMPTS", 0)
    with pytest.raises(DatasetError):
        bring(url)
    part(target).write_bytes(content)
    bring(url)
    assert target.read_bytes() == content
    assert len(server.asked) == 1


ELSEWHERE = b'{"url": "http://127.0.0.1/", "etag": "\\"v1\\"", "total": 300000}'


@pytest.mark.parametrize("notes", [b"", b"{", b"[1]", b'{"url": 5}', ELSEWHERE])
def test_a_part_without_sensible_notes_starts_again(
    server: Server, content: bytes, target: Path, bring: Download, notes: bytes
) -> None:
    part(target).write_bytes(b"something else")
    part(target).with_name("photos.zip.part.json").write_bytes(notes)
    bring(server.offer("photos.zip", content))
    assert target.read_bytes() == content


def test_an_overloaded_server_is_asked_again_when_it_says(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    said = bring(
        server.offer("photos.zip", content, answers(503), answers(429, Retry_After="0"), answers(500))
    )
    assert target.read_bytes() == content
    assert ["503" in said[0], "429" in said[1], "500" in said[2]] == [True] * 3


def test_the_wait_that_a_server_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.retry_after("120") == 120
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < (module.retry_after(soon) or 0) <= 60
    assert module.retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert module.retry_after("") is module.retry_after("soon") is None


def test_a_server_that_wants_hours_is_not_waited_for(
    server: Server, content: bytes, target: Path, bring: Download
) -> None:
    with pytest.raises(DatasetError, match="429 Too Many Requests; it asks to come back in 60 minutes"):
        bring(server.offer("photos.zip", content, answers(429, Retry_After="3600")))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "refuses it"),
        (403, r"refuses it \(403 Forbidden\): it has moved, or the host's limit"),
        (404, r"is not there any more \(404 Not Found\); look at the dataset's page"),
        (410, "is not there any more"),
        (204, "answers 204 No Content, expected the file"),
        (206, "answers 206 Partial Content, expected the file"),
        (304, "answers 304"),
    ],
)
def test_a_refusal_is_said_at_once(
    server: Server, content: bytes, target: Path, bring: Download, status: int, sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        bring(server.offer("photos.zip", content, answers(status)))
    assert len(server.asked) == 1
    assert left(target) == []


def test_silence_ends_an_attempt(
    server: Server, content: bytes, target: Path, bring: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_TIMEOUT", 0.1)
    said = bring(server.offer("photos.zip", content, trickles(0.4)))
    assert target.read_bytes() == content
    assert "fell silent" in said[0]
    assert server.asked[1].range == "bytes=10000-"


def test_nobody_there_is_said_in_a_sentence(target: Path, bring: Download) -> None:
    with pytest.raises(DatasetError, match=r"cannot reach 127\.0\.0\.1 .* is there a network"):
        bring("http://127.0.0.1:9/photos.zip")


def test_a_redirect_is_followed(server: Server, content: bytes, target: Path, bring: Download) -> None:
    url = server.offer("photos.zip", content, breaks_after(100_000))
    server.offer("old.zip", b"", *[answers(302, Location=url) for _ in range(2)])
    bring(url.replace("photos.zip", "old.zip"))
    assert target.read_bytes() == content
    assert ranges(server) == [None, None, "bytes=100000-", "bytes=100000-"]


def test_redirects_in_a_circle_end(server: Server, target: Path, bring: Download) -> None:
    url = server.offer("photos.zip", b"", *[answers(302, Location="/photos.zip") for _ in range(20)])
    with pytest.raises(DatasetError, match="more than 5 redirects"):
        bring(url)
    assert len(server.asked) <= 7


def test_plain_http_is_for_this_machine_alone(server: Server, target: Path, bring: Download) -> None:
    with pytest.raises(DatasetError, match=r"http://192\.0\.2\.1/photos\.zip: only https is loaded"):
        bring("http://192.0.2.1/photos.zip")
    url = server.offer("photos.zip", b"", answers(302, Location="http://192.0.2.1/photos.zip"))
    with pytest.raises(DatasetError, match="only https is loaded"):
        bring(url)


@pytest.mark.parametrize(
    "onward", ["http://example.org/photos.zip", "http://127.0.0.1/", "ftp://example.org/"]
)
def test_nothing_leads_from_https_to_http(target: Path, bring: Download, onward: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": onward}))
    with pytest.raises(DatasetError, match="only https is loaded"):
        bring("https://example.org/photos.zip", transport=transport)


def test_a_compressed_answer_is_refused(target: Path, bring: Download) -> None:
    zipped = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b""))
    with pytest.raises(DatasetError, match="comes compressed"):
        bring("https://example.org/photos.zip", transport=httpx.MockTransport(lambda request: zipped))


def test_a_certificate_that_nobody_vouches_for_is_refused(
    target: Path, bring: Download, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("certificate")
    new_key = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key -out certificate"
    )
    try:
        subprocess.run(new_key.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.handle_request, daemon=True).start()
    with pytest.raises(DatasetError, match=r"the certificate of localhost cannot be verified.*SSL_CERT_FILE"):
        bring(f"https://localhost:{server.server_port}/photos.zip")
    server.server_close()
    assert left(target) == []


def test_a_disk_without_room_is_said_before_anything_is_written(
    server: Server, content: bytes, target: Path, bring: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100}))
    with pytest.raises(OutputError, match=r"photos\.zip needs 0\.00 GB, and 0\.00 GB are free"):
        bring(server.offer("photos.zip", content))
    assert not target.exists()


def test_what_the_disk_refuses_is_said_in_a_sentence(
    server: Server, content: bytes, bring: Download, tmp_path: Path
) -> None:
    (tmp_path / "photos.zip.part.json").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        bring(server.offer("photos.zip", content))


def test_a_disk_that_fills_up_is_said_in_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="the disk is full; what is there is kept"),
        space.writing_to(tmp_path),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
