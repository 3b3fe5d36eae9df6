"""A whole evaluation with the tiny model, whose answers are constants, on truths made of these answers."""

import dataclasses
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

import squares
import wildwear
from wildwear import imaging, inference, taxonomy
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation import Result, evaluate, evaluate_predictions, score
from wildwear.evaluation.result import of_source
from wildwear.inference import Segmenter
from wildwear.inference.card import Calibration
from wildwear.inference.display import shown


@pytest.fixture
def segmenter(tiny_model: Path) -> Segmenter:
    return inference.load(tiny_model)


@pytest.fixture
def photos(shared: Path) -> Path:
    return shared / "data" / "wild30" / "photos"


@pytest.fixture
def truth(wild30: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path) -> Dataset:
    """Three wild and three street photos, on which the tiny model finds exactly what is there."""
    wild = [image for image in wild30.images if image["source"] == "wild"]
    street = [image for image in wild30.images if image["source"] == "street"]
    images = wild[:3] + street[:3]
    annotations = []
    for image in images:
        for found in segmenter(photos / image["file_name"], score=0.01, suppress=False).to_coco(image["id"]):
            size = imaging.area(found["segmentation"])
            annotations.append(found | {"id": len(annotations) + 1, "area": size, "iscrowd": 0})
    dataset = Dataset(
        {**wild30.document, "images": images, "annotations": annotations}, tmp_path / "truth.json"
    )
    dataset.save(tmp_path / "truth.json")
    return dataset


def test_ap_counts_what_is_found_while_precision_and_recall_count_what_is_displayed(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    metrics = evaluate(segmenter, truth, photos, bootstrap=0).metrics
    assert metrics.mask.ap == pytest.approx(1)
    assert metrics.mask.categories["ap"] == 5
    rows = {row.name: row for row in metrics.categories if row.displayed}
    recalls = {name: row.displayed.recall for name, row in rows.items() if row.displayed}
    assert recalls["jacket"] == recalls["jeans"] == 1
    assert recalls["coat"] == 0  # the jacket on the same pixels is surer
    assert recalls["hat"] == 0  # under the display threshold
    assert rows["hat"].ap == rows["coat"].ap == pytest.approx(1)
    assert (rows["coat"].learnt, rows["bag"].learnt) == (True, False)


def test_calibration_changes_no_digit_of_ap_nor_does_a_file_of_calibrated_predictions(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    some = Dataset(truth.document | {"annotations": truth.annotations[::2]}, truth.path)
    hardly = Calibration(odds=0.01, right_power=1.5)  # a hat at 0.03 is worth 0.00005
    calibrated = segmenter.with_card(segmenter.card.model_copy(update={"calibration": hardly}))
    as_said = evaluate(segmenter, some, photos, bootstrap=5)
    worth = evaluate(calibrated, some, photos, bootstrap=5, out=tmp_path / "result")
    of_file = evaluate_predictions(tmp_path / "result" / "predictions.json", some, photos, bootstrap=5)
    assert 0 < as_said.metrics.mask.ap < 1
    for kind in ("mask", "box"):
        figures = [one.metrics.to_dict()[kind] for one in (as_said, worth, of_file)]
        assert figures[0] == figures[1] == figures[2]
    assert max(one["score"] for one in worth.predictions) < max(one["score"] for one in as_said.predictions)


def test_a_truth_whose_records_say_what_others_do_not_is_evaluated_like_any(shared: Path) -> None:
    # `date_captured: 0` as CVAT writes it, and as text
    segmenter = wildwear.load()
    for name in ("mapped", "mapped2"):
        dataset = Dataset.load(shared / "cases" / "36" / f"{name}.json")
        assert evaluate(segmenter, dataset, bootstrap=0).metrics.mask.ap == pytest.approx(0.6)


def test_what_is_displayed_is_the_segmenters_own_output(photos: Path, wild30: Dataset) -> None:
    segmenter = inference.load()  # the bundled model: with doubles to suppress, and scores at every height
    compared = 0
    for image in wild30.images[:3]:
        photo = imaging.read_photo(photos / image["file_name"])
        everything = segmenter(photo, score=0.01, suppress=False, limit=100)
        theirs = segmenter(photo).to_coco(image["id"])
        assert shown(everything, segmenter.card.thresholds).to_coco(image["id"]) == theirs
        assert len(everything) > len(theirs)
        compared += len(theirs)
    assert compared


def test_a_threshold_of_a_category_decides_what_is_shown_of_it_and_is_said(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    thresholds = segmenter.card.thresholds
    own = thresholds.model_copy(update={"category_scores": {taxonomy.category("jeans").id: 0.95}})
    segmenter.card = segmenter.card.model_copy(update={"thresholds": own})
    result = evaluate(segmenter, truth, photos, bootstrap=0)
    recalls = {row.name: row.displayed.recall for row in result.metrics.categories if row.displayed}
    assert (recalls["jacket"], recalls["jeans"]) == (1, 0)
    assert result.settings["displayed"]["category_scores"] == {"jeans": 0.95}
    assert result.shown_from == f"{thresholds.score:g} (jeans 0.95)"


def test_a_prediction_at_the_threshold_is_shown(tmp_path: Path) -> None:
    box = (10, 10, 20, 20)
    dataset = squares.truth((1, 1, box), (2, 1, box), folder=tmp_path / "set")
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps([squares.found(1, 1, box, 0.7), squares.found(2, 1, box, 0.69)]))
    result = evaluate_predictions(theirs, dataset, score=0.7, bootstrap=0)
    assert [one["score"] for one in result.displayed] == [0.7]
    assert result.shown_from == "0.7"


def test_a_result_is_the_same_from_its_folder(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "result"
    result = evaluate(segmenter, truth, photos, out=out, bootstrap=20)
    assert sorted(path.name for path in out.iterdir()) == [
        "categories.csv",
        "displayed.json",
        "metrics.json",
        "photos.parquet",
        "predictions.json",
        "settings.yaml",
    ]
    again = Result.read(out)
    written = json.loads((out / "metrics.json").read_text())
    assert written == json.loads(json.dumps(again.to_dict())) == json.loads(json.dumps(result.to_dict()))
    absent = next(row for row in again.metrics.categories if not row.instances)
    assert math.isnan(absent.ap)  # not None
    assert again.explanation.boundary.by_category == result.explanation.boundary.by_category
    assert (again.explanation.confusion.counts == result.explanation.confusion.counts).all()
    assert repr(again.explanation.slices) == repr(result.explanation.slices)  # some hold NaN
    assert (again.predictions, again.displayed) == (result.predictions, result.displayed)
    assert again.dataset.document == truth.document
    assert again.photos.equals(result.photos)
    assert again.settings == result.settings
    assert again.images_dir == photos.resolve()
    assert score(truth, again.predictions).mask.ap == result.metrics.mask.ap


def test_a_result_says_how_it_was_made(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    evaluate(segmenter, truth, photos, out=tmp_path / "result", bootstrap=0)
    settings = yaml.safe_load((tmp_path / "result" / "settings.yaml").read_text())
    assert settings["wildwear"] == wildwear.__version__
    assert settings["model"]["file"] == "tiny.onnx"
    assert settings["model"]["sha256"] == hashlib.sha256(segmenter.path.read_bytes()).hexdigest()
    assert truth.path is not None
    assert settings["dataset"]["file"] == str(truth.path.resolve())
    assert settings["dataset"]["sha256"] == hashlib.sha256(truth.path.read_bytes()).hexdigest()
    assert settings["displayed"]["score"] == segmenter.card.thresholds.score


def test_the_table_of_photos_is_of_the_photos_that_the_model_saw(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    table = evaluate(segmenter, truth, photos, bootstrap=0).photos
    assert table["image_id"].to_list() == [image["id"] for image in truth.images]
    photo = imaging.read_photo(photos / truth.images[0]["file_name"]).astype(float)
    assert table["brightness"][0] == pytest.approx((photo @ [0.299, 0.587, 0.114]).mean() / 255, abs=0.01)


def test_predictions_from_a_file_are_scored_as_those_of_the_model_were(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    threshold = segmenter.card.thresholds.score
    result = evaluate(segmenter, truth, photos, out=tmp_path / "result", bootstrap=0)
    again = evaluate_predictions(
        tmp_path / "result" / "displayed.json", truth, photos, score=threshold, bootstrap=0
    )
    assert again.metrics.displayed == result.metrics.displayed
    again = evaluate_predictions(tmp_path / "result" / "predictions.json", truth, photos, bootstrap=0)
    assert repr(again.metrics.mask) == repr(result.metrics.mask)  # some are NaN
    assert again.photos.equals(result.photos)
    assert again.name == "predictions"


def test_predictions_need_no_photos_and_may_be_of_any_categories(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(evaluate(segmenter, truth, photos, bootstrap=0).predictions))
    for category in truth.categories:
        category["name"] = f"{category['name']} of theirs"
    result = evaluate_predictions(path, truth, score=0.85, bootstrap=0)
    assert result.metrics.mask.ap == pytest.approx(1)
    assert result.photos["brightness"].null_count() == 6
    assert result.metrics.displayed is not None
    assert result.metrics.displayed.shown == 12  # jacket 0.94 and jeans 0.90 in each of six photos


def test_photos_that_are_not_there_are_noted_and_a_wrong_folder_is_refused(
    truth: Dataset, photos: Path, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text("[]")

    def notes(images_dir: Path | None) -> str:
        return " ".join(
            evaluate_predictions(path, truth, images_dir, bootstrap=0).settings["predictions"]["notes"]
        )

    assert "6 of 6 photos cannot be read: no word of their brightness and blur" in notes(None)
    assert "cannot be read" not in notes(photos)
    with pytest.raises(DatasetError, match=r"nowhere: there is no such folder"):
        evaluate_predictions(path, truth, tmp_path / "nowhere")


def test_a_truth_of_polygons_in_other_categories_is_explained_as_well(shared: Path, tmp_path: Path) -> None:
    truth = Dataset.load(shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json")
    assert all(isinstance(one["segmentation"], list) for one in truth.instances())
    assert {one["category_id"] for one in truth.instances()} == {11}
    truth.categories.append({"id": 12, "name": "vest dress"})
    fields = ("image_id", "segmentation")
    theirs = [
        {field: one[field] for field in fields} | {"category_id": 12, "score": 0.9}
        for one in truth.instances()
    ]
    (tmp_path / "theirs.json").write_text(json.dumps(theirs))
    result = evaluate_predictions(tmp_path / "theirs.json", truth, bootstrap=0)
    assert result.explanation.errors.counts["classification"] == len(theirs)
    assert result.explanation.confusion.counts[:-1, :-1].sum() == len(theirs)
    assert result.explanation.names.all_forgiven == pytest.approx(1)
    assert result.explanation.names.ap == 0


def test_a_result_does_not_replace_what_it_is_made_from(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    evaluate(segmenter, truth, photos, out=out, bootstrap=0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OutputError, match=r"predictions\.json: its own result would replace it"):
        evaluate_predictions(out / "predictions.json", truth, photos, out=out, overwrite=True)
    (out / "metrics.json").unlink()
    truth.save(out / "metrics.json")
    of_result = Dataset.load(out / "metrics.json")
    with pytest.raises(OutputError, match=r"metrics\.json: its own result would replace it"):
        evaluate(segmenter, of_result, photos, out=out, overwrite=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()}.items() - before.items() == {
        ("metrics.json", (out / "metrics.json").read_bytes())
    }


def test_a_folder_for_reading_only_is_refused_before_the_work(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)  # nothing is that for root
    seen: list[int] = []
    with pytest.raises(OutputError, match="cannot be written to: it is for reading only"):
        evaluate(
            segmenter,
            truth,
            photos,
            out=tmp_path,
            overwrite=True,
            progress=lambda done, total: seen.append(done),
        )
    assert seen == []


def test_a_truth_with_an_empty_mask_is_refused(truth: Dataset, tmp_path: Path) -> None:
    (tmp_path / "theirs.json").write_text("[]")
    truth.annotations[2]["segmentation"] = []
    with pytest.raises(DatasetError, match=r"truth\.json: 1 annotations have no mask, with the id 3"):
        evaluate_predictions(tmp_path / "theirs.json", truth)


def test_predictions_of_other_sources_are_left_out(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(evaluate(segmenter, truth, photos, bootstrap=0).predictions))
    result = evaluate_predictions(path, truth, source="street", bootstrap=0)
    assert result.metrics.photos == 3
    assert {one["image_id"] for one in result.predictions} == {image["id"] for image in truth.images[3:]}


def test_foreign_predictions_of_what_is_not_labelled_are_left_out_and_that_is_said(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(evaluate(segmenter, truth, photos, bootstrap=0).predictions))
    told = Dataset({**truth.document, "info": {"not_labelled": ["jacket"]}}, truth.path)
    result = evaluate_predictions(path, told, bootstrap=0)
    assert (
        "6 predictions of categories that the dataset does not label are left out"
        in (result.settings["predictions"]["notes"])
    )


def test_a_truth_that_has_changed_is_refused(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    evaluate(segmenter, truth, photos, out=tmp_path / "result", bootstrap=0)
    assert truth.path is not None
    truth.path.write_text(truth.path.read_text() + "\n")
    with pytest.raises(DatasetError, match=r"truth\.json: has changed since \S+result was evaluated"):
        Result.read(tmp_path / "result")
    truth.path.unlink()
    with pytest.raises(DatasetError, match=r"truth\.json: is gone"):
        Result.read(tmp_path / "result")


def test_a_result_on_part_of_a_file_cannot_be_read_again(truth: Dataset, tmp_path: Path) -> None:
    (tmp_path / "theirs.json").write_text("[]")
    part = truth.restricted_to(truth.images[:2])
    evaluate_predictions(tmp_path / "theirs.json", part, out=tmp_path / "result", bootstrap=0)
    with pytest.raises(DatasetError, match=r"truth\.json: has 6 photos .* so not on this file as it is"):
        Result.read(tmp_path / "result")


def test_folders_that_are_no_result_are_named(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    with pytest.raises(DatasetError, match="result: is no folder"):
        Result.read(out)
    out.mkdir()
    with pytest.raises(DatasetError, match=r"holds no metrics\.json, so it is no result"):
        Result.read(out)
    evaluate(segmenter, truth, photos, out=out, overwrite=True, bootstrap=0)
    (out / "displayed.json").unlink()
    with pytest.raises(DatasetError, match=r"has no displayed\.json: an older wildwear wrote it"):
        Result.read(out)
    evaluate(segmenter, truth, photos, out=out, overwrite=True, bootstrap=0)
    (out / "displayed.json").write_text('[{"image_id": 7}]')
    with pytest.raises(DatasetError, match=r"displayed\.json: predictions\[0\]: has no field 'category_id'"):
        Result.read(out)
    (out / "metrics.json").write_text('{"photos": 6}')
    with pytest.raises(DatasetError, match=r"metrics\.json: is not what this wildwear writes"):
        Result.read(out)
    (out / "settings.yaml").write_text("wildwear: 0.1.0")
    with pytest.raises(DatasetError, match=r"settings\.yaml: is damaged"):
        Result.read(out)


def test_nothing_is_replaced_when_the_last_file_cannot_be_written(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    result = evaluate(segmenter, truth, photos, out=out, bootstrap=0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    unwritable = dataclasses.replace(result, settings={**result.settings, "file": out})  # YAML has no paths
    with pytest.raises(yaml.YAMLError):
        unwritable.save(out, overwrite=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_source_is_known_by_the_thesis_terms_as_well(truth: Dataset) -> None:
    for image, source in zip(truth.images, ("IG", "user", "shop", "user_shop"), strict=False):
        image["source"] = source
    part = of_source(truth.restricted_to(truth.images[:4]), "wild")
    assert part.images == truth.images[:2]
    assert of_source(part, "user").images == part.images


def test_a_source_restricts_the_photos(truth: Dataset, photos: Path, segmenter: Segmenter) -> None:
    seen: list[tuple[int, int]] = []
    metrics = evaluate(
        segmenter,
        truth,
        photos,
        source="street",
        bootstrap=0,
        progress=lambda done, total: seen.append((done, total)),
    ).metrics
    assert metrics.photos == 3
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(DatasetError, match="no image has the source 'studio'; it has street, wild"):
        evaluate(segmenter, truth, photos, source="studio")


def test_missing_photos_are_counted_and_named_before_the_model_runs(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    truth.images[1]["file_name"] = "gone.jpg"
    truth.images[4]["file_name"] = "away.jpg"
    seen: list[int] = []
    with pytest.raises(DatasetError, match=r"2 of 6 photos are missing: \S+gone.jpg, \S+away.jpg"):
        evaluate(segmenter, truth, photos, progress=lambda done, total: seen.append(done))
    assert seen == []


def test_a_photo_of_another_size_than_its_masks_is_refused(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    truth.images[0]["file_name"] = truth.images[1]["file_name"]
    with pytest.raises(DatasetError, match="its masks belong to another photo"):
        evaluate(segmenter, truth, photos)


def test_categories_of_another_taxonomy_are_named(truth: Dataset, photos: Path, segmenter: Segmenter) -> None:
    truth.document["categories"] = [
        category | {"name": "outwear"} if category["id"] == 23 else category for category in truth.categories
    ]
    with pytest.raises(DatasetError, match="23 'outwear': not wildwear's ids and names"):
        evaluate(segmenter, truth, photos)


def test_what_the_dataset_does_not_list_is_left_out(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    kept: list[dict[str, Any]] = [one for one in truth.annotations if one["category_id"] != 23]
    truth.document["annotations"] = kept
    truth.document["categories"] = [category for category in truth.categories if category["id"] != 23]
    metrics = evaluate(segmenter, truth, photos, bootstrap=0).metrics
    assert metrics.displayed is not None
    assert metrics.displayed.precision == 1


def test_what_the_dataset_does_not_label_is_neither_right_nor_wrong(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    jackets = {one["id"] for one in truth.categories if one["name"] == "jacket"}
    rest = [one for one in truth.annotations if one["category_id"] not in jackets]
    bare = Dataset({**truth.document, "annotations": rest}, truth.path)
    told = Dataset({**bare.document, "info": {"not_labelled": ["jacket"]}}, truth.path)
    displayed = [
        evaluate(segmenter, dataset, photos, bootstrap=0).metrics.displayed for dataset in (bare, told)
    ]
    assert displayed[0] is not None
    assert displayed[1] is not None
    assert displayed[0].shown - displayed[1].shown == len(truth.images)  # a jacket a photo
    assert displayed[1].right == displayed[0].right


def test_an_earlier_result_is_replaced_only_when_asked(
    truth: Dataset, photos: Path, segmenter: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    out.mkdir()
    (out / "metrics.json").write_text("precious")
    with pytest.raises(OutputError, match="is not empty"):
        evaluate(segmenter, truth, photos, out=out)
    assert (out / "metrics.json").read_text() == "precious"
    evaluate(segmenter, truth, photos, out=out, overwrite=True, bootstrap=0)
    assert json.loads((out / "metrics.json").read_text())["photos"] == 6


def test_the_command_line_is_kept_where_there_is_one(
    truth: Dataset, photos: Path, segmenter: Segmenter
) -> None:
    asked = evaluate(segmenter, truth, photos, bootstrap=0, command="wildwear evaluate default truth.json")
    assert asked.settings["command"] == "wildwear evaluate default truth.json"
    assert "command" not in evaluate(segmenter, truth, photos, bootstrap=0).settings


def test_a_score_that_is_no_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a score is from 0 to 1, not 90"):
        evaluate_predictions(tmp_path / "predictions.json", squares.truth((1, 1, (10, 10, 20, 20))), score=90)
