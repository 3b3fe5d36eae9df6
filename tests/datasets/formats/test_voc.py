"""Pascal VOC: boxes both ways, and a word about the masks that it cannot hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import shapes, voc
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, OutputError

SOME = 250  # photos of a large set


def written(document: Record, path: Path) -> Conversion:
    conversion = Conversion()
    voc.write(Dataset(document).stream(), path, conversion)
    return conversion


def read(path: Path, conversion: Conversion | None = None) -> Record:
    return Dataset.read(path, "voc", conversion).document


def annotated(folder: Path, objects: str, name: str = "a.jpg", size: str = "") -> Path:
    """A dataset as others make one, with one photo."""
    size = size or "<size><width>40</width><height>30</height><depth>3</depth></size>"
    (folder / "Annotations").mkdir(parents=True)
    (folder / "Annotations" / "a.xml").write_text(
        f"<annotation><filename>{name}</filename>{size}{objects}</annotation>"
    )
    return folder


def box(*sides: Any, name: str = "hat", difficult: int = 0) -> str:
    corners = "".join(f"<{side}>{value}</{side}>" for side, value in zip(voc.SIDES, sides, strict=False))
    return (
        f"<object><name> {name}\n</name><difficult>{difficult}</difficult><bndbox>{corners}</bndbox>"
        f"<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part></object>"
    )


def test_the_boxes_of_a_real_set_come_back(shared: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(shared / "fixtures" / "modanet" / "instances_val.json")
    before = dataset.restricted_to(dataset.images[:SOME]).document
    conversion = written(before, tmp_path / "set")
    after = read(tmp_path / "set")
    assert boxes(after) == boxes(before)
    assert conversion.notes["masks, of which VOC holds the boxes alone"] == len(before["annotations"])
    names = [category["name"] for category in before["categories"]]
    assert [category["name"] for category in after["categories"]] == names
    assert all(one["file_name"] for one in after["images"])


def boxes(document: Record) -> dict[str, list[tuple[str, list[float], int]]]:
    """By photo, the categories and boxes, and whether they are judged."""
    names = {category["id"]: category["name"] for category in document["categories"]}
    files = {image["id"]: image["file_name"] for image in document["images"]}
    found: dict[str, list[tuple[str, list[float], int]]] = {name: [] for name in files.values()}
    for one in document["annotations"]:
        found[files[one["image_id"]]].append((names[one["category_id"]], one["bbox"], one["iscrowd"]))
    return found


SIDE = st.integers(1, 4000).map(lambda quarters: quarters / 4)


@settings(max_examples=50)
@given(
    given=st.lists(
        st.tuples(st.sampled_from([1, 2]), st.tuples(SIDE, SIDE, SIDE, SIDE), st.integers(0, 1)), max_size=4
    )
)
def test_any_boxes_come_back(tmp_path_factory: pytest.TempPathFactory, given: list[Any]) -> None:
    document = {
        "images": [
            {"id": 1, "file_name": "b/<img src=x onerror=alert(1)> & 帽.jpg", "width": 9, "height": 7}
        ],
        "categories": [{"id": 2, "name": "a <b> & 'c'"}, {"id": 1, "name": "bonnet"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": category, "bbox": list(sides), "iscrowd": crowd}
            for category, sides, crowd in given
        ],
    }
    path = tmp_path_factory.mktemp("voc") / "set"
    written(document, path)
    assert boxes(read(path)) == boxes(document)


def test_pixels_are_counted_from_1_and_both_corners_belong_to_a_box(tmp_path: Path) -> None:
    conversion = Conversion()
    folder = annotated(tmp_path, box(1, 1, 40, 30) + box(3, "4.5", 3, 9, name="bag", difficult=1))
    whole, narrow = read(folder, conversion)["annotations"]
    assert whole["bbox"] == [0, 0, 40, 30]
    assert whole["segmentation"] == [[0, 0, 40, 0, 40, 30, 0, 30]]
    assert whole["area"] == 1200
    assert narrow["bbox"] == [2, 3.5, 1, 5.5]
    assert (whole["iscrowd"], narrow["iscrowd"]) == (0, 1)
    assert conversion.notes["boxes, read as rectangles: they are no masks"] == 2
    assert any("difficult" in note for note in conversion.notes)


def test_names_of_the_30_get_their_ids(tmp_path: Path) -> None:
    document = read(annotated(tmp_path, box(1, 1, 4, 4, name="top") + box(1, 1, 4, 4)))
    assert [(one["id"], one["name"]) for one in document["categories"]] == [(1, "hat"), (30, "top")]
    assert [one["category_id"] for one in document["annotations"]] == [30, 1]


def test_a_missing_size_comes_from_the_photo_or_stays_unknown(tmp_path: Path) -> None:
    folder = annotated(tmp_path, box(1, 1, 4, 4), size="<size/>")
    conversion = Conversion()
    document = read(folder, conversion)
    assert document["images"][0]["width"] is None
    assert document["annotations"][0]["area"] == 16
    assert conversion.notes == {
        shapes.SIZE_NOTE: 1,
        "boxes, read as rectangles: they are no masks": 1,
    }
    (folder / "JPEGImages").mkdir()
    Image.new("RGB", (12, 10)).save(folder / "JPEGImages" / "a.jpg")
    assert read(folder)["images"][0]["width"] == 12


def test_segmentation_pictures_are_noted_as_not_read(tmp_path: Path) -> None:
    folder = annotated(tmp_path, "")
    (folder / "SegmentationObject").mkdir()
    conversion = Conversion()
    read(folder, conversion)
    assert conversion.notes["folder SegmentationObject of masks, not read: only the boxes are"] == 1


def test_a_folder_of_files_alone_is_told_to_be_voc(tmp_path: Path) -> None:
    folder = annotated(tmp_path, box(1, 1, 4, 4))
    assert len(Dataset.read(folder).annotations) == 1
    assert len(Dataset.read(folder / "Annotations").annotations) == 1


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        (box(1, 1, 4, 4, name=""), "name: is missing"),
        (box(1, 1, 4), "bndbox.ymax: expected a number of pixels, found ''"),
        (box(1, 1, 4, "nan"), "bndbox.ymax: expected a number of pixels, found 'nan'"),
        (box(1, 1, 4, "four"), "bndbox.ymax: expected a number of pixels, found 'four'"),
        (box(6, 1, 4, 4), "bndbox: 6, 1 to 4, 4 holds nothing"),
    ],
)
def test_a_malformed_object_is_named_or_left_out(tmp_path: Path, objects: str, message: str) -> None:
    folder = annotated(tmp_path, box(1, 1, 4, 4) + objects)
    with pytest.raises(DatasetError, match=rf"Annotations/a\.xml: object\[1\]: {message}"):
        read(folder)
    conversion = Conversion(skip_malformed=True)
    assert len(read(folder, conversion)["annotations"]) == 1
    assert len(conversion.left_out) == 1


@pytest.mark.parametrize("name", ["../../a.jpg", "/etc/passwd", "C:\\photos\\a.jpg", ""])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"a\.xml: filename: "):
        read(annotated(tmp_path, "", name=name))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not XML"),
        ("<annotations/>", "expected <annotation> around everything"),
        (
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
            "document type",
        ),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    annotated(tmp_path, "")
    (tmp_path / "Annotations" / "b.xml").write_text(text)
    with pytest.raises(DatasetError, match=rf"b\.xml.*{message}"):
        read(tmp_path)


def test_a_folder_without_files_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no \.xml file"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("image", "annotation", "message"),
    [
        ({"file_name": "../a.jpg"}, {}, "image 1: file_name: '../a.jpg' leaves its folder"),
        ({}, {"category_id": 5}, "a.jpg: annotation 1: category_id: no category has the id 5"),
        ({}, {"segmentation": [[1, 1, 2, 2]]}, "a.jpg: annotation 1: polygon 0 has 2 points"),
        ({"file_name": "a\x1b.jpg"}, {}, "XML has no way to say the character"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path, image: Record, annotation: Record, message: str
) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 7, **image}],
        "categories": [{"id": 1, "name": "hat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, **annotation}],
    }
    with pytest.raises(DatasetError, match=message):
        written(document, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_photos_that_would_share_a_file_and_the_files_of_others_are_kept_apart(tmp_path: Path) -> None:
    image = {"id": 1, "file_name": "a.jpg", "width": 9, "height": 7}
    document = {
        "images": [image, {**image, "id": 2, "file_name": "a.png"}],
        "categories": [],
        "annotations": [],
    }
    with pytest.raises(DatasetError, match=r"a\.png: another photo has the same name but for the suffix"):
        written(document, tmp_path / "set")
    folder = annotated(tmp_path / "theirs", "")
    (folder / "JPEGImages").mkdir()
    (folder / "JPEGImages" / "a.jpg").write_bytes(b"pixels")
    with pytest.raises(OutputError, match=r"holds JPEGImages/a\.jpg, which would be lost"):
        written({**document, "images": []}, folder)


def test_an_instance_without_a_box_gets_that_of_its_mask(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 7}],
        "categories": [{"id": 1, "name": "hat"}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": [[2, 1, 6, 1, 6, 5, 2, 5]],
                "style": 1,
            },
            {"id": 2, "image_id": 1, "category_id": 1},
        ],
    }
    notes = written(document, tmp_path / "set").said()
    assert notes["instances without a box, left out"] == 1
    assert notes["instances with style, which VOC cannot hold"] == 1
    assert boxes(read(tmp_path / "set")) == {"a.jpg": [("hat", [2, 1, 4, 4], 0)]}
