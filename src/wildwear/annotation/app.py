"""The routes of the annotation page: what it asks and saves. Who may ask is `web.guards`' business.

Photos are addressed by their number, never by a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response

from wildwear.annotation import pictures
from wildwear.annotation.answers import Number, body, decoded, json_response, known, said_with
from wildwear.annotation.assist import Assistant
from wildwear.annotation.assist_routes import assist_routes
from wildwear.annotation.page_files import page_routes
from wildwear.annotation.progress import progress
from wildwear.annotation.project import Project, place_of
from wildwear.annotation.reviewing import Review, Settlement
from wildwear.annotation.store import ConflictError, Edit, Listed, Photo
from wildwear.annotation.work import SKIP_REASONS, Work, WorkError, check
from wildwear.datasets.terms import PEOPLE
from wildwear.errors import DatasetError, ModelError, OutputError, PhotoError
from wildwear.taxonomy import CATEGORIES
from wildwear.web.guards import OWN_NAMES, Token, guarded_app

LONGEST_AUTHOR = 100  # letters
STATUS = {WorkError: 422, DatasetError: 500, ModelError: 500, OutputError: 507, PhotoError: 404}
CONFLICT = 409
SELFIE = "3"  # of PEOPLE; a switch of its own


class Save(msgspec.Struct, frozen=True):
    """What the page sends to be saved.

    Attributes:
        base: the revision that the person began from.
        author: who they are.
        work: what stands now.
    """

    base: int
    author: str
    work: Work


@dataclass(frozen=True)
class Desk:
    """Whose project is open.

    Attributes:
        project: that is worked on.
        author: who works, as far as the page says nobody else.
        review: what is to be settled between this project and another, if anything.
        assistant: who proposes outlines, if anybody.
    """

    project: Project
    author: str
    review: Review | None = None
    assistant: Assistant | None = None


def create_app(desk: Desk, names: Sequence[str] = OWN_NAMES) -> FastAPI:
    """The application that serves a project.

    Args:
        desk: the project, and who works on it.
        names: by which this machine may be asked.
    """
    app = guarded_app(names)
    token = Token(desk.project.token)
    for kind, status in STATUS.items():
        app.add_exception_handler(kind, said_with(status))
    app.add_exception_handler(ConflictError, shown_what_stands)
    app.include_router(work_routes(desk), dependencies=[Depends(token.check)])
    if desk.review is not None:
        app.include_router(review_routes(desk.review, desk.author), dependencies=[Depends(token.check)])
    if desk.assistant is not None:
        app.include_router(assist_routes(desk.project, desk.assistant), dependencies=[Depends(token.check)])
    app.include_router(picture_routes(desk), dependencies=[Depends(token.check_picture)])
    app.include_router(page_routes(token))
    return app


def work_routes(desk: Desk) -> APIRouter:
    """What the page asks of the work, and saves."""
    api = APIRouter(prefix="/api")
    project = desk.project
    store = project.store

    @api.get("/project")
    def overview() -> Response:
        return json_response(
            {
                "name": project.name,
                "author": desk.author,
                "target": project.target,
                "photos": store.count(),
                "categories": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "group": one.group,
                        "colour": one.hex,
                        "definition": one.definition,
                        "synonyms": one.synonyms,
                    }
                    for one in CATEGORIES
                ],
                "people": [words for tick, words in PEOPLE.items() if tick != SELFIE],
                "skip_reasons": SKIP_REASONS,
                "assist": desk.assistant is not None,
                "review": desk.review is not None,
            }
        )

    @api.get("/photos")
    def photos() -> Response:
        return json_response({"photos": [listed(photo) for photo in store.photos()]})

    @api.get("/photos/{number}")
    def photo(number: Number) -> Response:
        return json_response(opened(project, known(project, number), store.standing(number)))

    @api.put("/photos/{number}")
    def save(number: Number, content: Annotated[bytes, Depends(body)]) -> Response:
        known(project, number)
        wanted = decoded(content, Save)
        if not 0 < len(wanted.author.strip()) <= LONGEST_AUTHOR:
            raise WorkError(f"author: has 1 to {LONGEST_AUTHOR} letters")
        check(wanted.work)
        return json_response({"revision": store.save(number, wanted.base, wanted.author, wanted.work)})

    @api.get("/photos/{number}/history")
    def history(number: Number) -> Response:
        known(project, number)
        return json_response(
            [
                {"revision": revision, "author": author, "time": time}
                for revision, author, time in store.history(number)
            ]
        )

    @api.get("/photos/{number}/revisions/{revision}")
    def earlier(number: Number, revision: Number) -> Response:
        edit = store.edit(number, revision)
        if edit is None:
            raise HTTPException(404, f"photo {number} has no revision {revision}")
        return json_response(opened(project, known(project, number), edit))

    @api.get("/progress")
    def pace() -> Response:
        return json_response(progress(store, project.target))

    return api


def review_routes(review: Review, author: str) -> APIRouter:
    """Where two annotators disagree, and what is settled of it."""
    api = APIRouter(prefix="/api/review")

    @api.get("")
    def disagreements() -> Response:
        return json_response({"authors": review.authors(), "pairs": review.disagreements()})

    @api.post("/{number}/settle")
    def settle(number: Number, content: Annotated[bytes, Depends(body)]) -> Response:
        revision = review.settle(number, decoded(content, Settlement), author)
        if revision is None:
            raise HTTPException(404, f"on photo {number} nobody disagrees on this any more")
        return json_response({"revision": revision})

    return api


def picture_routes(desk: Desk) -> APIRouter:
    """The photos themselves."""
    api = APIRouter(prefix="/photos")
    project = desk.project

    @api.get("/{number}/image")
    def image(number: Number) -> Response:
        return Response(pictures.picture(known(project, number)), media_type="image/jpeg")

    @api.get("/{number}/thumbnail")
    def thumbnail(number: Number) -> Response:
        return Response(pictures.thumbnail(project, known(project, number)), media_type="image/webp")

    return api


def opened(project: Project, photo: Photo, edit: Edit) -> dict[str, Any]:
    """An edit of a photo, with the size of the photo, and what is wrong with it if anything is."""
    said = {"revision": edit.revision, "author": edit.author, "work": edit.work}
    known_size = photo.height, photo.width
    try:
        size = pictures.photo_size(place_of(photo.place))
    except PhotoError as error:
        return said | {"width": photo.width, "height": photo.height, "problem": str(error)}
    problem = None
    if None in known_size:
        with suppress(OutputError):  # of a full disk: it is measured again the next time
            project.store.measured(photo.id, size)
    elif known_size != size:
        problem = (
            f"{photo.name}: is another photo than it was: it has {size[1]} x {size[0]} pixels, and was "
            f"annotated with {photo.width} x {photo.height}"
        )
    return said | {"width": size[1], "height": size[0], "problem": problem}


def listed(photo: Listed) -> dict[str, Any]:
    """A photo as the page's list has it."""
    return {
        "id": photo.id,
        "name": photo.name,
        "width": photo.width,
        "height": photo.height,
        "status": photo.summary.status,
        "instances": photo.summary.instances,
        "categories": sorted(photo.summary.counts),
        "flags": photo.summary.flags,
        "ambiguous": photo.ambiguous,
    }


def shown_what_stands(request: Request, error: Exception) -> Response:
    """The answer to whoever saves what another has changed since."""
    assert isinstance(error, ConflictError)
    return json_response(error.standing, CONFLICT)
