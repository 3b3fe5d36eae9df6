"""What the annotation page is answered, and who is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi.testclient import TestClient

from wildwear.annotation import Desk, Project, add_photos, create_app, open_project
from wildwear.gathering import gather
from wildwear.imaging import write_image
from wildwear.web.guards import TOKEN_HEADER

ADDRESS = "http://127.0.0.1:8000"
GARMENT: dict[str, Any] = {
    "id": "one",
    "category": 3,
    "judged": True,
    "parts": [[[[1, 2], [30, 2], [30, 40.5]]]],
    "flags": {"occluded": True, "truncated": False, "doubtful": False},
    "source": "drawn",
    "score": None,
    "original": None,
}
WORK: dict[str, Any] = {
    "status": "done",
    "skip_reason": None,
    "attributes": {"people": [0, 1], "selfie": True},
    "instances": [GARMENT],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two photos of 40 × 60 px."""
    for name in ("1.jpg", "2.png"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        write_image(tmp_path / "photos" / name, np.full((60, 40, 3), 90, np.uint8))
    project = open_project(tmp_path / "project")
    add_photos(project, gather([str(tmp_path / "photos")]).photos, "ann")
    return project


@pytest.fixture
def client(project: Project) -> TestClient:
    headers = {TOKEN_HEADER: project.token}
    return TestClient(create_app(Desk(project, "ann")), base_url=ADDRESS, headers=headers)


def saved(client: TestClient, base: int, work: dict[str, Any] = WORK, author: str = "ann") -> Any:
    return client.put("/api/photos/1", json={"base": base, "author": author, "work": work})


def test_what_is_saved_is_what_is_opened_again(client: TestClient) -> None:
    assert client.get("/api/photos/1").json()["revision"] == 0
    assert saved(client, 0).json() == {"revision": 1}
    opened = client.get("/api/photos/1").json()
    assert opened["work"] == WORK
    assert (opened["revision"], opened["author"], opened["width"], opened["height"]) == (1, "ann", 40, 60)
    photo = client.get("/api/photos").json()["photos"][0]
    assert (photo["status"], photo["categories"], photo["flags"]) == ("done", [3], ["occluded"])


def test_who_saves_what_another_has_changed_is_told_and_shown_it(client: TestClient) -> None:
    saved(client, 0)
    answer = saved(client, 0, WORK | {"instances": []}, author="ben")
    assert answer.status_code == 409
    assert (answer.json()["revision"], answer.json()["author"], answer.json()["work"]) == (1, "ann", WORK)
    assert client.get("/api/photos/1").json()["work"] == WORK


def test_pictures_are_upright_and_of_their_own_size(client: TestClient) -> None:
    for photo in (1, 2):
        assert client.get(f"/photos/{photo}/image").content.startswith(b"\xff\xd8")
        assert client.get(f"/photos/{photo}/thumbnail").content.startswith(b"RIFF")


@pytest.mark.parametrize("said", [{}, {TOKEN_HEADER: "no"}, {TOKEN_HEADER: ""}])
def test_without_the_token_nothing_is_said(project: Project, said: dict[str, str]) -> None:
    stranger = TestClient(create_app(Desk(project, "ann")), base_url=ADDRESS, headers=said)
    for path in ("/api/project", "/api/photos", "/api/photos/1", "/api/progress", "/photos/1/image"):
        answer = stranger.get(path)
        assert answer.status_code == 403
        assert "token" in answer.json()["detail"]
    assert saved(stranger, 0).status_code == 403
