"""`wildwear via to-coco` and `from-coco` as a user types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from made_datasets import make_dataset
from made_via_projects import document, hats, region, written
from via_format import assert_via_opens
from wildwear.cli.app import app
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.taxonomy import category

REAL = ["shorts/via_region_data.json", "modanet_val_via_region_data.json"]


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["via", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def test_to_coco_keeps_source_people_and_the_groups_of_the_ontology(tmp_path: Path) -> None:
    content = document(*hats("a.jpg", "b.jpg"))
    content["_via_img_metadata"]["a.jpg7"]["file_attributes"] = {"people": {"0": True, "3": True}}
    path = written(tmp_path, content)
    out = tmp_path / "coco.json"
    result = run("to-coco", path, "--out", out, "--source", "wild", "--attribute", "clothing")
    assert f"next: wildwear data health {out}" in result.stdout
    dataset = Dataset.load(out)
    assert [image["source"] for image in dataset.images] == ["wild", "wild"]
    assert dataset.images[0]["people"] == "0_3"
    assert category("hat").coco_record() in dataset.categories
    assert (dataset.annotations[0]["area"], dataset.annotations[0]["bbox"]) == (30, [2, 1, 6, 5])
    run("to-coco", path, "--out", tmp_path / "x.json", "--source", "widl", code=2)


def test_to_coco_names_regions_without_a_category(tmp_path: Path) -> None:
    content = document(*hats("a.jpg"))
    content["_via_img_metadata"]["a.jpg7"]["regions"].append(region())
    path = written(tmp_path, content)
    result = CliRunner().invoke(app, ["via", "to-coco", str(path), "--out", str(tmp_path / "coco.json")])
    assert isinstance(result.exception, DatasetError)
    assert "a.jpg: 2" in str(result.exception)
    run("to-coco", path, "--out", tmp_path / "coco.json", "--skip-malformed")


def test_from_coco_makes_a_project_that_via_opens(tmp_path: Path) -> None:
    make_dataset(tmp_path / "few.json", [("a.jpg", ["hat"])])
    result = run("from-coco", tmp_path / "few.json", "--out", tmp_path / "project.json")
    assert "next: wildwear via progress" in result.stdout
    assert_via_opens(json.loads((tmp_path / "project.json").read_text()))


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_goes_to_coco_and_back(shared: Path, tmp_path: Path, name: str) -> None:
    source = shared / "fixtures" / "via" / name
    run("to-coco", source, "--out", tmp_path / "coco.json")
    run("from-coco", tmp_path / "coco.json", "--out", tmp_path / "project.json")
    again = json.loads((tmp_path / "project.json").read_text())
    before = json.loads(source.read_text())
    assert_via_opens(again)
    for key, photo in before.get("_via_img_metadata", before).items():
        assert again["_via_img_metadata"][key]["regions"] == photo["regions"]
