"""The routes: photos in, garments out. Who is answered is the business of `web.guards` and `keys`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wildwear.errors import (
    DatasetError,
    MissingExtraError,
    ModelError,
    PhotoError,
    TooLargePhotoError,
    UnavailableError,
    WildwearError,
)
from wildwear.gathering.fetching import Server
from wildwear.inference.origin import Origin
from wildwear.inference.segmenter import Segmenter
from wildwear.serving.accounts import Figures, Line, keep_accounts
from wildwear.serving.answers import JSON, MEDIA_TYPES, PNG, ZIP, Format, answering
from wildwear.serving.batching import Batcher, QueueFullError
from wildwear.serving.keys import checking
from wildwear.serving.label_studio import label_studio_routes
from wildwear.serving.limits import TOO_SLOW, UNAVAILABLE, Limits, Underway, within
from wildwear.serving.receiving import REQUEST_BODY, received_photo
from wildwear.taxonomy import UnknownCategoryError, category
from wildwear.version import __version__
from wildwear.web.colours import SHEET
from wildwear.web.guards import OWN_NAMES, guarded_app

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": PAGE / "index.html",
    "/colours.css": SHEET,
    "/serve.css": PAGE / "serve.css",
    "/serve.js": PAGE / "serve.js",
    "/icon.svg": PAGE / "icon.svg",
}
UNPROCESSABLE, TOO_MANY = 422, 429
STATUS = {  # the closest class of an error says it
    TooLargePhotoError: 413,
    UnavailableError: UNAVAILABLE,
    PhotoError: UNPROCESSABLE,
    DatasetError: UNPROCESSABLE,
    MissingExtraError: 415,
    QueueFullError: TOO_MANY,
    ModelError: 500,
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The form, the JSON or the name of the host cannot be read"},
    401: {"description": "The key is missing or wrong"},
    403: {"description": "Another page asks"},
    TOO_SLOW: {"description": "The photo took too long to come"},
    411: {"description": "The request does not say how long it is"},
    413: {"description": "The photo has too many bytes or pixels"},
    415: {"description": "The photo comes in a way or a format that is not read"},
    UNPROCESSABLE: {"description": "This is no photo, or an option has a value that it cannot have"},
    TOO_MANY: {"description": "Too many photos wait; Retry-After says when to ask again"},
    UNAVAILABLE: {"description": "The garments were not found in time; Retry-After as above"},
}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The garments, in the format that was asked for",
        "content": {
            JSON: {
                "example": {
                    "width": 512,
                    "height": 600,
                    "garments": [
                        {
                            "category": "jacket",
                            "group": "upper body",
                            "score": 0.94,
                            "box": [51, 60, 256, 360],
                            "area": 61500,
                            "alternatives": {"blazer": 0.05},
                            "colour": "#3b6ea5",
                            "polygons": [[51, 60, 256, 60, 256, 360, 51, 360]],
                        }
                    ],
                }
            },
            PNG: {"schema": {"type": "string", "format": "binary"}},
            ZIP: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def create_app(
    segmenter: Segmenter,
    log: Line,
    *,
    key: str | None = None,
    names: Sequence[str] = OWN_NAMES,
    limits: Limits = Limits(),
    studio: Server | None = None,
) -> FastAPI:
    """The application that segments photos.

    Args:
        segmenter: finds the garments.
        log: takes what is said of each request, as names and values.
        key: that has to be said, if any.
        names: by which this machine may be asked.
        limits: beyond which requests are refused.
        studio: the Label Studio that asks for drafts, if any.
    """
    app = guarded_app(names, most_bytes=limits.bytes)
    app.title, app.version = "wildwear", __version__
    app.description = "Every garment of a photo: one of 30 categories and a pixel mask each."
    figures = Figures()
    keep_accounts(app, figures, log)
    batcher = Batcher(
        segmenter,
        most_waiting=limits.waiting,
        most_pixels=limits.pixels,
        seen=figures.together.observe,
    )
    underway = Underway(limits.requests)
    figures.waiting.set_function(lambda: batcher.waiting)
    figures.underway.set_function(lambda: underway.count)
    for path, file in FILES.items():
        app.add_api_route(path, page_file(file), include_in_schema=False)
    app.add_exception_handler(WildwearError, refusal)
    app.include_router(health_routes(batcher))
    keyed = [Depends(checking(key))]
    app.include_router(model_routes(segmenter, limits), dependencies=keyed)
    app.include_router(photo_routes(batcher, underway, limits), dependencies=keyed)
    if studio is not None:
        app.include_router(label_studio_routes(batcher, underway, limits, studio), dependencies=keyed)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return app.openapi()

    @app.get("/metrics", dependencies=keyed, include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(figures.registry), media_type=CONTENT_TYPE_LATEST)

    return app


def page_file(path: Path) -> Any:
    """What answers with a file of the page."""
    return lambda: FileResponse(path)


def refusal(_: Request, error: Exception) -> Response:
    """The answer to a photo that has no garments to show: why, in words."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, QueueFullError) else None
    return JSONResponse({"detail": str(error)}, status, headers)


def health_routes(batcher: Batcher) -> APIRouter:
    """Whether the server lives, and whether it takes photos: for whatever watches over it."""
    router = APIRouter()

    @router.get("/healthz", summary="Whether the server lives")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", summary="Whether it takes photos", responses={UNAVAILABLE: REFUSALS[UNAVAILABLE]})
    async def readyz() -> dict[str, str]:
        if batcher.is_full:
            raise HTTPException(UNAVAILABLE, "the queue is full")
        return {"status": "ready"}

    return router


def model_routes(segmenter: Segmenter, limits: Limits) -> APIRouter:
    """What the server has to offer."""
    router = APIRouter()

    @router.get("/v1/model", summary="Which model this is", responses={401: REFUSALS[401]})
    async def model() -> dict[str, Any]:
        card = segmenter.card
        return {
            "wildwear": __version__,
            "name": card.name,
            "version": card.version,
            "licence": card.licence,
            "training_data": card.training_data,
            "categories": [one.name for one in card.categories],
            "score": card.thresholds.score,
            "category_scores": card.thresholds.scores_by_name,
            "most_bytes": limits.bytes,
            "most_pixels": limits.pixels,
        }

    return router


def photo_routes(batcher: Batcher, underway: Underway, limits: Limits) -> APIRouter:
    """What takes photos."""
    router = APIRouter()
    origin = Origin.of_model(batcher.segmenter, None)  # reads the whole file of the model, so once
    thresholds = batcher.segmenter.card.thresholds

    @router.post(
        "/v1/segment",
        summary="Find the garments of a photo",
        response_class=Response,
        responses={**ANSWER, **REFUSALS},
        openapi_extra={"requestBody": REQUEST_BODY},
    )
    async def segment(
        request: Request,
        score: Annotated[
            float | None,
            Query(ge=0, le=1, description="Leave out garments less sure than this; the model has its own."),
        ] = None,
        categories: Annotated[
            list[str], Query(description="Keep these alone; given once for each.", examples=[["jeans"]])
        ] = [],  # noqa: B006 - FastAPI copies it
        format: Annotated[
            Format,
            Query(
                description="coco: a COCO document, masks as RLE; polygons: the garments alone, outlined; "
                "labels: a PNG of category ids; overlay: the photo with outlines and names, PNG; cutouts: "
                "a zip of PNGs."
            ),
        ] = Format.COCO,
    ) -> Response:
        """The photo is read, its garments are found and sent back; nothing of it is kept."""
        answer = answering(format, known(categories), origin.at(thresholds.changed(score=score)).about())
        with underway.one_more():
            batcher.refuse_when_full()  # before the photo is sent
            photo = await within(limits.seconds, received_photo(request), TOO_SLOW, "sending the photo")
            finding = batcher.segment(photo, score, answer)
            found = await within(limits.seconds, finding, UNAVAILABLE, "finding its garments")
        return Response(found, media_type=MEDIA_TYPES[format])

    return router


def known(categories: Sequence[str]) -> list[str]:
    """The names of categories, as people write them. Raises `HTTPException` where there is no such."""
    try:
        return [category(name).name for name in categories]
    except UnknownCategoryError as error:
        raise HTTPException(UNPROCESSABLE, str(error)) from None
