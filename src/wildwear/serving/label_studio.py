"""The backend of a Label Studio: it asks for drafts of its tasks, and people accept or mend them.

Label Studio names photos, which are fetched from it alone. What is asked and answered is told at
https://labelstud.io/guide/ml_create and, to the letter, by `label_studio_ml/api.py` of its SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response

from wildwear import imaging
from wildwear.datasets.formats.label_studio.writing import region
from wildwear.datasets.stream import Conversion
from wildwear.errors import PhotoError, WildwearError
from wildwear.gathering.addresses import is_address
from wildwear.gathering.fetching import Server, fetch
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction
from wildwear.serving.answers import JSON
from wildwear.serving.batching import Batcher, QueueFullError
from wildwear.serving.interface import Interface, read_interface
from wildwear.serving.limits import TOO_SLOW, UNAVAILABLE, Limits, Underway, within
from wildwear.serving.receiving import BAD_REQUEST

PATIENCE = 100  # seconds that Label Studio waits for predictions (its ML_TIMEOUT_PREDICT)
ABREAST = 4  # photos of one request: some come while others are segmented

Asked = TypeVar("Asked")
Draft = bytes | WildwearError  # a prediction as JSON, or why there is none


class Setup(msgspec.Struct):
    """What is asked when somebody connects a project."""

    schema: str  # the labelling interface


class Task(msgspec.Struct):
    """A photo to be labelled."""

    data: dict[str, Any]


class Wanted(msgspec.Struct):
    """What is asked for drafts."""

    tasks: list[Task]
    label_config: str  # the labelling interface


def label_studio_routes(batcher: Batcher, underway: Underway, limits: Limits, studio: Server) -> APIRouter:
    """What a Label Studio asks.

    Args:
        batcher: finds the garments.
        underway: counts the requests.
        limits: of what is taken.
        studio: that all photos come from.
    """
    router = APIRouter(include_in_schema=False)  # only Label Studio speaks it
    card = batcher.segmenter.card
    version = f"{card.name} {card.version}"

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "UP"}

    @router.post("/setup")
    async def setup(request: Request) -> dict[str, str]:
        read_interface((await asked(request, Setup, limits)).schema)
        return {"model_version": version}

    @router.post("/predict")
    async def predict(request: Request) -> Response:
        with underway.one_more():
            wanted = await asked(request, Wanted, limits)
            interface = read_interface(wanted.label_config)

            async def draft(task: Task) -> Draft:
                try:
                    photo = await fetched(task, interface, studio, limits)
                    return await segmented(batcher, photo, interface, version)
                except WildwearError as error:
                    return error

            drafting = abreast(draft, wanted.tasks)
            drafts = await within(PATIENCE, drafting, UNAVAILABLE, "finding the garments of all tasks")
        errors = [one for one in drafts if isinstance(one, WildwearError)]
        if errors and len(errors) == len(drafts):
            raise errors[0]  # which may well be the key or the network: nothing to keep as a prediction
        results = b",".join(failed(one) if isinstance(one, WildwearError) else one for one in drafts)
        return Response(b'{"results":[' + results + b"]}", media_type=JSON)

    return router


async def asked(request: Request, kind: type[Asked], limits: Limits) -> Asked:
    """What a request says. Raises `HTTPException` where it cannot be read, or comes too slowly."""
    body = await within(limits.seconds, request.body(), TOO_SLOW, "sending the request")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(BAD_REQUEST, f"this is not what Label Studio sends: {error}") from None


async def abreast(work: Callable[[Task], Awaitable[Draft]], tasks: list[Task]) -> list[Draft]:
    """What becomes of tasks, in their order; a few are worked on at once."""
    drafts: list[Draft] = [b""] * len(tasks)
    to_do = enumerate(tasks)

    async def go_on() -> None:
        for place, task in to_do:
            drafts[place] = await work(task)

    await asyncio.gather(*(go_on() for _ in range(ABREAST)))
    return drafts


async def fetched(task: Task, interface: Interface, studio: Server, limits: Limits) -> bytes:
    """The file of a task's photo. Raises `PhotoError`."""
    place = address(task, interface.field, studio)
    return await asyncio.to_thread(fetch, place, private=True, only=studio, most_bytes=limits.bytes)


def address(task: Task, field: str, studio: Server) -> str:
    """Where the photo of a task lies. Raises `PhotoError` where the task does not say it.

    What was uploaded, and files that Label Studio may read, are paths below its own address.
    """
    place = task.data.get(field)
    if not isinstance(place, str):
        raise PhotoError(f"the task has no photo in its field {field}")
    if is_address(place):
        return place
    if "://" in place:
        raise PhotoError(f"{place}: only photos that {studio.url} hands out are read")
    return f"{studio.url}/{place.lstrip('/')}"


async def segmented(batcher: Batcher, photo: bytes, interface: Interface, version: str) -> bytes:
    """The prediction for a photo. It waits until there is room in the queue; raises as `Batcher.segment`."""

    def answer(_: Pixels, found: Prediction) -> bytes:
        return msgspec.json.encode(prediction(found, interface, version))

    while True:
        try:
            return await batcher.segment(photo, None, answer)
        except QueueFullError as full:
            await asyncio.sleep(full.seconds)


def prediction(found: Prediction, interface: Interface, version: str) -> dict[str, Any]:
    """Garments as Label Studio keeps them; those that its interface has no place for are left out."""
    tolerance = imaging.tolerance_for(found.size)
    regions, scores = [], []
    for number, garment in enumerate(found, 1):
        place = interface.places.get(garment.category.id)
        if place is None:
            continue
        outlines = imaging.to_polygons(garment.rle, tolerance=tolerance).polygons or garment.polygons
        annotation = {
            "id": number,
            "category_id": garment.category.id,
            "segmentation": garment.rle if place.is_painted else outlines,
            "score": garment.score,
        }
        drawn = region(annotation, {garment.category.id: place.label}, found.size, Conversion())
        if drawn is not None:
            regions.append(drawn | {"from_name": place.tag, "to_name": interface.image})
            scores.append(garment.score)
    score = sum(scores) / len(scores) if scores else 0.0
    return {"model_version": version, "score": score, "result": regions}


def failed(error: WildwearError) -> bytes:
    """What stands for the prediction of a photo that cannot be read: why, in place of the model, so that
    people see it and Label Studio does not take the photo for done."""
    return msgspec.json.encode({"model_version": str(error), "score": 0.0, "result": []})
