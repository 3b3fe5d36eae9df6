"""Who is answered, and what a page may do: for every application that serves people at this machine.

What a person looks at here is nobody else's business: only requests to this machine by its own name are
answered (a foreign page that has its name point here asks by that name), none that another page makes, none
that is longer than a person's work; and other pages may embed and read nothing. An application that changes
something has a token besides, which only its own page knows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
OWN_NAMES = ("127.0.0.1", "localhost")
MOST_BYTES = 8_000_000  # of what a request brings
TOKEN_HEADER = "X-Wildwear-Token"
CUT_SHORT, FORBIDDEN, NO_LENGTH, TOO_LONG = 400, 403, 411, 413


def guarded_app(names: Sequence[str] = OWN_NAMES, *, most_bytes: int = MOST_BYTES) -> FastAPI:
    """An application without routes yet, that answers requests to this machine by its own names alone.

    Args:
        names: by which it may be asked for.
        most_bytes: of what a request brings.
    """
    app = FastAPI(title="wildwear", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = refusal(request, most_bytes) or await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.add_exception_handler(ClientDisconnect, left)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(names))
    return app


def refusal(request: Request, most_bytes: int) -> Response | None:
    """The answer to a request that is none of our own page's, or brings too much; None for all others.

    Browsers name the page that asks as the origin of all that changes something, or reads across pages.
    """
    origin, headers = request.headers.get("origin"), request.headers
    if origin is not None and origin != f"{request.url.scheme}://{headers.get('host')}":
        return refused(FORBIDDEN, "this is asked by another page, which is not answered")
    if "transfer-encoding" in headers:  # its length shows only when it has come
        return refused(NO_LENGTH, "a request says how long it is")
    if int(headers.get("content-length", 0)) > most_bytes:
        return refused(TOO_LONG, f"this has more than {most_bytes:,} bytes, the most that is taken at once")
    return None


def refused(status: int, why: str) -> Response:
    """The answer to what is not wanted."""
    return JSONResponse({"detail": why}, status)


def left(request: Request, error: Exception) -> Response:
    """The answer to who went away in the middle of a request: nobody hears it, and nothing is wrong here."""
    return refused(CUT_SHORT, "this ended before all of it had come")


@dataclass(frozen=True)
class Token:
    """What tells our own page from all else that can reach this machine's ports.

    Attributes:
        secret: stands in the address that the user is given; the page says it with all that it asks.
    """

    secret: str

    @property
    def cookie(self) -> str:
        """The name of the cookie by which pictures are asked for, which can say no header: cookies are
        those of all ports of this machine, so projects that are open side by side have each their own."""
        return f"wildwear-{digest(self.secret, 'name')[:12]}"

    def hand_out(self, request: Request, response: Response) -> None:
        """Let the browser that asked with the token see pictures. What the cookie holds opens nothing else,
        since it is sent to whatever listens at this machine's other ports as well."""
        if self.is_said(request.query_params.get("token")):
            response.set_cookie(
                self.cookie, digest(self.secret, "pictures"), httponly=True, samesite="strict"
            )

    def is_said(self, said: str | None) -> bool:
        """Whether somebody said the token; how near they came does not show in how long it takes."""
        return said is not None and hmac.compare_digest(said.encode(), self.secret.encode())

    def check(self, request: Request) -> None:
        """Refuse whoever does not say the token. Raises `HTTPException`."""
        if not self.is_said(request.headers.get(TOKEN_HEADER)):
            raise HTTPException(FORBIDDEN, "this needs the token in the address that wildwear printed")

    def check_picture(self, request: Request) -> None:
        """Refuse whoever neither says the token nor has been handed the cookie. Raises `HTTPException`."""
        held = request.cookies.get(self.cookie, "").encode()
        if not hmac.compare_digest(held, digest(self.secret, "pictures").encode()):
            self.check(request)


def digest(secret: str, purpose: str) -> str:
    """What follows from a secret and leads nobody back to it."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()
