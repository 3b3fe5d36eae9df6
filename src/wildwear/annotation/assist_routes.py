"""The routes by which the page asks the model, and the edges of a photo, for outlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Response

from wildwear.annotation.answers import Number, body, decoded, json_response, known
from wildwear.annotation.assist import Assistant
from wildwear.annotation.project import Project
from wildwear.annotation.work import Part, WorkError, check_parts, check_point, refuse

MOST_HINTS = 10_000  # points; a scribble of a person has some dozens


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a garment is; one of the three is said.

    Attributes:
        box: xyxy around it.
        points: clicks on it.
        scribble: a line over it.
    """

    box: tuple[float, float, float, float] | None = None
    points: list[tuple[float, float]] | None = None
    scribble: list[tuple[float, float]] | None = None


class Rough(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outline to be moved to the edges around it, and those that lie on top of it."""

    parts: list[Part]
    under: list[list[Part]] = []


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outline, and a click on what it lacks, or has too much."""

    parts: list[Part]
    point: tuple[float, float]


def assist_routes(project: Project, assistant: Assistant) -> APIRouter:
    """What the model proposes, outlines where it is told to look; what snaps, and is patched."""
    api = APIRouter(prefix="/api/photos/{number}")

    @api.get("/proposals")
    def proposals(number: Number) -> Response:
        return json_response({"proposals": assistant.proposals(known(project, number).place)})

    @api.post("/mask")
    def mask(number: Number, content: Annotated[bytes, Depends(body)]) -> Response:
        place = known(project, number).place
        hint = decoded(content, Hint)
        if hint.box is not None and hint.points is None and hint.scribble is None:
            check_box(hint.box)
            found = assistant.in_box(place, hint.box)
        else:
            found = assistant.under(place, checked_points(hint))
        if found is None:
            return json_response({"parts": [], "category": None, "runners_up": []})
        return json_response(found)

    @api.post("/snap")
    def snap(number: Number, content: Annotated[bytes, Depends(body)]) -> Response:
        place = known(project, number).place
        rough = decoded(content, Rough)
        check_parts(rough.parts, "parts")
        for index, parts in enumerate(rough.under):
            check_parts(parts, f"under[{index}]")
        return json_response({"parts": assistant.snapped(place, rough.parts, rough.under)})

    @api.post("/patch")
    def patch(number: Number, content: Annotated[bytes, Depends(body)]) -> Response:
        place = known(project, number).place
        asked = decoded(content, Patch)
        check_parts(asked.parts, "parts")
        check_point(asked.point, "point")
        return json_response({"parts": assistant.patched(place, asked.parts, asked.point)})

    return api


def check_box(box: Sequence[float]) -> None:
    """Raise `WorkError` for a box that is none on a photo."""
    left, top, right, bottom = box
    check_point((left, top), "box")
    check_point((right, bottom), "box")
    refuse(left >= right or top >= bottom, "box", "has no inside; it is [left, top, right, bottom]")


def checked_points(hint: Hint) -> list[tuple[float, float]]:
    """The points of a hint that has no box. Raises `WorkError`."""
    name, points = ("scribble", hint.scribble) if hint.points is None else ("points", hint.points)
    if points is None or (hint.box, hint.points, hint.scribble).count(None) != 2:
        raise WorkError("say one of box, points and scribble")
    refuse(not 0 < len(points) <= MOST_HINTS, name, f"are {len(points):,}; 1 to {MOST_HINTS:,} are taken")
    for number, point in enumerate(points):
        check_point(point, f"{name}[{number}]")
    return points
