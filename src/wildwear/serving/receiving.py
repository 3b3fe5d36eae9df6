"""The photo out of a request, in whichever of three ways it comes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

MULTIPART, JSON, BYTES = "multipart/form-data", "application/json", "application/octet-stream"
FIELD = "file"  # of a form, that holds the photo
BAD_REQUEST, UNSUPPORTED = 400, 415
WAYS = (
    f"send the photo itself (Content-Type: image/jpeg), a form with the field {FIELD} ({MULTIPART}), or "
    f'{{"photo": "…"}} with its base64 ({JSON})'
)
REQUEST_BODY: dict[str, Any] = {  # for OpenAPI
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {FIELD: {"type": "string", "format": "binary"}},
            }
        },
        "image/*": {"schema": {"type": "string", "format": "binary"}},
        BYTES: {"schema": {"type": "string", "format": "binary"}},
        JSON: {
            "schema": {
                "type": "object",
                "required": ["photo"],
                "properties": {"photo": {"type": "string", "contentEncoding": "base64"}},
            },
            "example": {"photo": "/9j/4AAQSkZJRgABAQAAAQABAAD…"},
        },
    },
}


logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it tells the log what is in a damaged form


class Document(msgspec.Struct):
    """The JSON that holds a photo; msgspec reads bytes from base64."""

    photo: bytes


class InMemory(MultiPartParser):
    """A parser of forms that keeps no file on disk: how much comes is limited already."""

    spool_max_size = 0  # of a `SpooledTemporaryFile`: none is too large


async def received_photo(request: Request) -> bytes:
    """The file of a photo that a request brings.

    Raises:
        HTTPException: it brings none, or brings it in another way; or whoever sends it went away.
    """
    kind = request.headers.get("content-type", BYTES).partition(";")[0].strip().lower()
    if kind not in (MULTIPART, JSON, BYTES) and not kind.startswith("image/"):
        raise HTTPException(UNSUPPORTED, f"{kind}: is no way to send a photo; {WAYS}")
    try:
        body = await request.body()
    except ClientDisconnect:
        raise HTTPException(BAD_REQUEST, "the request ended before its photo did") from None
    if kind == MULTIPART:
        return await photo_of_form(request, body)
    return photo_of_json(body) if kind == JSON else body


async def photo_of_form(request: Request, body: bytes) -> bytes:
    """The photo in a form. Raises `HTTPException` where there is none."""

    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        form = await InMemory(request.headers, stream(), max_files=1, max_fields=0).parse()  # type: ignore[arg-type]
    except (MultiPartException, KeyError) as error:  # a form without a boundary is a KeyError
        raise HTTPException(BAD_REQUEST, f"the form cannot be read: {error}; {WAYS}") from None
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        raise HTTPException(BAD_REQUEST, f"the form has no file in its field {FIELD}; {WAYS}")
    return await file.read()


def photo_of_json(body: bytes) -> bytes:
    """The photo in a JSON document. Raises `HTTPException` where there is none."""
    try:
        return msgspec.json.decode(body, type=Document).photo
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(BAD_REQUEST, f"the JSON cannot be read: {error}; {WAYS}") from None
