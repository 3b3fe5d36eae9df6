"""The bootstrap makes curves from matches: they must be those of the redrawn photos themselves."""

import copy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.datasets import Dataset
from wildwear.evaluation.measures import curves
from wildwear.evaluation.measures.curves import (
    by_category,
    by_category_redrawn,
    curves_of,
    draw_photos,
    precision_by_recall,
    recall_by_category,
)
from wildwear.evaluation.measures.matching import Kind, match, matches

Predictions = list[dict[str, Any]]


def redraw(
    dataset: Dataset, predictions: Predictions, weights: NDArray[np.int64]
) -> tuple[Dataset, Predictions]:
    """The dataset with each photo as often as its weight says, every copy with an id of its own."""
    document = {**dataset.document, "images": [], "annotations": []}
    redrawn = []
    ordered = sorted(dataset.images, key=lambda image: image["id"])
    for image, weight in zip(ordered, weights.tolist(), strict=True):
        for _ in range(weight):
            identity = len(document["images"]) + 1
            document["images"].append(image | {"id": identity})
            for annotation in dataset.annotations:
                if annotation["image_id"] == image["id"]:
                    number = len(document["annotations"]) + 1
                    document["annotations"].append(annotation | {"id": number, "image_id": identity})
            redrawn += [one | {"image_id": identity} for one in predictions if one["image_id"] == image["id"]]
    return Dataset(copy.deepcopy(document)), redrawn


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_every_photo_once_gives_the_figures_themselves(
    wild30: Dataset, predictions: Predictions, kind: Kind
) -> None:
    evaluation = match(wild30, predictions, kind)
    once = np.ones((1, len(wild30.images)), np.int64)
    redrawn = by_category_redrawn(evaluation, once)
    np.testing.assert_allclose(redrawn[0], by_category(curves_of(evaluation)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_a_redrawn_sample_gives_what_its_photos_give_when_they_are_really_repeated(
    wild30: Dataset, predictions: Predictions, kind: Kind
) -> None:
    weights = draw_photos(len(wild30.images), 4, seed=1)
    assert weights.max() > 2
    assert (weights == 0).any()
    redrawn = by_category_redrawn(match(wild30, predictions, kind), weights)
    for row, sample in zip(redrawn, weights, strict=True):
        expected = by_category(curves_of(match(*redraw(wild30, predictions, sample), kind)))
        np.testing.assert_allclose(row, expected, rtol=0, atol=1e-12)


def test_draws_that_are_taken_some_at_a_time_give_the_same(
    wild30: Dataset, predictions: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation, weights = match(wild30, predictions, "mask"), draw_photos(len(wild30.images), 20)
    expected = by_category_redrawn(evaluation, weights)
    monkeypatch.setattr(curves, "AT_ONCE", 50)
    np.testing.assert_array_equal(by_category_redrawn(evaluation, weights), expected)


def test_a_category_is_not_measured_on_a_draw_without_it(wild30: Dataset, predictions: Predictions) -> None:
    evaluation, weights = match(wild30, predictions, "mask"), draw_photos(len(wild30.images), 50)
    redrawn = by_category_redrawn(evaluation, weights)[:, 0]
    rows = {identity: row for row, identity in enumerate(evaluation.params.img_ids)}
    absent = np.ones(redrawn.shape, bool)
    for instance in wild30.instances():
        column = evaluation.params.cat_ids.index(instance["category_id"])
        absent[:, column] &= weights[:, rows[instance["image_id"]]] == 0
    assert 0 < absent.all(axis=0).sum() < absent.any(axis=0).sum()  # never there, and only on some draws
    np.testing.assert_array_equal(np.isnan(redrawn), absent)


def test_each_draw_holds_as_many_photos_as_the_dataset() -> None:
    weights = draw_photos(54, 100)
    assert weights.shape == (100, 54)
    assert (weights.sum(axis=1) == 54).all()
    assert len({tuple(draw) for draw in weights.tolist()}) == 100


def test_average_precision_is_the_mean_of_the_precision_by_recall(
    wild30: Dataset, predictions: Predictions
) -> None:
    evaluation = match(wild30, predictions, "mask")
    precision = precision_by_recall(curves_of(evaluation))
    assert precision.shape == (10, 101, 30)
    ap, ap50 = by_category(curves_of(evaluation))[:2]
    np.testing.assert_allclose(precision.mean(axis=(0, 1)), ap, rtol=0, atol=1e-12)
    np.testing.assert_allclose(precision[0].mean(axis=0), ap50, rtol=0, atol=1e-12)
    absent = [not number for number in wild30.instances_by_category().values()]
    assert np.isnan(precision[:, :, absent]).all()
    present = precision[:, :, ~np.array(absent)]
    assert ((present >= 0) & (present <= 1)).all()
    assert (np.diff(present, axis=1) <= 0).all()


def test_average_recall_is_the_share_of_instances_that_the_surest_detections_find(
    wild30: Dataset, predictions: Predictions
) -> None:
    evaluation = match(wild30, predictions, "mask")
    recalls, matched = recall_by_category(curves_of(evaluation)), matches(evaluation)
    for column, (category, number) in enumerate(wild30.instances_by_category().items()):
        if not number:
            assert np.isnan(recalls[:, column]).all()
            continue
        found = matched[0, category]
        right = found.right & ~found.ignored
        assert recalls[2, column] == pytest.approx(right.sum(axis=1).mean() / number)
        surest = [
            rows[np.argmax(found.scores[rows])]
            for photo in np.unique(found.photos)
            for rows in [np.flatnonzero(found.photos == photo)]
        ]
        assert recalls[0, column] == pytest.approx(right[:, surest].sum(axis=1).mean() / number)
