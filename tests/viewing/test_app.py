"""What is answered to whom: by number, to this machine, and nothing that could do harm in a page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

import socket

import uvicorn
from fastapi.testclient import TestClient

from chromium import needs_chromium, opened
from wildwear.datasets import Dataset
from wildwear.imaging import write_image
from wildwear.viewing import Catalog, create_app

HOSTILE = "<img src=x onerror=alert(1)>"


def browsed(folder: Path, photos: int = 3) -> Catalog:
    """Photos of 40 × 60 px, every name of which is markup."""
    (folder / "images").mkdir()
    write_image(folder / "images" / f"{HOSTILE}0.jpg", np.full((60, 40, 3), 90, np.uint8))
    size = {"width": 40, "height": 60, "source": HOSTILE, HOSTILE: HOSTILE}
    images = [{"id": 10 * row, "file_name": f"{HOSTILE}{row}.jpg", **size} for row in range(photos)]
    mask = {"category_id": 1, "segmentation": [[0, 0, 20, 0, 20, 20]], HOSTILE: HOSTILE}
    annotations = [{"id": row, "image_id": 10 * row, **mask} for row in range(photos)]
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": HOSTILE}, {"id": 2, "name": "bag"}],
        "info": {"description": HOSTILE},
    }
    return Catalog(Dataset(document, folder / "set.json"), HOSTILE)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(browsed(tmp_path, photos=130)), base_url="http://127.0.0.1:8000")


def test_photos_come_a_page_at_a_time(client: TestClient) -> None:
    first = client.get("/api/photos").json()
    assert (first["total"], first["pages"], len(first["photos"])) == (130, 3, 60)
    last = client.get("/api/photos", params={"page": 999}).json()
    assert (last["page"], last["first"], len(last["photos"])) == (3, 120, 10)


def test_filters_are_in_the_address(client: TestClient) -> None:
    assert client.get("/api/photos?category=2").json()["total"] == 0
    assert client.get("/api/photos?category=1&category=2&text=12").json()["total"] == 12  # 12, 112, 120-129


def test_pictures_are_pictures(client: TestClient) -> None:
    for path in ("/thumbnails/0", "/thumbnails/1", "/photos/0"):
        answer = client.get(path)
        assert answer.headers["content-type"] == "image/webp"
        assert answer.content.startswith(b"RIFF")
    assert client.get("/photos/1").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_for_this_machine_is_not_answered(client: TestClient, host: str) -> None:
    for path in ("/", "/api/dataset", "/photos/0"):
        assert client.get(path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:1234"])
def test_its_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/dataset", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/view.js", "/api/dataset", "/thumbnails/0", "/api/photos/999", "/no"])
def test_every_answer_lets_no_other_page_in(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"origin": "http://evil.example"}).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/images/x.jpg",
        "/..%2f..%2fetc%2fpasswd",
        "/photos/..%2f..%2fset.json",
        "/photos/%2Fetc%2Fpasswd",
        "/photos/-1",
        "/photos/130",
        "/thumbnails/99999999999999999999",
        "/api/photos/x",
        "/docs",
        "/openapi.json",
        "/catalog.py",
    ],
)
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_can_only_be_read(client: TestClient, method: str) -> None:
    for path in ("/", "/api/photos", "/photos/0"):
        assert client.request(method, path).status_code == 405


@pytest.mark.parametrize("query", ["page=0", "page=x", "category=x", f"text={'a' * 201}"])
def test_a_question_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/api/photos?{query}").status_code == 422


@contextmanager
def running(catalog: Catalog) -> Iterator[str]:
    """The application on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(catalog), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@needs_chromium
def test_the_page_shows_photos_and_hostile_names_are_text(tmp_path: Path) -> None:
    with running(browsed(tmp_path)) as address:
        grid = Seen(opened(f"{address}?category=1"))
        large = Seen(opened(f"{address}?photo=0"))
    assert "1–3 of 3 photos" in grid.text
    assert f"{HOSTILE}2.jpg" in grid.text
    checked = [
        attributes["value"] for tag, attributes in grid.elements if tag == "input" and "value" in attributes
    ]
    assert checked[:2] == ["1", "2"]
    [shape] = [attributes for tag, attributes in large.elements if tag == "path"]
    assert shape["d"] == "M0,0 L20,0 L20,20Z"
    assert "200 px (8.3 % of the photo)" in large.text
    for seen in (grid, large):
        pictures = [attributes for tag, attributes in seen.elements if tag in ("img", "image")]
        assert pictures
        sources = [str(one.get("src") or one.get("href")) for one in pictures]
        assert all(source.startswith(("thumbnails/", "photos/")) for source in sources)
        assert not any(name.startswith("on") for _, one in seen.elements for name in one)
