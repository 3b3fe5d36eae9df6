"""The pages and the data behind them, for one reader on this machine.

Photos are addressed by their number in the dataset, never by a path; `web.guards` keeps strangers out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Response
from fastapi.responses import FileResponse

from wildwear.viewing.browsable import Catalog, Filter
from wildwear.web.colours import SHEET
from wildwear.web.guards import guarded_app

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": PAGE / "index.html",
    "/colours.css": SHEET,
    "/view.css": PAGE / "view.css",
    "/view.js": PAGE / "view.js",
}
ON_A_PAGE = 60  # photos
LONGEST_SEARCH = 200  # letters


def create_app(catalog: Catalog) -> FastAPI:
    """The application that shows a dataset."""
    app = guarded_app()

    for path, file in FILES.items():
        app.add_api_route(path, file_response(file), response_class=FileResponse)

    @app.get("/api/dataset")
    def overview() -> dict[str, Any]:
        return catalog.overview()

    @app.get("/api/photos")
    def photos(
        category: Annotated[list[int], Query(default_factory=list)],
        mask_size: Annotated[list[str], Query(default_factory=list)],
        source: Annotated[list[str], Query(default_factory=list)],
        people: Annotated[list[str], Query(default_factory=list)],
        photo_size: Annotated[list[str], Query(default_factory=list)],
        text: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        page: Annotated[int, Query(ge=1, le=10**9)] = 1,
    ) -> dict[str, Any]:
        rows = catalog.find(Filter(category, mask_size, source, people, photo_size, text))
        last = max(1, -(-len(rows) // ON_A_PAGE))
        page = min(page, last)
        first = (page - 1) * ON_A_PAGE
        return {
            "total": len(rows),
            "page": page,
            "pages": last,
            "first": first,
            "photos": [catalog.card(row) for row in rows[first : first + ON_A_PAGE]],
        }

    def known(row: int) -> int:
        if not 0 <= row < catalog.photos.height:
            raise HTTPException(404, f"there is no photo {row}")
        return row

    @app.get("/api/photos/{row}")
    def photo(row: int) -> dict[str, Any]:
        return catalog.photo(known(row))

    @app.get("/thumbnails/{row}")
    def thumbnail(row: int) -> Response:
        return webp_response(catalog.thumbnail(known(row)))

    @app.get("/photos/{row}")
    def large(row: int) -> Response:
        return webp_response(catalog.large(known(row)))

    return app


def file_response(path: Path) -> Callable[[], FileResponse]:
    """What answers with a file of this package."""
    return lambda: FileResponse(path)


def webp_response(picture: bytes | None) -> Response:
    """A picture, or that there is none."""
    if picture is None:
        raise HTTPException(404, "there is no picture of this photo")
    return Response(picture, media_type="image/webp")
