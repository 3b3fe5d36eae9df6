"""The files of the page: its document is asked for anew each time, all else is kept by browsers, since its
address names what it holds."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from wildwear.web.colours import SHEET
from wildwear.web.guards import Token

PAGE = Path(__file__).parent / "page"
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


def page_routes(token: Token) -> APIRouter:
    """The page's document, which hands out its cookie, and what belongs to it."""
    files = {path.relative_to(PAGE).as_posix(): path.read_bytes() for path in sorted(PAGE.rglob("*.*"))}
    files["colours.css"] = SHEET.read_bytes()
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]
    document = versioned(files.pop("index.html").decode(), version, list(files))
    api = APIRouter()

    @api.get("/")
    async def page(request: Request) -> Response:
        response = HTMLResponse(document)
        token.hand_out(request, response)
        return response

    @api.get(f"/{version}/{{name:path}}")
    async def file(name: str) -> Response:
        if name not in files:
            raise HTTPException(404, "the page has no such file")
        return Response(files[name], media_type=mimetypes.guess_type(name)[0], headers=KEPT)

    return api


def versioned(document: str, version: str, names: list[str]) -> str:
    """The document with addresses that name a version, and all of its modules asked for at once: otherwise
    they come one after the other, as they import each other."""
    modules = [f'<link rel="modulepreload" href="page/{name}">' for name in names if name.endswith(".js")]
    return document.replace("</head>", "\n".join([*modules, "</head>"])).replace('"page/', f'"{version}/')
