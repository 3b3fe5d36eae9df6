"""YOLO folders: every mask comes back to the pixel, and a clear word about what YOLO cannot hold."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import FORMATS, yolo
from wildwear.datasets.formats.yolo.layout import label_path
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError, OutputError

SOME = 250  # photos of a large set
SIZE = (30, 40)  # height and width of the photos that tests make up


def written(document: Record, folder: Path, **options: Any) -> Conversion:
    conversion = Conversion(**options)
    yolo.write(Dataset(document).stream(), folder, conversion)
    return conversion


def read(folder: Path, conversion: Conversion | None = None, **options: Any) -> Record:
    return Dataset.read(folder, "yolo", conversion or Conversion(**options)).document


def document_of(*segmentations: Any, size: tuple[int, int] = SIZE, **fields: Any) -> Record:
    """One photo, a.jpg, with these masks."""
    height, width = size
    return {
        "images": [{"id": 7, "file_name": "a.jpg", "width": width, "height": height}],
        "annotations": [
            {"id": index, "image_id": 7, "category_id": 3, "segmentation": segmentation, **fields}
            for index, segmentation in enumerate(segmentations)
        ],
        "categories": [{"id": 3, "name": "hat"}, {"id": 1, "name": "bag"}],
    }


def masks(document: Record) -> list[tuple[int, int, imaging.Rle]]:
    """Photo, category and pixels of every instance."""
    sizes = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    return [
        (image_id, one["category_id"], imaging.as_rle(one["segmentation"], sizes[image_id]))
        for one in document["annotations"]
        if not one.get("iscrowd") and (image_id := one["image_id"])
    ]


def foreign(folder: Path, *lines: str, size: tuple[int, int] = SIZE, **description: Any) -> Path:
    """A dataset as others make one: photo a.jpg, its labels, a data.yaml with two categories."""
    add_photo(folder / "images" / "a.jpg", *lines, size=size)
    description = {"train": "images", "val": "images", "names": ["hat", "bag"], **description}
    (folder / "data.yaml").write_text(yaml.safe_dump(description))
    return folder


def add_photo(photo: Path, *lines: str, size: tuple[int, int] = SIZE) -> None:
    label = Path(*label_path(photo).parts)
    for file in (photo, label):
        file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size[::-1]).save(photo)
    label.write_text("".join(f"{line}\n" for line in lines))


def names(document: Record) -> list[str]:
    return [image["file_name"] for image in document["images"]]


# There and back


@pytest.mark.parametrize(
    "source",
    [
        "fixtures/modanet/instances_val.json",
        "fixtures/fashionpedia/sample.json",
        "fixtures/deepfashion2/coco/deepfasion2.json",
    ],
)
def test_a_real_set_comes_back_with_the_same_photos_categories_and_pixels(
    shared: Path, tmp_path: Path, source: str
) -> None:
    dataset = Dataset.load(shared / source)
    before = dataset.restricted_to(dataset.images[:SOME]).document
    written(before, tmp_path / "yolo")
    after = read(tmp_path / "yolo")
    assert after["images"] == before["images"]
    assert {**after, "images": 0, "annotations": 0} == {**before, "images": 0, "annotations": 0}
    assert masks(after) == masks(before)
    assert len(after["annotations"]) == len(before["annotations"]) > 0


def test_a_polygon_inside_its_photo_keeps_its_corners(shared: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(shared / "fixtures" / "modanet" / "instances_val.json")
    before = dataset.restricted_to(dataset.images[:SOME]).document
    before["annotations"] = [one for one in before["annotations"] if len(one["segmentation"]) == 1]
    conversion = written(before, tmp_path / "yolo")
    after = read(tmp_path / "yolo")
    assert [one["segmentation"] for one in after["annotations"]] == [
        one["segmentation"] for one in before["annotations"]
    ]
    assert not any("masks" in note for note in conversion.notes)


@given(share=st.lists(st.floats(0, 1), min_size=6, max_size=6), width=st.integers(1, 20_000))
def test_a_coordinate_comes_back_within_a_thousandth_of_a_pixel(
    tmp_path_factory: pytest.TempPathFactory, share: list[float], width: int
) -> None:
    polygon = [value * width for value in share]
    folder = tmp_path_factory.mktemp("yolo") / "set"
    written(document_of([polygon], size=(width, width)), folder)
    (after,) = read(folder)["annotations"]
    assert after["segmentation"][0] == pytest.approx(polygon, abs=1e-5)


COORDINATE = st.floats(-5, 45) | st.integers(-5, 45).map(float) | st.integers(-10, 90).map(lambda n: n / 2)
POLYGON = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=7).map(
    lambda points: [value for point in points for value in point]
)
RLE = st.binary(min_size=150, max_size=150).map(
    lambda bits: dict(imaging.encode(np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(SIZE)))
)


@settings(max_examples=60)
@given(segmentation=st.lists(POLYGON, min_size=1, max_size=4) | RLE)
def test_any_mask_comes_back_to_the_pixel(
    tmp_path_factory: pytest.TempPathFactory, segmentation: Any
) -> None:
    document = document_of(rounded(segmentation))
    folder = tmp_path_factory.mktemp("yolo") / "set"
    conversion = written(document, folder)
    before, after = masks(document), masks(read(folder))
    if any("without a pixel" in note for note in conversion.notes):
        assert imaging.area(before[0][2]) == 0
    else:
        assert after == before


def rounded(segmentation: Any) -> Any:
    """Polygons with the five decimals that survive: of more, the last can decide about a pixel."""
    if isinstance(segmentation, dict):
        return segmentation
    return [[round(value, 5) for value in polygon] for polygon in segmentation]


def test_parts_that_overlap_are_not_cut_out_of_each_other(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20, 2, 20], [10, 10, 28, 10, 28, 28, 10, 28]])
    conversion = written(document, tmp_path / "set")
    assert masks(read(tmp_path / "set")) == masks(document)
    assert any("parts that overlap" in note for note in conversion.notes)


def test_parts_become_one_polygon_with_all_their_corners(tmp_path: Path) -> None:
    document = document_of([[2, 2, 10, 2, 10.5, 10], [20, 20, 28, 20, 28, 28]])
    conversion = written(document, tmp_path / "set")
    ((polygon,),) = (one["segmentation"] for one in read(tmp_path / "set")["annotations"])
    corners = set(zip(polygon[::2], polygon[1::2], strict=True))
    assert corners == {(2, 2), (10, 2), (10.5, 10), (20, 20), (28, 20), (28, 28)}
    assert conversion.notes["masks of several parts, joined by bridges of no width"] == 1


def test_what_yolo_cannot_hold_is_counted(tmp_path: Path) -> None:
    square = [[2, 2, 20, 2, 20, 20, 2, 20]]
    document = document_of(square, square, attributes={"colour": "red"}, keypoints=[1, 2, 2])
    document["annotations"][1]["iscrowd"] = 1
    document["annotations"] += document_of(None, bbox=[4.5, 5, 10, 100])["annotations"]
    document["annotations"] += document_of(None)["annotations"]
    notes = written(document, tmp_path / "set").said()
    assert notes["regions that are not judged (iscrowd), which YOLO cannot hold; left out"] == 1
    assert notes["instances with attributes and keypoints, which YOLO cannot hold"] == 1
    assert notes["instances without a mask, written as their box"] == 1
    assert notes["instances without a mask, left out"] == 1
    after = read(tmp_path / "set")["annotations"]
    assert [one["segmentation"] for one in after] == [
        [[2, 2, 20, 2, 20, 20, 2, 20]],
        [[4.5, 5, 14.5, 5, 14.5, 30, 4.5, 30]],
    ]


def test_an_instance_has_the_box_and_area_of_its_pixels(tmp_path: Path) -> None:
    written(document_of([[2, 2, 12, 2, 12, 7, 2, 7]]), tmp_path / "set")
    (one,) = read(tmp_path / "set")["annotations"]
    assert one["bbox"] == [2, 2, 10, 5]
    assert one["area"] == 50
    assert one["iscrowd"] == 0


def test_an_empty_photo_has_an_empty_file_and_stays(tmp_path: Path) -> None:
    document = document_of()
    written(document, tmp_path / "set")
    assert (tmp_path / "set" / "labels" / "a.txt").read_bytes() == b""
    assert read(tmp_path / "set")["images"] == document["images"]


def test_categories_have_their_indices_by_id_however_a_file_lists_them(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20]])
    written(document, tmp_path / "a")
    written({**document, "categories": document["categories"][::-1]}, tmp_path / "b")
    one, other = (yaml.safe_load((tmp_path / name / "data.yaml").read_text()) for name in "ab")
    assert one["names"] == other["names"] == {0: "bag", 1: "hat"}
    assert read(tmp_path / "a")["annotations"] == read(tmp_path / "b")["annotations"]


def test_two_exports_joined_in_one_data_yaml_keep_their_names(shared: Path, tmp_path: Path) -> None:
    for split in ("train", "val"):
        document = Dataset.load(shared / "cases" / "25" / f"{split}.json").document
        document["images"][0]["file_name"] = f"{split}.jpg"
        written(document, tmp_path / split)
        (tmp_path / split / "images").mkdir()
        Image.new("RGB", (138, 403)).save(tmp_path / split / "images" / f"{split}.jpg")
    joined = yaml.safe_load((tmp_path / "train" / "data.yaml").read_text())
    joined |= {"train": "train/images", "val": "val/images"}
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(joined))
    document = read(tmp_path / "data.yaml")
    names_of = {category["id"]: category["name"] for category in document["categories"]}
    assert [
        (names_of[one["category_id"]], one["bbox"][1]) for one in document["annotations"]
    ] == [("jumper", 30), ("kilt", 130)] * 2  # fmt: skip


def test_a_category_that_is_met_on_the_way_gets_the_next_index(tmp_path: Path) -> None:
    stream = Dataset(document_of([[2, 2, 20, 2, 20, 20]])).stream()
    photos, bag = list(stream.photos), stream.header["categories"].pop()

    def growing() -> Any:
        yield photos[0]
        stream.header["categories"].insert(0, bag)
        image, (annotation,) = photos[0]
        yield (
            {**image, "id": 8, "file_name": "b.jpg"},
            [{**annotation, "image_id": 8, "category_id": bag["id"]}],
        )

    stream.photos = growing()
    yolo.write(stream, tmp_path / "set", Conversion())
    assert yaml.safe_load((tmp_path / "set" / "data.yaml").read_text())["names"] == {0: "hat", 1: "bag"}
    assert [one["category_id"] for one in read(tmp_path / "set")["annotations"]] == [3, 1]


# Photos and files


def test_photos_are_linked_and_read_again_without_the_record_of_their_sizes(
    shared: Path, tmp_path: Path
) -> None:
    source = shared / "fixtures" / "fashionpedia"
    before = Dataset.load(source / "sample.json").document
    written(before, tmp_path / "set", images=source)
    links = sorted((tmp_path / "set" / "images").iterdir())
    assert [link.resolve().name for link in links] == ["000000009813.jpg", "000000010223.jpg"]
    assert all(link.is_symlink() for link in links)
    assert all(Dataset.read(tmp_path / "set").photo_path(image).exists() for image in before["images"])

    (tmp_path / "set" / "photos.jsonl").unlink()
    after = read(tmp_path / "set")
    sizes = [(image["file_name"], image["height"], image["width"]) for image in before["images"]]
    assert [(image["file_name"], image["height"], image["width"]) for image in after["images"]] == sizes
    assert [mask for _, _, mask in masks(after)] == [mask for _, _, mask in masks(before)]


def test_a_photo_is_copied_where_links_are_not_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    Image.new("RGB", SIZE[::-1]).save(tmp_path / "a.jpg")
    monkeypatch.setattr(Path, "symlink_to", refused)
    monkeypatch.setattr("os.link", refused)
    written(document_of(), tmp_path / "set", images=tmp_path)
    assert (tmp_path / "set" / "images" / "a.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()


def test_without_the_folder_of_the_photos_a_note_says_how_to_link_them(tmp_path: Path) -> None:
    notes = written(document_of(), tmp_path / "set").notes
    assert notes["photos not linked into images/: say where they lie with --images"] == 1
    notes = written(document_of(), tmp_path / "other", images=tmp_path).notes
    assert notes[f"photos that are not in {tmp_path}, so not linked into images/"] == 1


@pytest.mark.parametrize("beside", ["images", "photos", "image", "."])
def test_photos_beside_the_file_that_is_converted_are_linked_unasked(tmp_path: Path, beside: str) -> None:
    source = tmp_path / "before" / "set.json"
    (source.parent / beside).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1]).save(source.parent / beside / "a.jpg")
    document = document_of()
    document["images"].append({**document["images"][0], "id": 8, "file_name": "gone.jpg"})
    Dataset(document).save(source)
    conversion = Conversion()
    convert(source, tmp_path / "set", FORMATS["coco"], FORMATS["yolo"], conversion)
    assert (tmp_path / "set" / "images" / "a.jpg").resolve() == (source.parent / beside / "a.jpg").resolve()
    where = (
        f"photos that are not beside {source}, so not linked into images/: say where they lie with --images"
    )
    assert conversion.notes[where] == 1


def test_a_project_of_cvat_takes_its_photos_along(shared: Path, tmp_path: Path) -> None:
    source = shared / "cases" / "08b" / "annotations2.xml"
    convert(source, tmp_path / "set", FORMATS["cvat"], FORMATS["yolo"], Conversion())
    linked = [path for path in (tmp_path / "set" / "images").rglob("*") if path.is_file()]
    photos = {path.relative_to(source.parent) for path in source.parent.rglob("*.jpg")}
    assert {path.relative_to(tmp_path / "set") for path in linked} == photos


def test_photos_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20, 2, 20]])
    document["images"] = [
        {**document["images"][0], "id": 7, "file_name": "street/images/x.jpg"},
        {**document["images"][0], "id": 9, "file_name": "wild/x.jpg"},
    ]
    written(document, tmp_path / "set")
    # Ultralytics puts `labels` for the last `images` of a path
    assert sorted(path.relative_to(tmp_path / "set").as_posix() for path in tmp_path.rglob("x.txt")) == [
        "images/street/labels/x.txt",
        "labels/wild/x.txt",
    ]
    assert read(tmp_path / "set")["images"] == document["images"]
    assert masks(read(tmp_path / "set")) == masks(document)


def test_photos_that_would_share_a_label_file_are_refused(tmp_path: Path) -> None:
    document = document_of()
    document["images"].append({**document["images"][0], "id": 8, "file_name": "a.png"})
    with pytest.raises(DatasetError, match=r"a\.png: another photo has the same name but for the suffix"):
        written(document, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_set_is_replaced_but_never_the_photos_of_others(tmp_path: Path) -> None:
    written(document_of([[2, 2, 20, 2, 20, 20]]), tmp_path / "set")
    written(document_of(), tmp_path / "set")
    assert (tmp_path / "set" / "labels" / "a.txt").read_bytes() == b""
    theirs = foreign(tmp_path / "theirs", "0 0.1 0.1 0.9 0.1 0.9 0.9")
    with pytest.raises(OutputError, match=r"theirs: holds images/a\.jpg, which would be lost"):
        written(document_of(), theirs)
    assert (theirs / "labels" / "a.txt").read_text() == "0 0.1 0.1 0.9 0.1 0.9 0.9\n"


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:\\a.jpg", "b/../../a.jpg", "", 7, None])
def test_a_name_that_leaves_the_folder_writes_nothing(tmp_path: Path, name: Any) -> None:
    document = document_of()
    document["images"][0]["file_name"] = name
    with pytest.raises(DatasetError, match="image 7: file_name: "):
        written(document, tmp_path / "deep" / "set")
    assert not list(tmp_path.rglob("*.txt"))


def test_a_size_that_nobody_knows_is_an_error_and_a_photo_tells_it(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20, 2, 20]])
    document["images"][0].update(width=None, height=None)
    with pytest.raises(DatasetError, match=r"image 7 \(a\.jpg\): its width and height are null.*--images"):
        written(document, tmp_path / "set")
    Image.new("RGB", SIZE[::-1]).save(tmp_path / "a.jpg")
    written(document, tmp_path / "set", images=tmp_path)
    assert read(tmp_path / "set")["images"][0]["width"] == SIZE[1]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"category_id": 5}, "a.jpg: annotation 0: no category has the id 5"),
        (
            {"segmentation": [[1, 1, 5, 5]]},
            "a.jpg: annotation 0: segmentation: polygon 0 has 2 points; a polygon needs at least 3",
        ),
        ({"segmentation": [[1, 1, 5, "x", 5, 5]]}, "polygon 0 is not a flat list of numbers"),
        ({"segmentation": [[1, 1, 5, float("nan"), 5, 5]]}, "polygon 0 holds NaN or infinity"),
        ({"segmentation": {"size": [3, 3], "counts": [9]}}, r"the RLE has the size \[3, 3\], but its photo"),
    ],
)
def test_a_malformed_instance_stops_the_writing_or_is_left_out(
    tmp_path: Path, fields: Record, message: str
) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20]])
    document["annotations"][0].update(fields)
    with pytest.raises(DatasetError, match=message):
        written(document, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []
    assert len(written(document, tmp_path / "set", skip_malformed=True).left_out) == 1
    assert len(read(tmp_path / "set")["images"]) == 1


# Sets that others made


def test_polygons_and_boxes_are_read_whatever_ends_their_lines(tmp_path: Path) -> None:
    folder = foreign(tmp_path)
    lines = ["# a comment", "", "1 0.25 0.5 0.75 0.5 0.75 1", "  ", "0.0 0.5 0.5 0.5 1e-1"]
    (folder / "labels" / "a.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    conversion = Conversion()
    document = read(folder, conversion)
    bag, hat = document["annotations"]
    assert bag["segmentation"] == [[10, 15, 30, 15, 30, 30]]
    assert hat["segmentation"] == [[10, 13.5, 30, 13.5, 30, 16.5, 10, 16.5]]
    assert hat["bbox"] == [10, 13.5, 20, 3]
    assert conversion.notes["boxes, read as rectangles: they are no masks"] == 1
    # hat and bag are two of the 30
    assert [(one["id"], one["name"]) for one in document["categories"]] == [(1, "hat"), (2, "bag")]
    assert (hat["category_id"], bag["category_id"]) == (1, 2)
    assert document["info"]["label_set"] == "wildwear30"


def test_names_that_are_not_of_the_30_get_ids_from_1(tmp_path: Path) -> None:
    folder = foreign(tmp_path, "2 0 0 1 0 1 1", names={0: "bonnet", 2: "hat", 1: 12})
    document = read(folder)
    assert document["categories"] == [
        {"id": 1, "name": "bonnet"},
        {"id": 2, "name": "12"},
        {"id": 3, "name": "hat"},
    ]
    assert document["annotations"][0]["category_id"] == 3
    assert "info" not in document


def test_a_little_over_the_edge_is_clipped_and_noted(tmp_path: Path) -> None:
    folder = foreign(tmp_path, "0 -0.004 0 1.0000001 0 1 1")
    conversion = Conversion()
    (one,) = read(folder, conversion)["annotations"]
    assert one["segmentation"] == [[0, 0, 40, 0, 40, 30]]
    assert conversion.notes["instances that reach a little over the edge of their photo, clipped"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.1 0.1 0.9 0.1 0.9", "has 5 numbers after the category; a polygon has an even count"),
        ("0", "has 0 numbers after the category"),
        ("0 0.1 0.1 0.9 0.1 0.9 nan", "expected numbers, found 'nan'"),
        ("inf 0.1 0.1 0.9 0.1 0.9 0.9", "expected numbers, found 'inf'"),
        ("hat 0.1 0.1 0.9 0.1 0.9 0.9", "expected numbers, could not convert string to float: 'hat'"),
        ("2 0.1 0.1 0.9 0.1 0.9 0.9", "category 2 is none of 0 to 1, which data.yaml names"),
        ("-1 0.1 0.1 0.9 0.1 0.9 0.9", "category -1 is none of 0 to 1"),
        ("0.5 0.1 0.1 0.9 0.1 0.9 0.9", "category 0.5 is none of 0 to 1"),
        ("0 120 35 140 35 140 60", "35 is no share of the photo's size, from 0 to 1"),
        ("0 0.5 0.5 0 0.1", "a box of width 0 and height 0.1 holds nothing"),
    ],
)
def test_a_malformed_line_is_named_or_left_out(tmp_path: Path, line: str, message: str) -> None:
    folder = foreign(tmp_path, "0 0 0 1 0 1 1", line)
    with pytest.raises(DatasetError, match=rf"labels/a\.txt:2: {message}"):
        read(folder)
    conversion = Conversion(skip_malformed=True)
    assert len(read(folder, conversion)["annotations"]) == 1
    assert len(conversion.left_out) == 1


def test_labels_that_are_no_text_are_named(tmp_path: Path) -> None:
    folder = foreign(tmp_path)
    (folder / "labels" / "a.txt").write_bytes(b"0 0.1 \xff")
    with pytest.raises(DatasetError, match=r"labels/a\.txt: is not UTF-8 text: .* at byte 6"):
        read(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected keys such as names and train, found NoneType"),
        ("- names", "expected keys such as names and train, found list"),
        ("names: [a", "is not YAML"),
        ("train: images", "names: expected a list of names, or names by number, found None"),
        ("names: 3", "names: expected a list of names"),
        ("names: {1: a, 2: b}", "names: expected text for each number from 0 to 1, found None for 0"),
        ("names: [a, [b]]", r"names: expected text for each number from 0 to 1, found \['b'\] for 1"),
        ("names: [a]\ntrain: 3", "train: expected a folder or a list of them, found 3"),
        ("names: [a]\ntrain: [3]", r"train: expected a folder or a list of them, found \[3\]"),
        ("names: [a]\ntrain: nowhere/images", ".*nowhere/images: no such folder of photos"),
        ("names: [a]\nwildwear: 3", "wildwear: expected an object, found 3"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nnames: *b", "is not YAML: references"),
        ("names: !!python/object/apply:os.system [id]", "is not YAML: could not determine a constructor"),
        ("names: " + "[" * 5000, "is not YAML"),
        ("\x00", "is not YAML"),
    ],
)
def test_a_malformed_data_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = foreign(tmp_path)
    (folder / "data.yaml").write_text(text)
    with pytest.raises(DatasetError, match=rf"data\.yaml: {message}"):
        read(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "photos.jsonl:2: is no image record"),
        ("[]", "photos.jsonl:2: is no image record"),
        ('{"file_name": "b.jpg"}', "photos.jsonl:2: id: expected a number of its own, found None"),
        ('{"id": 7, "file_name": "b.jpg"}', "photos.jsonl:2: id: expected a number of its own, found 7"),
        ('{"id": 8, "file_name": "../../b.jpg"}', "photos.jsonl:2: file_name: '../../b.jpg' leaves"),
        ('{"id": 8, "file_name": "/etc/passwd"}', "photos.jsonl:2: file_name: '/etc/passwd' leaves"),
        ('{"id": 8, "file_name": "b.jpg", "width": "x"}', r"labels/b\.txt: .*nobody knows"),
        ('{"id": 8, "file_name": "b.jpg", "width": 9000000, "height": 9000000}', r"labels/b\.txt: .*larger"),
    ],
)
def test_a_malformed_record_of_a_photo_is_refused(tmp_path: Path, line: str, message: str) -> None:
    written(document_of([[2, 2, 20, 2, 20, 20]]), tmp_path / "set")
    shutil.copy(tmp_path / "set" / "labels" / "a.txt", tmp_path / "set" / "labels" / "b.txt")
    with (tmp_path / "set" / "photos.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / "set")


def test_labels_without_a_photo_or_a_known_size_are_named(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", "0 0 0 1 0 1 1")
    (folder / "images" / "a.jpg").rename(tmp_path / "a.jpg")
    with pytest.raises(DatasetError, match=r"labels/a\.txt: there is no photo for it; .* with --images"):
        read(folder)
    assert len(read(folder, images=tmp_path)["annotations"]) == 1


def test_a_photo_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = foreign(tmp_path, "0 0 0 1 0 1 1")
    (folder / "images" / "a.jpg").write_bytes(b"no photo")
    with pytest.raises(DatasetError, match=r"labels/a\.txt: .*images/a\.jpg: is not a photo"):
        read(folder)


def test_labels_alone_find_their_photos_elsewhere(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", "0 0 0 1 0 1 1")
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(folder / "labels" / "a.txt", alone)
    (alone / "data.yaml").write_text("names: [hat]")
    add_photo(folder / "images" / "unlabelled.jpg")
    conversion = Conversion(images=folder / "images")
    assert names(read(alone, conversion)) == ["a.jpg"]
    assert conversion.notes[f"photos in {folder / 'images'} without labels, left out"] == 1


def test_a_photo_without_labels_is_a_photo_of_nothing(tmp_path: Path) -> None:
    folder = foreign(tmp_path)
    (folder / "labels" / "a.txt").unlink()
    assert read(folder)["images"] == [{"id": 1, "file_name": "a.jpg", "height": 30, "width": 40}]


def test_photos_added_and_removed_after_the_writing_are_seen(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20, 2, 20]])
    document["images"].append({**document["images"][0], "id": 8, "file_name": "gone.jpg"})
    folder = tmp_path / "set"
    written(document, folder)
    (folder / "labels" / "gone.txt").unlink()
    add_photo(folder / "images" / "new.jpg", "1 0 0 1 0 1 1")
    add_photo(folder / "images" / "a.jpg", "0 0 0 1 0 1 1", size=(60, 80))
    conversion = Conversion()
    after = read(folder, conversion)
    assert [(image["id"], image["file_name"]) for image in after["images"]] == [(7, "a.jpg"), (8, "new.jpg")]
    assert conversion.notes["photos that photos.jsonl lists but that are gone, left out"] == 1
    assert conversion.notes["photos of another size than photos.jsonl says; their own is taken"] == 1
    assert after["annotations"][0]["segmentation"] == [[0, 0, 80, 0, 80, 60]]


def test_names_that_were_edited_keep_the_ids_of_those_that_were_not(tmp_path: Path) -> None:
    document = document_of([[2, 2, 20, 2, 20, 20]])
    document["categories"][1]["name"] = "sack"
    written(document, tmp_path / "set")
    description = yaml.safe_load((tmp_path / "set" / "data.yaml").read_text())
    description["names"] = {0: "hat", 1: "sack", 2: "shawl"}
    (tmp_path / "set" / "data.yaml").write_text(yaml.safe_dump(description))
    after = read(tmp_path / "set")["categories"]
    assert [(one["id"], one["name"]) for one in after] == [(3, "hat"), (1, "sack"), (4, "shawl")]


# Splits


def test_every_photo_knows_its_split_and_keeps_it(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", train="images/train", val=["images/val"], test="images/test")
    shutil.rmtree(folder / "images")
    shutil.rmtree(folder / "labels")
    add_photo(folder / "images" / "train" / "a.jpg", "0 0 0 1 0 1 1")
    add_photo(folder / "images" / "val" / "a.jpg", "1 0 0 1 0 1 1")
    conversion = Conversion()
    document = read(folder, conversion)
    splits = {"train/a.jpg": "train", "val/a.jpg": "val"}
    assert {image["file_name"]: image["split"] for image in document["images"]} == splits
    assert any("images/test, which data.yaml names, is not there" in note for note in conversion.notes)

    written(document, tmp_path / "again")
    lists = {name: (tmp_path / "again" / name).read_text() for name in ("train.txt", "val.txt")}
    assert lists == {"train.txt": "./images/train/a.jpg\n", "val.txt": "./images/val/a.jpg\n"}
    assert read(tmp_path / "again") == document


def test_two_photos_that_would_have_one_name_are_refused(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", "0 0 0 1 0 1 1", train="train.txt", val="images")
    add_photo(folder / "a.jpg", "1 0 0 1 0 1 1")
    (folder / "train.txt").write_text("./a.jpg\n")
    with pytest.raises(DatasetError, match=r"images/a\.jpg: would be called 'a\.jpg', as .*set/a\.jpg is"):
        read(folder)


def test_a_photo_is_linked_whose_name_is_written_in_another_way(shared: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(shared / "cases" / "31" / "nfc.json")
    written(dataset.document, tmp_path / "set", images=shared / "cases" / "31" / "images")
    assert (tmp_path / "set" / "images" / dataset.images[0]["file_name"]).is_file()


def in_splits(*splits: str | None, **header: Any) -> Record:
    """A photo a split, with one mask each."""
    photo = document_of([[2, 2, 20, 2, 20, 20]])
    images = [
        {**photo["images"][0], "id": number, "file_name": f"{number}.jpg"}
        | ({} if split is None else {"split": split})
        for number, split in enumerate(splits)
    ]
    masks = [{**photo["annotations"][0], "id": image["id"], "image_id": image["id"]} for image in images]
    return {**photo, "images": images, "annotations": masks, **header}


def listed(folder: Path) -> dict[str, list[str]]:
    """The names of photos by the list of a split that they are in."""
    return {
        file.stem: [Path(line).name for line in file.read_text().splitlines()]
        for file in folder.glob("*.txt")
    }


def test_the_usual_names_of_splits_are_understood(tmp_path: Path) -> None:
    document = in_splits("train", "Validation", "valid", "TEST", "dev")
    written(document, tmp_path / "set")
    assert listed(tmp_path / "set") == {
        "train": ["0.jpg"],
        "val": ["1.jpg", "2.jpg", "4.jpg"],
        "test": ["3.jpg"],
    }
    assert read(tmp_path / "set")["images"] == document["images"]  # by the names that they had


def test_a_photo_of_another_split_or_of_none_is_in_no_list_and_named(tmp_path: Path) -> None:
    conversion = written(in_splits("train", "val", "holdout", None), tmp_path / "set")
    assert listed(tmp_path / "set") == {"train": ["0.jpg"], "val": ["1.jpg"]}
    assert conversion.notes["photos of the split 'holdout', which YOLO does not have: in no list"] == 1
    assert conversion.notes["photos that do not say their split, as others do: in no list"] == 1


def test_splits_that_yolo_does_not_have_are_refused_where_there_is_no_other(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="are of the split 'holdout', which YOLO does not have"):
        written(in_splits("holdout", "holdout", None), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_photos_are_of_the_split_of_their_dataset(tmp_path: Path) -> None:
    conversion = written(in_splits(None, None, info={"split": "val"}), tmp_path / "set")
    assert listed(tmp_path / "set") == {"val": ["0.jpg", "1.jpg"]}
    assert conversion.notes["data.yaml names the photos of val for train as well; name others"] == 1


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("validation", {"train": ["f0.jpg", "f1.jpg"], "val": ["f2.jpg"], "test": ["f3.jpg"]}),
        ("valid", {"train": ["f0.jpg"], "val": ["f1.jpg", "f2.jpg"]}),  # f3.jpg is of holdout
    ],
)
def test_no_photo_is_for_training_that_does_not_say_so(
    shared: Path, tmp_path: Path, case: str, expected: dict[str, list[str]]
) -> None:
    written(Dataset.load(shared / "cases" / "39" / f"{case}.json").document, tmp_path / "set")
    assert listed(tmp_path / "set") == expected


def test_a_description_may_call_its_splits_by_their_usual_names(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", train="images/a", validation="images/b")
    description = yaml.safe_load((folder / "data.yaml").read_text())
    del description["val"]
    (folder / "data.yaml").write_text(yaml.safe_dump(description))
    for name in ("a", "b"):
        add_photo(folder / "images" / name / "1.jpg", "0 0 0 1 0 1 1")
    (folder / "labels" / "a.txt").unlink()
    splits = {image["file_name"]: image["split"] for image in read(folder)["images"]}
    assert splits == {"a/1.jpg": "train", "b/1.jpg": "val"}


def test_train_and_val_of_the_same_photos_are_no_splits(tmp_path: Path) -> None:
    assert "split" not in read(foreign(tmp_path, "0 0 0 1 0 1 1"))["images"][0]


def test_a_roboflow_export_is_read(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", train="../train/images", val="../valid/images")
    shutil.rmtree(folder / "images")
    add_photo(folder / "train" / "images" / "a.jpg", "0 0 0 1 0 1 1")
    add_photo(folder / "valid" / "images" / "a.jpg", "1 0 0 1 0 1 1")
    dataset = Dataset.read(folder)
    assert names(dataset.document) == ["train/images/a.jpg", "valid/images/a.jpg"]
    assert all(dataset.photo_path(image).is_file() for image in dataset.images)
    assert len(dataset.annotations) == 2


def test_a_list_of_photos_is_read(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", "0 0 0 1 0 1 1", train="lists/train.txt", val="lists/train.txt")
    (folder / "lists").mkdir()
    (folder / "lists" / "train.txt").write_text("../images/a.jpg\r\n\n")
    assert names(read(folder)) == ["a.jpg"]
    (folder / "lists" / "train.txt").write_text("/etc/a.jpg\n")
    with pytest.raises(DatasetError, match=r"/etc/a\.jpg: is listed but lies outside of"):
        read(folder)


def test_a_dataset_that_has_moved_is_found_beside_its_data_yaml(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "set", "0 0 0 1 0 1 1", path="/data/somewhere/else")
    assert names(read(folder)) == ["a.jpg"]
    assert names(read(folder / "data.yaml")) == ["a.jpg"]


def test_a_folder_without_a_data_yaml_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no data\.yaml, which names the categories"):
        read(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: foreign(folder),
        lambda folder: foreign(folder) / "data.yaml",
        lambda folder: (foreign(folder) / "data.yaml").rename(folder / "coco8-seg.yaml").parent,
    ],
)
def test_a_folder_and_its_description_are_told_to_be_yolo(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    assert len(Dataset.read(make(tmp_path)).images) == 1


def test_photos_keep_their_records(tmp_path: Path) -> None:
    document = document_of()
    document["categories"].reverse()
    document["images"][0].update(source="wild", people="0_3", pair_id=12, licence={"name": "帽 & <b>"})
    document["info"] = {"description": "größer: 'yes' #1", "mask_convention": "visible", "year": "2020"}
    written(document, tmp_path / "set")
    assert read(tmp_path / "set") == json.loads(json.dumps(document))
