"""`wildwear data health` as its user sees it."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from wildwear import imaging
from wildwear.cli.app import main
from wildwear.datasets import Dataset


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs the command in this process."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["wildwear", "data", "health", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """A dataset of one photo with a sound mask, a polygon of two points, and a wrong area."""
    square = {"segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]], "bbox": [1, 1, 8, 8], "area": 64, "iscrowd": 0}
    two_points = square | {"segmentation": [[1, 1, 9, 1]]}
    box = square | {"segmentation": [[1, 1, 19, 1, 19, 19]], "bbox": [1, 1, 18, 18], "area": 324}
    annotations = [square, two_points, box]
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
        "categories": [{"id": 1, "name": "hat"}],
        "annotations": [
            annotation | {"id": number, "image_id": 1, "category_id": 1}
            for number, annotation in enumerate(annotations)
        ],
    }
    noise = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    (tmp_path / "images").mkdir()
    imaging.write_image(tmp_path / "images" / "a.png", noise)
    Dataset(document).save(tmp_path / "set.json")
    return tmp_path / "set.json"


def test_errors_are_shown_with_their_places_and_end_with_code_1(
    health: Callable[..., Done], spoilt: Path
) -> None:
    done = health(spoilt)
    assert done.code == 1
    assert f"{spoilt} (coco): 1 photo, 3 instances; 1 error, 1 warning" in done.out
    assert (
        "annotations[1].segmentation[0] (id 1, a.png): has 2 points; a polygon needs at least 3" in done.out
    )
    assert "annotations[2].area (id 2, a.png): is 324 px; the mask has" in done.out
    assert done.out.splitlines()[-1] == f"next: wildwear data health {spoilt} --fix"


def test_a_fix_writes_another_file_says_what_it_did_and_leaves_nothing_to_fix(
    health: Callable[..., Done], spoilt: Path
) -> None:
    before = spoilt.read_bytes()
    done = health(spoilt, "--fix")
    assert done.code == 0
    fixed = spoilt.with_name("set.fixed.json")
    assert f"{fixed}: written; no problem left" in done.out
    assert "1 × polygons of fewer than 3 points: drops the polygon" in done.out
    assert "1 × areas that are those of the box: measures area and box from the mask" in done.out
    assert done.out.splitlines()[-1] == f"next: wildwear data describe {fixed}"
    assert spoilt.read_bytes() == before
    assert [annotation["id"] for annotation in Dataset.load(fixed).annotations] == [0, 2]
    again = health(fixed, "--fix")
    assert again.code == 0
    assert "nothing is written" in again.out
    assert not fixed.with_name("set.fixed.fixed.json").exists()


def test_a_fixed_file_that_is_there_is_replaced_only_when_asked(
    health: Callable[..., Done], spoilt: Path
) -> None:
    fixed = spoilt.with_name("set.fixed.json")
    fixed.write_text("mine")
    done = health(spoilt, "--fix")
    assert done.code == 1
    assert "set.fixed.json: is there already" in done.err
    assert fixed.read_text() == "mine"
    assert health(spoilt, "--fix", "--overwrite").code == 0
    assert len(Dataset.load(fixed).annotations) == 2


def test_no_dataset_that_is_checked_is_ever_replaced(health: Callable[..., Done], spoilt: Path) -> None:
    fixed = spoilt.with_name("set.fixed.json")
    fixed.write_bytes(spoilt.read_bytes())
    done = health(spoilt, fixed, "--fix", "--overwrite")
    assert done.code == 1
    assert "is one of the datasets" in done.err
    assert fixed.read_bytes() == spoilt.read_bytes()


def test_what_no_repair_mends_is_left_to_the_reader_and_the_command_looks_again_by_the_same_options(
    health: Callable[..., Done], spoilt: Path
) -> None:
    folder = spoilt.parent / "my photos"
    (spoilt.parent / "images").rename(folder)
    (folder / "a.png").unlink()
    document: dict[str, Any] = json.loads(spoilt.read_text())
    document["annotations"] = document["annotations"][:1]
    spoilt.write_text(json.dumps(document))
    done = health(spoilt, "--images", folder, "--from", "coco")
    assert done.code == 1
    said, _, command = done.out.splitlines()[-1].partition(", then ")
    assert said == "next: mend what is left by hand"
    words = ["data", "health", str(spoilt), "--from", "coco", "--images", str(folder)]
    assert shlex.split(command) == ["wildwear", *words]


def test_a_repaired_dataset_is_coco_whatever_it_was_read_from(
    health: Callable[..., Done], spoilt: Path
) -> None:
    done = health(spoilt, "--fix", "--from", "coco", "--images", spoilt.parent / "images")
    fixed = spoilt.with_name("set.fixed.json")
    expected = ["data", "describe", str(fixed), "--images", str(spoilt.parent / "images")]
    assert shlex.split(done.out.splitlines()[-1]) == ["next:", "wildwear", *expected]


def test_what_counts_for_nothing_is_said_and_the_offer_is_taken_only_explicitly(
    health: Callable[..., Done], spoilt: Path
) -> None:
    document: dict[str, Any] = json.loads(spoilt.read_text())
    document["annotations"] = [document["annotations"][0] | {"iscrowd": 1}]
    spoilt.write_text(json.dumps(document))
    done = health(spoilt)
    assert done.code == 0
    assert "1 photo, 0 instances, 1 region not judged; 0 errors, 2 warnings" in done.out
    assert "annotations[0].iscrowd (id 0, a.png): is 1, as in every annotation of 'hat'" in done.out
    assert done.out.splitlines()[-1] == f"next: wildwear data health {spoilt} --make-instances"
    assert "nothing is written" in health(spoilt, "--fix").out
    assert health(spoilt, "--make-instances").code == 0
    assert Dataset.load(spoilt.with_name("set.fixed.json")).instances()


def test_json_lists_every_problem_and_nothing_else(health: Callable[..., Done], spoilt: Path) -> None:
    done = health(spoilt, "--json", "--fix")
    assert done.code == 0
    [report] = json.loads(done.out)
    assert [(problem["kind"], problem["place"]) for problem in report["problems"]] == [
        ("short_polygon", "annotations[1].segmentation[0]"),
        ("area_of_box", "annotations[2].area"),
    ]
    assert report["errors"] == 1
    assert report["repaired"]["mended"] == {"short_polygon": 1, "area_of_box": 1}
    assert report["repaired"]["problems"] == []


def test_a_folder_stands_for_its_splits_and_leaks_between_them_are_found(
    health: Callable[..., Done], spoilt: Path
) -> None:
    for split in ("train", "val"):
        (spoilt.parent / f"{split}.json").write_bytes(spoilt.read_bytes())
    done = health(spoilt.parent)
    assert done.code == 1
    assert f"{spoilt.parent / 'train.json'} (coco)" in done.out
    assert (
        f"images[0].file_name (id 1, a.png): is also in {spoilt.parent / 'train.json'}, as a.png" in done.out
    )


def test_a_photo_may_have_any_name(health: Callable[..., Done], spoilt: Path) -> None:
    document: dict[str, Any] = json.loads(spoilt.read_text())
    document["images"][0]["file_name"] = "[bold]\x1b[31m<img src=x onerror=alert(1)>.png"
    spoilt.write_text(json.dumps(document))
    done = health(spoilt)
    assert "\x1b[31m" not in done.out
    assert "[bold]\\x1b[31m<img src=x onerror=alert(1)>.png" in done.out


def test_what_is_no_dataset_is_one_clear_line(health: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text('{"images": [')
    done = health(tmp_path / "set.json", "--fix")
    assert (done.code, done.out) == (1, "")
    assert "set.json: is not JSON" in done.err
    assert list(tmp_path.iterdir()) == [tmp_path / "set.json"]


def test_a_dataset_of_another_format_is_repaired_into_coco(
    health: Callable[..., Done], shared: Path, tmp_path: Path
) -> None:
    project = json.loads((shared / "fixtures" / "via" / "shorts" / "via_region_data.json").read_text())
    region = project["_via_img_metadata"]["shorts1.jpeg25544"]["regions"][0]["shape_attributes"]
    region["all_points_x"], region["all_points_y"] = [1, 2], [1, 2]
    (tmp_path / "via.json").write_text(json.dumps(project))
    photos = shared / "fixtures" / "via" / "shorts"
    done = health(tmp_path / "via.json", "--images", photos, "--fix")
    assert "(via): 20 photos" in done.out
    assert "1 × parts that the format's reader leaves out" in done.out
    assert Dataset.load(tmp_path / "via.fixed.json").instances()


def test_a_format_and_an_attribute_can_be_named(
    health: Callable[..., Done], shared: Path, tmp_path: Path
) -> None:
    project = shared / "fixtures" / "via" / "shorts" / "via_region_data.json"
    assert "(via): 20 photos, 20 instances" in health(project, "--from", "via", "--attribute", "shorts").out
    wrong = health(project, "--from", "coco")
    assert (wrong.code, wrong.out) == (1, "")
    assert "images: expected a list" in wrong.err
