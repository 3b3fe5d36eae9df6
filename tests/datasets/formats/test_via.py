"""VIA projects and region files: they come and go without loss, and a clear word about what is wrong."""

import json
import math
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import FORMATS, coco, guess, shapes, via
from wildwear.datasets.stream import PhotoStream
from wildwear.errors import DatasetError
from wildwear.taxonomy import CATEGORIES, category

Record = dict[str, Any]
SHAPES = {
    "polygon": {"name": "polygon", "all_points_x": [2, 8, 8, 2], "all_points_y": [1, 1, 6.5, 6.5]},
    "polyline": {"name": "polyline", "all_points_x": [2, 8, 8], "all_points_y": [1, 1, 6]},
    "line": {"name": "polyline", "all_points_x": [2, 8], "all_points_y": [1, 1]},
    "rect": {"name": "rect", "x": 2, "y": 1, "width": 6, "height": 5},
    "circle": {"name": "circle", "cx": 50, "cy": 40, "r": 30.5},
    "ellipse": {"name": "ellipse", "cx": 50, "cy": 40, "rx": 30, "ry": 12, "theta": 0.5},
    "point": {"name": "point", "cx": 5, "cy": 5},
}


@pytest.fixture
def project_file(shared: Path) -> Path:
    """A project with 20 photos, of which 4 lie beside it, and the attribute `shorts`."""
    return shared / "fixtures" / "via" / "shorts" / "via_region_data.json"


@pytest.fixture
def region_file(shared: Path) -> Path:
    """Regions alone: no settings, no definitions, no photos; the attribute `fashion` holds "1" to "13"."""
    return shared / "fixtures" / "via" / "modanet_val_via_region_data.json"


def region(shape: Record | str = "polygon", **attributes: Any) -> Record:
    drawn = SHAPES[shape] if isinstance(shape, str) else shape
    return {"shape_attributes": deepcopy(drawn), "region_attributes": attributes}


def photo(*regions: Record, filename: str = "a.jpg", size: int = 7, **attributes: Any) -> Record:
    return {"filename": filename, "size": size, "regions": [*regions], "file_attributes": attributes}


def project(*photos: Record, attributes: Record | None = None) -> Record:
    keys = [f"{one['filename']}{one['size']}" for one in photos]
    return {
        "_via_settings": {"core": {"default_filepath": "/photos/"}, "project": {"name": "mine"}},
        "_via_img_metadata": dict(zip(keys, photos, strict=True)),
        "_via_attributes": attributes or {"region": {}, "file": {}},
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": keys,
    }


def dropdown(**options: str) -> Record:
    return {"type": "dropdown", "description": "", "options": options, "default_options": {}}


def thesis() -> Record:
    """The attributes of the thesis: options of `clothing` have the id as value and the name as text."""
    options = {str(one.id): one.name.replace("_", " ") for one in CATEGORIES}
    people = {"type": "checkbox", "description": "", "options": {}, "default_options": {}}
    return {"region": {"clothing": dropdown(**options)}, "file": {"people": people}}


def read(document: Any, folder: Path, conversion: Conversion | None = None) -> Dataset:
    path = folder / "via.json"
    path.write_text(json.dumps(document))
    return Dataset.collect(via.read(path, conversion or Conversion()), path)


def through_coco(source: Path, folder: Path, conversion: Conversion | None = None) -> Record:
    """A VIA file to a COCO file, and that back to VIA."""
    coco.write(via.read(source, Conversion()), folder / "coco.json", Conversion())
    return written(Dataset.load(folder / "coco.json").stream(), folder, conversion)


def written(stream: PhotoStream, folder: Path, conversion: Conversion | None = None) -> Record:
    via.write(stream, folder / "again.json", conversion or Conversion())
    document: Record = json.loads((folder / "again.json").read_text())
    return document


# Reading the real files


def test_a_project_gives_its_photos_and_instances(project_file: Path) -> None:
    conversion = Conversion()
    assert guess(project_file) is via.FORMAT
    dataset = Dataset.collect(via.read(project_file, conversion), project_file)
    assert (len(dataset.images), len(dataset.instances())) == (20, 20)
    assert dataset.categories == [category("shorts").coco_record()]
    assert dataset.info == {"description": "via_region_data", "label_set": "wildwear30"}
    assert dataset.images[0]["file_name"] == "shorts1.jpeg"
    assert dataset.annotations[0]["segmentation"][0][:4] == [176, 107, 149, 204]
    known = [image["file_name"] for image in dataset.images if image["width"]]
    assert known == ["shorts1.jpeg", "shorts3.jpg", "shorts5.jpg", "shorts12.jpg"]
    assert sum(count for note, count in conversion.notes.items() if "unknown size" in note) == 16
    assert any("'shorts' names the category" in note for note in conversion.notes)


def test_area_and_box_are_those_of_the_pixels_where_the_size_is_known(project_file: Path) -> None:
    dataset = Dataset.collect(via.read(project_file, Conversion()), project_file)
    image, annotation = dataset.images[0], dataset.annotations[0]
    assert (image["height"], image["width"]) == imaging.photo_size(project_file.parent / "shorts1.jpeg")
    rle = imaging.from_polygons(annotation["segmentation"], (image["height"], image["width"]))
    assert (annotation["area"], annotation["bbox"]) == (imaging.area(rle), imaging.bbox(rle))


def test_area_and_box_are_those_of_the_polygon_where_it_is_not(project_file: Path) -> None:
    dataset = Dataset.collect(via.read(project_file, Conversion()), project_file)
    assert dataset.images[1]["width"] is None
    xs, ys = np.reshape(dataset.annotations[1]["segmentation"][0], (-1, 2)).T
    shoelace = abs(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))) / 2
    assert dataset.annotations[1]["area"] == pytest.approx(shoelace)
    assert dataset.annotations[1]["bbox"] == [xs.min(), ys.min(), np.ptp(xs), np.ptp(ys)]


def test_a_region_file_without_options_keeps_the_values_as_names(region_file: Path) -> None:
    assert guess(region_file) is via.FORMAT
    dataset = Dataset.collect(via.read(region_file, Conversion()), region_file)
    assert (len(dataset.images), len(dataset.instances())) == (1067, 5434)
    assert dataset.categories == [{"id": number, "name": str(number)} for number in range(1, 14)]
    assert dataset.instances_by_category()[4] == 1580
    assert {(image["width"], image["height"]) for image in dataset.images} == {(400, 600)}
    assert "label_set" not in dataset.info


@pytest.mark.parametrize("name", ["project_file", "region_file"])
def test_nothing_is_lost_on_the_way_to_coco_and_back(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = request.getfixturevalue(name)
    before = json.loads(source.read_text())
    after = through_coco(source, tmp_path)
    photos = before.get("_via_img_metadata", before)
    assert list(photos) == list(after["_via_img_metadata"]) == after["_via_image_id_list"]
    for key, photo in photos.items():
        again = after["_via_img_metadata"][key]
        # The size that the header told stays with the photo: nobody need look again.
        assert photo["file_attributes"].items() <= again["file_attributes"].items()
        assert {**again, "file_attributes": photo["file_attributes"]} == photo
    for part in ("_via_settings", "_via_data_format_version"):
        assert after[part] == before.get(part, after[part])
    defined = before.get("_via_attributes", {"region": {}})["region"]
    assert defined.items() <= after["_via_attributes"]["region"].items()


@pytest.mark.parametrize(
    "file", ["fashionpedia/sample.json", "deepfashion2/coco/deepfasion2.json", "modanet/instances_val.json"]
)
def test_a_coco_file_comes_back_from_via(shared: Path, tmp_path: Path, file: str) -> None:
    before = Dataset.load(shared / "fixtures" / file)
    written(before.stream(), tmp_path)
    after = Dataset.collect(via.read(tmp_path / "again.json", Conversion()))
    assert after.categories == before.categories
    assert after.info == {"description": "again"} | before.info
    assert after.document.get("attributes") == before.document.get("attributes")
    for one, again in zip(before.images, after.images, strict=True):
        assert again.items() >= {**one, "id": again["id"]}.items()
    for one, again in zip(in_order(before), in_order(after), strict=True):
        for field in one.keys() - {"id", "image_id", "area", "bbox"}:
            assert again[field] == one[field]


def in_order(dataset: Dataset) -> list[Record]:
    """The annotations, photo by photo."""
    of_images = dataset.annotations_by_image()
    return [annotation for image in dataset.images for annotation in of_images.get(image["id"], [])]


def test_masks_with_holes_come_back_with_the_same_pixels(shared: Path, tmp_path: Path) -> None:
    before = Dataset.load(shared / "data" / "wild30" / "wild30.json")
    before = before.restricted_to(before.images[:6])
    conversion = Conversion()
    written(before.stream(), tmp_path, conversion)
    assert any("bridge" in note for note in conversion.notes)
    after = Dataset.collect(via.read(tmp_path / "again.json", Conversion()))
    sizes = {image["id"]: (image["height"], image["width"]) for image in before.images}
    for one, again in zip(in_order(before), in_order(after), strict=True):
        size = sizes[one["image_id"]]
        assert imaging.as_rle(again["segmentation"], size) == imaging.as_rle(one["segmentation"], size)
        assert (again["area"], again["iscrowd"]) == (one["area"], one["iscrowd"])
        assert again["category_id"] == one["category_id"]
    assert [image["source"] for image in after.images] == [image["source"] for image in before.images]


# Shapes


def test_rectangles_become_polygons_and_stay_rectangles_for_via(tmp_path: Path) -> None:
    document = project(photo(region("rect", clothing="hat"), width=20, height=10))
    dataset = read(document, tmp_path)
    assert dataset.annotations[0]["segmentation"] == [[2, 1, 8, 1, 8, 6, 2, 6]]
    assert (dataset.annotations[0]["area"], dataset.annotations[0]["bbox"]) == (30, [2, 1, 6, 5])
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]


@pytest.mark.parametrize("name", ["circle", "ellipse"])
def test_a_curve_is_drawn_to_a_tenth_of_a_pixel_and_stays_a_curve_for_via(tmp_path: Path, name: str) -> None:
    document = project(photo(region(name, clothing="hat")))
    conversion = Conversion()
    (polygon,) = read(document, tmp_path, conversion).annotations[0]["segmentation"]
    shape = SHAPES[name]
    wide, high = (shape.get("rx", shape.get("r")), shape.get("ry", shape.get("r")))
    turn = shape.get("theta", 0)
    x, y = np.reshape(polygon, (-1, 2)).T - [[50], [40]]
    along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    assert np.hypot(along / wide, across / high) == pytest.approx(1)  # every corner lies on the curve
    middles = np.hypot(*(np.array([x, y]) + np.roll([x, y], 1, axis=1)) / 2)
    if name == "circle":
        assert 30.5 - middles.min() <= shapes.OFF_THE_CURVE
    assert shapes.CURVE_NOTE in conversion.notes
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]


def test_a_curve_that_was_moved_since_is_written_as_it_is_now(tmp_path: Path) -> None:
    dataset = read(project(photo(region("circle", clothing="hat", worn="yes"))), tmp_path)
    dataset.annotations[0]["segmentation"] = [[0, 0, 9, 0, 9, 9]]
    (again,) = written(dataset.stream(), tmp_path)["_via_img_metadata"]["a.jpg7"]["regions"]
    assert again["shape_attributes"] == {
        "name": "polygon",
        "all_points_x": [0, 9, 9],
        "all_points_y": [0, 0, 9],
    }
    assert again["region_attributes"] == {"clothing": "hat", "worn": "yes"}


def test_what_encloses_nothing_is_left_out_with_a_note_and_stays_for_via(tmp_path: Path) -> None:
    document = project(photo(region("polyline", clothing="hat"), region("point"), region("line", worn="no")))
    conversion = Conversion()
    dataset = read(document, tmp_path, conversion)
    assert [annotation["segmentation"] for annotation in dataset.annotations] == [[[2, 1, 8, 1, 8, 6]]]
    assert conversion.notes["regions that enclose nothing, left out: point"] == 1
    assert conversion.notes["regions that enclose nothing, left out: polyline"] == 1
    assert conversion.notes["polylines, closed to polygons"] == 1
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]


def test_overlapping_polygons_of_one_instance_count_once(tmp_path: Path) -> None:
    square = {"name": "rect", "x": 0, "y": 0, "width": 10, "height": 10}
    moved = {**square, "x": 5}
    dataset = read(
        project(
            photo(region(square, clothing="hat", instance="1"), region(moved, clothing="hat", instance=1))
        ),
        tmp_path,
    )
    (annotation,) = dataset.annotations
    assert (annotation["area"], annotation["bbox"]) == (150, [0, 0, 15, 10])


# Instances of several polygons


def test_polygons_of_an_instance_share_a_number_and_are_joined_again(tmp_path: Path) -> None:
    parts = [[0.0, 0.0, 4.0, 0.0, 4.0, 4.0], [6.0, 0.0, 9.0, 0.0, 9.0, 4.0]]
    stream = coco.stream(
        {
            "images": [{"id": 5, "file_name": "a.jpg", "width": 10, "height": 10}],
            "annotations": [
                {"id": 1, "image_id": 5, "category_id": 3, "segmentation": parts},
                {"id": 2, "image_id": 5, "category_id": 3, "segmentation": parts[:1]},
                {"id": 3, "image_id": 5, "category_id": 1, "segmentation": parts},
            ],
            "categories": [{"id": 1, "name": "hat"}, {"id": 3, "name": "boots"}],
        }
    )
    document = written(stream, tmp_path)
    regions = document["_via_img_metadata"]["a.jpg-1"]["regions"]
    numbers = [region["region_attributes"].get("instance") for region in regions]
    assert numbers == ["1", "1", None, "2", "2"]
    assert document["_via_attributes"]["region"]["clothing"]["options"] == {"1": "hat", "3": "boots"}
    again = Dataset.collect(via.read(tmp_path / "again.json", Conversion()))
    assert [one["segmentation"] for one in again.annotations] == [parts, parts[:1], parts]
    assert "via" not in again.annotations[0]


def test_a_copy_of_an_instance_is_an_instance_of_its_own(tmp_path: Path) -> None:
    drawn = [region(clothing="hat", instance="left"), region("rect", clothing="hat", instance="left")]
    dataset = read(project(photo(*drawn)), tmp_path)
    dataset.annotations.append(deepcopy(dataset.annotations[0]) | {"id": 2})
    regions = written(dataset.stream(), tmp_path)["_via_img_metadata"]["a.jpg7"]["regions"]
    numbers = [one["region_attributes"]["instance"] for one in regions]
    assert numbers == ["left", "left", "1", "1"]


def test_regions_of_one_instance_that_disagree_on_the_category_are_named(tmp_path: Path) -> None:
    document = project(photo(region(clothing="hat", instance="1"), region(clothing="bag", instance="1")))
    with pytest.raises(
        DatasetError, match=r"'a.jpg7': regions\[0\], regions\[1\]: are one instance, but have"
    ):
        read(document, tmp_path)


# Categories


def test_the_project_of_the_thesis_gives_the_30_and_who_is_in_the_photo(tmp_path: Path) -> None:
    document = project(
        photo(region(clothing="7"), people={"0": True, "3": True}, source="wild"), attributes=thesis()
    )
    dataset = read(document, tmp_path)
    assert [(one["id"], one["name"]) for one in dataset.categories] == [(c.id, c.name) for c in CATEGORIES]
    assert dataset.info["label_set"] == "wildwear30"
    assert dataset.annotations[0]["category_id"] == 7
    assert (dataset.images[0]["people"], dataset.images[0]["source"]) == ("0_3", "wild")
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]
    assert again["_via_attributes"]["region"] == document["_via_attributes"]["region"]


def test_ids_without_names_are_the_30_where_the_attribute_is_that_of_the_thesis(tmp_path: Path) -> None:
    conversion = Conversion()
    dataset = read({"a.jpg7": photo(region(clothing="13"))}, tmp_path, conversion)
    assert dataset.categories == [category("dress").coco_record()]
    assert any("taken for ids of the 30" in note for note in conversion.notes)


def test_names_in_other_spelling_are_of_the_30_and_stay_spelled_for_via(tmp_path: Path) -> None:
    document = project(photo(region(kind="Flat shoes"), region(kind="flat_shoes"), region(kind="Hat")))
    dataset = read(document, tmp_path)
    assert [one["category_id"] for one in dataset.annotations] == [7, 7, 1]
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]


def test_other_names_are_numbered(tmp_path: Path) -> None:
    dataset = read(project(photo(region(kind="scarf"), region(kind="hat"), region(kind="tie"))), tmp_path)
    assert [one["name"] for one in dataset.categories] == ["hat", "tie", "scarf"]
    assert [one["category_id"] for one in dataset.annotations] == [3, 1, 2]


def test_a_choice_from_a_list_is_guessed_before_a_text_and_another_can_be_named(tmp_path: Path) -> None:
    attributes = {"region": {"note": {"type": "text"}, "kind": dropdown(a="hat", b="bag")}, "file": {}}
    document = project(
        photo(region(note="red", kind="a"), region(note="blue", kind="b")),
        photo(region(note="red", kind="b", extra=""), filename="b.jpg"),
        attributes=attributes,
    )
    dataset = read(document, tmp_path)
    assert [one["category_id"] for one in dataset.annotations] == [1, 2, 2]
    assert [one["note"] for one in dataset.annotations] == ["red", "blue", "red"]
    other = read(document, tmp_path, Conversion(attribute="note"))
    assert [one["name"] for one in other.categories] == ["red", "blue"]
    with pytest.raises(DatasetError, match=r"no region has the attribute 'colour'; there are 'note', 'kind'"):
        read(document, tmp_path, Conversion(attribute="colour"))


def test_every_region_without_a_category_is_named(tmp_path: Path) -> None:
    document = project(
        photo(region(kind="hat"), region(), region(kind="")),
        photo(region(kind="hat"), region(kind={"hat": True, "bag": True}), filename="b.jpg"),
    )
    with pytest.raises(DatasetError, match=r"kind: 3 regions do not .*\n  a.jpg: 2, 3\n  b.jpg: 2$"):
        read(document, tmp_path)
    conversion = Conversion(skip_malformed=True)
    assert len(read(document, tmp_path, conversion).annotations) == 2
    assert len(conversion.left_out) == 3


def test_regions_without_any_attribute_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no region has an attribute that could name its category"):
        read(project(photo(region())), tmp_path)


def test_categories_that_were_mapped_since_get_a_new_list_to_choose_from(
    region_file: Path, tmp_path: Path
) -> None:
    dataset = Dataset.collect(via.read(region_file, Conversion()))
    dataset = dataset.restricted_to(dataset.images[:3])
    dataset.document["categories"] = [{"id": 2, "name": "bag"}, {"id": 8, "name": "swimsuit"}]
    for annotation in dataset.annotations:
        annotation["category_id"] = 2
    document = written(dataset.stream(), tmp_path)
    assert document["_via_attributes"]["region"]["fashion"]["options"] == {"2": "bag", "8": "swimsuit"}
    again = Dataset.collect(via.read(tmp_path / "again.json", Conversion()))
    assert {one["category_id"] for one in again.annotations} == {2}


# Photos


def test_the_size_is_that_of_the_file_attributes_or_the_header(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "b.png")
    (tmp_path / "elsewhere").mkdir()
    Image.new("RGB", (8, 9)).save(tmp_path / "elsewhere" / "b.png")
    document = project(
        photo(width="40", height=10.0),
        photo(width="40", height="20", filename="b.png"),
        photo(filename="b.png", size=-1),
    )
    sizes = [(image["width"], image["height"]) for image in read(document, tmp_path).images]
    assert sizes == [(None, None), (40, 20), (30, 20)]
    elsewhere = Conversion(images=tmp_path / "elsewhere")
    assert read(document, tmp_path, elsewhere).images[2]["width"] == 8
    again = through_coco(tmp_path / "via.json", tmp_path)["_via_img_metadata"]["b.png7"]
    assert again["file_attributes"] == {"width": "40", "height": "20"}


@pytest.mark.parametrize("people", ["0_3", ["0", "3"]])
def test_people_are_checkboxes_however_they_are_written(tmp_path: Path, people: object) -> None:
    image = {"id": 1, "file_name": "a.jpg", "width": 9, "height": 9, "people": people}
    dataset = Dataset({"images": [image], "annotations": [], "categories": []})
    via.write(dataset.stream(), tmp_path / "via.json", Conversion())
    [entry] = json.loads((tmp_path / "via.json").read_text())["_via_img_metadata"].values()
    assert entry["file_attributes"]["people"] == {"0": True, "3": True}


def test_two_photos_of_one_name_and_two_sizes_are_refused(tmp_path: Path) -> None:
    document = project(photo(filename="b.png", size=7), photo(filename="b.png", size=8))
    with pytest.raises(DatasetError, match="of 8 bytes; there is another of this name, of 7 bytes"):
        read(document, tmp_path)
    conversion = Conversion(skip_malformed=True)
    assert len(read(document, tmp_path, conversion).images) == len(conversion.left_out) == 1


def test_a_photo_that_cannot_be_read_has_no_size_and_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no photo")
    conversion = Conversion()
    assert read(project(photo()), tmp_path, conversion).images[0]["width"] is None
    assert "photos that cannot be read, their size unknown" in conversion.notes


def test_photos_come_in_the_order_in_which_via_shows_them(tmp_path: Path) -> None:
    document = project(*(photo(filename=name) for name in ("a.jpg", "b.jpg", "c.jpg")))
    document["_via_image_id_list"] = ["c.jpg7", "gone.jpg7", "a.jpg7", "c.jpg7"]
    conversion = Conversion()
    dataset = read(document, tmp_path, conversion)
    assert [image["file_name"] for image in dataset.images] == ["c.jpg", "a.jpg", "b.jpg"]
    assert sum(conversion.notes.values()) == 2


def test_a_web_address_is_named_as_wget_would_and_stays_one_for_via(tmp_path: Path) -> None:
    address = "https://www.robots.ox.ac.uk:80/~vgg/swan.jpg?a=1"
    document = project(photo(region(kind="hat"), filename=address, size=-1))
    dataset = read(document, tmp_path)
    assert dataset.images[0]["file_name"] == "www.robots.ox.ac.uk:80/~vgg/swan.jpg?a=1"
    again = through_coco(tmp_path / "via.json", tmp_path)
    assert again["_via_img_metadata"] == document["_via_img_metadata"]


def test_a_photo_that_was_renamed_gets_the_key_of_its_new_name(region_file: Path, tmp_path: Path) -> None:
    dataset = Dataset.collect(via.read(region_file, Conversion()))
    dataset = dataset.restricted_to(dataset.images[:1])
    dataset.images[0]["file_name"] = "000000.jpg"
    document = written(dataset.stream(), tmp_path)
    assert document["_via_image_id_list"] == ["000000.jpg-1"]
    assert document["_via_img_metadata"]["000000.jpg-1"]["filename"] == "000000.jpg"


def test_the_size_of_a_photos_file_is_written_where_it_is_found(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"12345")
    images = [{"id": 1, "file_name": name, "width": 4, "height": 3} for name in ("a.jpg", "b.jpg")]
    images[1]["id"] = 2
    stream = coco.stream({"images": images, "annotations": [], "categories": []})
    document = written(stream, tmp_path, Conversion(images=tmp_path / "photos"))
    assert document["_via_image_id_list"] == ["a.jpg5", "b.jpg-1"]
    assert document["_via_settings"]["core"]["default_filepath"] == "photos/"


def test_regions_of_via_1_are_read(tmp_path: Path) -> None:
    old = photo()
    old["regions"] = {"0": region(kind="hat"), "1": region(kind="bag")}
    dataset = read({"a.jpg7": old}, tmp_path)
    assert [one["category_id"] for one in dataset.annotations] == [1, 2]


# Named anew: a public set in labels of its own


@pytest.fixture
def deepfashion2_project(shared: Path, tmp_path: Path) -> tuple[Record, Conversion]:
    """DeepFashion2's two garments of six polygons, for an annotator."""
    conversion = Conversion()
    stream = FORMATS["deepfashion2"].read(shared / "fixtures" / "deepfashion2" / "native", Conversion())
    return written(stream, tmp_path, conversion), conversion


def test_deepfashion2_has_a_region_a_polygon_its_label_as_text_and_no_keypoints(
    deepfashion2_project: tuple[Record, Conversion],
) -> None:
    document, conversion = deepfashion2_project
    [entry] = document["_via_img_metadata"].values()
    attributes = [region["region_attributes"] for region in entry["regions"]]
    assert [(one["original_label"], one["instance"]) for one in attributes] == [
        ("short sleeve top", "1"), ("short sleeve top", "1"), ("short sleeve top", "1"),
        ("trousers", "2"), ("trousers", "2"), ("trousers", "2"),
    ]  # fmt: skip
    assert not any("keypoints" in name for one in attributes for name in one)
    assert conversion.notes["keypoints of the former labels, left out"] == 2


def test_the_category_is_blank_where_the_label_may_be_several_of_the_30(
    deepfashion2_project: tuple[Record, Conversion], tmp_path: Path
) -> None:
    document, _ = deepfashion2_project
    [entry] = document["_via_img_metadata"].values()
    assert not any("clothing" in region["region_attributes"] for region in entry["regions"])
    definitions = document["_via_attributes"]["region"]
    assert definitions["clothing"]["options"] == {str(one.id): one.name for one in CATEGORIES}
    assert definitions["original_label"]["type"] == "text"
    with pytest.raises(DatasetError, match="no region has the attribute 'clothing'"):
        read(document, tmp_path)
    for region, chosen in zip(entry["regions"], ["30"] * 3 + ["17"] * 3, strict=True):
        region["region_attributes"]["clothing"] = chosen
    annotated = read(document, tmp_path)
    assert [one["category_id"] for one in annotated.annotations] == [30, 17]
    assert annotated.info.items() >= {
        "label_set": "wildwear30", "original_label_set": "deepfashion2", "mask_convention": "with_hidden",
    }.items()  # fmt: skip


def test_the_category_is_chosen_already_where_the_label_is_one_for_sure(tmp_path: Path) -> None:
    square = {"image_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]], "bbox": [0, 0, 4, 4], "iscrowd": 0}
    stream = coco.stream(
        {
            "info": {"label_set": "modanet"},
            "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
            "annotations": [square | {"id": number, "category_id": number} for number in (1, 2, 3)],
            "categories": [{"id": 1, "name": "skirt"}, {"id": 2, "name": "belt"}, {"id": 3, "name": "outer"}],
        }
    )
    conversion = Conversion()
    document = written(stream, tmp_path, conversion)
    regions = document["_via_img_metadata"]["a.jpg-1"]["regions"]
    assert [region["region_attributes"] for region in regions] == [
        {"clothing": "20", "original_label": "skirt"},
        {"original_label": "outer"},
    ]
    assert conversion.notes["belt: none of the 30, left out"] == 1


# Fields and attributes


def test_fields_keep_their_types_and_crowds_stay_crowds(tmp_path: Path) -> None:
    fields = {"scale": 2, "score": 0.25, "style": "loose", "truncated": True, "attribute_ids": [3, 4]}
    box = {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "iscrowd": 0}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    stream = coco.stream(
        {
            "info": {"description": "few", "mask_convention": "visible"},
            "licenses": [{"id": 1, "name": "none"}],
            "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9, "pair_id": 4, "people": "1"}],
            "annotations": [annotation | fields | {"iscrowd": 1}, box],
            "categories": [{"id": 1, "name": "scarf", "supercategory": "neck"}],
        }
    )
    conversion = Conversion()
    document = written(stream, tmp_path, conversion)
    entry = document["_via_img_metadata"]["a.jpg-1"]
    assert entry["file_attributes"] == {"width": 9, "height": 9, "pair_id": 4, "people": {"1": True}}
    assert entry["regions"][0]["region_attributes"]["iscrowd"] == "1"
    assert "annotations without a mask, written as their box" in conversion.notes
    again = Dataset.collect(via.read(tmp_path / "again.json", Conversion()))
    assert again.annotations[0].items() >= (fields | {"iscrowd": 1}).items()
    assert again.annotations[1]["iscrowd"] == 0
    assert again.images[0].items() >= {"pair_id": 4, "people": "1"}.items()
    assert again.info == {"description": "few", "mask_convention": "visible"}
    assert again.document["licenses"] == [{"id": 1, "name": "none"}]
    assert again.categories == [{"id": 1, "name": "scarf", "supercategory": "neck"}]


def test_a_project_has_all_that_via_asks_for(shared: Path, tmp_path: Path) -> None:
    """By project_open_parse_json_file and project_import_settings in the via.js of VIA 2.0.11."""
    document = written(Dataset.load(shared / "fixtures/fashionpedia/sample.json").stream(), tmp_path)
    assert all(document[part] for part in ("_via_settings", "_via_img_metadata", "_via_attributes"))
    for entry in document["_via_img_metadata"].values():
        assert {"filename", "size", "regions", "file_attributes"} <= entry.keys()
    assert set(document["_via_image_id_list"]) == document["_via_img_metadata"].keys()
    assert set(document["_via_settings"]) <= {
        "ui",
        "core",
        "project",
    }  # VIA stops at objects it does not know
    assert not any(isinstance(value, dict | list) for value in document["_via_settings"]["project"].values())
    clothing = document["_via_attributes"]["region"]["clothing"]
    assert clothing["type"] == "dropdown"
    chosen = {
        one["region_attributes"]["clothing"]
        for entry in document["_via_img_metadata"].values()
        for one in entry["regions"]
    }
    assert chosen <= clothing["options"].keys()
    assert document["_via_attributes"]["file"]["people"]["options"]["3"] == "selfie"


# What is wrong with a file


def spoiled(path: str, value: Any) -> Callable[[Record], None]:
    """Put a value at a place of the photo's record: `regions.0.shape_attributes.all_points_x`."""

    def spoil(entry: Record) -> None:
        *parents, last = path.split(".")
        place: Any = entry
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place[key]
        place[int(last) if isinstance(place, list) else last] = value

    return spoil


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("filename", None, r"filename: expected the name of a photo, found None"),
        ("filename", "../../etc/passwd", r"filename: '../../etc/passwd' leaves its folder"),
        ("filename", "/etc/passwd", r"filename: '/etc/passwd' leaves its folder"),
        ("filename", "C:\\photos\\a.jpg", r"filename: .* leaves its folder"),
        ("filename", "a\0.jpg", r"filename: expected the name of a photo"),
        ("regions", "none", r"regions: expected a list, found str"),
        ("file_attributes", [], r"file_attributes: expected an object, found list"),
        (
            "file_attributes",
            {"width": 9000000, "height": 9000000},
            r"regions\[0\]: a mask of 9000000 x 9000000",
        ),
        ("file_attributes", {"x": math.inf}, r"file_attributes.x: is not a finite number"),
        ("regions.0", 3, r"regions\[0\]: expected an object, found int"),
        ("regions.0.shape_attributes", None, r"regions\[0\].shape_attributes: expected an object"),
        ("regions.0.region_attributes", "hat", r"regions\[0\].region_attributes: expected an object"),
        (
            "regions.0.shape_attributes.name",
            "star",
            r"shape_attributes.name: expected one of polygon, .*'star'",
        ),
        (
            "regions.0.shape_attributes.all_points_x",
            [1, 2],
            r"'a.jpg7': regions\[0\].shape_attributes.all_points_y: has 4 numbers, but all_points_x 2",
        ),
        (
            "regions.0.shape_attributes",
            {"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1, 2]},
            r"regions\[0\].shape_attributes.all_points_x: has 2 points; a polygon needs at least 3",
        ),
        (
            "regions.0.shape_attributes.all_points_x",
            None,
            r"regions\[0\].shape_attributes.all_points_x: expected a list of numbers, found NoneType",
        ),
        ("regions.0.shape_attributes.all_points_y.1", "5", r"all_points_y\[1\]: expected a number of pixels"),
        ("regions.0.shape_attributes.all_points_y.1", math.nan, r"all_points_y\[1\]: expected .*found nan"),
        (
            "regions.0.shape_attributes.all_points_y.1",
            10**40,
            r"all_points_y\[1\]: expected a number of pixels",
        ),
        (
            "regions.0.shape_attributes",
            {"name": "rect", "x": 1, "y": 1},
            r"width: expected a number of pixels",
        ),
        (
            "regions.0.shape_attributes",
            {"name": "circle", "cx": 1, "cy": 1, "r": 0},
            r"shape_attributes.r: expected a number over 0, found 0",
        ),
        ("regions.0.region_attributes.iscrowd", "maybe", r"iscrowd: expected 0 or 1, found 'maybe'"),
    ],
)
def test_a_malformed_photo_or_region_is_named_or_left_out(
    tmp_path: Path, path: str, value: Any, message: str
) -> None:
    document = project(photo(region(clothing="hat")), photo(region(clothing="bag"), filename="b.jpg"))
    spoiled(path, value)(document["_via_img_metadata"]["a.jpg7"])
    with pytest.raises(DatasetError, match=r"via.json: photo 'a.jpg7': " + f".*{message}|{message}"):
        read(document, tmp_path)
    conversion = Conversion(skip_malformed=True)
    dataset = read(document, tmp_path, conversion)
    assert [one["category_id"] for one in dataset.annotations] == [2]
    assert len(conversion.left_out) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b'{"_via_img_metadata": ', "is not JSON"),
        (b"\xff\xfe{}", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "expected a VIA project or an object of photos"),
        (b'{"_via_img_metadata": []}', "_via_img_metadata: expected an object, found list"),
        (b'{"a": 3}', "photo 'a': expected an object, found int"),
    ],
)
def test_a_file_that_is_no_via_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "via.json").write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        via.read(tmp_path / "via.json", Conversion())


@pytest.mark.parametrize("parts", [{"_via_settings": 3}, {"_via_attributes": []}, {"_via_image_id_list": 5}])
def test_a_project_whose_other_parts_are_of_another_kind_is_read(tmp_path: Path, parts: Record) -> None:
    document = project(photo(region(clothing="hat"))) | parts
    assert len(read(document, tmp_path).annotations) == 1
    assert through_coco(tmp_path / "via.json", tmp_path)["_via_image_id_list"] == ["a.jpg7"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file_name": "../a.jpg"}, "image 1: file_name: '../a.jpg' leaves its folder"),
        ({"segmentation": {"size": [4, 4], "counts": "zzz"}}, "image 1: annotation 1: segmentation: .*RLE"),
        (
            {"segmentation": {"counts": []}},
            "image 1: annotation 1: segmentation: expected polygons or an RLE",
        ),
        ({"marks": [math.nan]}, "image 1: "),
    ],
)
def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, changes: Record, message: str) -> None:
    image = {"id": 1, "file_name": changes.get("file_name", "a.jpg"), "width": 4, "height": 4}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 3, 0, 3, 3]]} | changes
    stream = coco.stream(
        {"images": [image], "annotations": [annotation], "categories": [{"id": 1, "name": "hat"}]}
    )
    (tmp_path / "again.json").write_text("old")
    with pytest.raises(DatasetError, match=message):
        via.write(stream, tmp_path / "again.json", Conversion())
    assert (tmp_path / "again.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["again.json"]


def test_two_photos_that_via_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    images = [{"id": number, "file_name": "a.jpg", "width": 4, "height": 4} for number in (1, 2)]
    stream = coco.stream({"images": images, "annotations": [], "categories": []})
    with pytest.raises(
        DatasetError, match=r"image 2 \(a\.jpg\) has the photo of image 1 \(a\.jpg\), and VIA"
    ):
        via.write(stream, tmp_path / "again.json", Conversion())


# Whatever VIA and COCO may hold

NUMBER = st.integers(0, 500) | st.floats(0, 500, allow_nan=False).map(lambda value: round(value, 3))
SIZE = st.integers(1, 200)
JSON_LIKE = st.sampled_from(["[1]", '{"a": 2}', '"x"', "[", "0_3"])
SCALAR = (
    JSON_LIKE
    | st.text(max_size=6)
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
NAME = st.text(min_size=1, max_size=6).filter(lambda name: name != "kind")
VALUE = SCALAR | st.booleans() | st.none() | st.dictionaries(st.text(max_size=3), st.booleans(), max_size=2)
COMPLEX = VALUE | st.lists(SCALAR, max_size=3) | st.dictionaries(st.text(max_size=3), SCALAR, max_size=2)


@st.composite
def drawn_shapes(draw: st.DrawFn) -> Record:
    name = draw(st.sampled_from(["polygon", "polyline", "rect", "circle", "ellipse", "point"]))
    if name in ("polygon", "polyline"):
        count = draw(st.integers(3 if name == "polygon" else 1, 6))
        columns = [draw(st.lists(NUMBER, min_size=count, max_size=count)) for _ in "xy"]
        return {"name": name, "all_points_x": columns[0], "all_points_y": columns[1]}
    fields = {"rect": ("width", "height"), "circle": ("r",), "ellipse": ("rx", "ry"), "point": ()}[name]
    centre = ("x", "y") if name == "rect" else ("cx", "cy")
    return {
        "name": name,
        **{field: draw(NUMBER) for field in centre},
        **{field: draw(SIZE) for field in fields},
    }


@st.composite
def drawn_photos(draw: st.DrawFn) -> Record:
    odd = {
        "people": st.dictionaries(st.sampled_from("0123"), st.booleans()),
        "width": SCALAR,
        "iscrowd": SCALAR,
    }
    attributes = st.fixed_dictionaries({}, optional=odd)
    regions = [
        {
            "shape_attributes": shape,
            "region_attributes": draw(st.dictionaries(NAME, COMPLEX, max_size=2))
            | {"kind": draw(st.sampled_from(["hat", "Bag", "scarf", 7]))}
            | draw(st.sampled_from([{}, {"iscrowd": "1"}, {"iscrowd": 0}, {"instance": ""}])),
        }
        for shape in draw(st.lists(drawn_shapes(), max_size=4))
    ]
    for number in draw(st.sets(st.integers(0, 3))):
        if number < len(regions):  # those of one instance agree on the category
            regions[number]["region_attributes"] |= {"instance": "9", "kind": "hat"}
    return {
        "filename": "a.jpg",
        "size": draw(st.integers(-1, 5)),
        "regions": regions,
        "file_attributes": draw(st.dictionaries(NAME, COMPLEX, max_size=2)) | draw(attributes),
    }


def by_text(regions: list[Record]) -> list[str]:
    """Regions in an order of their own: VIA's is that in which they were drawn, and means nothing."""
    return sorted(json.dumps(region, sort_keys=True) for region in regions)


@settings(max_examples=60, deadline=None)
@given(entry=drawn_photos())
def test_whatever_a_project_holds_comes_back(tmp_path_factory: pytest.TempPathFactory, entry: Record) -> None:
    folder = tmp_path_factory.mktemp("via")
    document = project(entry)
    (folder / "via.json").write_text(json.dumps(document))
    after = through_coco(folder / "via.json", folder)
    ((key, again),) = after["_via_img_metadata"].items()
    assert key == f"a.jpg{entry['size']}"
    assert by_text(again["regions"]) == by_text(entry["regions"])
    assert {**again, "regions": []} == {**entry, "regions": []}
    assert after["_via_settings"] == document["_via_settings"]


@st.composite
def drawn_annotations(draw: st.DrawFn) -> Record:
    ring = st.lists(NUMBER, min_size=6, max_size=12).map(lambda values: values[: len(values) // 2 * 2])
    fields = draw(st.dictionaries(NAME, COMPLEX.filter(lambda value: value is not None), max_size=3))
    taken = {"instance", "clothing", "bbox", "area", "via"}
    return {name: value for name, value in fields.items() if name not in taken} | {
        "category_id": draw(st.sampled_from([2, 3, 5])),
        "segmentation": draw(st.lists(ring, min_size=1, max_size=3)),
        "iscrowd": draw(st.integers(0, 1)),
    }


@settings(max_examples=60, deadline=None)
@given(
    annotations=st.lists(drawn_annotations(), max_size=3),
    fields=st.dictionaries(NAME, COMPLEX.filter(lambda value: value is not None), max_size=3),
    names=st.sampled_from([["hat", "bag", "top"], ["a", "b", "c"], ["5", "hat", "2"]]),
)
def test_whatever_a_dataset_holds_comes_back(
    tmp_path_factory: pytest.TempPathFactory, annotations: list[Record], fields: Record, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("via")
    image = fields | {"id": 1, "file_name": "x/a.jpg", "width": 600, "height": 600}
    image = {name: value for name, value in image.items() if name not in ("via", "people")}
    for number, annotation in enumerate(annotations, start=1):
        annotation |= {"id": number, "image_id": 1}
    categories = [{"id": number, "name": name} for number, name in zip((2, 3, 5), names, strict=True)]
    document = {"images": [image], "annotations": annotations, "categories": categories}
    written(coco.stream(document), folder)
    again = Dataset.collect(via.read(folder / "again.json", Conversion()))
    is_ours = "hat" in names and "a" not in names and "5" not in names
    numbers = {2: 1, 3: 2, 5: 30} if is_ours else {2: 2, 3: 3, 5: 5}
    assert again.images[0].items() >= image.items()
    assert len(again.annotations) == len(annotations)
    for one, other in zip(annotations, again.annotations, strict=True):
        assert {**one, "category_id": numbers[one["category_id"]]}.items() <= other.items()


def test_a_shape_without_a_kind_is_named_and_left_out(tmp_path: Path) -> None:
    document = project(photo(region(kind="hat"), region(kind="hat")))
    [entry] = document["_via_img_metadata"].values()
    entry["regions"][1]["shape_attributes"] = {}
    with pytest.raises(DatasetError, match=r"regions\[1\]\.shape_attributes\.name: expected one of polygon"):
        read(document, tmp_path)
    conversion = Conversion(skip_malformed=True)
    assert len(read(document, tmp_path, conversion).annotations) == 1
    assert "regions[1].shape_attributes.name: expected one of polygon" in conversion.left_out[0]


def test_the_project_with_an_empty_shape_is_read_but_for_that(shared: Path) -> None:
    conversion = Conversion(skip_malformed=True)
    dataset = Dataset.collect(via.read(shared / "cases" / "hostile" / "05" / "a.json", conversion))
    assert len(dataset.annotations) == 1
    assert "regions[1].shape_attributes.name" in conversion.left_out[0]
