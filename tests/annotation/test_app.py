"""What the annotation page is answered, and who is not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi.testclient import TestClient

from made_annotations import BAG, SHIRT, instance, made_project, work
from wildwear.annotation import Project, Review
from wildwear.annotation.app import Desk, create_app
from wildwear.annotation.store import NewPhoto
from wildwear.annotation.work import Attributes, Flags, Work
from wildwear.errors import OutputError
from wildwear.imaging import write_image
from wildwear.web.guards import MOST_BYTES, TOKEN_HEADER

ADDRESS = "http://127.0.0.1:8000"
WORK = Work(
    "done",
    attributes=Attributes([0, 1], selfie=True),
    instances=[instance(flags=Flags(occluded=True)), instance("region", judged=False)],
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_project(tmp_path)


def client_of(project: Project, review: Review | None = None, **headers: str) -> TestClient:
    """Who says the token of a project, unless another is said."""
    app = create_app(Desk(project, "ann", review))
    return TestClient(app, base_url=ADDRESS, headers={TOKEN_HEADER: project.token} | headers)


@pytest.fixture
def client(project: Project) -> TestClient:
    return client_of(project)


def save(client: TestClient, base: int, work: Work = WORK, author: str = "ann", photo: int = 1) -> Any:
    said = {"base": base, "author": author, "work": work}
    return client.put(f"/api/photos/{photo}", content=msgspec.json.encode(said))


def test_what_is_saved_is_what_is_opened_again(client: TestClient) -> None:
    assert client.get("/api/photos/1").json()["revision"] == 0
    assert save(client, 0).json() == {"revision": 1}
    opened = client.get("/api/photos/1").json()
    assert msgspec.convert(opened["work"], Work) == WORK
    assert (opened["revision"], opened["author"], opened["problem"]) == (1, "ann", None)
    assert (opened["width"], opened["height"]) == (40, 60)
    photo = client.get("/api/photos").json()["photos"][0]
    assert (photo["name"], photo["status"], photo["categories"]) == ("1.jpg", "done", [SHIRT])
    assert (photo["instances"], photo["flags"], photo["width"]) == (1, ["occluded"], 40)


def test_the_project_says_what_can_be_chosen(client: TestClient) -> None:
    said = client.get("/api/project").json()
    assert (said["name"], said["author"], said["target"], said["photos"]) == ("project", "ann", None, 2)
    assert len(said["categories"]) == 30
    assert said["categories"][0]["colour"] == "#b6a6ff"
    assert said["people"] == ["one person", "people", "no people"]
    assert said["skip_reasons"] == ["unrecognisable", "too occluded", "too small", "no garment"]


def test_of_two_people_on_one_photo_the_later_is_shown_what_stands(client: TestClient) -> None:
    save(client, 0)
    answer = save(client, 0, work(), author="ben")
    assert answer.status_code == 409
    assert (answer.json()["revision"], answer.json()["author"]) == (1, "ann")
    assert msgspec.convert(answer.json()["work"], Work) == WORK
    assert save(client, 1, work(), author="ben").json() == {"revision": 2}
    history = client.get("/api/photos/1/history").json()
    assert [(edit["revision"], edit["author"]) for edit in history] == [(2, "ben"), (1, "ann")]
    assert msgspec.convert(client.get("/api/photos/1/revisions/1").json()["work"], Work) == WORK


def test_of_fifty_savers_at_once_one_saves_and_the_others_are_shown_its_work(client: TestClient) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: save(client, 0, work(instance(str(number)))), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    standing = client.get("/api/photos/1").json()
    assert standing["revision"] == 1
    assert all(one.json()["work"] == standing["work"] for one in answers if one.status_code == 409)


def test_pictures_come_upright_and_small(client: TestClient, project: Project) -> None:
    for photo in (1, 2):
        assert client.get(f"/photos/{photo}/image").content.startswith(b"\xff\xd8")
        assert client.get(f"/photos/{photo}/thumbnail").content.startswith(b"RIFF")
    assert (project.folder / "thumbnails" / "1.webp").is_file()


def test_a_photo_that_has_gone_is_said_and_its_work_stays(
    client: TestClient, project: Project, tmp_path: Path
) -> None:
    save(client, 0)
    (tmp_path / "photos" / "1.jpg").unlink()
    answer = client.get("/photos/1/image")
    assert answer.status_code == 404
    assert "1.jpg: no such file" in answer.json()["detail"]
    opened = client.get("/api/photos/1").json()
    assert "1.jpg: no such file" in opened["problem"]
    assert opened["revision"] == 1


def test_another_photo_under_the_name_of_one_that_was_annotated_is_told(
    client: TestClient, tmp_path: Path
) -> None:
    assert client.get("/api/photos/1").json()["problem"] is None
    write_image(tmp_path / "photos" / "1.jpg", np.zeros((30, 20, 3), np.uint8))
    said = client.get("/api/photos/1").json()["problem"]
    assert said == (
        "1.jpg: is another photo than it was: it has 20 x 30 pixels, and was annotated with 40 x 60"
    )


def test_a_photo_can_be_looked_at_where_nothing_can_be_written(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("annotations.sqlite: cannot be used (database or disk is full)")

    monkeypatch.setattr("wildwear.annotation.store.Store.measured", full)
    opened = client.get("/api/photos/1").json()
    assert (opened["width"], opened["height"], opened["problem"]) == (40, 60, None)


def test_progress_counts_what_is_done(client: TestClient) -> None:
    save(client, 0)
    save(client, 0, Work("skipped", skip_reason="too small"), photo=2)
    said = client.get("/api/progress").json()
    assert (said["todo"], said["done"], said["skipped"], said["today"]) == (0, 1, 1, 2)
    assert (said["instances"], said["by_category"]) == (1, {str(SHIRT): 1})


@pytest.mark.parametrize("said", ["no", "", "x" * 10_000])
def test_without_the_token_nothing_is_said_and_nothing_saved(project: Project, said: str) -> None:
    stranger = client_of(project, **{TOKEN_HEADER: said})
    for path in ("project", "photos", "photos/1", "photos/99", "photos/1/history", "progress"):
        answer = stranger.get(f"/api/{path}")
        assert answer.status_code == 403
        assert "token" in answer.json()["detail"]
    for path in ("/photos/1/image", "/photos/1/thumbnail"):
        assert stranger.get(path).status_code == 403
    assert save(stranger, 0).status_code == 403
    assert project.store.standing(1).revision == 0


def test_the_token_of_another_project_opens_nothing(project: Project, tmp_path: Path) -> None:
    other = made_project(tmp_path / "other")
    assert client_of(project, **{TOKEN_HEADER: other.token}).get("/api/photos").status_code == 403


def test_the_cookie_opens_pictures_alone(project: Project) -> None:
    """It goes to whatever listens at another port of this machine."""
    from starlette.requests import Request
    from starlette.responses import Response

    from wildwear.web.guards import Token

    response = Response()
    scope = {"type": "http", "query_string": f"token={project.token}".encode(), "headers": []}
    Token(project.token).hand_out(Request(scope), response)
    cookie = response.headers["set-cookie"]
    assert project.token not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    seeing = TestClient(create_app(Desk(project, "ann")), base_url=ADDRESS)
    seeing.headers["cookie"] = cookie.partition(";")[0]
    assert seeing.get("/photos/1/image").status_code == 200
    assert seeing.get("/api/photos").status_code == 403
    assert save(seeing, 0).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8000", ""]
)
def test_what_another_page_asks_is_refused(project: Project, origin: str) -> None:
    elsewhere = client_of(project, origin=origin)
    assert save(elsewhere, 0).status_code == 403
    assert elsewhere.get("/api/photos").status_code == 403
    assert project.store.standing(1).revision == 0


def test_what_our_own_page_asks_is_answered(project: Project) -> None:
    assert save(client_of(project, origin=ADDRESS), 0).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", ""])
def test_a_foreign_name_for_this_machine_is_not_answered(project: Project, host: str) -> None:
    assert client_of(project, host=host).get("/api/photos").status_code == 400


def test_a_hundred_megabytes_are_refused_unread(client: TestClient, project: Project) -> None:
    answer = client.put("/api/photos/1", content=b" " * 100_000_000)
    assert answer.status_code == 413
    assert f"{MOST_BYTES:,} bytes" in answer.json()["detail"]
    answer = client.put("/api/photos/1", content=iter([b" " * 1_000_000] * 100))
    assert answer.status_code == 411, "of unknown length"
    assert project.store.standing(1).revision == 0


@pytest.mark.parametrize(
    "path",
    [
        "/photos/..%2f..%2fetc%2fpasswd/image",
        "/photos/1/..%2f..%2ftoken",
        "/photos/0/image",
        "/photos/-1/image",
        "/photos/3/image",
        "/photos/99999999999999999999/image",
        "/photos/1e0/thumbnail",
        "/api/photos/../token",
        "/api/photos/9007199254740993",
        "/api/photos/1/revisions/7",
        "/token",
        "/annotations.sqlite",
        "/..%2fapp.py",
        "/docs",
        "/openapi.json",
    ],
)
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Input data was truncated"),
        (b"{}", "missing required field base"),
        (b'{"base": 0, "author": "", "work": {}}', "author: has 1 to 100 letters"),
        (b'{"base": 0, "author": " ", "work": {}}', "author: has 1 to 100 letters"),
        (b'{"base": "0", "author": "ann", "work": {}}', "base: Expected int, got str"),
        (b'{"base": 0, "author": "ann", "work": {"instances": [{"id": 3}]}}', "work.instances[0].id: "),
        (b'{"base": 0, "author": "\\ud800", "work": {}}', "JSON is malformed"),
        (b'{"base": 0, "author": "ann", "work": ' + b"[" * 100_000, "work: Expected object, got array"),
    ],
)  # fmt: skip
def test_what_is_no_work_is_refused_with_its_place(client: TestClient, content: bytes, said: str) -> None:
    answer = client.put("/api/photos/1", content=content)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_full_disk_is_said(client: TestClient, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OutputError("annotations.sqlite: cannot be used (database or disk is full)")

    monkeypatch.setattr("wildwear.annotation.store.insert", full)
    answer = save(client, 0)
    assert (answer.status_code, answer.json()["detail"]) == (
        507,
        "annotations.sqlite: cannot be used (database or disk is full)",
    )


@pytest.mark.parametrize("path", ["/api/photos", "/photos/1/image", "/nothing"])
def test_every_answer_keeps_other_pages_out(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control")]


def test_twenty_thousand_photos_are_one_answer(client: TestClient, project: Project) -> None:
    project.store.add((NewPhoto(f"more/{number}.jpg", f"/{number}.jpg") for number in range(20_000)), "ann")
    assert len(client.get("/api/photos").json()["photos"]) == 20_002


def test_disagreements_of_two_annotators_are_settled_one_by_one(tmp_path: Path) -> None:
    first, second = made_project(tmp_path, project="first"), made_project(tmp_path, project="second")
    first.store.save(1, 0, "ann", work(instance()))
    second.store.save(1, 0, "ben", work(instance("his", BAG)))
    client = client_of(first, Review(first, second))
    assert client.get("/api/project").json()["review"] is True
    [pair] = client.get("/api/review").json()["pairs"]
    assert (pair["photo"], pair["kind"], pair["a"]["category"], pair["b"]["category"]) == (
        1,
        "name",
        SHIRT,
        BAG,
    )
    settled = {"keep": "b", "a": "one", "b": "his"}
    assert client.post("/api/review/1/settle", json=settled).json() == {"revision": 2}
    assert client.get("/api/review").json()["pairs"] == []
    assert first.store.standing(1).work.instances[0].category == BAG
    assert client.post("/api/review/1/settle", json=settled).status_code == 404
    assert client_of(first).get("/api/review").status_code == 404, "nothing to review without the other"
