"""What a server may do to us when a photo is loaded from it: not much."""

import ipaddress
import socket
import time
from typing import Any

import pytest

from misbehaving_server import Answer, Misbehaviour, Server, answers, trickles
from wildwear.errors import PhotoError, UnavailableError
from wildwear.gathering import fetching
from wildwear.gathering.fetching import fetch, is_public


def redirects_to(url: str) -> Misbehaviour:
    return answers(302, Location=url)


def sends(*pieces: bytes, pause: float = 0.0) -> Misbehaviour:
    """The raw bytes of an answer, one piece after the other."""

    def send(answer: Answer) -> bool:
        for piece in pieces:
            answer.wfile.write(piece)
            answer.wfile.flush()
            time.sleep(pause)
        answer.close_connection = True
        return True

    return send


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.5)


@pytest.mark.parametrize(
    ("status", "later"), [(503, True), (429, True), (500, True), (404, False), (403, False)]
)
def test_what_may_pass_is_told_from_what_will_not(server: Server, status: int, later: bool) -> None:
    with pytest.raises(PhotoError, match=f"the server answers {status}") as refused:
        fetch(server.offer("1.jpg", b"a photo", answers(status)), private=True)
    assert isinstance(refused.value, UnavailableError) == later


def test_a_photo_is_loaded(server: Server) -> None:
    url = server.offer("1.jpg", b"a photo")
    assert fetch(url, private=True) == b"a photo"
    assert fetch(server.offer("old.jpg", b"", redirects_to("/1.jpg")), private=True) == b"a photo"


def test_a_server_that_offers_json_alone_is_not_told_that_only_pictures_will_do(server: Server) -> None:
    def negotiates(answer: Answer) -> bool:  # as Label Studio does, whatever it has
        return "*/*" not in answer.headers["Accept"] and answer.refuse(406) is None

    assert fetch(server.offer("1.jpg", b"a photo", negotiates), private=True) == b"a photo"


def test_this_machine_is_not_asked_unless_that_is_allowed(server: Server) -> None:
    url = server.offer("1.jpg", b"a photo")
    for own in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "2130706433")):
        with pytest.raises(PhotoError, match="is on this machine or in a private network; --allow-private"):
            fetch(own)
    assert not server.asked


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let all names but addresses mean these addresses, in turn; returns what was connected to."""
    real, connected = socket.getaddrinfo, []
    remaining = list(answers)

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if not str(host)[-1].isdigit():
            host = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return real(host, port, *rest, **options)

    def connect(address: tuple[str, int], *rest: Any, **options: Any) -> Any:
        connected.append(address[0])
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    return connected


def test_a_name_of_this_machine_is_not_asked_either(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "127.0.0.1")
    with pytest.raises(PhotoError, match=r"example\.com \(127\.0\.0\.1\) is on this machine"):
        fetch(f"http://example.com:{server.server_port}/1.jpg")
    assert not connected


def test_the_address_that_was_judged_is_connected_to_whatever_the_name_means_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected = resolving(monkeypatch, "93.184.215.14", "127.0.0.1")
    with pytest.raises(PhotoError, match="cannot be loaded"):
        fetch("https://example.com/1.jpg")
    assert connected == ["93.184.215.14"]


def test_a_redirect_to_this_machine_is_not_followed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = server.offer("inside.jpg", b"a secret")
    url = server.offer("1.jpg", b"", redirects_to(inside))
    real = fetching.addresses

    def outside_once(host: str, port: int, private: bool) -> list[str]:
        monkeypatch.setattr(fetching, "addresses", real)
        return ["127.0.0.1"]  # as if it were a public one

    monkeypatch.setattr(fetching, "addresses", outside_once)
    with pytest.raises(PhotoError, match="on this machine") as error:
        fetch(url)
    assert str(error.value).startswith(f"{url}: ")
    assert [one.path for one in server.asked] == ["/1.jpg"]


def test_of_the_one_server_that_may_be_asked_no_other_address_is(server: Server) -> None:
    only = fetching.Server(f"http://127.0.0.1:{server.server_port}", "Token a key")
    url = server.offer("1.jpg", b"a photo")
    moved = server.offer("old.jpg", b"", redirects_to("/1.jpg"))
    for mine in (url, moved, url.replace("http", "HTTP")):
        assert fetch(mine, private=True, only=only) == b"a photo"
    assert {one.authorization for one in server.asked} == {"Token a key"}
    server.asked.clear()
    other = url.replace("127.0.0.1", "localhost")
    away = server.offer("away.jpg", b"", *[redirects_to(other)] * 2)
    for foreign in (other, away, f"http://example.com@localhost:{server.server_port}/1.jpg"):
        with pytest.raises(PhotoError, match="the only server that is asked"):
            fetch(foreign, private=True, only=only)
    assert [one.path for one in server.asked] == ["/away.jpg"]
    fetch(away, private=True)
    assert [one.authorization for one in server.asked[1:]] == [None, None]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/1.jpg", "//", ""])
def test_a_redirect_that_leads_off_the_web_or_round_in_circles_ends(target: str, server: Server) -> None:
    url = server.offer("1.jpg", b"", *[redirects_to(target)] * 9)
    with pytest.raises(PhotoError, match=r"redirects|cannot be loaded"):
        fetch(url, private=True)
    assert len(server.asked) <= fetching.MOST_REDIRECTS + 1


def test_from_https_nobody_is_sent_to_http() -> None:
    with pytest.raises(PhotoError, match="only https"):
        fetching.redirected(fetching.httpx.URL("https://example.com/1.jpg"), "http://example.com/1.jpg")


@pytest.mark.parametrize("length", [True, False])
def test_a_body_that_is_too_long_is_not_taken(length: bool, server: Server) -> None:
    url = server.offer("1.jpg", bytes(3_000_000), length=length)
    with pytest.raises(PhotoError, match="more than 100,000 bytes"):
        fetch(url, private=True, most_bytes=100_000)


@pytest.mark.usefixtures("impatient")
def test_a_body_that_trickles_is_not_waited_for(server: Server) -> None:
    url = server.offer("1.jpg", bytes(1_000_000), trickles(0.1))
    begun = time.monotonic()
    with pytest.raises(PhotoError, match="took over"):
        fetch(url, private=True)
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("impatient")
def test_headers_that_trickle_are_not_waited_for(server: Server) -> None:
    headers = [b"HTTP/1.1 200 OK\r\n", *[b"X-More: 1\r\n"] * 40]
    url = server.offer("1.jpg", b"", sends(*headers, pause=0.1))
    begun = time.monotonic()
    with pytest.raises(PhotoError, match="took over"):
        fetch(url, private=True)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers(404), "answers 404, not with a photo"),
        (answers(500), "answers 500"),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>"), "is a web page"),
        (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "cannot be loaded"),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nless"), "cannot be loaded"),
    ],
)
def test_what_is_no_photo_says_why(answer: Misbehaviour, reason: str, server: Server) -> None:
    with pytest.raises(PhotoError, match=reason):
        fetch(server.offer("1.jpg", b"", answer), private=True)


def test_a_host_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(PhotoError, match=r"nowhere\.example is not known"):
        fetch("https://nowhere.example/1.jpg")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1"),
    ],
)
def test_an_address_of_this_machine_or_a_network_of_its_own_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_an_address_of_everybodys_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
