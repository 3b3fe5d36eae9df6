"""Tasks of Label Studio: what people drew there comes here, and drafts go there to be mended."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from made_datasets import SIDE, make_dataset
from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import guess, named
from wildwear.datasets.formats.label_studio.brush import packed, unpacked
from wildwear.datasets.formats.shapes import FieldError
from wildwear.errors import DatasetError

FORMAT = named("label-studio")
# What Label Studio's own converter (0.0.59) makes of a mask of 4 x 6 pixels, of which 2 x 3 are on.
THEIRS = [0, 0, 0, 96, 57, 27, 254, 31, 0, 183, 255, 108, 2, 223, 254, 27, 0, 0]
# And of a picture of 2 x 2 whose numbers are hardly ever alike, with the opacities 0, 200, 100, 255.
LITERAL = [0, 0, 0, 16, 57, 27, 252, 96, 0, 5, 0, 40, 0, 240, 25, 0, 0, 128, 4, 0, 24, 12, 145, 4, 129, 254]


def region(kind: str, value: dict[str, Any], label: str = "hat", **fields: Any) -> dict[str, Any]:
    """A region on a photo of 200 x 100 px."""
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"id": "a1", "type": kind, **size, "value": {**value, kind: [label]}, **fields}


def polygon(label: str = "hat", **fields: Any) -> dict[str, Any]:
    return region("polygonlabels", {"points": [[10, 10], [20, 10], [20, 50.5]]}, label, **fields)


def task(
    *results: dict[str, Any], image: str = "/data/upload/3/0a1b2c3d-my%20photo.jpg", **fields: Any
) -> dict[str, Any]:
    return {"id": 7, "data": {"image": image}, "annotations": [{"result": list(results)}], **fields}


def exported(folder: Path, *tasks: dict[str, Any]) -> Path:
    """A file as Label Studio exports JSON."""
    file = folder / "project-1.json"
    file.write_text(json.dumps(tasks))
    return file


def read(folder: Path, *tasks: dict[str, Any]) -> tuple[Dataset, Conversion]:
    conversion = Conversion()
    return Dataset.collect(FORMAT.read(exported(folder, *tasks), conversion)), conversion


def test_what_label_studio_exports_is_told_from_other_lists(tmp_path: Path) -> None:
    assert guess(exported(tmp_path, task(polygon()))) is FORMAT
    (tmp_path / "results.json").write_text('[{"image_id": 1, "category_id": 2, "score": 0.5}]')
    with pytest.raises(DatasetError, match="looks like none of the formats"):
        guess(tmp_path / "results.json")


def test_an_outline_is_in_pixels_of_the_photo(tmp_path: Path) -> None:
    dataset, _ = read(tmp_path, task(polygon()))
    [image], [annotation] = dataset.images, dataset.annotations
    assert (image["file_name"], image["width"], image["height"]) == ("my photo.jpg", 200, 100)
    assert annotation["segmentation"] == [[20, 10, 40, 10, 40, 50.5]]
    assert (dataset.categories[0]["name"], annotation["category_id"]) == ("hat", 1)
    assert dataset.info["label_set"] == "wildwear30"


def test_what_was_painted_is_the_mask_that_it_is_there() -> None:
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    assert unpacked(THEIRS, (4, 6)) == imaging.encode(mask)
    assert unpacked(packed(imaging.encode(mask)), (4, 6)) == imaging.encode(mask)
    assert imaging.decode(unpacked(LITERAL, (2, 2))).tolist() == [[False, True], [False, True]]


@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_any_mask_survives_the_way_there_and_back(mask: np.ndarray) -> None:
    assert unpacked(packed(imaging.encode(mask)), mask.shape) == imaging.encode(mask)


@given(st.lists(st.integers(0, 255), max_size=40))
def test_what_is_no_painted_mask_is_refused_in_words(content: list[int]) -> None:
    with pytest.raises(FieldError):
        unpacked(content, (4, 6))


def test_rectangles_and_ellipses_are_outlined_turned_as_they_are(tmp_path: Path) -> None:
    box = {"x": 10, "y": 20, "width": 20, "height": 10}
    dataset, _ = read(
        tmp_path,
        task(
            region("rectanglelabels", box, id="a"),
            region("rectanglelabels", {**box, "rotation": 90}, id="b"),
            region("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 10}, id="c"),
        ),
    )
    straight, turned, ellipse = (one["segmentation"][0] for one in dataset.annotations)
    assert straight == [20, 20, 60, 20, 60, 30, 20, 30]
    assert turned == [20, 20, 20, 60, 10, 60, 10, 20]
    assert dataset.annotations[2]["area"] == pytest.approx(np.pi * 20 * 10, rel=0.02)
    assert len(ellipse) > 16


def test_a_shape_and_its_label_that_stand_apart_belong_together(tmp_path: Path) -> None:
    points = {"points": [[10, 10], [20, 10], [20, 50]]}
    shape = region("polygon", points)
    del shape["value"]["polygon"]
    dataset, _ = read(tmp_path, task(shape, region("labels", points, "coat")))
    assert [one["name"] for one in dataset.categories] == ["coat"]
    assert len(dataset.annotations) == 1


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("/data/upload/3/0a1b2c3d-my%20photo.jpg", "my photo.jpg"),
        ("/data/local-files/?d=sub/my%20photo.jpg", "sub/my photo.jpg"),
        ("https://example.org/a/b.jpg?X-Signature=1", "example.org/a/b.jpg"),
        ("s3://bucket/a/b.jpg", "bucket/a/b.jpg"),
        ("http://[1/b.jpg", "[1/b.jpg"),
        ("b.jpg", "b.jpg"),
    ],
)
def test_a_photo_is_known_by_its_name_wherever_label_studio_has_it(
    tmp_path: Path, image: str, name: str
) -> None:
    dataset, _ = read(tmp_path, task(polygon(), image=image))
    assert dataset.images[0]["file_name"] == name


def test_what_counts_of_a_task_is_said(tmp_path: Path) -> None:
    cancelled = {"was_cancelled": True, "result": [polygon("coat")]}
    first, second = {"result": [polygon("hat")]}, {"result": [polygon("bag")]}
    several = task() | {"annotations": [cancelled, first, second]}
    predicted = task(image="2.jpg") | {"annotations": [], "predictions": [{"result": [polygon(score=0.5)]}]}
    dataset, conversion = read(tmp_path, several, predicted)
    names = {one["id"]: one["name"] for one in dataset.categories}
    assert [names[one["category_id"]] for one in dataset.annotations] == ["hat", "hat"]
    assert dataset.annotations[1]["score"] == 0.5
    assert conversion.notes == {
        "photos that several people annotated, read as the first of them did": 1,
        "photos that only a model has annotated, read as it did": 1,
    }


def test_what_has_no_area_or_no_label_is_left_out_and_said(tmp_path: Path) -> None:
    choice = {"id": "c", "type": "choices", "value": {"choices": ["good"]}}
    unnamed = polygon(id="u")
    unnamed["value"]["polygonlabels"] = []
    dataset, conversion = read(tmp_path, task(choice, unnamed))
    assert not dataset.annotations
    assert conversion.notes == {
        "points, choices and other things without an area, left out": 1,
        "regions without a label, left out": 1,
    }


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([region("polygonlabels", {"points": [[1, 2], [3, 4]]})], "value.points: expected a list of"),
        ([region("polygonlabels", {"points": [[1, 2], [3, 4], "x"]})], "value.points[2]: expected two"),
        ([region("brushlabels", {"rle": "x"})], "value.rle: expected a list of whole numbers, found 'x'"),
        ([region("brushlabels", {"rle": 10**12})], "value.rle: expected a list of whole numbers, found 1"),
        ([region("brushlabels", {"rle": [256]})], "value.rle: expected whole numbers from 0 to 255"),
        ([region("brushlabels", {"rle": [0, 0, 0, 1, 0]})], "value.rle: has 1 numbers"),
        ([region("rectanglelabels", {"x": 1, "y": 1, "width": -5, "height": 5})], "value.width: expected a"),
        ([polygon(image_rotation=90)], "image_rotation: the photo was turned"),
        ([polygon(original_width=None)], "original_width: expected the photo's width"),
    ],
)  # fmt: skip
def test_a_malformed_region_is_named_by_task_and_id(tmp_path: Path, results: list[Any], said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, task(*results))
    assert f"project-1.json: [0]: region a1: {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({}, "[0].data: expected an object with the photo"),
        (task(image="../../etc/passwd"), "leaves its folder"),
        (task(image="/data/local-files/?d=../../etc/passwd"), "leaves its folder"),
        (3, "[0].data: expected an object"),
    ],
)
def test_a_task_without_a_photo_of_ours_is_refused(tmp_path: Path, made: Any, said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, made)
    assert said in str(caught.value)


def test_two_tasks_of_one_photo_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"\[1\]\.data\.image: 'my photo\.jpg' is the photo of task 0, too"
    ):
        read(tmp_path, task(), task())


def written(folder: Path, dataset: Dataset) -> tuple[Path, Conversion]:
    dataset.save(folder / "set.json")
    conversion = Conversion()
    convert(folder / "set.json", folder / "tasks", named("coco"), FORMAT, conversion, overwrite=True)
    return folder / "tasks", conversion


def test_a_dataset_goes_there_and_comes_back(tmp_path: Path) -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[5:30, 5:9] = True
    dataset = make_dataset(
        tmp_path / "set.json",
        [("sub/ä b+c.jpg", ["coat", "hat"]), ("2.jpg", [])],
        fields={"2.jpg": {"source": "wild"}},
    )
    dataset.annotations[1]["segmentation"] = imaging.encode(mask)
    dataset.annotations[0]["segmentation"] = [[4.25, 4, 20, 4, 20, 30.5]]
    for annotation in dataset.annotations:
        rle = imaging.as_rle(annotation["segmentation"], (SIDE, SIDE))
        annotation |= {"bbox": imaging.bbox(rle), "area": float(imaging.area(rle))}
    folder, _ = written(tmp_path, dataset)
    assert guess(folder) is FORMAT
    again = Dataset.read(folder)
    assert again.categories == dataset.categories
    for before, after in zip(dataset.images, again.images, strict=True):
        assert after == before | {"id": after["id"]}
    for before, after in zip(dataset.annotations, again.annotations, strict=True):
        assert after == before | {"id": after["id"], "image_id": after["image_id"]}


def test_a_model_s_drafts_are_predictions_and_people_s_work_are_annotations(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "set.json", [("1.jpg", ["coat"]), ("2.jpg", ["coat"])])
    dataset.annotations[0]["score"] = 0.75
    folder, _ = written(tmp_path, dataset)
    drafted, drawn = json.loads((folder / "tasks.json").read_text())
    assert drafted["predictions"][0]["result"][0]["score"] == 0.75
    assert not drafted["annotations"]
    assert not drawn["predictions"]
    assert drawn["annotations"][0]["result"][0]["value"]["polygonlabels"] == ["coat"]
    assert drawn["data"]["image"] == "/data/local-files/?d=2.jpg"


def test_the_interface_has_a_label_a_category_for_outlines_and_for_what_is_painted(tmp_path: Path) -> None:
    folder, _ = written(tmp_path, make_dataset(tmp_path / "set.json", [("1.jpg", ["coat"])]))
    view = ElementTree.parse(folder / "interface.xml").getroot()
    tags = {one.tag: [label.get("value") for label in one] for one in view}
    assert len(tags["PolygonLabels"]) == 30
    assert tags["PolygonLabels"] == tags["BrushLabels"]
    result = json.loads((folder / "tasks.json").read_text())[0]["annotations"][0]["result"][0]
    assert view.find(f"*[@name='{result['from_name']}']") is not None
    assert view.find(f"*[@name='{result['to_name']}']") is not None


def test_what_label_studio_cannot_hold_is_said(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "set.json", [("1.jpg", ["coat", "hat", "bag"])])
    dataset.annotations[0] |= {"segmentation": [[4, 4, 9, 4, 9, 9], [20, 20, 30, 20, 30, 30]], "mine": 1}
    dataset.annotations[1]["iscrowd"] = 1
    dataset.annotations[2] |= {"segmentation": [], "bbox": None}
    folder, conversion = written(tmp_path, dataset)
    assert set(conversion.said()) == {
        "instances of several polygons, joined by bridges of no width: Label Studio has one outline a region",
        "regions that are not judged (iscrowd), for which Label Studio has no place; left out",
        "instances with mine, which Label Studio cannot hold",
        "instances without a mask or a box, left out",
        "what the dataset says of itself, for which Label Studio has no place, left out: mask_convention",
    }
    before = imaging.as_rle(dataset.annotations[0]["segmentation"], (SIDE, SIDE))
    [annotation] = Dataset.read(folder).annotations
    assert imaging.as_rle(annotation["segmentation"], (SIDE, SIDE)) == before
