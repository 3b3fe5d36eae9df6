"""Predictions from elsewhere: what each program writes is understood, what is malformed is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

import squares
from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.evaluation import score
from wildwear.evaluation.predictions import read_predictions

Records = list[dict[str, Any]]
Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(document: Any) -> Path:
        path = tmp_path / "theirs.json"
        path.write_text(json.dumps(document))
        return path

    return to_file


@pytest.fixture
def counted(predictions: Records) -> Records:
    """The predictions, the surest first, as they are read."""
    return sorted(predictions, key=lambda one: -one["score"])


def test_detectron2s_results_are_taken_as_they_are(wild30: Dataset, counted: Records, write: Write) -> None:
    theirs = [{**one, "keypoints": [], "segmentation": dict(one["segmentation"])} for one in counted]
    found = read_predictions(write(theirs), wild30)
    assert found.predictions == counted
    assert not any("image_id" in note or "category_id" in note for note in found.notes)


@pytest.mark.parametrize("as_number", [True, False])
def test_ultralytics_names_photos_by_their_files_and_counts_categories_from_0(
    wild30: Dataset, counted: Records, write: Write, as_number: bool
) -> None:
    for number, image in enumerate(wild30.images):
        image["file_name"] = f"{number + 5000:05}.jpg" if as_number else f"folder/photo_{number}.v2.jpg"
    stems = {image["id"]: Path(image["file_name"]).stem for image in wild30.images}
    theirs = [
        {
            **one,
            "image_id": int(stems[one["image_id"]]) if as_number else stems[one["image_id"]],
            "category_id": one["category_id"] - 1,
        }
        for one in counted
    ]
    found = read_predictions(write(theirs), wild30)
    assert found.predictions == counted
    notes = " ".join(found.notes)
    assert "category_id counts from 0, the dataset from 1" in notes
    assert "image_id names photos by their files" in notes


def test_a_file_name_beside_a_misleading_number_decides(
    wild30: Dataset, counted: Records, write: Write
) -> None:
    names = {image["id"]: image["file_name"] for image in wild30.images}
    theirs = [{**one, "file_name": names[one["image_id"]], "image_id": 1} for one in counted]
    assert read_predictions(write(theirs), wild30).predictions == counted


def test_a_photo_is_known_by_its_name_however_that_is_written(
    wild30: Dataset, counted: Records, write: Write
) -> None:
    for number, image in enumerate(wild30.images):
        image["file_name"] = f"images/gru\u0308n_{number}.jpg"
    names = {image["id"]: image["file_name"] for image in wild30.images}
    theirs = [
        one | {"image_id": names[one["image_id"]].replace("/", "\\").replace("u\u0308", "\u00fc")}
        for one in counted
    ]
    assert read_predictions(write(theirs), wild30).predictions == counted


def test_a_name_that_two_photos_share_is_the_name_of_neither(
    wild30: Dataset, perfect: Records, write: Write
) -> None:
    for image, folder in zip(wild30.images[:2], "ab", strict=True):
        image["file_name"] = f"{folder}/same.jpg"
    with pytest.raises(DatasetError, match=r"\[0\]\.image_id: 'same' is no photo"):
        read_predictions(write([perfect[0] | {"image_id": "same"}]), wild30)
    found = read_predictions(write([perfect[0] | {"image_id": "a/same.jpg"}]), wild30)
    assert found.predictions[0]["image_id"] == wild30.images[0]["id"]


def test_file_names_that_are_no_text_do_not_decide(wild30: Dataset, counted: Records, write: Write) -> None:
    theirs = [{**one, "file_name": ["a list"]} for one in counted]
    assert read_predictions(write(theirs), wild30).predictions == counted


def test_ids_written_as_text_are_ids(wild30: Dataset, counted: Records, write: Write) -> None:
    theirs = [{**one, "image_id": str(one["image_id"])} for one in counted]
    assert read_predictions(write(theirs), wild30).predictions == counted


def test_ids_that_could_be_numbers_of_files_are_taken_for_ids_and_that_is_said(
    wild30: Dataset, counted: Records, write: Write
) -> None:
    ids = [image["id"] for image in wild30.images]
    for image, other in zip(wild30.images, reversed(ids), strict=True):
        image["file_name"] = f"{other:06}.jpg"
    found = read_predictions(write(counted), wild30)
    assert found.predictions == counted
    assert "image_id is taken for the dataset's ids" in found.notes[0]


def test_a_deepfashion2_result_has_its_13_categories_and_the_number_of_the_file(
    shared: Path, write: Write
) -> None:
    truth = Dataset.load(shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json")
    fields = ("category_id", "segmentation", "bbox")
    stems = {image["id"]: int(Path(image["file_name"]).stem) for image in truth.images}
    theirs = [
        {field: one[field] for field in fields} | {"image_id": stems[one["image_id"]], "score": 0.9}
        for one in truth.instances()
    ]
    found = read_predictions(write(theirs), truth)
    assert score(truth, found.predictions).mask.ap == pytest.approx(1)


def test_a_truth_that_counts_from_0_meets_predictions_that_count_from_1(
    wild30: Dataset, counted: Records, write: Write
) -> None:
    for record in wild30.categories:
        record["id"] -= 1
    for record in wild30.annotations:
        record["category_id"] -= 1
    found = read_predictions(write(counted), wild30)
    assert [one["category_id"] + 1 for one in found.predictions] == [one["category_id"] for one in counted]
    assert "category_id counts from 1, the dataset from 0: they are shifted" in found.notes


LEFT, RIGHT = (10, 10, 30, 40), (60, 10, 30, 40)


@pytest.mark.parametrize(
    ("named", "note"),
    [
        ((1, 2), "category_id counts from 0, the dataset from 1: they are shifted (mean IoU with"),
        ((2, 3), "category_id is taken for the dataset's ids, not counted from 0 (mean IoU with"),
    ],
)
def test_where_ids_fit_two_ways_to_count_the_masks_of_the_truth_decide(
    write: Write, named: tuple[int, int], note: str
) -> None:
    # Neither 0 nor the last id occurs, which alone would tell.
    dataset = squares.truth((1, 2, LEFT), (1, 3, RIGHT), names=("shirt", "flat_shoes", "coat", "hat"))
    theirs = [squares.found(1, name, box) for name, box in zip(named, (LEFT, RIGHT), strict=True)]
    found = read_predictions(write(theirs), dataset)
    assert [one["category_id"] for one in found.predictions] == [2, 3]
    assert score(dataset, found.predictions).mask.ap == pytest.approx(1)
    assert any(one.startswith(note) and "1.00, else 0.00" in one for one in found.notes)


def test_a_truth_that_counts_from_0_is_met_though_its_last_id_does_not_occur(write: Write) -> None:
    dataset = squares.truth((1, 1, LEFT), (1, 2, RIGHT))
    for record in dataset.categories:
        record["id"] -= 1
    for record in dataset.annotations:
        record["category_id"] -= 1
    theirs = [squares.found(1, 1, LEFT), squares.found(1, 2, RIGHT)]
    found = read_predictions(write(theirs), dataset)
    assert [one["category_id"] for one in found.predictions] == [0, 1]
    assert any("counts from 1, the dataset from 0: they are shifted" in note for note in found.notes)


def test_masks_that_agree_with_no_garment_leave_the_ids_as_they_are(write: Write) -> None:
    dataset = squares.truth((1, 2, LEFT))
    found = read_predictions(write([squares.found(1, 1, RIGHT)]), dataset)
    assert [one["category_id"] for one in found.predictions] == [1]
    assert any("0.00, else 0.00" in note for note in found.notes)


def test_masks_may_be_polygons_or_uncompressed_and_boxes_missing(
    wild30: Dataset, perfect: Records, write: Write
) -> None:
    uncompressed, polygon, compressed = (dict(one) for one in perfect[:3])
    mask = imaging.decode(uncompressed["segmentation"])
    runs = np.flatnonzero(np.diff(np.r_[0, mask.ravel(order="F"), 0]))
    counts = np.diff(np.r_[0, runs, mask.size])
    uncompressed["segmentation"] = {
        "size": list(mask.shape),
        "counts": counts[counts.cumsum() <= mask.size].tolist(),
    }
    if sum(uncompressed["segmentation"]["counts"]) < mask.size:
        raise AssertionError("the runs do not cover the photo")
    polygon["segmentation"] = [[10, 10, 60, 10, 60, 90, 10, 90]]
    del polygon["bbox"], compressed["bbox"]
    found = read_predictions(write([uncompressed, polygon, compressed]), wild30).predictions
    assert found[0]["segmentation"] == perfect[0]["segmentation"]
    size = found[1]["segmentation"]["size"]
    assert found[1]["segmentation"]["counts"] == (
        coco_mask.frPyObjects(polygon["segmentation"], *size)[0]["counts"].decode()
    )
    assert found[1]["bbox"] == [10, 10, 50, 80]
    assert found[2]["bbox"] == imaging.bbox(perfect[2]["segmentation"])


def test_what_does_not_count_is_counted(wild30: Dataset, perfect: Records, write: Write) -> None:
    many = [perfect[0] | {"score": 0.5 + number / 1000} for number in range(103)]
    found = read_predictions(write(many), wild30)
    assert len(found.predictions) == 100
    assert min(one["score"] for one in found.predictions) == pytest.approx(0.503)
    assert "3 predictions beyond the 100 surest of their photo do not count" in found.notes
    assert f"{len(wild30.images) - 1} of {len(wild30.images)} photos have no prediction" in found.notes


def test_a_file_without_predictions_is_scored_and_said_to_be_so(wild30: Dataset, write: Write) -> None:
    found = read_predictions(write([]), wild30)
    assert found.predictions == []
    assert found.notes == ("the file holds no prediction: every garment counts as missed",)
    assert score(wild30, found.predictions).mask.ap == 0


def test_results_within_an_object_are_found(wild30: Dataset, counted: Records, write: Write) -> None:
    assert read_predictions(write({"annotations": counted}), wild30).predictions == counted


def test_boxes_that_reach_out_of_their_photos_are_doubted(
    wild30: Dataset, perfect: Records, write: Write
) -> None:
    x, y, width, height = perfect[0]["bbox"]
    boxes = ([x, y, width + 9000, height], [x, y, width, height + 9000], [x, y, width, height])
    found = read_predictions(write([perfect[0] | {"bbox": box} for box in boxes]), wild30)
    assert "2 boxes reach out of their photos; bbox is taken for x, y, width, height" in found.notes


SQUARE = [[0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 9.0]]
MALFORMED = {
    "score NaN": ({"score": float("nan")}, r"\[1\]\.score: is nan; expected a number from 0 to 1\. 1 more"),
    "score infinite": ({"score": float("inf")}, r"\[1\]\.score: is inf; expected a number from 0 to 1"),
    "score in percent": ({"score": 87}, r"\[1\]\.score: is 87; expected a number from 0 to 1"),
    "score as text": ({"score": "0.9"}, r"\[1\]\.score: is '0.9'; expected"),
    "no score": ({"score": None}, r"\[1\]: has no field 'score'"),
    "category unknown": (
        {"category_id": 31},
        r"\[1\]\.category_id: 31 is no category of \S+wild30.json. 1 more",
    ),
    "category as text": (
        {"category_id": "shirt"},
        r"\[1\]\.category_id: expected a whole number, found 'shirt'",
    ),
    "photo unknown": (
        {"image_id": 10**9},
        r"\[1\]\.image_id: 1000000000 is no photo of \S+wild30.json. 1 more",
    ),
    "photo a list": ({"image_id": [1]}, r"\[1\]\.image_id: expected a number or the name of a file"),
    "box of three": ({"bbox": [1, 2, 3]}, r"\[1\]\.bbox: is \[1, 2, 3\]; expected x, y, width and height"),
    "box NaN": ({"bbox": [1, 2, 3, float("nan")]}, r"\[1\]\.bbox: .*finite and in pixels"),
    "box inside out": ({"bbox": [10, 10, -5, 5]}, r"\[1\]\.bbox: .*expected x, y, width and height"),
    "mask of another size": (
        {"segmentation": {"size": [7, 9], "counts": [63]}},
        r"\[1\]\.segmentation: the RLE has the size \[7, 9\], but its photo has \[\d+, \d+\]"
        r" \(height, width\)\. 1 more malformed",
    ),
    "mask that breaks off": (
        {"segmentation": {"size": [7, 9], "counts": [60]}},
        r"\[1\]\.segmentation: .*sum",
    ),
    "mask that is text": ({"segmentation": "abc"}, r"\[1\]\.segmentation: .*polygons or an RLE"),
    "no mask": ({"segmentation": None}, r"\[1\]: has no field 'segmentation'"),
}


@pytest.mark.parametrize(("change", "message"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_named_with_its_place_and_how_many_more(
    wild30: Dataset, perfect: Records, write: Write, change: dict[str, Any], message: str
) -> None:
    path = write([perfect[0], perfect[1] | change, perfect[2] | change, perfect[3]])
    with pytest.raises(DatasetError, match=message) as raised:
        read_predictions(path, wild30)
    assert str(raised.value).startswith(str(path))


def test_boxes_alone_are_refused_with_what_to_do(wild30: Dataset, perfect: Records, write: Write) -> None:
    boxes = [{key: value for key, value in one.items() if key != "segmentation"} for one in perfect]
    with pytest.raises(DatasetError, match=r"boxes alone\. wildwear measures masks.*\*\.segm\.json"):
        read_predictions(write(boxes), wild30)


def test_a_truth_given_as_predictions_is_recognised(wild30: Dataset, write: Write) -> None:
    with pytest.raises(DatasetError, match="this is a truth, not what a model predicts"):
        read_predictions(write(wild30.document), wild30)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"theirs\.json: is empty; a file without predictions holds \[\]"),
        ('[{"image_id": 1, "sco', r"theirs\.json: is not JSON"),
        ('{"mask": 1}', r"expected a list of COCO results, found an object with mask"),
        ("7", r"expected a list of COCO results, found a value"),
        ("[3]", r"theirs\.json: \[0\]: expected an object, found 3"),
    ],
)
def test_a_file_that_holds_no_results_is_one_clear_line(
    wild30: Dataset, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(content)
    with pytest.raises(DatasetError, match=message):
        read_predictions(path, wild30)


def test_a_truth_without_sizes_of_photos_is_refused(wild30: Dataset, perfect: Records, write: Write) -> None:
    wild30.images[2]["width"] = None
    with pytest.raises(DatasetError, match=r"1 of \d+ photos have no width or height"):
        read_predictions(write(perfect), wild30)
