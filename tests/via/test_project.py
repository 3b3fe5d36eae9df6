"""VIA projects as documents: read strictly, written whole, and what nobody changed stays."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from made_via_projects import document, hats, photo, project, region, written
from wildwear.errors import DatasetError, OutputError
from wildwear.via import Project, save, save_in_place
from wildwear.via.project import list_problems

REAL = ["shorts/via_region_data.json", "modanet_val_via_region_data.json"]


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_comes_back_as_it_was(shared: Path, tmp_path: Path, name: str) -> None:
    source = Project.read(shared / "fixtures" / "via" / name)
    again = source.holding({key: source.photos[key] for key in source.keys})
    save({tmp_path / "again.json": again}, [source])
    before = json.loads(source.path.read_text())
    assert json.dumps(json.loads((tmp_path / "again.json").read_text())) == json.dumps(before)


def test_a_project_is_told_from_a_file_of_regions(shared: Path) -> None:
    whole, regions = (Project.read(shared / "fixtures" / "via" / name) for name in REAL)
    assert (whole.is_whole, len(whole.keys), whole.attribute(None)) == (True, 20, "shorts")
    assert (regions.is_whole, len(regions.keys), regions.attribute(None)) == (False, 1067, "fashion")
    assert regions.listed is None


def test_keys_are_numbers_in_the_list_if_they_were(tmp_path: Path) -> None:
    numbered = document(*hats("a.jpg", "b.jpg", "c.jpg"), keys=["0", "1", "2"])
    numbered["_via_image_id_list"] = [2, 0, 1]
    opened = Project.read(written(tmp_path, numbered))
    assert opened.keys == ["2", "0", "1"]
    fewer = opened.holding({key: opened.photos[key] for key in ("2", "1")})
    assert fewer.document["_via_image_id_list"] == [2, 1]
    assert list(fewer.photos) == ["1", "2"]  # in the file as they were
    assert [*fewer.document] == [*numbered]


def test_a_photo_is_named_by_its_key_or_its_name() -> None:
    opened = project(document(*hats("a.jpg", "b.jpg", "b.jpg"), keys=["x", "y", "z"]))
    assert opened.key_of("x") == opened.key_of("a.jpg") == "x"
    with pytest.raises(DatasetError, match=r"'b.jpg' is the name of 2 photos; say which by its key: y, z"):
        opened.key_of("b.jpg")
    with pytest.raises(DatasetError, match=r"there is no photo 'c.jpg'"):
        opened.key_of("c.jpg")


def test_an_attribute_that_nobody_used_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"no region has the attribute 'cloting'; there are 'clothing'"):
        project(document(*hats("a.jpg"))).attribute("cloting")


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        (["a.jpg7", "b.jpg7"], None),
        (["a.jpg7"], "lacks 'b.jpg7'"),
        (["a.jpg7", "b.jpg7", "a.jpg7"], "more than once: 'a.jpg7'"),
        (["a.jpg7", "b.jpg7", "gone"], "'gone', of which there is no photo"),
        (["b.jpg7", "a.jpg7"], "another order than the photos, from place 1 on ('b.jpg7')"),
        (None, "_via_image_id_list is missing"),
    ],
)
def test_the_id_list_is_to_hold_the_keys_in_order(listed: list[str] | None, problem: str | None) -> None:
    content = document(*hats("a.jpg", "b.jpg"))
    content["_via_image_id_list"] = listed
    problems = list_problems(project(content))
    assert len(problems) == bool(problem)
    assert not problem or problem in problems[0]


def spoil(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["_via_img_metadata"]["a.jpg7"].update(fields)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (spoil(filename=3), r"photo 'a.jpg7': filename: expected the name of a photo, found 3"),
        (spoil(regions=3), r"photo 'a.jpg7': regions: expected a list, found int"),
        (spoil(regions=[3]), r"photo 'a.jpg7': regions\[0\]: expected an object, found int"),
        (spoil(regions=[{}]), r"regions\[0\].shape_attributes: expected an object, found NoneType"),
        (spoil(file_attributes=[]), r"photo 'a.jpg7': file_attributes: expected an object, found list"),
        (spoil(size=float("nan")), r"_via_img_metadata.a.jpg7.size is not a finite number"),
        (lambda content: content["_via_img_metadata"].update({"b": 3}), r"photo 'b': expected an object"),
        (lambda content: content.update({"_via_img_metadata": []}), r"_via_img_metadata: expected an object"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, spoiled: Callable[..., None], message: str) -> None:
    content = document(*hats("a.jpg"))
    spoiled(content)
    with pytest.raises(DatasetError, match=rf"project.json: {message}|project.json: .*{message}"):
        Project.read(written(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"images": []}', b"[" * 100_000, b"\xff\xfe{}"])
def test_what_is_no_via_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"odd.json: "):
        Project.read(tmp_path / "odd.json")


def test_regions_of_via_1_are_read_and_stay(tmp_path: Path) -> None:
    old = {"a.jpg7": photo("a.jpg") | {"regions": {"0": region(clothing="1")}}}
    opened = Project.read(written(tmp_path, old))
    assert len(opened.regions("a.jpg7")) == 1
    assert opened.holding(opened.photos).document == old


def test_nothing_is_written_over_a_source_or_unasked(tmp_path: Path) -> None:
    source = Project.read(written(tmp_path, document(*hats("a.jpg"))))
    other = written(tmp_path, {}, "other.json")
    with pytest.raises(OutputError, match=r"project.json: is the source itself"):
        save({source.path: source}, [source], overwrite=True)
    with pytest.raises(OutputError, match=r"other.json: is there already"):
        save({tmp_path / "new.json": source, other: source}, [source])
    assert not (tmp_path / "new.json").exists()
    save({other: source}, [source], overwrite=True)
    assert json.loads(other.read_text()) == source.document


def test_in_place_keeps_what_was_there_each_time(tmp_path: Path) -> None:
    path = written(tmp_path, document(*hats("a.jpg")))
    first = path.read_bytes()
    backups = [save_in_place(Project.read(path).called(name)) for name in ("one", "two")]
    assert [backup.name for backup in backups] == ["project.json.bak", "project.json.bak2"]
    assert backups[0].read_bytes() == first
    assert json.loads(backups[1].read_text())["_via_settings"]["project"]["name"] == "one"
    assert json.loads(path.read_text())["_via_settings"]["project"]["name"] == "two"
    assert len(list(tmp_path.iterdir())) == 3 + len(list(tmp_path.glob(".*.lock")))


def test_in_place_through_a_link_changes_the_file_that_it_leads_to(tmp_path: Path) -> None:
    path = written(tmp_path / "there", document(*hats("a.jpg")))
    (tmp_path / "link.json").symlink_to(path)
    save_in_place(Project.read(tmp_path / "link.json").called("new"))
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads(path.read_text())["_via_settings"]["project"]["name"] == "new"


def test_a_project_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = written(tmp_path, document(*hats("a.jpg")))
    before = path.read_bytes()
    opened = Project.read(path)
    spoiled = Project(path, opened.document | {"odd": float("nan")})
    with pytest.raises(Exception, match=r"project.json"):
        save_in_place(spoiled)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.bak"))
