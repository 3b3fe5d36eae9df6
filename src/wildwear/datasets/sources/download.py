"""One file from a URL to the disk: it resumes, it retries, and it says what is wrong. Knows no datasets.

What has come so far lies in NAME.part; NAME.part.json says of which version of the file. A later run asks for
the rest with `Range`, on the condition (`If-Range`) that the server still has that version (RFC 9110,
sections 13.1.5 and 14). Needs httpx and tenacity, the extra `fetch`.
"""

import ipaddress
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception

from wildwear.datasets.sources.public_sets import File
from wildwear.datasets.sources.space import check_space, writing_to
from wildwear.errors import DatasetError
from wildwear.files import sha256, write_atomically
from wildwear.version import __version__

ATTEMPTS = 5  # in a row that bring nothing new
FIRST_WAIT = 1.0  # seconds before the second attempt; doubled each time
LONGEST_WAIT = 300.0  # seconds that a server may ask us to wait
CONNECT_TIMEOUT = 20.0  # seconds
SILENCE_TIMEOUT = 60.0  # seconds without a byte
MOST_REDIRECTS = 5

Say = Callable[[str], None]
Progress = Callable[[str, int, int | None], None]


def open_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that follows a few redirects, none of them from https to http, and verifies certificates.

    Proxies and own certificate authorities come from the usual variables (HTTPS_PROXY, SSL_CERT_FILE).
    """
    return httpx.Client(
        transport=transport,
        timeout=httpx.Timeout(SILENCE_TIMEOUT, connect=CONNECT_TIMEOUT),
        follow_redirects=True,
        max_redirects=MOST_REDIRECTS,
        # Bytes as they lie on the server: a compressed answer could neither be resumed nor checked.
        headers={"User-Agent": f"wildwear/{__version__}", "Accept-Encoding": "identity"},
        event_hooks={"request": [refuse_plain_http], "response": [refuse_downgrade]},
    )


def download(client: httpx.Client, file: File, path: Path, *, say: Say, progress: Progress) -> None:
    """Bring a file to the disk, whole and checked.

    Args:
        client: of `open_client`.
        file: what to load; it has a URL.
        path: of the file. It grows as NAME.part beside it, from what an earlier call has brought;
            NAME.part.json says of which version that is.
        say: told what is worth knowing: that it waits, that it starts again.
        progress: told the file's name, the bytes that are there, and those of the whole where known.

    Raises:
        DatasetError: the server refuses, cannot be reached, or serves something else. A file with a wrong
            checksum is deleted; what has come of one that broke off stays, and a later call goes on there.
        OutputError: the disk is full, or cannot be written.
    """
    if file.url is None:
        raise ValueError(f"{file.name} has no URL")
    part = Part(path.with_name(f"{path.name}.part"), file)
    best, fruitless = part.size, 0

    def attempt() -> None:
        nonlocal best, fruitless
        try:
            part.continue_(client, say, progress)
        finally:
            fruitless = 0 if part.size > best else fruitless + 1
            best = max(best, part.size)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, TryAgainError) else None
        return FIRST_WAIT * 2 ** max(fruitless - 1, 0) if asked is None else asked

    def announce(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0
        say(f"{file.name}: {explain(error, file.url)}; trying again in {seconds:.0f} s")

    retrying = Retrying(
        retry=retry_if_exception(may_pass),
        stop=lambda _: fruitless >= ATTEMPTS,
        wait=wait,
        before_sleep=announce,
        reraise=True,
    )
    try:
        with writing_to(path.parent):
            retrying(attempt)
            part.check()
            part.path.rename(path)
            part.notes.unlink(missing_ok=True)
    except (httpx.HTTPError, httpx.InvalidURL, TryAgainError) as error:
        kept = f"; {part.size:,} bytes are kept, and the same command goes on from there" if part.size else ""
        raise DatasetError(f"{file.url}: {explain(error, file.url)}{kept}") from error


class TryAgainError(Exception):
    """The server could not serve just now; `wait` is what it asked for, in seconds."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


@dataclass
class Version:
    """Which version of which file NAME.part holds the beginning of."""

    url: str
    etag: str | None = None  # strong ones only: a weak one does not promise equal bytes
    last_modified: str | None = None
    total: int | None = None  # bytes of the whole file


class Part:
    """The part of a file that is on the disk."""

    def __init__(self, path: Path, file: File) -> None:
        self.path, self.file, self.url = path, file, file.url or ""
        self.notes = path.with_name(f"{path.name}.json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self) -> Version:
        """What NAME.part.json says; an empty version where it is missing, damaged or of another URL."""
        try:
            version = msgspec.json.decode(self.notes.read_bytes(), type=Version)
        except (OSError, msgspec.DecodeError):
            return Version(self.url)
        return version if version.url == self.url else Version(self.url)

    def drop(self) -> None:
        """Forget what is there."""
        self.path.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)

    def continue_(self, client: httpx.Client, say: Say, progress: Progress) -> None:
        """Ask for what is missing, and write it. Raises what `may_pass` judges."""
        version, have = self.version(), self.size
        condition = version.etag or version.last_modified
        if have and have == version.total:
            return
        if have and (not (condition or self.file.sha256) or have > (version.total or have)):
            self.drop()
            have = 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and condition:
            headers["If-Range"] = condition
        with client.stream("GET", self.url, headers=headers) as response:
            if have and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.drop()
                raise TryAgainError("the server has another version by now; starting again", wait=0)
            refuse(response, partial=bool(have))
            if response.status_code == httpx.codes.PARTIAL_CONTENT:
                version.total = self.total_of_rest(response, version, have)
            else:
                if have:
                    say(f"{self.file.name}: the server does not go on from byte {have:,}; starting again")
                version, have = new_version(self.url, response), 0
                self.drop()
                self.check_size(version.total)
                write_atomically(self.notes, msgspec.json.encode(version))
            check_space(self.path.parent, (version.total or have) - have, self.file.name)
            progress(self.file.name, have, version.total)
            most = self.file.size or version.total
            with self.path.open("ab") as output:
                for chunk in response.iter_raw():
                    have += len(chunk)
                    if (
                        most is not None and have > most
                    ):  # one that comes in pieces need not say how long it is
                        self.drop()
                        raise DatasetError(
                            f"{self.url}: the server sends more than the {most:,} bytes of this file; "
                            "it seems to be another one, nothing is kept"
                        )
                    output.write(chunk)
                    progress(self.file.name, have, version.total)
            if version.total is not None and have < version.total:  # a server may send less than we asked for
                raise TryAgainError(f"only {have:,} of {version.total:,} bytes came", wait=0)

    def total_of_rest(self, response: httpx.Response, version: Version, have: int) -> int:
        """The size of the whole, from an answer that begins where the part ends and is of the same version.

        Raises:
            TryAgainError: it is not; the part is dropped.
        """
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if (
            found
            and int(found[1]) == have
            and version.total in (None, int(found[2]))
            and is_of_version(response, version)
        ):
            return int(found[2])
        self.drop()
        raise TryAgainError("the server has another version by now; starting again", wait=0)

    def check_size(self, total: int | None) -> None:
        """Raise when the server offers another file than the one we know."""
        if self.file.size is not None and total not in (None, self.file.size):
            raise DatasetError(
                f"{self.url}: the server offers {total:,} bytes, expected {self.file.size:,}; "
                "it seems to be another file"
            )

    def check(self) -> None:
        """Compare the whole file with what is known of it; delete it where it differs.

        Raises:
            DatasetError: the size or the checksum is not as published.
        """
        size, expected = self.size, self.file.size or self.version().total
        if expected is not None and size != expected:
            self.drop()
            raise DatasetError(f"{self.url}: got {size:,} bytes, expected {expected:,}; nothing is kept")
        if self.file.sha256 and (found := sha256(self.path)) != self.file.sha256:
            self.drop()
            raise DatasetError(
                f"{self.url}: wrong bytes, nothing is kept (sha256 {found}, expected {self.file.sha256})"
            )


def new_version(url: str, response: httpx.Response) -> Version:
    """What a whole answer says about its file."""
    etag = response.headers.get("ETag")
    length = response.headers.get("Content-Length", "")
    return Version(
        url,
        etag=etag if etag and not etag.startswith("W/") else None,
        last_modified=response.headers.get("Last-Modified"),
        total=int(length) if length.isdecimal() else None,
    )


def is_of_version(response: httpx.Response, version: Version) -> bool:
    """Whether the rest of a file is of the version that the part of it has.

    An answer that says nothing is not. The date may be left out where the ETag says it (RFC 9110, section
    15.3.7); where neither is known, the checksum has to tell.
    """
    etag: str | None = response.headers.get("ETag")
    date: str | None = response.headers.get("Last-Modified")
    if version.etag is not None:
        return etag == version.etag and date in (None, version.last_modified)
    return date == version.last_modified


def refuse(response: httpx.Response, *, partial: bool) -> None:
    """Raise unless the answer carries the file, or the part that we asked for.

    Raises:
        TryAgainError: it does not, and waiting may help.
        DatasetError: it does not, and waiting will not help.
    """
    status, name = response.status_code, f"{response.status_code} {response.reason_phrase}"
    if status in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS) or status >= 500:
        seconds = retry_after(response.headers.get("Retry-After", ""))
        if seconds is not None and seconds > LONGEST_WAIT:
            raise DatasetError(f"{response.url}: {name}; it asks to come back in {seconds / 60:.0f} minutes")
        raise TryAgainError(f"the server answers {name}", seconds)
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise DatasetError(
            f"{response.url}: the server refuses it ({name}): it has moved, or the host's limit for "
            "downloads is used up; look at the dataset's page, or try again tomorrow"
        )
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise DatasetError(f"{response.url}: is not there any more ({name}); look at the dataset's page")
    if not (status == httpx.codes.OK or (partial and status == httpx.codes.PARTIAL_CONTENT)):
        raise DatasetError(f"{response.url}: the server answers {name}, expected the file")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise DatasetError(f"{response.url}: comes compressed although we asked for it as it is")


def retry_after(header: str) -> float | None:
    """The seconds that a `Retry-After` header asks for; None where it says nothing."""
    if header.isdecimal():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_plain_http(request: httpx.Request) -> None:
    """Raise unless a request goes over https, or stays on this machine."""
    if request.url.scheme != "https" and not (request.url.scheme == "http" and is_loopback(request.url.host)):
        raise DatasetError(f"{request.url}: only https is loaded")


def refuse_downgrade(response: httpx.Response) -> None:
    """Raise when an https server sends us on to http, this machine included."""
    if response.has_redirect_location and response.url.scheme == "https":
        target = response.url.join(response.headers["Location"])
        if target.scheme != "https":
            raise DatasetError(f"{response.url}: redirects to {target}; only https is loaded")


def is_certificate_problem(error: BaseException | None) -> bool:
    """Whether a certificate is at the bottom of an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def may_pass(error: BaseException) -> bool:
    """Whether a second attempt may do better."""
    if isinstance(error, httpx.UnsupportedProtocol) or is_certificate_problem(error):
        return False
    return isinstance(error, (httpx.TransportError, TryAgainError))


def explain(error: BaseException | None, url: str | None) -> str:
    """What went wrong, for people."""
    host = httpx.URL(url or "").host
    if is_certificate_problem(error):
        return (
            f"the certificate of {host} cannot be verified ({error}); behind a company's proxy, name its "
            "certificates with SSL_CERT_FILE"
        )
    if isinstance(error, httpx.TooManyRedirects):
        return f"more than {MOST_REDIRECTS} redirects"
    if isinstance(error, httpx.ConnectTimeout):
        return f"{host} did not answer within {CONNECT_TIMEOUT:.0f} s"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} fell silent for {SILENCE_TIMEOUT:.0f} s"
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
        return f"cannot reach {host} ({error}); is there a network, or a proxy to name in HTTPS_PROXY?"
    if isinstance(error, httpx.TransportError):
        return f"the connection broke ({error})"
    return str(error)
