"""Who is answered by what this machine serves to its own user."""

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi import Depends, Request, Response
from fastapi.testclient import TestClient

from wildwear.web.guards import MOST_BYTES, OWN_NAMES, TOKEN_HEADER, Token, guarded_app

TOKEN = Token("a secret that nobody guesses, of some length")


def client(*names: str, base: str = "http://127.0.0.1:8000") -> TestClient:
    """An application that says how long what it is sent is, to whoever says the token; pictures to whoever
    has the cookie."""
    app = guarded_app(names or OWN_NAMES)

    @app.get("/")
    def page(request: Request) -> Response:
        response = Response("page")
        TOKEN.hand_out(request, response)
        return response

    @app.post("/length", dependencies=[Depends(TOKEN.check)])
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/picture", dependencies=[Depends(TOKEN.check_picture)])
    def picture() -> str:
        return "picture"

    return TestClient(app, base_url=base)


def test_only_who_says_the_token_is_answered() -> None:
    asking = client()
    assert asking.post("/length", content=b"abc").status_code == 403
    assert (
        asking.post("/length", content=b"abc", headers={TOKEN_HEADER: TOKEN.secret[:-1]}).status_code == 403
    )
    assert asking.post("/length", content=b"abc", headers={TOKEN_HEADER: TOKEN.secret}).json() == 3


def test_the_page_is_shown_to_all_and_pictures_to_who_came_with_the_token() -> None:
    stranger = client()
    assert stranger.get("/").text == "page"
    assert stranger.get("/?token=wrong").text == "page"
    assert not stranger.cookies
    assert stranger.get("/picture").status_code == 403
    stranger.get("/", params={"token": TOKEN.secret})
    assert stranger.get("/picture").json() == "picture"
    assert stranger.post("/length", content=b"abc").status_code == 403


def test_projects_side_by_side_have_cookies_of_their_own() -> None:
    assert Token("one").cookie != Token("other").cookie


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    headers = {TOKEN_HEADER: TOKEN.secret}
    assert client().post("/length", content=b" " * MOST_BYTES, headers=headers).json() == MOST_BYTES
    assert client().post("/length", content=b" " * (MOST_BYTES + 1), headers=headers).status_code == 413
    assert client().post("/length", content=iter([b" "]), headers=headers).status_code == 411


@pytest.mark.parametrize(
    ("origin", "status"), [("http://127.0.0.1:8000", 200), ("http://localhost:8000", 403)]
)
def test_a_page_may_ask_where_it_came_from_and_nowhere_else(origin: str, status: int) -> None:
    headers = {TOKEN_HEADER: TOKEN.secret, "origin": origin}
    assert client().post("/length", content=b"abc", headers=headers).status_code == status


def test_another_name_is_answered_where_it_is_one_of_this_machine_s() -> None:
    elsewhere = "http://192.168.1.5:8000"
    assert client(base=elsewhere).get("/").status_code == 400
    assert client(*OWN_NAMES, "192.168.1.5", base=elsewhere).get("/").status_code == 200
