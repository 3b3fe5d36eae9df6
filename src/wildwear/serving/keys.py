"""Who may have photos segmented: whoever says the key."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

from fastapi import HTTPException, Request

UNAUTHORIZED = 401


def checking(key: str | None) -> Callable[[Request], None]:
    """What refuses requests that do not say this key; none is asked for where there is none.

    It is said as a bearer token, or as the password of anybody, for programs that know only that.
    """

    def check(request: Request) -> None:
        said = said_key(request.headers.get("authorization", ""))
        if key is not None and not hmac.compare_digest(said.encode(), key.encode()):
            raise HTTPException(
                UNAUTHORIZED,
                "this needs the key of the server: Authorization: Bearer KEY",
                {"WWW-Authenticate": "Bearer"},
            )

    return check


def said_key(authorization: str) -> str:
    """The key in an Authorization header; "" where there is none."""
    scheme, _, said = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(said, validate=True).decode().partition(":")[2]
        except ValueError:  # no base64, or no text in it
            return ""
    return ""
