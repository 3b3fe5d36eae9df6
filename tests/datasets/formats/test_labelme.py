"""LabelMe folders and files, both ways."""

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import coco, guess, labelme, shapes
from wildwear.errors import DatasetError, OutputError

Record = dict[str, Any]
TRIANGLE = [[1, 1], [7, 1], [7, 5.5]]


def shape(label: str = "hat", points: Any = None, kind: str = "polygon", **more: Any) -> Record:
    """A shape as LabelMe 5 writes it."""
    drawn = {"label": label, "points": points or TRIANGLE, "group_id": None, "description": ""}
    return drawn | {"shape_type": kind, "flags": {}, "mask": None} | more


def photo(*drawn: Record, name: str = "a.jpg", **more: Any) -> Record:
    file = {"version": "5.4.1", "flags": {}, "shapes": [*drawn], "imagePath": name, "imageData": None}
    return file | {"imageHeight": 10, "imageWidth": 12} | more


def save(folder: Path, **files: Any) -> Path:
    for name, document in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    return folder


def read(path: Path, conversion: Conversion | None = None) -> Dataset:
    return Dataset.collect(labelme.read(path, conversion or Conversion()), path)


def again(source: Path, target: Path) -> Path:
    """A LabelMe folder to COCO and back."""
    coco.write(labelme.read(source, Conversion()), target / "coco.json", Conversion())
    labelme.write(Dataset.load(target / "coco.json").stream(), target / "again", Conversion())
    return target / "again"


def png(mask: np.ndarray) -> str:
    """A mask as LabelMe holds it."""
    content = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8)).save(content, format="PNG")
    return base64.b64encode(content.getvalue()).decode()


# Reading


def test_a_folder_gives_its_photos_in_the_order_of_their_names(tmp_path: Path) -> None:
    save(tmp_path, b=photo(shape("Hats"), name="b.jpg"), a=photo(shape("bag")), c__d=photo(name="d.jpg"))
    assert guess(tmp_path) is labelme.FORMAT
    dataset = read(tmp_path)
    assert [image["file_name"] for image in dataset.images] == ["a.jpg", "b.jpg", "c/d.jpg"]
    assert [(one["id"], one["name"]) for one in dataset.categories] == [(1, "hat"), (2, "bag")]
    assert [one["category_id"] for one in dataset.annotations] == [2, 1]
    assert dataset.info["label_set"] == "wildwear30"
    assert (dataset.images[0]["width"], dataset.images[0]["height"]) == (12, 10)
    assert dataset.annotations[0]["segmentation"] == [[1, 1, 7, 1, 7, 5.5]]


def test_one_file_is_a_dataset_too(tmp_path: Path) -> None:
    save(tmp_path, a=photo(shape("scarf"), shape("hat")), b=photo(shape("tie")))
    assert guess(tmp_path / "a.json") is labelme.FORMAT
    dataset = read(tmp_path / "a.json")
    assert dataset.categories == [{"id": 1, "name": "hat"}, {"id": 2, "name": "scarf"}]
    assert len(dataset.images) == 1


def test_categories_do_not_depend_on_what_encloses_nothing(tmp_path: Path) -> None:
    save(
        tmp_path, a=photo(shape("hat"), shape("nose", [[1, 1]], "point"), shape("arm", TRIANGLE, "linestrip"))
    )
    conversion = Conversion()
    assert [one["name"] for one in read(tmp_path, conversion).categories] == ["hat"]
    assert conversion.notes["shapes that enclose nothing, left out: point"] == 1
    assert conversion.notes["shapes that enclose nothing, left out: linestrip"] == 1


def test_shapes_of_one_label_and_group_are_one_instance(tmp_path: Path) -> None:
    far = [[9, 1], [11, 1], [11, 3]]
    drawn = [shape(group_id=4), shape("bag", group_id=4), shape(points=far, group_id=4), shape()]
    save(tmp_path, a=photo(*drawn))
    dataset = read(tmp_path)
    assert [len(one["segmentation"]) for one in dataset.annotations] == [2, 1, 1]
    files = again(tmp_path, tmp_path.with_name("out"))
    groups = [one["group_id"] for one in json.loads((files / "a.json").read_text())["shapes"]]
    assert groups[0] == groups[1] != groups[2]
    assert groups[3] is None
    assert [len(one["segmentation"]) for one in read(files).annotations] == [2, 1, 1]


def test_rectangles_and_circles_become_polygons_and_stay_what_they_are_for_labelme(tmp_path: Path) -> None:
    drawn = [
        shape("hat", [[7, 6], [2, 1]], "rectangle"),
        shape("bag", [[6, 5], [6, 2]], "circle", flags={"torn": True}),
        shape("bag", [[1, 1], [3, 0], [4, 2], [2, 3]], "oriented_rectangle"),
    ]
    save(tmp_path, a=photo(*drawn))
    box, circle, turned = read(tmp_path).annotations
    assert box["segmentation"] == [[2, 1, 7, 1, 7, 6, 2, 6]]
    assert (box["bbox"], box["area"]) == ([2, 1, 5, 5], 25)
    assert np.hypot(*(np.reshape(circle["segmentation"], (-1, 2)) - [6, 5]).T) == pytest.approx(3)
    assert circle["flags"] == {"torn": True}
    assert turned["segmentation"] == [[1, 1, 3, 0, 4, 2, 2, 3]]
    files = again(tmp_path, tmp_path.with_name("out"))
    assert json.loads((files / "a.json").read_text())["shapes"] == drawn


def test_rectangles_with_four_corners_and_turned_ones_are_read_as_x_anylabeling_writes_them(
    tmp_path: Path,
) -> None:
    drawn = [
        shape("hat", [[7, 6], [7, 1], [2, 1], [2, 6]], "rectangle"),
        shape("bag", [[3, 1], [5, 3], [3, 5], [1, 3]], "rotation", direction=0.785),
    ]
    save(tmp_path, a=photo(*drawn))
    upright, turned = read(tmp_path).annotations
    assert (upright["bbox"], upright["area"]) == ([2, 1, 5, 5], 25)
    assert turned["segmentation"] == [[3, 1, 5, 3, 3, 5, 1, 3]]
    assert turned["direction"] == 0.785
    files = again(tmp_path, tmp_path.with_name("out"))
    assert json.loads((files / "a.json").read_text())["shapes"] == drawn


def test_a_file_of_x_anylabeling_is_read(shared: Path) -> None:
    hat = read(shared / "cases" / "03").annotations[2]
    assert (hat["bbox"], hat["area"]) == ([20, 230, 80, 60], 4800)


def test_a_mask_is_read_from_its_png(tmp_path: Path) -> None:
    crop = np.array([[1, 1, 0], [1, 0, 1]], bool)
    save(tmp_path, a=photo(shape(points=[[4, 2], [6, 3]], kind="mask", mask=png(crop))))
    (annotation,) = read(tmp_path).annotations
    mask = np.zeros((10, 12), bool)
    mask[2:4, 4:7] = crop
    assert (imaging.decode(annotation["segmentation"]) == mask).all()
    assert (annotation["area"], annotation["bbox"]) == (4, [4, 2, 3, 2])
    (written,) = read(again(tmp_path, tmp_path.with_name("out"))).annotations
    assert imaging.as_rle(written["segmentation"], (10, 12)) == annotation["segmentation"]


def test_a_mask_in_a_photo_of_unknown_size_is_outlined(tmp_path: Path) -> None:
    drawn = shape(points=[[4, 2], [5, 3]], kind="mask", mask=png(np.ones((2, 2))))
    save(tmp_path, a=photo(drawn, imageHeight=None))
    conversion = Conversion()
    (annotation,) = read(tmp_path, conversion).annotations
    assert (annotation["area"], annotation["bbox"]) == (4, [4, 2, 2, 2])
    assert shapes.SIZE_NOTE in conversion.notes


def test_the_picture_in_a_file_is_neither_trusted_nor_kept(tmp_path: Path) -> None:
    save(tmp_path, a=photo(shape(), imageData="no picture", imageWidth=None))
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg")
    dataset = read(tmp_path)
    assert (dataset.images[0]["width"], dataset.images[0]["height"]) == (30, 20)
    files = again(tmp_path, tmp_path.with_name("out"))
    assert json.loads((files / "a.json").read_text())["imageData"] is None


def test_a_photo_beside_the_folder_is_named_from_the_folder_of_photos(tmp_path: Path) -> None:
    save(
        tmp_path, labels__x__a=photo(shape(), name="../../images/x/a.jpg"), labels__b=photo(name="..\\b.jpg")
    )
    (tmp_path / "images" / "x").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / "images" / "x" / "a.jpg")
    named = Conversion(images=tmp_path / "images")
    assert [image["file_name"] for image in read(tmp_path / "labels", named).images] == ["b.jpg", "x/a.jpg"]
    assert [image["file_name"] for image in read(tmp_path).images] == ["b.jpg", "images/x/a.jpg"]
    conversion = Conversion()
    names = [image["file_name"] for image in read(tmp_path / "labels", conversion).images]
    assert names == ["b.jpg", "x/a.jpg"]
    assert conversion.notes["photos outside the folder, known by their file name alone"] == 1


@pytest.mark.parametrize("name", ["..\\..\\photos\\{}\\1.jpg", "../../photos/{}/1.jpg"])
def test_photos_beside_the_folder_that_are_there_keep_their_folders(tmp_path: Path, name: str) -> None:
    files = {f"{folder}__1": photo(shape(), name=name.format(folder)) for folder in "ab"}
    labels = save(tmp_path / "labels", **files)
    with pytest.raises(DatasetError, match=r"b/1\.json: imagePath: is .*b/1\.jpg, .*a/1\.jpg is"):
        read(labels)  # nothing lies there, and both would be 1.jpg
    for folder in "ab":
        (tmp_path / "photos" / folder).mkdir(parents=True)
        (tmp_path / "photos" / folder / "1.jpg").touch()
    assert [image["file_name"] for image in read(labels).images] == ["a/1.jpg", "b/1.jpg"]


def test_a_photo_in_a_folder_of_any_name_beside_the_files_keeps_that_folder(tmp_path: Path) -> None:
    save(tmp_path / "labels", a=photo(shape(), name="../shorts/a.jpg"))
    (tmp_path / "shorts").mkdir()
    Image.new("RGB", (12, 10)).save(tmp_path / "shorts" / "a.jpg")
    assert [image["file_name"] for image in read(tmp_path / "labels").images] == ["shorts/a.jpg"]


def test_photos_of_one_name_in_two_folders_stay_two(shared: Path, tmp_path: Path) -> None:
    for labels in ("labels", "labels2"):
        dataset = read(shared / "cases" / "23" / labels)
        assert [image["file_name"] for image in dataset.images] == ["a/1.jpg", "b/1.jpg"]


# Writing


def test_a_dataset_comes_back_from_labelme(shared: Path, tmp_path: Path) -> None:
    before = Dataset.load(shared / "fixtures" / "modanet" / "instances_val.json")
    before = before.restricted_to(before.images[:100])
    labelme.write(before.stream(), tmp_path / "out", Conversion())
    after = read(tmp_path / "out")
    names = [{one["id"]: one["name"] for one in dataset.categories} for dataset in (before, after)]
    of_images = [dataset.annotations_by_image() for dataset in (before, after)]
    by_name = {image["file_name"]: image for image in after.images}
    assert len(after.annotations) == len(before.annotations)
    for image in before.images:
        other = by_name[image["file_name"]]
        assert other.items() >= {**image, "id": other["id"]}.items()
        pairs = zip(of_images[0][image["id"]], of_images[1][other["id"]], strict=True)
        for one, found in pairs:
            assert found["segmentation"] == one["segmentation"]
            assert names[1][found["category_id"]] == names[0][one["category_id"]]


def test_fields_keep_their_types_and_crowds_stay_crowds(tmp_path: Path) -> None:
    fields = {"scale": 2, "score": 0.25, "attribute_ids": [3], "flags": {"torn": True}, "iscrowd": 1}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    image = {"id": 1, "file_name": "x/a.jpg", "width": 9, "height": 9, "people": "0_3", "license": None}
    categories = [{"id": 1, "name": "scarf"}]
    document = {"images": [image], "annotations": [annotation | fields], "categories": categories}
    labelme.write(coco.stream(document), tmp_path / "out", Conversion())
    file = json.loads((tmp_path / "out" / "x" / "a.json").read_text())
    assert (file["imagePath"], file["imageHeight"], file["imageWidth"]) == ("a.jpg", 9, 9)
    dataset = read(tmp_path / "out")
    assert dataset.annotations[0].items() >= fields.items()
    assert dataset.images[0].items() >= {"file_name": "x/a.jpg", "people": "0_3"}.items()


def test_what_labelme_means_something_else_by_is_noted(tmp_path: Path) -> None:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    annotation |= {"label": "mine", "flags": [1], "description": 3}
    image = {"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}
    document = {"images": [image], "annotations": [annotation], "categories": [{"id": 1, "name": "hat"}]}
    conversion = Conversion()
    labelme.write(coco.stream(document), tmp_path / "out", conversion)
    assert sum("something else in LabelMe" in note for note in conversion.notes) == 3
    (drawn,) = json.loads((tmp_path / "out" / "a.json").read_text())["shapes"]
    assert drawn == shape(points=[[0, 0], [4, 0], [4, 4]])


def test_photos_with_one_stem_get_a_file_each_that_leads_to_them(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.png"}]
    stream = coco.stream({"images": images, "annotations": [], "categories": []})
    labelme.write(stream, tmp_path / "out", Conversion(images=tmp_path / "photos"))
    files = {path.name: json.loads(path.read_text())["imagePath"] for path in (tmp_path / "out").iterdir()}
    assert files == {"a.json": "../photos/a.jpg", "a.png.json": "../photos/a.png"}


def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_text("a photo")
    stream = coco.stream({"images": [], "annotations": [], "categories": []})
    with pytest.raises(OutputError, match=r"holds a\.jpg"):
        labelme.write(stream, tmp_path / "out", Conversion())
    assert (tmp_path / "out" / "a.jpg").read_text() == "a photo"


@pytest.mark.parametrize(
    ("image", "changes", "message"),
    [
        ("../a.jpg", {}, r"image 1: file_name: '../a.jpg' leaves its folder"),
        ("a.jpg", {"segmentation": {"size": [4, 4], "counts": "zz"}}, r"annotation 1: segmentation: .*RLE"),
        ("a.jpg", {"score": math.nan}, r"not finite"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, image: str, changes: Record, message: str
) -> None:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 3, 0, 3, 3]]} | changes
    images = [{"id": 1, "file_name": image}]
    document = {"images": images, "annotations": [annotation], "categories": [{"id": 1, "name": "hat"}]}
    with pytest.raises(DatasetError, match=message):
        labelme.write(coco.stream(document), tmp_path / "out", Conversion())
    assert list(tmp_path.iterdir()) == []


# What is wrong with a file


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (photo(shape(), name="/etc/a.jpg"), r"a.json: imagePath: '/etc/a.jpg' leaves its folder"),
        (photo(shape(), name=""), r"a.json: imagePath: expected the name of a photo, found ''"),
        (photo(shape(), name=None), r"a.json: imagePath: expected the name of a photo"),
        (photo(shape()) | {"shapes": {}}, r"a.json: shapes: expected a list, found dict"),
        (photo(3), r"a.json: shapes\[0\]: expected an object, found int"),
        (photo(shape(label=None)), r"a.json: shapes\[0\].label: expected a text, found ''"),
        (photo(shape(kind="star")), r"a.json: shapes\[0\].shape_type: expected one of .*'star'"),
        (photo(shape(group_id=[1])), r"a.json: shapes\[0\].group_id: expected a whole number"),
        (photo(shape(points="1,2")), r"a.json: shapes\[0\].points: expected a list of points, found str"),
        (
            photo(shape(points=[[1, 2], [3, 4]])),
            r"shapes\[0\].points: has 2 points; a polygon needs at least 3",
        ),
        (photo(shape(points=[[1, 2, 3]])), r"shapes\[0\].points\[0\]: expected \[x, y\] in pixels"),
        (photo(shape(points=[[1, math.nan]])), r"shapes\[0\].points\[0\]: expected \[x, y\] in pixels"),
        (photo(shape(points=[[1, 1]], kind="circle")), r"shapes\[0\].points: has 1 points; a circle has 2"),
        (photo(shape(points=[[1, 1], [1, 1]], kind="circle")), r"shapes\[0\].points: a circle has a centre"),
        (photo(shape(points=[[1, 1], [1, 4]], kind="rectangle")), r"shapes\[0\].points: .* no two corners"),
        (photo(shape(points=TRIANGLE, kind="rectangle")), r"has 3 points; a rectangle has 2 or 4"),
        (photo(shape(iscrowd="no")), r"shapes\[0\].iscrowd: expected 0 or 1, found 'no'"),
        (photo(shape(points=[[0, 0], [1, 1]], kind="mask")), r"shapes\[0\].mask: expected a PNG in base64"),
        (
            photo(shape(points=[[0, 0], [1, 1]], kind="mask", mask="&&")),
            r"shapes\[0\].mask: expected a PNG in base64",
        ),
        (
            photo(shape(points=[[0, 0], [1, 1]], kind="mask", mask="AAAA")),
            r"shapes\[0\].mask: expected a PNG in base64",
        ),
        (
            photo(shape(points=[[0, 0], [1, 1]], kind="mask", mask=png(np.ones((3, 2))))),
            r"shapes\[0\].mask: has \(3, 2\) pixels",
        ),
        (
            photo(shape(points=[[0, 0], [1, 1]], kind="mask", mask=png(np.zeros((2, 2))))),
            r"shapes\[0\].mask: has no pixels",
        ),
        (
            photo(shape(points=[[0, 0], [90, 90]], kind="mask", mask=png(np.ones((91, 91))))),
            r"shapes\[0\].points: the box .* does not lie in the photo",
        ),
    ],
)
def test_a_malformed_file_or_shape_is_named_or_left_out(tmp_path: Path, document: Any, message: str) -> None:
    save(tmp_path, a=document, b=photo(shape("bag"), name="b.jpg"))
    with pytest.raises(DatasetError, match=message):
        read(tmp_path)
    conversion = Conversion(skip_malformed=True)
    annotations = read(tmp_path, conversion).annotations
    assert len(annotations) == 1
    assert len(conversion.left_out) == 1


def test_the_sound_shapes_of_a_file_are_read_beside_malformed_ones(tmp_path: Path) -> None:
    save(tmp_path, a=photo(shape(label=None), shape("bag"), {}, shape("hat", score=math.nan)))
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.json").read_bytes())
    annotations = read(tmp_path, Conversion(skip_malformed=True)).annotations
    assert [one["category_id"] for one in annotations] == [2, 1]


def test_a_mask_in_a_photo_said_to_be_vast_takes_no_vast_memory(tmp_path: Path) -> None:
    drawn = shape(points=[[1, 1], [2, 2]], kind="mask", mask=png(np.ones((2, 2))))
    save(tmp_path, a=photo(drawn, imageWidth=60_000, imageHeight=60_000))
    assert read(tmp_path).annotations[0]["area"] == 4
    save(tmp_path, a=photo(drawn, imageWidth=9_000_000, imageHeight=9_000_000))
    with pytest.raises(DatasetError, match=r"shapes\[0\]: a mask of 9000000 x 9000000 pixels is larger"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff{}", b"[" * 100_000, b"[]"])
def test_a_file_that_is_no_json_object_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.json: (is not JSON|expected a LabelMe object)"):
        read(tmp_path)


def test_other_json_files_are_passed_over_and_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    save(tmp_path, a=photo(shape()), colours={"hat": "red"})
    conversion = Conversion()
    assert len(read(tmp_path, conversion).images) == 1
    assert conversion.notes["JSON files of another kind, passed over"] == 1
    with pytest.raises(DatasetError, match="holds no LabelMe file"):
        read(tmp_path / "colours.json")
    (tmp_path / "none").mkdir()
    with pytest.raises(DatasetError, match="holds no LabelMe file"):
        read(tmp_path / "none")


# Whatever LabelMe may hold

NUMBER = st.integers(0, 500) | st.floats(0, 500, allow_nan=False)
POINT = st.lists(NUMBER, min_size=2, max_size=2)
VALUE = st.text(max_size=5) | st.integers(-(2**53), 2**53) | st.lists(st.integers(0, 9), max_size=3)
MORE = st.fixed_dictionaries(
    {"label": st.sampled_from(["hat", "Bags", "scarf"])},
    optional={
        "flags": st.dictionaries(st.text(max_size=4), st.booleans(), max_size=2),
        "description": st.text(max_size=8),
        "group_id": st.integers(0, 2),
        "score": st.floats(0, 1),
        "other": VALUE,
    },
)


@st.composite
def drawn_shapes(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(["polygon", "rectangle", "circle"]))
    if kind == "polygon":
        points = draw(st.lists(POINT, min_size=3, max_size=6))
    else:
        x, y = draw(st.tuples(st.integers(0, 90), st.integers(0, 90)))
        points = [[x, y], [x + draw(st.integers(1, 9)), y + draw(st.integers(1, 9))]]
    return shape(points=points, kind=kind) | draw(MORE)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(drawn_shapes(), max_size=4), flags=st.dictionaries(st.text(max_size=4), st.booleans()))
def test_whatever_a_file_holds_comes_back(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Record], flags: Record
) -> None:
    folder = tmp_path_factory.mktemp("labelme")
    document = photo(*drawn, flags=flags, other={"made": "today"}) | {"version": labelme.VERSION}
    save(folder, a=document)
    files = again(folder, folder.with_name(f"{folder.name}out"))
    assert len(read(files).annotations) == len(read(folder).annotations)
    after = json.loads((files / "a.json").read_text())
    expected = [{name: value for name, value in one.items() if name != "group_id"} for one in drawn]
    found = [{name: value for name, value in one.items() if name != "group_id"} for one in after["shapes"]]
    assert sorted(map(as_text, found)) == sorted(map(as_text, expected))
    assert {**after, "shapes": []} == {**document, "shapes": []}


def as_text(drawn: Record) -> str:
    return json.dumps(drawn, sort_keys=True)
