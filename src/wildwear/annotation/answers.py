"""How every route reads what the page asks, and answers it."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import HTTPException, Path, Request, Response

from wildwear.annotation.project import Project
from wildwear.annotation.store import Photo
from wildwear.annotation.work import WorkError, in_words

MOST = 2**53  # beyond which JavaScript cannot count; no photo or revision has such a number

Number = Annotated[int, Path(ge=1, le=MOST)]
Asked = TypeVar("Asked")


def known(project: Project, number: int) -> Photo:
    """The photo of this number. Raises `HTTPException` where there is none."""
    photo = project.store.photo(number)
    if photo is None:
        raise HTTPException(404, f"there is no photo {number}")
    return photo


async def body(request: Request) -> bytes:
    """What a request brings, undecoded; `web.guards` has seen that it is not too long."""
    return await request.body()


def decoded(content: bytes, kind: type[Asked]) -> Asked:
    """What the page sends. Raises `WorkError` naming what is wrong with it, and where."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorkError(in_words(error)) from error


def json_response(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def said_with(status: int) -> Callable[[Request, Exception], Response]:
    """What answers with an error's message, and this status."""
    return lambda request, error: json_response({"detail": str(error)}, status)
