"""Photos in buckets, from a server on this machine that answers as S3 does."""

import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from curation.conftest import write_noise
from wildwear.errors import PhotoError
from wildwear.gathering import gather, place_called
from wildwear.gathering.buckets import Stored, is_bucket

KEYS = ("in/1.jpg", "in/10.jpg", "in/2.jpg", "in/notes.txt", "in/.hidden/3.jpg", "other/4.jpg")
ENTRY = (
    "<Contents><Key>{}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>{}</Size></Contents>"
)


class Bucket(BaseHTTPRequestHandler):
    """Answers for the bucket `pool`: what lies in it, and its photos."""

    content = b""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        key = unquote(asked.path).removeprefix("/pool").lstrip("/")
        if not asked.path.startswith("/pool") or (key and key not in KEYS):
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif key:
            self.answer(200, self.content)
        else:
            prefix = parse_qs(asked.query).get("prefix", [""])[0]
            entries = [ENTRY.format(one, len(self.content)) for one in KEYS if one.startswith(prefix)]
            listed = (
                f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(entries)}</ListBucketResult>"
            )
            self.answer(200, listed.encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
        self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """The bucket s3://pool; what each of its photos holds."""
    pytest.importorskip("obstore")
    write_noise(tmp_path / "1.jpg", 1)
    content = (tmp_path / "1.jpg").read_bytes()
    handler = type("Pool", (Bucket,), {"content": content})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "ALLOW_HTTP": "true",
        "SKIP_SIGNATURE": "true",
        "REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    from wildwear.gathering.buckets import opened

    opened.cache_clear()
    yield content
    opened.cache_clear()
    server.shutdown()
    server.server_close()


def test_photos_below_a_name_are_found_in_natural_order_without_what_is_hidden(pool: bytes) -> None:
    found = gather(["s3://pool/in"], web=True)
    assert [photo.name for photo in found.photos] == ["pool/in/1.jpg", "pool/in/2.jpg", "pool/in/10.jpg"]
    assert found.mistakes == found.skipped == []
    place = found.photos[0].place
    assert isinstance(place, Stored)
    assert (place.size, place.modified) == (len(pool), 1767323045 * 10**9)


def test_a_photo_is_read_also_from_another_process_and_by_what_it_was_called(pool: bytes) -> None:
    [photo] = gather(["s3://pool/other/4.jpg"], web=True).photos
    assert photo.name == "pool/other/4.jpg"
    for place in (photo.place, pickle.loads(pickle.dumps(photo.place)), place_called(str(photo.place))):
        assert not isinstance(place, Path)
        assert place.read() == pool


def test_what_is_not_there_is_a_mistake_and_in_a_list_is_skipped(pool: bytes, tmp_path: Path) -> None:
    [mistake] = gather(["s3://pool/nowhere"], web=True).mistakes
    assert mistake.startswith("s3://pool/nowhere: the bucket cannot be read (")
    (tmp_path / "list.txt").write_text("s3://pool/nowhere\ns3://pool/in/1.jpg\n")
    found = gather([str(tmp_path / "list.txt")], web=True)
    assert [photo.name for photo in found.photos] == ["pool/in/1.jpg"]
    assert [name for name, _ in found.skipped] == ["s3://pool/nowhere"]
    with pytest.raises(PhotoError, match=r"s3://pool/gone\.jpg: cannot be loaded"):
        Stored("pool", "gone.jpg").read()


def test_nothing_is_asked_of_a_bucket_where_others_say_what_is_named() -> None:
    assert gather(["s3://pool/in"]).mistakes == [
        "s3://pool/in: is on the web, from where nothing is read here"
    ]


@pytest.mark.parametrize(
    ("named", "is_one"), [("s3://pool", True), ("S3://pool/a b", True), ("s3:/pool", False), ("s3://", False)]
)
def test_a_bucket_has_a_name(named: str, is_one: bool) -> None:
    assert is_bucket(named) is is_one
