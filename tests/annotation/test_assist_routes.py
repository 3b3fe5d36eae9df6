"""What the page is answered when it asks the model."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi.testclient import TestClient

from made_annotations import HEIGHT, WIDTH, made_project, rectangle
from wildwear import inference
from wildwear.annotation import Project
from wildwear.annotation.app import Desk, create_app
from wildwear.annotation.assist import Assistant
from wildwear.taxonomy import category
from wildwear.web.guards import TOKEN_HEADER

ADDRESS = "http://127.0.0.1:8000"
PARTS = [rectangle(5, 5, 30, 50)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_project(tmp_path)


@pytest.fixture
def client(project: Project, tiny_model: Path) -> TestClient:
    desk = Desk(project, "ann", assistant=Assistant(inference.load(tiny_model)))
    return TestClient(create_app(desk), base_url=ADDRESS, headers={TOKEN_HEADER: project.token})


def test_the_page_is_told_that_somebody_proposes(client: TestClient, project: Project) -> None:
    assert client.get("/api/project").json()["assist"] is True
    alone = TestClient(
        create_app(Desk(project, "ann")), base_url=ADDRESS, headers={TOKEN_HEADER: project.token}
    )
    assert alone.get("/api/project").json()["assist"] is False
    assert alone.get("/api/photos/1/proposals").status_code == 404


def test_proposals_are_parts_with_names_and_scores(client: TestClient) -> None:
    proposals = client.get("/api/photos/1/proposals").json()["proposals"]
    assert [category(one["category"]).name for one in proposals][:2] == ["jacket", "jeans"]
    for one in proposals:
        assert set(one) == {"parts", "category", "score", "runners_up"}
        assert all(
            0 <= x <= WIDTH and 0 <= y <= HEIGHT for part in one["parts"] for ring in part for x, y in ring
        )
        assert all(len(name_and_score) == 2 for name_and_score in one["runners_up"])


def refused(client: TestClient, path: str, body: dict[str, Any], said: str) -> None:
    """Ask for a photo's assistance, which answers what is wrong, and where."""
    answer = client.post(f"/api/photos/1/{path}", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ({"box": [5, 5, 35, 55]}, "shirt"),
        ({"points": [[12, 20]]}, "jacket"),
        ({"scribble": [[10, 15], [12, 20], [14, 25]]}, "jacket"),
    ],
)
def test_a_hint_gets_an_outline_and_a_name(client: TestClient, hint: dict[str, Any], name: str) -> None:
    found = client.post("/api/photos/1/mask", json=hint).json()
    assert found["category"] == category(name).id
    assert len(found["parts"][0][0]) >= 3
    assert all(len(one) == 2 for one in found["runners_up"])


def test_where_there_is_nothing_the_answer_has_no_parts(client: TestClient) -> None:
    found = client.post("/api/photos/1/mask", json={"box": [500, 500, 600, 600]}).json()
    assert found == {"parts": [], "category": None, "runners_up": []}


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ({}, "say one of box, points and scribble"),
        ({"box": [1, 1, 5, 5], "points": [[1, 1]]}, "say one of"),
        ({"points": [[1, 1]], "scribble": [[1, 1]]}, "say one of"),
        ({"box": [5, 5, 5, 9]}, "box: has no inside"),
        ({"box": [5, 5, 9]}, "box: Expected array of length 4"),
        ({"box": [0, 0, 1e9, 5]}, "box: (1000000000.0, 5.0) is no place on a photo"),
        ({"points": []}, "points: are 0"),
        ({"points": [[1, 1]] * 10_001}, "points: are 10,001"),
        ({"scribble": [[1, 1], [1e7, 0]]}, "scribble[1]: "),
        ({"circle": 3}, "circle"),
    ],
)
def test_a_hint_that_is_none_is_refused_with_its_place(
    client: TestClient, hint: dict[str, Any], said: str
) -> None:
    refused(client, "mask", hint, said)


def test_a_rough_outline_comes_back_snapped(client: TestClient) -> None:
    said = {"parts": PARTS, "under": [[rectangle(20, 20, 39, 59)]]}
    answer = client.post("/api/photos/1/snap", json=said)
    assert answer.status_code == 200
    assert len(answer.json()["parts"][0][0]) >= 3


@pytest.mark.parametrize(
    ("rough", "said"),
    [
        ({"parts": []}, "parts: are none"),
        ({"parts": [[[[1, 1], [2, 2]]]]}, "parts[0][0]: has 2 points"),
        ({"parts": PARTS, "under": [[[[[1, 1], [2, 2], [1e6, 3]]]]]}, "under[0][0][0][2]: (1000000.0, 3.0)"),
        ({"parts": [[[[1, 1]] * 100_001]]}, "parts: have 100,001 points"),
        ({}, "parts"),
    ],
)
def test_an_outline_that_is_none_is_refused_with_its_place(
    client: TestClient, rough: dict[str, Any], said: str
) -> None:
    refused(client, "snap", rough, said)


def test_an_outline_that_is_clicked_on_comes_back_patched(client: TestClient) -> None:
    answer = client.post("/api/photos/1/patch", json={"parts": PARTS, "point": [35, 30]})
    assert answer.status_code == 200
    assert len(answer.json()["parts"][0][0]) >= 3


@pytest.mark.parametrize(
    ("click", "said"),
    [
        ({"parts": [], "point": [1, 1]}, "parts: are none"),
        ({"parts": PARTS, "point": [1e9, 1]}, "point: (1000000000.0, 1.0) is no place on a photo"),
        ({"parts": PARTS}, "point"),
        ({"parts": PARTS, "point": [1, 1], "adds": True}, "adds"),
    ],
)
def test_a_click_that_is_none_is_refused_with_its_place(
    client: TestClient, click: dict[str, Any], said: str
) -> None:
    refused(client, "patch", click, said)


@pytest.mark.parametrize("path", ["proposals", "mask", "snap", "patch"])
def test_nobody_asks_without_the_token_or_for_a_photo_that_is_not_there(
    client: TestClient, path: str
) -> None:
    def ask(photo: int, **headers: str) -> int:
        address = f"/api/photos/{photo}/{path}"
        body = {
            "mask": {"points": [[1, 1]]},
            "snap": {"parts": PARTS},
            "patch": {"parts": PARTS, "point": [1, 1]},
        }.get(path)
        asked = (
            client.get(address, headers=headers)
            if path == "proposals"
            else client.post(address, json=body, headers=headers)
        )
        return asked.status_code

    assert ask(1) == 200
    assert ask(3) == 404
    assert ask(1, **{TOKEN_HEADER: "wrong"}) == 403


def test_a_photo_that_has_gone_is_said(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "photos" / "1.jpg").unlink()
    answer = client.get("/api/photos/1/proposals")
    assert answer.status_code == 404
    assert "1.jpg: no such file" in answer.json()["detail"]
