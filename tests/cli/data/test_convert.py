"""`wildwear data convert` as its user sees it."""

import json
import subprocess
from pathlib import Path

import program
from wildwear.datasets import Dataset


def convert(*arguments: object) -> subprocess.CompletedProcess[str]:
    return program.wildwear("data", "convert", *arguments)


def test_modanet_becomes_coco_and_the_guess_is_said(shared: Path, tmp_path: Path) -> None:
    source, target = shared / "fixtures" / "modanet" / "instances_val.json", tmp_path / "out.json"
    done = convert(source, target, "--to", "coco")
    assert done.returncode == 0
    assert "looks like modanet" in done.stderr
    assert f"1,073 photos written to {target} as coco (COCO" in done.stdout
    assert "next: wildwear data describe" in done.stdout
    assert len(Dataset.load(target).instances()) == 5467


def test_a_file_that_is_in_the_way_stays(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("mine")
    done = convert(shared / "fixtures" / "modanet" / "instances_val.json", tmp_path / "out.json")
    assert done.returncode == 1
    assert "out.json: is there already" in done.stderr
    assert (tmp_path / "out.json").read_text() == "mine"


def test_malformed_parts_are_counted_where_they_are_skipped(shared: Path, tmp_path: Path) -> None:
    project = json.loads((shared / "fixtures" / "via" / "shorts" / "via_region_data.json").read_text())
    region = project["_via_img_metadata"]["shorts1.jpeg25544"]["regions"][0]["shape_attributes"]
    region["all_points_x"], region["all_points_y"] = [1, 2], [1, 2]
    (tmp_path / "via.json").write_text(json.dumps(project))
    strict = convert(tmp_path / "via.json", tmp_path / "out.json")
    assert strict.returncode == 1
    assert "regions[0]" in strict.stderr
    assert "written" not in strict.stdout + strict.stderr
    lenient = convert(tmp_path / "via.json", tmp_path / "out.json", "--skip-malformed")
    assert lenient.returncode == 0
    assert "left out: " in lenient.stderr
    assert len(Dataset.load(tmp_path / "out.json").instances()) == 19


def test_the_source_of_photos_is_stated_where_their_format_has_none(tmp_path: Path) -> None:
    shape = {"label": "hat", "points": [[1, 1], [7, 1], [7, 5]], "shape_type": "polygon"}
    said = {"shapes": [shape], "imageHeight": 9, "imageWidth": 9}
    (tmp_path / "set").mkdir()
    for name, more in (("a", {}), ("b", {"source": "shop"})):
        document = said | {"imagePath": f"{name}.jpg"} | more
        (tmp_path / "set" / f"{name}.json").write_text(json.dumps(document))
    done = convert(tmp_path / "set", tmp_path / "out.json", "--source", "user")
    assert done.returncode == 0, done.stderr
    assert [image["source"] for image in Dataset.load(tmp_path / "out.json").images] == ["wild", "shop"]
    wrong = convert(tmp_path / "set", tmp_path / "again.json", "--source", "museum")
    assert wrong.returncode == 2
    assert not (tmp_path / "again.json").exists()


def test_a_folder_of_photos_with_a_coco_file_among_them_is_that_dataset(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 8}]
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.jpg").touch()
    document = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "hat"}]}
    Dataset(document).save(tmp_path / "set" / "labels.json")
    done = convert(tmp_path / "set", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    assert "labels.json: looks like coco" in done.stderr
    assert Dataset.load(tmp_path / "out.json").images == images
