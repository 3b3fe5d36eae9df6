"""CVAT for images: every mask both ways, as polygons or as the pixels of a mask."""

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
from wildwear.datasets.formats import cvat, shapes
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, OutputError

SOME = 250  # photos of a large set
SIZE = (30, 40)  # height and width of the photos that tests make up
HAT = "<meta><task><labels><label><name>hat</name></label></labels></task></meta>"


def written(document: Record, path: Path) -> Conversion:
    conversion = Conversion()
    cvat.write(Dataset(document).stream(), path, conversion)
    return conversion


def read(path: Path, conversion: Conversion | None = None) -> Record:
    return Dataset.read(path, "cvat", conversion).document


def drawn(path: Path, *shapes: str, meta: str = HAT, image: str = 'width="40" height="30"') -> Path:
    """A file as CVAT makes one, with these shapes in one photo."""
    text = f'<annotations>{meta}<image id="0" name="a.jpg" {image}>{"".join(shapes)}</image></annotations>'
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{text}')
    return path


def document_of(*annotations: Record) -> Record:
    return {
        "info": {"description": "a <set> & more", "mask_convention": "visible"},
        "images": [{"id": 7, "file_name": 'b/<img src=x onerror="alert(1)">.jpg', "width": 40, "height": 30}],
        "annotations": [
            {"id": number, "image_id": 7, "category_id": 3, "iscrowd": 0, **annotation}
            for number, annotation in enumerate(annotations, start=1)
        ],
        "categories": [
            {"id": 3, "name": 'a "hat" & <cap> 帽', "supercategory": "wear"},
            {"id": 1, "name": "sack"},
        ],
    }


def measured(segmentation: Any) -> Record:
    """The segmentation with its box and area."""
    box, area = shapes.measured(segmentation, SIZE)
    return {"segmentation": segmentation, "bbox": box, "area": area}


# There and back


@pytest.mark.parametrize(
    "source",
    ["fixtures/modanet/instances_val.json", "data/wild30/wild30.json", "fixtures/fashionpedia/sample.json"],
)
def test_a_real_set_comes_back_with_the_same_masks(shared: Path, tmp_path: Path, source: str) -> None:
    dataset = Dataset.load(shared / source)
    before = dataset.restricted_to(dataset.images[:SOME]).document
    written(before, tmp_path / "set.xml")
    after = read(tmp_path / "set.xml")
    for field in ("image_id", "category_id", "segmentation", "iscrowd"):
        assert [one[field] for one in after["annotations"]] == [
            one[field] for one in before["annotations"]
        ], field
    for field in ("id", "file_name", "width", "height"):
        assert [one[field] for one in after["images"]] == [one[field] for one in before["images"]]
    assert after["categories"] == before["categories"]
    assert after["info"] == before["info"]


COORDINATE = st.floats(-5, 45)
POLYGON = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=6).map(
    lambda points: [value for point in points for value in point]
)
RLE = st.binary(min_size=150, max_size=150).map(
    lambda bits: dict(imaging.encode(np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(SIZE)))
)
ANNOTATION = st.fixed_dictionaries(
    {"segmentation": st.lists(POLYGON, min_size=1, max_size=3) | RLE, "iscrowd": st.integers(0, 1)},
    optional={
        "attributes": st.dictionaries(
            st.text("abc ", min_size=1).filter(lambda name: name != cvat.CROWD),
            st.text("a<&\n ä"),
            min_size=1,
        )
    },
)


@settings(max_examples=50)
@given(annotations=st.lists(ANNOTATION, max_size=4))
def test_any_dataset_comes_back(tmp_path_factory: pytest.TempPathFactory, annotations: list[Record]) -> None:
    annotations = [{**one, **measured(one["segmentation"])} for one in annotations]
    visible = [one for one in annotations if one["area"] or isinstance(one["segmentation"], list)]
    path = tmp_path_factory.mktemp("cvat") / "set.xml"
    conversion = written(document_of(*annotations), path)
    assert read(path) == document_of(*visible)
    assert len(annotations) - len(visible) == conversion.notes["instances without a pixel or a box, left out"]


def test_boxes_and_splits_come_back(tmp_path: Path) -> None:
    document = document_of({"bbox": [1.25, 2, 10.5, 20]})
    document["images"][0]["split"] = "val"
    written(document, tmp_path / "set.xml")
    after = read(tmp_path / "set.xml")
    assert after["images"] == document["images"]
    assert after["annotations"][0]["bbox"] == [1.25, 2, 10.5, 20]
    assert after["annotations"][0]["segmentation"] == [[1.25, 2, 11.75, 2, 11.75, 22, 1.25, 22]]


def test_what_cvat_cannot_hold_is_counted(tmp_path: Path) -> None:
    document = document_of({**measured([[1, 1, 9, 1, 9, 9]]), "keypoints": [1, 1, 2]}, {})
    document["images"][0] |= {"source": "wild", "width": None}
    assert written(document, tmp_path / "set.xml").said() == {
        "instances with keypoints, which CVAT cannot hold": 1,
        "instances without a pixel or a box, left out": 1,
        "photos whose size is unknown, also to CVAT": 1,
        "photos with source, which CVAT cannot hold": 1,
    }


def test_attributes_that_are_no_text_are_written_as_json(tmp_path: Path) -> None:
    attributes = {"sleeves": 2, "open": True, "occluded": True, "colour": "red"}
    written(document_of({**measured([[1, 1, 9, 1, 9, 9]]), "attributes": attributes}), tmp_path / "set.xml")
    text = (tmp_path / "set.xml").read_text()
    assert 'occluded="1"' in text
    (after,) = read(tmp_path / "set.xml")["annotations"]
    assert after["attributes"] == {"sleeves": "2", "open": "true", "occluded": True, "colour": "red"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"category_id": 5}, "annotation 1: no category has the id 5"),
        ({"segmentation": [[1, 1, 2, 2]]}, "annotation 1: segmentation: polygon 0 has 2 points"),
        ({"segmentation": [[1, 1, 2, 2, math.nan, 3]]}, "holds something else than numbers of pixels"),
        ({"segmentation": {"size": [3, 3]}}, "an RLE has `size` and `counts`"),
    ],
)
def test_a_malformed_instance_stops_the_writing(tmp_path: Path, spoil: Record, message: str) -> None:
    document = document_of(spoil)
    with pytest.raises(DatasetError, match=message):
        written(document, tmp_path / "set.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("../a.jpg", "image 7: file_name: '../a.jpg' leaves its folder"), ("a\x1b.jpg", r"character '\\x1b'")],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, message: str) -> None:
    document = document_of()
    document["images"][0]["file_name"] = name
    with pytest.raises(DatasetError, match=message):
        written(document, tmp_path / "set.xml")


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "set.xml").mkdir()
    with pytest.raises(OutputError, match=r"set\.xml: cannot be written"):
        written(document_of(), tmp_path / "set.xml")


# What CVAT makes


def test_shapes_of_one_group_and_label_are_one_instance(tmp_path: Path) -> None:
    polygon = '<polygon label="{}" points="{},1;9,1;9,9" group_id="{}" occluded="{}"/>'
    path = drawn(
        tmp_path / "a.xml",
        polygon.format("hat", 1, 4, 0),
        polygon.format("sack", 2, 4, 0),
        polygon.format("hat", 3, 0, 1),
        polygon.format("hat", 4, 4, 0),
        polygon.format("hat", 5, 0, 0),
    )
    document = read(path)
    assert [one["segmentation"] for one in document["annotations"]] == [
        [[1, 1, 9, 1, 9, 9], [4, 1, 9, 1, 9, 9]],
        [[2, 1, 9, 1, 9, 9]],
        [[3, 1, 9, 1, 9, 9]],
        [[5, 1, 9, 1, 9, 9]],
    ]
    # "hat" is one of the 30; "sack" is met on the way
    assert [(one["id"], one["name"]) for one in document["categories"]] == [(1, "hat"), (2, "sack")]
    assert document["annotations"][2]["attributes"] == {"occluded": True}


def test_a_mask_is_read_along_its_rows(tmp_path: Path) -> None:
    mask = '<mask label="hat" rle="1, 2, 2, 1" left="38" top="4" width="3" height="2"/>'
    (one,) = read(drawn(tmp_path / "a.xml", mask))["annotations"]
    expected = np.zeros(SIZE, bool)
    expected[4, 39] = True  # the second pixel of that row, and the one in the row below, lie over the edge
    np.testing.assert_array_equal(imaging.decode(one["segmentation"]), expected)


def test_a_mask_and_polygons_in_a_group_are_united(tmp_path: Path) -> None:
    mask = '<mask label="hat" rle="0, 4" left="0" top="0" width="2" height="2" group_id="1"/>'
    polygon = '<polygon label="hat" points="10,10;14,10;14,14;10,14" group_id="1"/>'
    (one,) = read(drawn(tmp_path / "a.xml", polygon, mask))["annotations"]
    assert one["area"] == 4 + 16


def test_boxes_and_ellipses_become_polygons_turned_as_cvat_turns_them(tmp_path: Path) -> None:
    conversion = Conversion()
    turned = '<box label="hat" xtl="10" ytl="10" xbr="20" ybr="14" rotation="90.0"/>'
    ellipse = '<ellipse label="hat" cx="20" cy="15" rx="8" ry="3" rotation="90"/>'
    box, curve = read(drawn(tmp_path / "a.xml", turned, ellipse), conversion)["annotations"]
    np.testing.assert_allclose(box["segmentation"][0], [17, 7, 17, 17, 13, 17, 13, 7], atol=1e-9)
    points = np.reshape(curve["segmentation"][0], (-1, 2))
    np.testing.assert_allclose(np.ptp(points, axis=0), [6, 16], atol=0.2)
    assert conversion.notes["boxes, read as rectangles: they are no masks"] == 1
    assert conversion.notes[shapes.CURVE_NOTE] == 1


def test_what_encloses_nothing_is_left_out_and_counted(tmp_path: Path) -> None:
    conversion = Conversion()
    kinds = [
        f'<{kind} label="hat" points="1,1;2,2;3,3"/>' for kind in ("points", "polyline", "cuboid", "tag")
    ]
    assert read(drawn(tmp_path / "a.xml", *kinds), conversion)["annotations"] == []
    assert conversion.notes["shapes of the kind polyline, which enclose nothing; left out"] == 1
    assert sum(conversion.notes.values()) == 4


def test_the_tasks_of_a_project_may_count_their_photos_alike(tmp_path: Path) -> None:
    image = '<image id="0" name="{}.jpg" subset="{}" width="4" height="3"/>'
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{image.format('a', 'Train')}{image.format('b', 'default')}</annotations>")
    assert read(path)["images"] == [
        {"id": 0, "file_name": "a.jpg", "width": 4, "height": 3, "split": "train"},
        {"id": 1, "file_name": "b.jpg", "width": 4, "height": 3},
    ]


def test_a_subset_is_a_split_by_its_usual_names_and_else_by_its_own(tmp_path: Path) -> None:
    image = '<image id="{0}" name="{0}.jpg" subset="{1}" width="4" height="3"/>'
    names = ["Train", "Validation", "Default", "Batch 3"]
    images = "".join(image.format(number, name) for number, name in enumerate(names))
    (tmp_path / "a.xml").write_text(f"<annotations>{images}</annotations>")
    splits = [image.get("split") for image in read(tmp_path / "a.xml")["images"]]
    assert splits == ["train", "val", None, "Batch 3"]


def test_photos_of_one_name_in_two_subsets_are_two_photos(tmp_path: Path) -> None:
    image = '<image id="0" name="1.jpg" subset="{}" width="4" height="3"/>'
    images = "".join(map(image.format, ("Train", "Validation", "default")))
    (tmp_path / "a.xml").write_text(f"<annotations>{images}</annotations>")
    names = {image["file_name"]: image.get("split") for image in read(tmp_path / "a.xml")["images"]}
    assert names == {"Train/1.jpg": "train", "Validation/1.jpg": "val", "default/1.jpg": None}


def test_the_photos_of_a_project_are_found_in_the_folders_of_their_subsets(tmp_path: Path) -> None:
    images = "".join(f'<image id="{name}" name="{name}.png" subset="Train"/>' for name in (1, 2, 3))
    (tmp_path / "annotations.xml").write_text(f"<annotations>{images}</annotations>")
    for place in ("images/Train/1.png", "images/2.png"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 10)).save(tmp_path / place)
    dataset = Dataset.read(tmp_path)
    assert [image["file_name"] for image in dataset.images] == ["Train/1.png", "2.png", "3.png"]
    assert [image["width"] for image in dataset.images] == [12, 12, None]
    assert [dataset.photo_path(image).is_file() for image in dataset.images] == [True, True, False]


def test_a_project_with_subsets_keeps_photos_and_splits_apart(shared: Path) -> None:
    names = [
        {image["file_name"]: image["split"] for image in read(shared / "cases" / "08b" / file)["images"]}
        for file in ("annotations.xml", "annotations2.xml")
    ]
    assert names == [
        {"Train/frame_000000.jpg": "train", "Validation/frame_000000.jpg": "val"},
        {"Train/frame_000000.jpg": "train", "Validation/frame_000001.jpg": "val"},
    ]


def test_two_photos_of_one_name_in_one_subset_are_refused(tmp_path: Path) -> None:
    image = '<image id="{0}" task_id="{0}" name="1.jpg" subset="Train" width="4" height="3"/>'
    (tmp_path / "a.xml").write_text(f"<annotations>{image.format(1)}{image.format(2)}</annotations>")
    with pytest.raises(DatasetError, match=r"image\[1\]\.name: '1\.jpg' is that of image\[0\]"):
        read(tmp_path / "a.xml")


def test_a_size_that_is_missing_comes_from_the_photo(tmp_path: Path) -> None:
    polygon = '<polygon label="hat" points="1,1;9,1;9,9"/>'
    (tmp_path / "export").mkdir()
    drawn(tmp_path / "export" / "annotations.xml", polygon, image="")
    conversion = Conversion()
    assert Dataset.read(tmp_path / "export", conversion=conversion).images[0]["width"] is None
    assert conversion.notes[shapes.SIZE_NOTE] == 1
    Image.new("RGB", (12, 10)).save(tmp_path / "export" / "a.jpg")
    assert Dataset.read(tmp_path / "export").images[0]["width"] == 12


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            '<polygon label="hat" points="1,1;2,2"/>',
            r"polygon\[0\]\.points: are 2; a polygon needs at least 3",
        ),
        ('<polygon label="hat" points="1,1;2,2;3"/>', r"polygon\[0\]\.points: expected x,y;x,y;..., found"),
        ('<polygon label="hat"/>', r"polygon\[0\]\.points: expected x,y;x,y;..., found ''"),
        ('<polygon label="hat" points="1,1;2,2;nan,3"/>', "points: expected a number of pixels, found 'nan'"),
        ('<polygon label="hat" points="1,1;2,2;1e99,3"/>', "points: expected a number of pixels"),
        ('<polygon points="1,1;2,2;3,9"/>', r"polygon\[0\]\.label: is missing"),
        ('<box label="hat" xtl="3" ytl="1" xbr="2" ybr="9"/>', r"box\[0\]\.xbr: a box from 3, 1 to 2, 9"),
        (
            '<box label="hat" xtl="3" ytl="1" xbr="2"/>',
            r"box\[0\]\.ybr: expected a number of pixels, found None",
        ),
        ('<ellipse label="hat" cx="3" cy="1" rx="0" ry="1"/>', r"ellipse\[0\]\.rx: expected radii over 0"),
        (
            '<mask label="hat" rle="1, 2" left="0" top="0" width="2" height="2"/>',
            r"mask\[0\]\.rle: expected whole numbers that sum to 2 x 2",
        ),
        ('<mask label="hat" rle="-4, 8" left="0" top="0" width="2" height="2"/>', r"mask\[0\]\.rle"),
        ('<mask label="hat" rle="" left="0" top="0" width="2" height="2"/>', r"mask\[0\]\.rle"),
        ('<mask label="hat" rle="99999999999999999999" left="0" top="0" width="2" height="2"/>', r"rle"),
        (
            '<mask label="hat" rle="9" left="0" top="0" width="99999" height="99999"/>',
            r"mask\[0\]\.width: 99999 x 99999 px do not fit into a photo of 40 x 30",
        ),
    ],
)
def test_a_malformed_shape_is_named_or_left_out(tmp_path: Path, shape: str, message: str) -> None:
    path = drawn(tmp_path / "a.xml", shape, '<polygon label="hat" points="1,1;9,1;9,9"/>')
    with pytest.raises(DatasetError, match=rf"a\.xml: image\[0\] \(a\.jpg\): .*{message}"):
        read(path)
    conversion = Conversion(skip_malformed=True)
    assert len(read(path, conversion)["annotations"]) == 1
    assert len(conversion.left_out) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotations><image/></annotations>", r"image\[0\]\.name: expected the name of a photo"),
        (
            '<annotations><image name="../a.jpg" id="1"/></annotations>',
            r"image\[0\]\.name: '../a.jpg' leaves",
        ),
        (
            '<annotations><image name="a.jpg" id="x"/></annotations>',
            r"image\[0\]\.id: expected a whole number",
        ),
        ('<annotations><track id="0"/></annotations>', "holds tracks of a video"),
        ("<annotation/>", "expected <annotations> around everything, found <annotation>"),
        (
            "<annotations><meta><wildwear>[1</wildwear></meta></annotations>",
            r"meta\.wildwear: is no JSON object",
        ),
        ('<!DOCTYPE a [<!ENTITY a "a">]><annotations/>', "has a document type"),
        ("<annotations>", "is not XML"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(DatasetError, match=rf"a\.xml.*{message}"):
        read(tmp_path / "a.xml")


def test_an_absurd_photo_costs_no_memory(tmp_path: Path) -> None:
    mask = '<mask label="hat" rle="100000000000000" left="0" top="0" width="10000000" height="10000000"/>'
    path = drawn(tmp_path / "a.xml", mask, image='width="10000000" height="10000000"')
    with pytest.raises(DatasetError, match="do not fit"):
        read(path)
