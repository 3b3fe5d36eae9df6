"""What stands in a project as a dataset: what comes of it in each format, and what came from one unharmed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made_annotations import BAG, HEIGHT, SHIRT, WIDTH, instance, made_project, rectangle, work
from made_datasets import SIDE, make_dataset
from wildwear import imaging
from wildwear.annotation import Project, add, export, from_dataset, open_project
from wildwear.annotation.work import Attributes, Flags, Original, Work
from wildwear.datasets import Conversion, Dataset, formats
from wildwear.errors import DatasetError, OutputError
from wildwear.taxonomy import CATEGORIES


def written(project: Project, target: Path, name: str = "coco", **options: bool) -> Conversion:
    conversion = Conversion()
    export(project, target, formats.named(name), conversion, **options)
    return conversion


def as_coco(project: Project, folder: Path, **options: bool) -> Dataset:
    written(project, folder / "out.json", **options)
    return Dataset.load(folder / "out.json")


def test_photos_that_are_done_become_a_dataset_in_the_30(tmp_path: Path) -> None:
    project = made_project(tmp_path, ["1.jpg", "2.jpg", "3.jpg"])
    project.store.save(
        1, 0, "ann", work(instance("shirt", SHIRT), instance("bag", BAG, rectangle(20, 20, 30, 40)))
    )
    project.store.save(2, 0, "ann", Work("skipped", skip_reason="no garment"))
    conversion = written(project, tmp_path / "out.json")
    dataset = Dataset.load(tmp_path / "out.json")
    [image] = dataset.images
    assert (image["file_name"], image["width"], image["height"]) == ("1.jpg", WIDTH, HEIGHT)
    assert [one["category_id"] for one in dataset.instances()] == [SHIRT, BAG]
    assert dataset.annotations[1]["segmentation"] == [[20, 20, 30, 20, 30, 40, 20, 40]]
    assert (dataset.annotations[1]["bbox"], dataset.annotations[1]["area"]) == ([20, 20, 10, 20], 200)
    assert (dataset.info["label_set"], dataset.mask_convention) == ("wildwear30", "visible")
    assert conversion.notes == {
        "photos that were skipped, left out": 1,
        "photos that are not done yet, left out": 1,
    }


def test_unfinished_photos_come_where_they_are_asked_for(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    assert len(as_coco(project, tmp_path, unfinished=True).images) == 2


def test_flags_and_people_are_attributes_and_fields(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    flagged = instance(flags=Flags(occluded=True, doubtful=True))
    project.store.save(
        1, 0, "ann", Work("done", attributes=Attributes([0], selfie=True), instances=[flagged])
    )
    dataset = as_coco(project, tmp_path)
    assert dataset.annotations[0]["attributes"] == {"occluded": True, "doubtful": True}
    assert dataset.images[0]["people"] == "0_3"


def test_parts_are_polygons_and_a_hole_is_cut_out(tmp_path: Path) -> None:
    hole = rectangle(4, 4, 8, 8)[0]
    project = made_project(tmp_path)
    drawn = instance("one", SHIRT, [*rectangle(0, 0, 20, 20), hole], rectangle(30, 30, 35, 35))
    project.store.save(1, 0, "ann", work(drawn))
    [annotation] = as_coco(project, tmp_path).annotations
    assert len(annotation["segmentation"]) == 2
    mask = imaging.decode(imaging.as_rle(annotation["segmentation"], (HEIGHT, WIDTH)))
    assert not mask[6, 6]
    assert mask[2, 2]
    assert mask[32, 32]


def test_a_region_that_is_not_judged_is_iscrowd_in_all_that_it_may_be(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    somewhere = instance("region", judged=False)
    unnamed = instance("unnamed", None, rectangle(20, 20, 30, 30), original=Original(candidates=[23, 16]))
    project.store.save(1, 0, "ann", work(somewhere, unnamed))
    conversion = written(project, tmp_path / "out.json")
    annotations = Dataset.load(tmp_path / "out.json").annotations
    assert [one["category_id"] for one in annotations] == [*(one.id for one in CATEGORIES), 23, 16]
    assert {one["iscrowd"] for one in annotations} == {1}
    assert conversion.notes["garments without a name, as regions that are not judged"] == 1


def made_set(folder: Path) -> Dataset:
    """A dataset with a mask, fields of its own, and regions of two kinds."""
    ring = np.zeros((SIDE, SIDE), bool)
    ring[5:30, 5:30] = True
    ring[10:20, 10:20] = False
    dataset = make_dataset(folder / "set.json", [("1.jpg", ["coat", "hat"]), ("2.jpg", [])], info={"mine": 1})
    dataset.images[0] |= {"licence": 4, "people": "0_1"}
    shapes: list[dict[str, Any]] = [
        {"segmentation": imaging.encode(ring), "unsure": "maybe"},
        {"segmentation": [[31, 31, 39.5, 31, 39.5, 38]]},
    ]
    for annotation, shape in zip(dataset.annotations, shapes, strict=True):
        rle = imaging.as_rle(shape["segmentation"], (SIDE, SIDE))
        annotation |= shape | {"bbox": imaging.bbox(rle), "area": float(imaging.area(rle))}
    dataset.save(folder / "set.json")
    return dataset


def test_what_came_in_and_was_not_touched_goes_out_as_it_was(tmp_path: Path) -> None:
    dataset = made_set(tmp_path)
    project = open_project(tmp_path / "project")
    add(project, from_dataset(tmp_path / "set.json", [], Conversion()))
    again = as_coco(project, tmp_path, unfinished=True)
    assert again.info == {"mine": 1, "label_set": "wildwear30", "mask_convention": "visible"}
    assert [image | {"id": 0} for image in again.images] == [image | {"id": 0} for image in dataset.images]
    came = {one["original_ids"][0]: one for one in again.annotations}
    for annotation in dataset.annotations:
        assert came[annotation["id"]] == annotation | {
            "id": came[annotation["id"]]["id"],
            "image_id": 1,
            "original_ids": [annotation["id"]],
        }


@pytest.mark.parametrize("name", ["via", "yolo", "cvat", "labelme", "label-studio", "voc"])
def test_every_format_can_be_written_and_read_again(tmp_path: Path, name: str) -> None:
    project = made_project(tmp_path)
    garments = [instance("shirt", SHIRT), instance("bag", BAG, rectangle(20, 20, 30, 40))]
    project.store.save(1, 0, "ann", work(*garments))
    target = tmp_path / f"out{formats.named(name).suffix or ''}"
    written(project, target, name)
    again = Dataset.read(target, name, Conversion(images=tmp_path / "photos"))
    names = {one["id"]: one["name"] for one in again.categories}
    assert sorted(names[one["category_id"]] for one in again.instances()) == ["bag", "shirt"]


def test_nothing_is_written_over_and_never_over_the_project(tmp_path: Path) -> None:
    project = made_project(tmp_path)
    (tmp_path / "out.json").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        written(project, tmp_path / "out.json")
    with pytest.raises(OutputError, match="is the source itself"):
        written(project, project.folder)
    assert (tmp_path / "out.json").read_text() == "mine"


def test_the_real_via_project_goes_in_and_out_with_every_vertex(shared: Path, tmp_path: Path) -> None:
    source = shared / "fixtures" / "via" / "shorts" / "via_region_data.json"
    project = open_project(tmp_path / "project")
    add(project, from_dataset(source, [], Conversion()))
    written(project, tmp_path / "again.json", "via", unfinished=True)
    before, after = (Dataset.read(path, "via") for path in (source, tmp_path / "again.json"))
    outlines = {image["file_name"]: image["id"] for image in after.images}
    assert len(outlines) == 4
    of_before, of_after = before.annotations_by_image(), after.annotations_by_image()
    for image in before.images:
        if image["file_name"] in outlines:
            came = of_after[outlines[image["file_name"]]]
            assert [one["segmentation"] for one in came] == [
                one["segmentation"] for one in of_before[image["id"]]
            ]


@pytest.mark.parametrize("damage", ['{"info": ', "[1]", "null"])
def test_a_damaged_word_of_the_dataset_it_began_with_is_named(tmp_path: Path, damage: str) -> None:
    project = made_project(tmp_path)
    project.store.remember("dataset", damage)
    with pytest.raises(DatasetError, match=r"annotations\.sqlite: settings\.dataset is damaged"):
        written(project, tmp_path / "out.json", unfinished=True)
