"""A server that does to a download what the internet does."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Misbehaviour = Callable[["Answer"], bool]  # whether it has answered; else the server goes on as usual


@dataclass
class Served:
    """A file on the server, and how it is served: each request uses up one misbehaviour."""

    content: bytes
    etag: str | None = '"v1"'
    last_modified: str | None = None
    ranges: bool = True
    length: bool = True  # whether it says how long it is
    misbehaviours: list[Misbehaviour] = field(default_factory=list)


@dataclass
class Asked:
    """One request that came."""

    path: str
    range: str | None
    if_range: str | None
    authorization: str | None


class Answer(BaseHTTPRequestHandler):
    """Serves `server.files`."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        said = (self.headers[name] for name in ("Range", "If-Range", "Authorization"))
        self.server.asked.append(Asked(self.path, *said))
        served = self.server.files.get(self.path)
        if served is None:
            self.refuse(404)
        elif not (served.misbehaviours and served.misbehaviours.pop(0)(self)):
            self.serve(served)

    def refuse(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def serve(self, served: Served, sent: int | None = None, claimed: int = 0, pause: float = 0.0) -> None:
        """Send a file, or what was asked of it; of that only `sent` bytes, while claiming so many more."""
        start, total = 0, len(served.content)
        condition = self.headers["If-Range"]
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if asked and served.ranges and condition in (None, served.etag, served.last_modified):
            start = int(asked[1])
            if start >= total:
                return self.refuse(416, Content_Range=f"bytes */{total}")
        body = served.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if served.length:
            self.send_header("Content-Length", str(len(body) + claimed))
        else:
            self.send_header("Connection", "close")
        for name, value in (("ETag", served.etag), ("Last-Modified", served.last_modified)):
            if value:
                self.send_header(name, value)
        self.end_headers()
        for at in range(0, len(body[:sent]), 10_000):
            self.wfile.write(body[:sent][at : at + 10_000])
            time.sleep(pause)
        if sent is not None or claimed or not served.length:
            self.close_connection = True
        return None

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Listens on this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, Served] = {}
        self.asked: list[Asked] = []

    def handle_error(self, *args: object) -> None:
        pass  # a client that went away

    def offer(self, name: str, content: bytes, *misbehaviours: Misbehaviour, **how: object) -> str:
        """Serve a file; returns its URL."""
        self.files[f"/{name}"] = Served(content, misbehaviours=list(misbehaviours), **how)  # type: ignore[arg-type]
        return f"http://127.0.0.1:{self.server_port}/{name}"


def breaks_after(sent: int) -> Misbehaviour:
    """The connection ends after so many bytes."""
    return lambda answer: answer.serve(answer.server.files[answer.path], sent=sent) is None


def claims_more(by: int) -> Misbehaviour:
    """`Content-Length` is too large."""
    return lambda answer: answer.serve(answer.server.files[answer.path], claimed=by) is None


def answers(status: int, **headers: str) -> Misbehaviour:
    """The server answers with a status and nothing else."""
    return lambda answer: answer.refuse(status, **headers) is None


def trickles(pause: float) -> Misbehaviour:
    """10,000 bytes, then a pause in seconds, and so on."""
    return lambda answer: answer.serve(answer.server.files[answer.path], pause=pause) is None


def sends_only(size: int) -> Misbehaviour:
    """The answer to a range holds so many bytes of it, which is allowed."""

    def send(answer: Answer) -> bool:
        served, start = answer.server.files[answer.path], int(answer.headers["Range"][6:-1])
        body = served.content[start : start + size]
        answer.send_response(206)
        answer.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{len(served.content)}")
        answer.send_header("Content-Length", str(len(body)))
        answer.send_header("ETag", served.etag or "")
        answer.end_headers()
        answer.wfile.write(body)
        return True

    return send


def changes(content: bytes, etag: str | None) -> Misbehaviour:
    """The file has become another one before this request."""

    def change(answer: Answer) -> bool:
        served = answer.server.files[answer.path]
        served.content, served.etag = content, etag
        return False

    return change
