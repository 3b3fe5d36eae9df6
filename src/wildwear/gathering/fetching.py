"""A photo from the web into memory, within limits that a server cannot stretch: bytes, time, redirects, and
where it may lie. Needs httpx and httpcore, the extra `fetch`.

An address is looked up once, judged, and then the one that was judged is connected to: a name that answers
otherwise a moment later changes nothing, and each redirect goes the same way. No proxy is used, as nobody
could tell what it connects to.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import httpcore
import httpx

from wildwear.errors import PhotoError, UnavailableError
from wildwear.gathering.places import MOST_BYTES, refuse_too_long
from wildwear.version import __version__

MOST_SECONDS = 60.0  # for all of it, redirects included
SILENCE = 15.0  # seconds without a byte, or until a connection is there
MOST_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
OK = 200
NOT_NOW = {408, 425, 429, 500, 502, 503, 504}  # what servers answer that may have another answer later
HEADERS = (
    ("User-Agent", f"wildwear/{__version__}"),
    ("Accept", "image/*, */*;q=0.1"),  # Label Studio hands out photos, and refuses who wants them alone
    ("Accept-Encoding", "identity"),
)
BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Server:
    """The one server that photos are loaded from.

    Attributes:
        url: of it; what lies there has the same scheme, host and port.
        authorization: said with each request, if any.
    """

    url: str
    authorization: str | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What only this server is told."""
        return () if self.authorization is None else (("Authorization", self.authorization),)

    def refuse_others(self, url: httpx.URL) -> None:
        """Raise `PhotoError` for an address that lies elsewhere."""
        own = httpx.URL(self.url)
        if (url.scheme, url.host, url.port) != (own.scheme, own.host, own.port):
            raise PhotoError(f"{url} lies elsewhere than {self.url}, the only server that is asked.")


def fetch(
    url: str, *, private: bool = False, only: Server | None = None, most_bytes: int = MOST_BYTES
) -> bytes:
    """Load a photo.

    Args:
        url: http or https.
        private: whether it, or an address that it redirects to, may lie on this machine or in a network that
            is not public.
        only: the server that it lies on, redirects included.
        most_bytes: of its file.

    Raises:
        PhotoError: the server cannot be reached or may not be, refuses, sends too much, takes too long,
            redirects too often or from https to http, or what it sends is a page. It is an
            `UnavailableError` where asking again may help.
    """
    network = Network(monotonic() + MOST_SECONDS, private)
    try:
        return follow(httpx.URL(url), network, MOST_REDIRECTS, only, most_bytes)
    except PhotoError as error:
        raise type(error)(f"{url}: {error}") from error
    except httpcore.TimeoutException:
        waited = (
            f"was silent for {SILENCE:.0f} s" if network.left() > 0 else f"took over {MOST_SECONDS:.0f} s"
        )
        raise UnavailableError(f"{url}: the server {waited}.") from None
    except BROKEN as error:
        of_the_network = isinstance(error, httpcore.NetworkError | httpcore.ProtocolError)
        kind = UnavailableError if of_the_network else PhotoError
        raise kind(f"{url}: cannot be loaded ({str(error) or type(error).__name__}).") from error


def follow(url: httpx.URL, network: "Network", redirects: int, only: Server | None, most_bytes: int) -> bytes:
    """What lies at an address, or where that redirects to, so many times at most."""
    if only is not None:
        only.refuse_others(url)
    asked = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    headers = (*HEADERS, *(only.headers if only else ()))
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), SILENCE)
    with (
        httpcore.ConnectionPool(ssl_context=certificates(), network_backend=network) as pool,
        pool.stream("GET", asked, headers=headers, extensions={"timeout": timeouts}) as response,
    ):
        said = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status not in REDIRECTS:
            return body(response, said, most_bytes)
    if not redirects:
        raise PhotoError(f"redirects more than {MOST_REDIRECTS} times.")
    return follow(redirected(url, said.get(b"location", "")), network, redirects - 1, only, most_bytes)


def redirected(url: httpx.URL, location: str) -> httpx.URL:
    """Where a server sends us on to. Raises `PhotoError` where we do not go there."""
    target = url.join(location)
    if target.scheme not in ("http", "https") or (url.scheme, target.scheme) == ("https", "http"):
        raise PhotoError(f"redirects to {target}; only https, and http from http, is followed.")
    return target


def body(response: httpcore.Response, headers: dict[bytes, str], most_bytes: int) -> bytes:
    """What a server sends, if it may be a photo. Raises `PhotoError`."""
    if response.status != OK:
        kind = UnavailableError if response.status in NOT_NOW else PhotoError
        raise kind(f"the server answers {response.status}, not with a photo.")
    if headers.get(b"content-type", "").startswith("text/html"):
        raise PhotoError("is a web page, not a photo; the address of the photo itself is needed.")
    if (length := headers.get(b"content-length", "")).isdecimal():
        refuse_too_long(int(length), "what the server offers", most_bytes)
    content = bytearray()
    for piece in response.iter_stream():
        content += piece
        refuse_too_long(len(content), "what the server sends", most_bytes)
    return bytes(content)


@cache
def certificates() -> ssl.SSLContext:
    """Whose word counts for who a server is: as httpx has it, SSL_CERT_FILE included."""
    return httpx.create_ssl_context()


class Network(httpcore.NetworkBackend):
    """The network within the limits of one photo."""

    def __init__(self, until: float, private: bool) -> None:
        """Begin.

        Args:
            until: when all must be there, as `monotonic` counts.
            private: whether addresses that are not public may be connected to.
        """
        self.until = until
        self.private = private

    def left(self) -> float:
        """Seconds that are left; not positive when the time is over."""
        return self.until - monotonic()

    def within(self, timeout: float | None) -> float:
        """How long the next step may take. Raises as a step that took too long."""
        if self.left() <= 0:
            raise httpcore.ReadTimeout
        return min(self.left(), SILENCE if timeout is None else timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that may be connected to, and answers."""
        error: Exception = PhotoError(f"{host} has no address.")
        for address in addresses(host, port, self.private):
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, self.within(timeout), local_address, socket_options
                )
            except httpcore.ConnectError as refused:
                error = refused
            else:
                return Stream(stream, self)
        raise error


class Stream(httpcore.NetworkStream):
    """A connection within the limits of one photo."""

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        """Take over a connection."""
        self.stream = stream
        self.network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As that of the connection."""
        return self.stream.read(max_bytes, self.network.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As that of the connection."""
        self.stream.write(buffer, self.network.within(timeout))

    def close(self) -> None:
        """As that of the connection."""
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """As that of the connection."""
        timeout = self.network.within(timeout)
        return Stream(self.stream.start_tls(ssl_context, server_hostname, timeout), self.network)

    def get_extra_info(self, info: str) -> Any:
        """As that of the connection."""
        return self.stream.get_extra_info(info)


def addresses(host: str, port: int, private: bool) -> list[str]:
    """The addresses of a host that may be connected to. Raises `PhotoError` where it has others alone."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PhotoError(f"{host} is not known ({error.strerror}); is there a network?") from error
    all_of_it = list(dict.fromkeys(str(one[4][0]) for one in found))
    allowed = [address for address in all_of_it if private or is_public(ipaddress.ip_address(address))]
    if all_of_it and not allowed:
        called = host if host == all_of_it[0] else f"{host} ({all_of_it[0]})"
        raise PhotoError(f"{called} is on this machine or in a private network; --allow-private permits it.")
    return allowed


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to everybody's internet, not to this machine, its network or nobody.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is what that is.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None or address.is_site_local:
            return inner is not None and is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved)
