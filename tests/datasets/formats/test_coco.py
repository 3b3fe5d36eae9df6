"""COCO files: kept losslessly, and a clear word about what is wrong with one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.formats import coco
from wildwear.datasets.stream import Conversion
from wildwear.errors import DatasetError

Spoil = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.pop("images"), r"images: expected a list, found NoneType"),
        (lambda d: d["images"][0].pop("file_name"), r"images\[0\]\.file_name: expected str, found None"),
        (
            lambda d: d["images"][0].update(width="10"),
            r"images\[0\]\.width: expected a whole number over 0 or null, found '10'",
        ),
        (
            lambda d: d["annotations"][0].update(image_id=7),
            r"annotations\[0\]\.image_id: no image has the id 7",
        ),
        (
            lambda d: d["annotations"][0].update(category_id=9),
            r"annotations\[0\]\.category_id: no category has the id 9",
        ),
        (lambda d: d["annotations"].append(d["annotations"][0]), r"annotations\[1\]\.id: 1 occurs twice"),
        (
            lambda d: d["annotations"][0].update(bbox=[0, 0, float("nan"), 1]),
            r"annotations\[0\]\.bbox\[2\] is not a finite number",
        ),
        (
            lambda d: d["annotations"][0].update(bbox=[0, 0, 1]),
            r"annotations\[0\]\.bbox: expected four finite",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation=[[0, 0, 4, 0, 4, 4], [0, 0, 1, 1]]),
            r"annotations\[0\]\.segmentation\[1\]: has 2 points; a polygon needs at least 3",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation=[[0, 0, 4, 0, 4, 4, 1]]),
            r"annotations\[0\]\.segmentation\[0\]: has 7 numbers, an odd count",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation=[[0, 0, 4, 0, 4, "4"]]),
            r"annotations\[0\]\.segmentation\[0\]: holds something else than numbers",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation="4"),
            r"annotations\[0\]\.segmentation: expected polygons or an RLE, found '4'",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation={"size": [8, 10], "counts": None}),
            r"annotations\[0\]\.segmentation\.counts: expected the lengths of runs",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation={"size": [10, 8], "counts": [80]}),
            r"annotations\[0\]\.segmentation\.size: is \[10, 8\]; the photo has \[8, 10\]",
        ),
        (
            lambda d: d["images"][0].update(file_name="x/../../a.jpg"),
            r"images\[0\]\.file_name: 'x/\.\./\.\./a\.jpg' leaves its folder",
        ),
        (
            lambda d: d["images"][0].update(file_name="/a.jpg"),
            r"images\[0\]\.file_name: '/a\.jpg' leaves its folder",
        ),
        (lambda d: d["categories"].append("hat"), r"categories\[2\]: expected an object, found str"),
    ],
)
def test_a_broken_document_is_refused_with_the_field_that_is_wrong(
    document: dict[str, Any], tmp_path: Path, spoil: Spoil, message: str
) -> None:
    spoil(document)
    path = tmp_path / "set.json"
    path.write_text(json.dumps(document))
    with pytest.raises(DatasetError, match=message):
        coco.load(path)


@pytest.mark.parametrize(
    ("text", "message"), [("", "is not JSON"), ("[]", "this is a list"), ("{", "is not JSON")]
)
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "set.json").write_text(text)
    with pytest.raises(DatasetError, match=message):
        coco.load(tmp_path / "set.json")


def test_two_dots_in_a_name_lead_nowhere(document: dict[str, Any], tmp_path: Path) -> None:
    document["images"][0]["file_name"] = "a..jpg"
    document["images"][0] |= {"width": None, "height": None}
    document["annotations"][0]["segmentation"] = {"size": [10, 8], "counts": [80]}  # of an unknown size
    coco.save(document, tmp_path / "set.json")
    assert coco.load(tmp_path / "set.json") == document


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.json: cannot be read: No such file"):
        coco.load(tmp_path / "nowhere.json")


def test_a_number_that_json_cannot_say_is_refused_and_the_old_file_stays(
    document: dict[str, Any], tmp_path: Path
) -> None:
    coco.save(document, tmp_path / "set.json")
    before = (tmp_path / "set.json").read_bytes()
    with pytest.raises(DatasetError, match="not finite"):
        coco.save({**document, "info": float("nan")}, tmp_path / "set.json")
    assert (tmp_path / "set.json").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "set.json"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(extra=st.dictionaries(st.text(min_size=1), JSON, max_size=4))
def test_whatever_else_a_document_holds_comes_back(
    tmp_path_factory: pytest.TempPathFactory, extra: dict[str, Any]
) -> None:
    document = {**extra, "images": [], "annotations": [], "categories": []}
    path = tmp_path_factory.mktemp("coco") / "set.json"
    coco.save(document, path)
    assert coco.load(path) == document


def test_the_wild_test_set_of_the_project_loads(shared: Path) -> None:
    document = coco.load(shared / "data" / "wild30" / "wild30.json")
    assert len(document["images"]) == 54
    assert sum(not annotation["iscrowd"] for annotation in document["annotations"]) == 158


@pytest.mark.parametrize("field", ["image_id", "category_id"])
def test_an_id_as_text_is_the_number_that_via_means(
    document: dict[str, Any], tmp_path: Path, field: str
) -> None:
    document["annotations"][0][field] = str(document["annotations"][0][field])
    (tmp_path / "set.json").write_text(json.dumps(document))
    conversion = Conversion()
    [[_, annotations]] = coco.read(tmp_path / "set.json", conversion).photos
    assert type(annotations[0][field]) is int
    assert conversion.notes.total() == 1


def test_a_file_that_via_exported_holds_its_garment(shared: Path, tmp_path: Path) -> None:
    for name in ("via_coco", "via_coco_flat_int", "via_coco_str"):
        conversion = Conversion()
        coco.write(
            coco.read(shared / "cases" / "01" / f"{name}.json", conversion), tmp_path / "a.json", Conversion()
        )
        [annotation] = coco.load(tmp_path / "a.json")["annotations"]
        assert (annotation["image_id"], annotation["category_id"]) == (0, 1)
        assert imaging.area(imaging.as_rle(annotation["segmentation"], (403, 138))) == 4800
        assert conversion.notes == {coco.VIA_NOTE: 1}


def test_a_garment_that_via_gave_no_category_is_named(shared: Path) -> None:
    with pytest.raises(DatasetError, match=r"annotations\[0\].category_id: expected int, found None"):
        coco.load(shared / "cases" / "01" / "via_coco_nocat.json")


def test_a_stream_writes_what_was_read(shared: Path, tmp_path: Path) -> None:
    source = shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json"
    coco.write(coco.read(source, Conversion()), tmp_path / "again.json", Conversion())
    assert json.loads((tmp_path / "again.json").read_text()) == json.loads(source.read_text())


def test_a_stream_that_breaks_leaves_the_old_file(document: dict[str, Any], tmp_path: Path) -> None:
    coco.save(document, tmp_path / "set.json")
    before = (tmp_path / "set.json").read_bytes()
    stream = coco.stream({**document, "annotations": [{"id": 1, "image_id": 1, "area": float("inf")}]})
    with pytest.raises(DatasetError, match="not finite"):
        coco.write(stream, tmp_path / "set.json", Conversion())
    assert (tmp_path / "set.json").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "set.json"]


def test_crowd_flags_of_null_are_none_and_texts_are_refused(document: dict[str, Any], tmp_path: Path) -> None:
    document["annotations"][0]["iscrowd"] = None
    coco.save(document, tmp_path / "set.json")
    assert coco.load(tmp_path / "set.json") == document
    document["annotations"][0]["iscrowd"] = "0"
    coco.save(document, tmp_path / "set.json")
    with pytest.raises(DatasetError, match=r"annotations\[0\]\.iscrowd: expected 0 or 1, found '0'"):
        coco.load(tmp_path / "set.json")


@pytest.mark.parametrize("section", ["images", "annotations", "categories"])
@pytest.mark.parametrize("number", [10**40, True])
def test_an_id_that_no_tool_can_hold_is_refused(section: str, number: int, tmp_path: Path) -> None:
    document: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}],
        "categories": [{"id": 1, "name": "coat"}],
    }
    document[section][0]["id"] = number
    (tmp_path / "set.json").write_text(json.dumps(document))
    with pytest.raises(DatasetError, match=rf"{section}\[0\]\.id: expected int, found (1000|True)"):
        Dataset.load(tmp_path / "set.json")


def test_a_photo_wider_than_any_number_of_pixels_is_refused(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": 10**40, "height": 9}]
    document = {"images": images, "annotations": [], "categories": []}
    (tmp_path / "set.json").write_text(json.dumps(document))
    with pytest.raises(DatasetError, match=r"images\[0\]\.width: expected a whole number over 0"):
        Dataset.load(tmp_path / "set.json")
