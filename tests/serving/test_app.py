"""What the API answers: garments in every format; and to what cannot be segmented, why."""

import base64
import io
import struct
import threading
import time
import zipfile
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from wildwear.imaging import read_photo
from wildwear.inference import Prediction, Segmenter
from wildwear.serving.limits import Limits

SEGMENT = "/v1/segment"
IMAGE = {"Content-Type": "image/jpeg"}


def names(answer: Any) -> list[str]:
    """The garments of an answer in polygons."""
    assert answer.status_code == 200, answer.text
    return [one["category"] for one in answer.json()["garments"]]


def is_alive(client: TestClient, jpeg: bytes) -> bool:
    """Whether the server answers, and correctly."""
    answer = client.post(SEGMENT, params={"format": "polygons"}, content=jpeg, headers=IMAGE)
    return names(answer)[:2] == ["jacket", "jeans"]


def png_of(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes whose header promises this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )


def test_a_photo_comes_as_itself_in_a_form_or_as_base64(asking: Any, jpeg: bytes) -> None:
    client, wanted = asking(), {"params": {"format": "polygons"}}
    as_itself = client.post(SEGMENT, content=jpeg, headers=IMAGE, **wanted)
    in_a_form = client.post(SEGMENT, files={"file": ("photo.jpg", jpeg)}, **wanted)
    as_base64 = client.post(SEGMENT, json={"photo": base64.b64encode(jpeg).decode()}, **wanted)
    assert names(as_itself)[:2] == ["jacket", "jeans"]
    assert as_itself.json() == in_a_form.json() == as_base64.json()


def test_the_garments_are_those_that_the_segmenter_finds(
    asking: Any, jpeg: bytes, segmenter: Segmenter
) -> None:
    document = asking().post(SEGMENT, content=jpeg, headers=IMAGE, params={"score": 0.3}).json()
    [image] = document["images"]
    found = Prediction.from_coco(document["annotations"], size=(image["height"], image["width"]))
    assert found == segmenter(jpeg, score=0.3)
    assert document["info"]["score"] == 0.3


def test_pictures_come_in_the_size_of_the_photo(asking: Any, jpeg: bytes, segmenter: Segmenter) -> None:
    client, found = asking(), segmenter(jpeg)
    labels = client.post(SEGMENT, content=jpeg, headers=IMAGE, params={"format": "labels"})
    ids = cv2.imdecode(np.frombuffer(labels.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert ids.shape == (160, 120)
    assert (ids[found.mask(0)] == found.category_ids[0]).all()
    overlay = client.post(SEGMENT, content=jpeg, headers=IMAGE, params={"format": "overlay"})
    assert np.array_equal(read_photo(overlay.content), found.plot())


def test_cut_outs_come_in_a_zip(asking: Any, jpeg: bytes) -> None:
    options = {"format": "cutouts", "categories": ["jacket"]}
    answer = asking().post(SEGMENT, content=jpeg, headers=IMAGE, params=options)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["01_jacket_0.94.png", "all.png"]


def test_score_and_categories_choose(asking: Any, jpeg: bytes) -> None:
    client = asking()
    options = {"format": "polygons", "score": 0.92}
    assert names(client.post(SEGMENT, content=jpeg, headers=IMAGE, params=options)) == ["jacket"]
    options = {"format": "polygons", "categories": ["jeans", "hat"]}
    assert names(client.post(SEGMENT, content=jpeg, headers=IMAGE, params=options)) == ["jeans"]


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"", "image/jpeg", 422, "empty"),
        (b"no photo", "image/jpeg", 422, "is not a photo"),
        (b"photo=1", "application/x-www-form-urlencoded", 415, "Content-Type: image/jpeg"),
        (b"{", "application/json", 400, "the JSON cannot be read"),
        (b'{"photo": "%%%"}', "application/json", 400, "the JSON cannot be read"),
        (b'{"picture": ""}', "application/json", 400, "the JSON cannot be read"),
        (b"--x", "multipart/form-data", 400, "the form cannot be read"),
        (b"--x--", "multipart/form-data; boundary=x", 400, "no file in its field file"),
        (png_of(30_000, 30_000), "image/png", 413, "900000000 pixels|30000 x 30000 pixels"),
        (png_of(900, 900), "image/png", 422, "truncated"),
        (b"x" * 2_000_001, "image/jpeg", 413, "2,000,000 bytes"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(
    asking: Any, jpeg: bytes, content: bytes, kind: str, status: int, said: str
) -> None:
    client = asking(limits=Limits(bytes=2_000_000))
    answer = client.post(SEGMENT, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert any(words in answer.json()["detail"] for words in said.split("|")), answer.text
    assert is_alive(client, jpeg)


def test_a_photo_that_was_cut_off_anywhere_is_refused(asking: Any, jpeg: bytes) -> None:
    client = asking()
    for length in range(0, len(jpeg) - 2, len(jpeg) // 15):
        assert client.post(SEGMENT, content=jpeg[:length], headers=IMAGE).status_code == 422, length
    assert is_alive(client, jpeg)


def test_a_photo_of_too_many_pixels_is_too_large(asking: Any, jpeg: bytes) -> None:
    client = asking(limits=Limits(pixels=120 * 160 - 1))
    assert client.post(SEGMENT, content=jpeg, headers=IMAGE).status_code == 413


@pytest.mark.parametrize(
    "options", [{"score": 2}, {"score": "nan"}, {"format": "svg"}, {"categories": ["spaceship"]}]
)
def test_an_option_that_cannot_be_is_refused(asking: Any, jpeg: bytes, options: dict[str, Any]) -> None:
    assert asking().post(SEGMENT, content=jpeg, headers=IMAGE, params=options).status_code == 422


def test_the_key_opens_all_but_the_page_and_health(asking: Any, jpeg: bytes) -> None:
    client = asking(key="a key")
    for path in ("/", "/serve.js", "/healthz", "/readyz", "/openapi.json"):
        assert client.get(path).status_code == 200, path
    for said in ({}, {"Authorization": "Bearer a ke"}, {"Authorization": "Basic ????"}):
        assert client.post(SEGMENT, content=jpeg, headers={**IMAGE, **said}).status_code == 401
        assert client.get("/v1/model", headers=said).status_code == 401
        assert client.get("/metrics", headers=said).status_code == 401
    said = {"Authorization": "Bearer a key"}
    assert client.post(SEGMENT, content=jpeg, headers={**IMAGE, **said}).status_code == 200
    assert client.get("/v1/model", headers=said, auth=None).json()["name"] == "tiny"
    assert client.get("/metrics", auth=("anybody", "a key")).status_code == 200


def test_other_pages_and_foreign_names_are_not_answered(asking: Any, jpeg: bytes) -> None:
    client = asking()
    foreign = {**IMAGE, "Origin": "http://example.org"}
    assert client.post(SEGMENT, content=jpeg, headers=foreign).status_code == 403
    assert client.get("/", headers={"Host": "example.org"}).status_code == 400
    answer = client.get("/")
    assert "access-control-allow-origin" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_full_queue_says_when_to_come_back(asking: Any, jpeg: bytes, slow: Any) -> None:
    client = asking(slow, limits=Limits(waiting=3))
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.post(SEGMENT, content=jpeg, headers=IMAGE))

    asked = [threading.Thread(target=ask) for _ in range(5)]  # two run, three wait
    for one in asked:
        one.start()
        time.sleep(0.05)
    while client.get("/readyz").status_code == 200:
        time.sleep(0.02)
    refused = client.post(SEGMENT, content=jpeg, headers=IMAGE)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    slow.may_go.set()
    for one in asked:
        one.join()
    assert {answer.status_code for answer in answers} == {200}
    assert client.get("/readyz").status_code == 200
    assert is_alive(client, jpeg)


def test_garments_that_are_not_found_in_time_leave_the_queue(asking: Any, jpeg: bytes, slow: Any) -> None:
    client = asking(slow, limits=Limits(seconds=0.2))
    for _ in range(4):
        answer = client.post(SEGMENT, content=jpeg, headers=IMAGE)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    figures = {one.name: one for one in text_string_to_metric_families(client.get("/metrics").text)}
    assert figures["wildwear_waiting_photos"].samples[0].value == 0
    slow.may_go.set()
    assert is_alive(client, jpeg)


def test_the_log_and_the_figures_tell_of_requests_and_not_of_photos(
    asking: Any, jpeg: bytes, lines: list[dict[str, Any]]
) -> None:
    client = asking()
    client.post(SEGMENT, files={"file": ("grandmother.jpg", jpeg)})
    client.get("/wp-admin.php?token=secret")
    assert [(one["path"], one["status"]) for one in lines] == [(SEGMENT, 200), ("other", 404)]
    said = repr(lines) + client.get("/metrics").text
    assert "grandmother" not in said
    assert "secret" not in said
    assert 'wildwear_requests_total{path="/v1/segment",status="200"} 1.0' in said
    assert "wildwear_run_photos_count 1.0" in said


def test_the_description_names_every_way_in_and_every_format(asking: Any) -> None:
    described = asking().get("/openapi.json").json()
    operation = described["paths"][SEGMENT]["post"]
    assert set(operation["requestBody"]["content"]) >= {"multipart/form-data", "image/*", "application/json"}
    assert set(operation["responses"]) >= {"200", "400", "401", "408", "411", "413", "415", "422", "429"}
    assert operation["responses"]["200"]["content"]["application/json"]["example"]["garments"]
