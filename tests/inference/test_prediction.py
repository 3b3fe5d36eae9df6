"""What a prediction can tell."""

import json
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageShow

from made_predictions import made
from wildwear import imaging
from wildwear.datasets import Conversion, formats
from wildwear.errors import MissingExtraError, OutputError, PhotoError
from wildwear.inference import Prediction, load
from wildwear.inference.segmenting import annotations
from wildwear.taxonomy import UnknownCategoryError


@pytest.fixture(scope="module")
def prediction(tiny_model: Path) -> Prediction:
    return load(tiny_model)(np.zeros((100, 100, 3), dtype=np.uint8))


@pytest.fixture
def nothing(tiny_model: Path) -> Prediction:
    return load(tiny_model)(np.zeros((100, 100, 3), dtype=np.uint8), score=0.99)


def test_it_says_what_was_found(prediction: Prediction, nothing: Prediction) -> None:
    assert repr(prediction) == "Prediction(2 garments in 100x100: jacket 0.94, jeans 0.90)"
    assert repr(nothing) == "Prediction(0 garments in 100x100)"


def test_coco_results_have_boxes_by_width_and_height(prediction: Prediction) -> None:
    jacket, jeans = prediction.to_coco(image_id=7)
    assert (jacket["image_id"], jacket["category_id"], jacket["score"]) == (7, 23, 0.94)
    assert jacket["bbox"] == imaging.bbox(prediction.masks[0])
    assert jacket["network_bbox"] == [10, 10, 50, 40]
    assert np.array_equal(imaging.decode(jacket["segmentation"]), prediction.mask(0))
    assert jeans["network_bbox"] == [10, 50, 50, 45]


def test_the_box_of_a_garment_is_that_of_its_mask() -> None:
    mask = np.zeros((20, 30), dtype=bool)
    mask[3:9, 5:17] = True
    empty = np.zeros_like(mask)
    prediction = Prediction(
        size=(20, 30),
        scores=np.array([0.9, 0.8], dtype=np.float32),
        category_ids=np.array([23, 18]),
        masks=[imaging.encode(mask), imaging.encode(empty)],
        alternatives=[[], []],
        network_boxes=np.array([[4.5, 2, 20, 9.25], [0, 0, 1, 1]], dtype=np.float32),
    )
    assert prediction.boxes.tolist() == [[5, 3, 17, 9], [0, 0, 0, 0]]
    first = prediction.to_coco()[0]
    assert (first["bbox"], first["network_bbox"]) == ([5, 3, 12, 6], [4.5, 2, 15.5, 7.25])
    assert prediction.pick([1, 0]).boxes.tolist() == [[0, 0, 0, 0], [5, 3, 17, 9]]


def test_coco_results_are_read_by_pycocotools(prediction: Prediction) -> None:
    from pycocotools.coco import COCO

    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1, "height": 100, "width": 100}],
        "categories": [{"id": 23, "name": "jacket"}, {"id": 18, "name": "jeans"}],
        "annotations": [],
    }
    truth.createIndex()
    results = truth.loadRes(prediction.to_coco())
    assert np.array_equal(results.annToMask(results.anns[1]), prediction.mask(0))


def test_garments_can_be_picked_in_any_order(prediction: Prediction) -> None:
    picked = prediction.pick([1, 0])
    assert [category.name for category in picked.categories] == ["jeans", "jacket"]
    assert picked.masks == prediction.masks[::-1]
    assert picked.alternatives == prediction.alternatives[::-1]


def test_a_garment_knows_all_of_itself() -> None:
    jacket = made(photo=np.full((480, 640, 3), 90, dtype=np.uint8))[0]
    assert repr(jacket) == "Garment(jacket 0.94)"
    assert (jacket.name, jacket.category.group, jacket.score) == ("jacket", "upper body", pytest.approx(0.94))
    assert (jacket.box, jacket.area) == ((50, 50, 250, 200), 150 * 200)
    assert jacket.mask.sum() == jacket.area
    assert jacket.alternatives == [("coat", 0.25)]
    assert imaging.from_polygons(jacket.polygons, (480, 640)) == jacket.rle
    assert jacket.crop().shape == (150, 200, 3)
    assert jacket.cutout().shape[2] == 4
    assert [(colour.hex, colour.share) for colour in jacket.colours] == [("#5a5a5a", 1)]
    assert np.abs(np.subtract(jacket.cutout().shape[:2], (150, 200))).max() <= 4  # its edge is soft


def test_it_is_a_sequence_of_garments() -> None:
    three = made()
    assert [garment.name for garment in three] == ["jacket", "jeans", "boots"]
    assert three[-1].name == "boots"
    with pytest.raises(IndexError):
        three[3]
    parts = {
        "slice": three[1:],
        "bools": three[three.scores < 0.9],
        "indices": three[[1, 2]],
        "array": three[np.array([1, 2])],
    }
    assert all(part == three.pick([1, 2]) for part in parts.values())
    assert three[[]] == three.where(score=0.99) == Prediction.empty((480, 640))


def test_predictions_are_equal_where_all_that_was_found_is() -> None:
    assert made() == made(photo="elsewhere.jpg")
    assert made() != made(scores=np.array([0.94, 0.88, 0.3], dtype=np.float32))
    assert made() != made()[:2]
    assert made() != made(alternatives=[[], [], []])
    assert made() != "a prediction"


def test_a_garment_is_equal_to_itself_wherever_it_stands() -> None:
    three = made()
    assert three[1] in three
    assert three[1] == three[1:][0] == made()[1]
    assert three[0] != three[1]
    assert three[0] != "jacket"


def test_a_name_is_no_place_and_the_way_by_name_is_said() -> None:
    with pytest.raises(IndexError, match=r"not 'jeans'; where\(category='jeans'\) chooses by name"):
        made()["jeans"]  # type: ignore[call-overload]


def test_it_has_as_many_of_each_as_it_has_garments() -> None:
    with pytest.raises(ValueError, match="2 scores, 3 category_ids, 3 masks"):
        made(scores=np.array([0.94, 0.88], dtype=np.float32))
    with pytest.raises(
        ValueError, match=r"mask 0 is \[480, 640\] \(height, width\); the photo is \[640, 480\]"
    ):
        made(size=(640, 480))


@pytest.mark.parametrize("score", [90, -0.1, float("nan")])
def test_a_score_of_a_garment_is_from_0_to_1(score: float) -> None:
    with pytest.raises(ValueError, match="a score is from 0 to 1, not"):
        made(scores=np.array([score, 0.9, 0.8], dtype=np.float32))


def test_garments_are_chosen_by_name_score_and_group() -> None:
    three = made()
    assert [garment.name for garment in three.where(category="Jeans")] == ["jeans"]
    assert three.where(category=18) == three.where(category=["jeans"])
    assert len(three.where(category=["jeans", "boots"], score=0.5)) == 1
    assert len(three.where(score=0.94)) == 1  # a score at the threshold is enough, as everywhere
    assert [garment.name for garment in three.where(group="footwear")] == ["boots"]
    with pytest.raises(ValueError, match="a score is from 0 to 1, not 90"):
        three.where(score=90)
    with pytest.raises(UnknownCategoryError, match="jeans"):
        three.where(category="jaens")
    with pytest.raises(ValueError, match=r"no group 'feet'; there are .*footwear"):
        three.where(group="feet")


def test_what_several_predictions_found_in_one_photo_is_put_in_order() -> None:
    three = made()
    assert Prediction.merge([three[2:], three[:2]]) == three
    assert Prediction.merge([three, Prediction.empty((480, 640))]) == three
    with pytest.raises(ValueError, match="one size"):
        Prediction.merge([three, Prediction.empty((1, 1))])


def test_the_photo_is_remembered_and_drawn_on(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    imaging.write_image(path, np.full((100, 700, 3), 90, dtype=np.uint8))
    found = load(tiny_model)(path)
    assert found.plot().shape == (100, 700, 3)
    assert found.plot(long_side=350).shape == (50, 350, 3)
    assert not np.array_equal(found.plot(labels=False), found.pixels())
    assert np.array_equal(found[:0].plot(), found.pixels())
    picture = found._repr_png_()
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert imaging.read_photo(found.save(tmp_path / "drawn.png")).shape == (100, 700, 3)


def test_a_notebook_shows_the_picture_and_a_row_a_garment(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    imaging.write_image(path, np.full((480, 640, 3), 90, dtype=np.uint8))
    page = made(photo=path)._repr_html_()
    assert page.startswith("<div><p>3 garments in 640 × 480 pixels</p><img")
    assert "data:image/webp;base64," in page
    assert "<th>0</th><td>jacket</td><td>0.94</td><td>9.8%</td><td>coat 0.25</td>" in page
    assert page.count("<tr>") == 4
    assert made()[:0]._repr_html_() == "<div><p>0 garments in 640 × 480 pixels</p></div>"
    cutout = made(photo=path)[0]._repr_png_()
    assert cutout is not None
    assert Image.open(BytesIO(cutout)).mode == "RGBA"


@pytest.mark.parametrize("kind", ["array", "bytes", "PIL image", "gone", "no photo"])
def test_a_notebook_shows_a_prediction_of_whatever_photo(kind: str, tmp_path: Path) -> None:
    pixels = np.full((480, 640, 3), 90, dtype=np.uint8)
    imaging.write_image(tmp_path / "photo.png", pixels)
    photo = {
        "array": pixels,
        "bytes": (tmp_path / "photo.png").read_bytes(),
        "PIL image": Image.fromarray(pixels),
        "gone": tmp_path / "gone.png",
        "no photo": b"",
    }[kind]
    found = made(photo=photo)
    is_there = kind not in ("gone", "no photo")
    assert found._repr_html_().count("<tr>") == 4
    assert ["<img" in found._repr_html_(), bool(found._repr_png_()), bool(found[0]._repr_png_())] == [
        is_there
    ] * 3


def test_a_garment_without_a_pixel_shows_nothing() -> None:
    nothing = imaging.encode(np.zeros((480, 640), dtype=bool))
    found = made(masks=[nothing] * 3, photo=np.full((480, 640, 3), 90, dtype=np.uint8))
    assert found[0]._repr_png_() is None
    assert found[0].cutout().size == found[0].crop().size == 0


def test_a_photo_of_another_size_is_not_that_of_the_prediction() -> None:
    small = np.full((240, 320, 3), 90, dtype=np.uint8)
    found = made(photo=small)
    for ask in (found.plot, found[0].crop, found[0].cutout, lambda: found[0].colours):
        with pytest.raises(PhotoError, match="of 640 x 480 pixels, its photo has 320 x 240"):
            ask()
    assert found.plot(small).any()


@pytest.mark.parametrize("size", [[480, 640], np.array([480, 640]), (480.0, 640.0)])
def test_a_size_may_come_in_any_sequence(size: tuple[int, int]) -> None:
    empty = Prediction.merge([Prediction.empty(size), Prediction.empty((480, 640))])
    assert json.loads(empty.to_json()) == {"width": 640, "height": 480, "garments": []}


@pytest.mark.parametrize("key", [True, None, "jacket", 0.5, np.array(1), [[0, 1]], [True]])
def test_garments_are_chosen_by_places_or_a_bool_each(key: object) -> None:
    with pytest.raises(IndexError):
        made()[key]  # type: ignore[call-overload]


def test_bools_are_no_places() -> None:
    with pytest.raises(IndexError, match="bools choose in brackets"):
        made().pick(made().scores > 0.9)  # type: ignore[arg-type]
    assert len(made().pick([])) == 0


def test_showing_opens_the_picture_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    class Viewer(ImageShow.Viewer):
        def show(self, image: Image.Image, **options: object) -> int:
            seen.append(image.size)
            return 1

    monkeypatch.setattr(ImageShow, "_viewers", [Viewer()])
    made(photo=np.full((480, 640, 3), 90, dtype=np.uint8)).show()
    assert seen == [(640, 480)]
    monkeypatch.setattr(ImageShow, "_viewers", [])
    with pytest.raises(OutputError, match=r'no picture viewer here; prediction.save\("found.jpg"\)'):
        made(photo=np.full((480, 640, 3), 90, dtype=np.uint8)).show()


def test_without_its_photo_there_is_nothing_to_draw_on(tmp_path: Path) -> None:
    three = made()
    assert three._repr_png_() is None
    assert three[0]._repr_png_() is None
    assert "<img" not in three._repr_html_()
    with pytest.raises(PhotoError, match="does not know its photo"):
        three.plot()
    assert three.plot(np.zeros((480, 640, 3), dtype=np.uint8)).any()


def test_coco_results_and_annotations_are_read_back(tiny_model: Path) -> None:
    odd = load(tiny_model)(np.full((331, 217, 3), 123, dtype=np.uint8))  # neither boxes nor scores are round
    for prediction in (made(), odd, odd[:0]):
        photo = np.zeros((*prediction.size, 3), dtype=np.uint8)
        through_json = json.loads(json.dumps(prediction.to_coco()))
        assert Prediction.from_coco(through_json, prediction.size) == prediction
        assert Prediction.from_coco(annotations(prediction, photo), prediction.size) == prediction
    three = made()
    with_polygons = [{"category_id": 23, "segmentation": three[0].polygons}]
    [jacket] = Prediction.from_coco(with_polygons, three.size)
    assert (jacket.name, jacket.score, jacket.rle) == ("jacket", 1, three.masks[0])
    with_nulls = [with_polygons[0] | {"score": None, "network_bbox": None, "alternatives": None}]
    assert Prediction.from_coco(with_nulls, three.size) == Prediction.from_coco(with_polygons, three.size)


def test_what_is_no_picture_names_all_that_can_be_saved(tmp_path: Path) -> None:
    for name in ("found.csv", "found"):
        with pytest.raises(OutputError, match=r"\.jpg, \.png or \.webp, or as \.json; .*to_polars"):
            made().save(tmp_path / name)


def test_json_says_all_of_it_in_words(tmp_path: Path) -> None:
    said = json.loads(made().save(tmp_path / "found.json").read_text())
    assert (said["width"], said["height"], len(said["garments"])) == (640, 480, 3)
    jacket = said["garments"][0]
    assert jacket.pop("segmentation") == made().masks[0]
    assert jacket == {
        "category": "jacket",
        "group": "upper body",
        "score": 0.94,
        "box": [50, 50, 250, 200],
        "area": 30000,
        "alternatives": {"coat": 0.25},
    }


def test_a_table_has_a_row_a_garment() -> None:
    table = made().to_polars()
    assert table.select("category", "x", "y", "width", "height", "area").row(0) == (
        *("jacket", 50, 50, 200, 150),
        30000,
    )
    assert made()[:0].to_polars().schema == table.schema


def test_pandas_gets_the_same_table() -> None:
    pandas = pytest.importorskip("pandas", reason="the extra pandas is not installed")
    table = made().to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert table.to_dict("list") == made().to_polars().to_dict(as_series=False)
    assert list(made()[:0].to_pandas().columns) == made().to_polars().columns


@pytest.fixture
def of_a_file(tmp_path: Path) -> Prediction:
    """The three garments, in a photo that lies in a file."""
    path = tmp_path / "photo.png"
    imaging.write_image(path, np.full((480, 640, 3), 90, dtype=np.uint8))
    return made(photo=path)


@pytest.mark.parametrize(("name", "file"), [("via", "project.json"), ("labelme", "photo.json")])
def test_annotation_tools_open_what_was_found(
    name: str, file: str, of_a_file: Prediction, tmp_path: Path
) -> None:
    document = of_a_file.to_via() if name == "via" else of_a_file.to_labelme()
    (tmp_path / file).write_text(json.dumps(document))
    [(image, garments)] = formats.named(name).read(tmp_path / file, Conversion()).photos
    assert (image["file_name"], image["height"], image["width"]) == ("photo.png", 480, 640)
    assert [imaging.as_rle(one["segmentation"], (480, 640)) for one in garments] == of_a_file.masks
    assert [one["category_id"] for one in garments] == [23, 18, 3]


def test_yolo_gets_a_line_a_garment(of_a_file: Prediction) -> None:
    lines = of_a_file.to_yolo().splitlines()
    assert [line.split()[0] for line in lines] == ["22", "17", "2"]  # classes count from 0
    shares = [float(number) for number in lines[0].split()[1:]]
    assert (
        imaging.from_polygons([[share * (640, 480)[i % 2] for i, share in enumerate(shares)]], (480, 640))
        == (of_a_file.masks[0])
    )
    assert of_a_file[:0].to_yolo() == ""


def test_a_photo_without_a_file_has_no_place_in_annotation_tools() -> None:
    with pytest.raises(PhotoError, match=r'replace\(prediction, photo="photo.jpg"\) tells it'):
        made().to_via()


def test_supervision_gives_back_what_it_got(prediction: Prediction) -> None:
    pytest.importorskip("supervision", reason="the extra supervision is not installed")
    for found in (made(), prediction, made()[:0]):
        assert Prediction.from_supervision(found.to_supervision()) == found
    jeans, boots = Prediction.from_supervision(made().to_supervision()[1:])
    assert (jeans.name, boots.name) == ("jeans", "boots")


def test_supervision_gets_boxes_masks_and_names(prediction: Prediction) -> None:
    pytest.importorskip("supervision", reason="the extra supervision is not installed")
    detections = prediction.to_supervision()
    assert detections.data["class_name"].tolist() == ["jacket", "jeans"]
    assert np.array_equal(detections.mask[1], prediction.mask(1))
    assert detections.area.tolist() == [imaging.area(mask) for mask in prediction.masks]


def test_supervision_takes_a_photo_without_garments(nothing: Prediction) -> None:
    pytest.importorskip("supervision", reason="the extra supervision is not installed")
    assert len(nothing.to_supervision()) == 0


def test_without_supervision_the_install_line_is_named(
    prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wildwear\[supervision\]'"):
        prediction.to_supervision()
