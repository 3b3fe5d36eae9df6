"""What a Label Studio asks of its backend: drafts of its photos, which lie nowhere but with it."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from misbehaving_server import Server, answers, trickles
from wildwear import imaging
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import named
from wildwear.gathering import fetching
from wildwear.inference import Segmenter
from wildwear.serving import label_studio
from wildwear.serving.interface import Interface, Place
from wildwear.serving.label_studio import prediction
from wildwear.serving.limits import Limits
from wildwear.taxonomy import category

UPLOADED = "data/upload/1/0a1b2c3d-photo.jpg"
LABELS = '<Label value="Jacket"/><Label value="jeans"/>'


def interface(kind: str) -> str:
    """That of a project whose photos are in `url`."""
    drawing = f'<{kind} name="drawn" toName="photo">{LABELS}</{kind}>'
    return f'<View><Image name="photo" value="$url"/>{drawing}</View>'


def asked(*photos: Any, kind: str = "PolygonLabels") -> dict[str, Any]:
    """What Label Studio 1.2x sends for tasks with these photos."""
    return {
        "tasks": [
            {"id": number, "data": {"url": photo}, "meta": {}} for number, photo in enumerate(photos, 1)
        ],
        "project": "1.1717171717",
        "label_config": interface(kind),
        "params": {"login": None, "password": None, "context": None},
    }


@pytest.fixture
def studio(server: Server, jpeg: bytes) -> fetching.Server:
    """A Label Studio with one photo, of which legacy tokens are asked."""
    server.offer(UPLOADED, jpeg)
    return fetching.Server(f"http://127.0.0.1:{server.server_port}", "Token a token")


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def failure(prediction: dict[str, Any]) -> str:
    """Why a prediction holds nothing."""
    assert prediction["result"] == []
    said: str = prediction["model_version"]
    return said


def test_it_is_no_backend_unless_a_label_studio_is_named(asking: Any) -> None:
    client = asking()
    assert client.get("/health").status_code == 404
    assert client.post("/predict", json=asked("/" + UPLOADED)).status_code == 404


def test_a_project_is_connected(asking: Any, studio: fetching.Server) -> None:
    client = asking(studio=studio, key="a key")
    told = {
        "project": "1.1717171717",
        "schema": interface("BrushLabels"),
        "hostname": studio.url,
        "access_token": "a token",
        "extra_params": None,
    }
    assert client.post("/setup", json=told).status_code == 401
    client.auth = ("label studio", "a key")  # as it says what people fill in for "basic auth"
    assert client.get("/health").json() == {"status": "UP"}
    assert client.post("/setup", json=told).json() == {"model_version": "tiny 1"}
    refused = client.post("/setup", json={**told, "schema": "<View></View>"})
    assert refused.status_code == 422
    assert "has no PolygonLabels or BrushLabels" in refused.json()["detail"]


@pytest.mark.parametrize(("kind", "shared"), [("PolygonLabels", 0.95), ("BrushLabels", 1)])
def test_drafts_come_back_from_label_studio_as_what_the_segmenter_found(
    asking: Any,
    studio: fetching.Server,
    segmenter: Segmenter,
    jpeg: bytes,
    tmp_path: Path,
    kind: str,
    shared: float,
) -> None:
    answer = asking(studio=studio).post("/predict", json=asked("/" + UPLOADED, kind=kind))
    [prediction] = results(answer)
    assert prediction["model_version"] == "tiny 1"
    assert prediction["score"] == pytest.approx((0.94 + 0.90) / 2)
    regions = prediction["result"]
    assert {(one["from_name"], one["to_name"]) for one in regions} == {("drawn", "photo")}
    assert [one["value"][kind.lower()] for one in regions] == [["Jacket"], ["jeans"]]
    exported = tmp_path / "project.json"
    task = {"data": {"image": "/" + UPLOADED}, "annotations": [], "predictions": [prediction]}
    exported.write_text(json.dumps([task]))
    read = Dataset.collect(named("label-studio").read(exported, Conversion()))
    found = segmenter(jpeg).where(category=["jacket", "jeans"])
    for annotation, garment in zip(read.annotations, found, strict=True):
        drawn = imaging.as_rle(annotation["segmentation"], found.size)
        assert imaging.iou([drawn], [garment.rle])[0, 0] >= shared


def test_garments_that_the_interface_has_no_label_for_are_left_out(
    asking: Any, studio: fetching.Server, segmenter: Segmenter, jpeg: bytes
) -> None:
    assert "bag" in [garment.name for garment in segmenter(jpeg)]
    [prediction] = results(asking(studio=studio).post("/predict", json=asked("/" + UPLOADED)))
    assert len(prediction["result"]) == 2


def test_the_outlines_of_a_large_photo_have_no_more_corners(segmenter: Segmenter) -> None:
    def corners(side: int) -> int:
        pixels = np.random.default_rng(0).integers(1, 256, (60, 45, 3), dtype=np.uint8)
        photo = np.kron(pixels, np.ones((side // 60, side // 60, 1), np.uint8))
        place = Place("drawn", False, "jacket")
        drawn = prediction(segmenter(photo), Interface("photo", "url", {category("jacket").id: place}), "1")
        return len(drawn["result"][0]["value"]["points"])

    assert corners(2400) <= 1.5 * corners(600)


def test_each_photo_is_named_as_label_studio_names_it_and_fetched_with_its_token(
    asking: Any, studio: fetching.Server, server: Server, jpeg: bytes
) -> None:
    server.offer("data/local-files/?d=my%20photos/a.jpg", jpeg)
    photos = [f"/{UPLOADED}", f"{studio.url}/{UPLOADED}", "/data/local-files/?d=my%20photos/a.jpg"]
    found = results(asking(studio=studio).post("/predict", json=asked(*photos)))
    assert [len(one["result"]) for one in found] == [2, 2, 2]
    assert {one.authorization for one in server.asked} == {"Token a token"}


@pytest.mark.parametrize(
    "photo",
    [
        "http://localhost:{port}/secret.jpg",
        "http://127.0.0.1/secret.jpg",
        "http://127.0.0.1:{port}@localhost:{port}/secret.jpg",
        "https://127.0.0.1:{port}/secret.jpg",
        "//localhost:{port}/secret.jpg",
        "/moved.jpg",
        "s3://bucket/secret.jpg",
        "file:///etc/passwd",
        "/../../etc/passwd",
        "",
        None,
        ["/secret.jpg"],
        "http://[",
        "/\u0000",
        "/" + 70_000 * "a",
    ],
)
def test_a_photo_that_lies_elsewhere_is_not_asked_for(
    asking: Any, studio: fetching.Server, server: Server, photo: Any
) -> None:
    elsewhere = server.offer("secret.jpg", b"a secret").replace("127.0.0.1", "localhost")
    server.offer("moved.jpg", b"", answers(302, Location=elsewhere))
    photo = photo.format(port=server.server_port) if isinstance(photo, str) else photo
    answer = asking(studio=studio).post("/predict", json=asked(photo, "/" + UPLOADED))
    refused, drafted = results(answer)
    assert failure(refused)
    assert len(drafted["result"]) == 2
    assert "/secret.jpg" not in [one.path for one in server.asked]


def test_a_photo_that_cannot_be_read_says_why_and_holds_up_no_other(
    asking: Any, studio: fetching.Server, server: Server, jpeg: bytes
) -> None:
    server.offer("cut.jpg", jpeg[: len(jpeg) // 2])
    server.offer("long.jpg", bytes(300_000))
    server.offer("busy.jpg", jpeg, answers(503))
    client = asking(studio=studio, limits=Limits(bytes=200_000))
    found = results(client.post("/predict", json=asked("cut.jpg", "long.jpg", "busy.jpg", UPLOADED, "none")))
    assert len(found[3]["result"]) == 2
    for number, said in ((0, "truncated"), (1, "200,000 bytes"), (2, "503"), (4, "404")):
        assert said in failure(found[number])


def test_where_nothing_can_be_read_nothing_is_kept(
    asking: Any, studio: fetching.Server, server: Server
) -> None:
    server.offer(UPLOADED, b"", answers(401), answers(401), answers(503))
    client = asking(studio=studio)
    refused = client.post("/predict", json=asked(UPLOADED, UPLOADED))
    assert (refused.status_code, "answers 401" in refused.json()["detail"]) == (422, True)
    assert client.post("/predict", json=asked(UPLOADED)).status_code == 503
    assert results(client.post("/predict", json=asked())) == []


def test_more_photos_than_the_queue_holds_wait_for_room(
    asking: Any, studio: fetching.Server, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = asyncio.sleep

    async def sleep(seconds: float) -> None:  # two photos run and one waits: the fourth finds no room
        assert seconds >= 1
        slow.may_go.set()
        await soon(0.01)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    client = asking(slow, studio=studio, limits=Limits(waiting=1))
    found = results(client.post("/predict", json=asked(*[UPLOADED] * 12)))
    assert [len(one["result"]) for one in found] == [2] * 12


def test_label_studio_is_told_before_it_stops_waiting(
    asking: Any, studio: fetching.Server, server: Server, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_studio, "PATIENCE", 0.3)
    server.offer("slow.jpg", bytes(30_000), trickles(0.4))
    client = asking(studio=studio)
    answers: list[Any] = []
    slow = threading.Thread(target=lambda: answers.append(client.post("/predict", json=asked("slow.jpg"))))
    slow.start()
    others = client.post("/v1/segment", content=jpeg, headers={"Content-Type": "image/jpeg"})
    assert others.status_code == 200
    slow.join()
    assert (answers[0].status_code, answers[0].headers["retry-after"]) == (503, "5")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "tasks": JSON | st.lists(st.fixed_dictionaries({"data": JSON}), max_size=2),
        "label_config": JSON | st.just(interface("BrushLabels")),
        "schema": JSON,
    },
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=20) | ASKED.map(lambda one: json.dumps(one).encode()))
def test_whatever_is_sent_is_answered(asking: Any, studio: fetching.Server, content: bytes) -> None:
    client = asking(studio=studio)
    for path in ("/predict", "/setup"):
        assert client.post(path, content=content).status_code in (200, 400, 422)
