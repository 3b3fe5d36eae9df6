"""The files of the annotation page, as a browser is given them."""

import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi.testclient import TestClient

from made_annotations import made_project
from wildwear.annotation import Project
from wildwear.annotation.app import Desk, create_app
from wildwear.annotation.page_files import PAGE

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_project(tmp_path)


@pytest.fixture
def client(project: Project) -> TestClient:
    """Who has no token: the files of the page are no secret."""
    return TestClient(create_app(Desk(project, "ann")), base_url=ADDRESS)


def test_the_document_asks_for_every_module_at_once_and_browsers_keep_them(client: TestClient) -> None:
    document = client.get("/")
    assert document.headers["cache-control"] == "no-store"
    preloaded = re.findall(r'<link rel="modulepreload" href="(.+?)">', document.text)
    modules = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.js")}
    assert {name.split("/", 1)[1] for name in preloaded} == modules
    sheets = re.findall(r'<link rel="stylesheet" href="(.+?)">', document.text)
    assert len(sheets) == 2  # of all pages, and its own
    for name in [*preloaded, *sheets]:
        file = client.get(f"/{name}")
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["x-content-type-options"] == "nosniff"
    assert "javascript" in client.get(f"/{preloaded[0]}").headers["content-type"]


def test_nothing_beside_the_files_of_the_page_is_served(client: TestClient) -> None:
    [version] = re.findall(r'src="(.+?)/main.js"', client.get("/").text)
    for path in ("index.html", "none.js", "../app.py", "%2e%2e/app.py", "tools"):
        assert client.get(f"/{version}/{path}").status_code == 404
    assert client.get("/main.js").status_code == 404
