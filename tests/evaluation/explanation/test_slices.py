"""Slices: each is what an evaluation of its part alone would say."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from squares import found, truth
from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation import score
from wildwear.evaluation.explanation.photo_rows import photo_table
from wildwear.evaluation.explanation.slices import Slice, slices
from wildwear.evaluation.measures.evidence import Evidence

Predictions = list[dict[str, Any]]


@pytest.fixture
def photos(wild30: Dataset, wild30_file: Path) -> pl.DataFrame:
    return photo_table(wild30, wild30_file.parent / "photos")


@pytest.fixture
def displayed(predictions: Predictions) -> Predictions:
    return [one for one in predictions if one["score"] >= 0.5]


def of(found: tuple[Slice, ...], dimension: str) -> list[Slice]:
    return [one for one in found if one.dimension == dimension]


def part_of(dataset: Dataset, chosen: set[int]) -> Dataset:
    return dataset.restricted_to([image for image in dataset.images if image["id"] in chosen])


def expect(found: Slice, dataset: Dataset, predictions: Predictions, displayed: Predictions) -> None:
    """That a slice is what `score` says of this dataset."""
    chosen = {image["id"] for image in dataset.images}
    kept, shown = ([one for one in some if one["image_id"] in chosen] for some in (predictions, displayed))
    whole = score(dataset, kept, displayed=shown)
    assert whole.displayed is not None
    assert (found.photos, found.instances) == (whole.photos, whole.instances)
    assert found.ap == pytest.approx(whole.mask.ap, abs=1e-9)
    assert found.ap50 == pytest.approx(whole.mask.ap50, abs=1e-9)
    assert found.categories == whole.mask.categories["ap"]
    assert (found.precision, found.recall) == (whole.displayed.precision, whole.displayed.recall)


def test_a_slice_of_photos_is_the_evaluation_of_these_photos(
    wild30: Dataset, predictions: Predictions, displayed: Predictions, photos: pl.DataFrame
) -> None:
    found = slices(Evidence(wild30, predictions, displayed), photos)
    street, wild = of(found, "source")
    assert (street.name, wild.name) == ("street", "wild")
    for one in (street, wild):
        chosen = {image["id"] for image in wild30.images if image["source"] == one.name}
        expect(one, part_of(wild30, chosen), predictions, displayed)
    assert street.ap != wild.ap


def test_numbers_put_each_photo_in_the_one_slice_whose_bounds_it_lies_between(
    wild30: Dataset, predictions: Predictions, displayed: Predictions, photos: pl.DataFrame
) -> None:
    found = slices(Evidence(wild30, predictions, displayed), photos)
    rows = photos.select("image_id", "brightness", "megapixels").rows()
    dark = next(one for one in of(found, "brightness") if one.name == "dark (under 0.3)")
    expect(dark, part_of(wild30, {row[0] for row in rows if row[1] < 0.3}), predictions, displayed)
    small = next(one for one in of(found, "photo size") if one.name == "under 0.25 Mpx")
    expect(small, part_of(wild30, {row[0] for row in rows if row[2] < 0.25}), predictions, displayed)
    for dimension in ("brightness", "photo size", "blur"):
        assert sum(one.instances for one in of(found, dimension)) == len(wild30.instances())


def test_garments_are_sliced_by_their_share_of_the_photo(
    wild30: Dataset, predictions: Predictions, displayed: Predictions, photos: pl.DataFrame
) -> None:
    """As COCO's sizes would have it, were all photos of a million pixels: each area as parts of a million."""
    sizes = {image["id"]: image["width"] * image["height"] for image in wild30.images}
    found = of(slices(Evidence(wild30, predictions, displayed), photos), "garment area")
    share = {
        one["id"]: imaging.area(one["segmentation"]) / sizes[one["image_id"]] for one in wild30.instances()
    }
    bounds = (0, 0.01, 0.05, 0.2, 1.1)
    counts = np.histogram(list(share.values()), bounds)[0].tolist()
    assert [one.instances for one in found] == [count for count in counts if count]
    assert min(counts[:3]) > 5
    # Right and shown detections of one slice, by hand: small ones that lie on no small instance do not count
    # for this slice, unless they are small themselves.
    middle = next(one for one in found if one.name == "1 to 5 % of the photo")
    there = [one for one in wild30.instances() if 0.01 <= share[one["id"]] < 0.05]
    assert middle.photos == len({one["image_id"] for one in there})
    assert middle.categories == len({one["category_id"] for one in there})
    perfect = [
        {name: one[name] for name in ("image_id", "category_id", "segmentation", "bbox")} | {"score": 0.9}
        for one in there
    ]
    only = of(slices(Evidence(wild30, perfect, perfect), photos), "garment area")
    reached = {one.name: (one.ap, one.precision, one.recall) for one in only}
    assert reached.pop("1 to 5 % of the photo") == pytest.approx((1, 1, 1))
    for ap, precision, recall in reached.values():
        assert (ap, recall) == (0, 0)
        assert math.isnan(precision)  # what is of another size is not wrong there


def test_what_is_wrong_counts_among_garments_of_its_own_size() -> None:
    dataset = truth((1, 1, (0, 0, 20, 20)), (1, 1, (0, 40, 30, 30)))  # 4 and 9 % of the photo
    shown = [
        found(1, 1, (0, 0, 20, 20)),
        found(1, 1, (0, 40, 30, 30), 0.8),
        found(1, 1, (60, 60, 20, 20), 0.95),
    ]
    parts = of(slices(Evidence(dataset, shown, shown), photo_table(dataset, properties={})), "garment area")
    assert [(one.name, one.precision, one.recall) for one in parts] == [
        ("1 to 5 % of the photo", 0.5, 1),
        ("5 to 20 % of the photo", 1, 1),
    ]
    assert [one.ap for one in parts] == pytest.approx([0.5, 1])


def test_a_selfie_of_one_person_is_in_both_slices_and_who_does_not_say_in_none(
    wild30: Dataset, predictions: Predictions, displayed: Predictions
) -> None:
    for number, image in enumerate(wild30.images):
        if number < 30:
            image["people"] = ("0", "0_3", "1")[number % 3]
    found = of(slices(Evidence(wild30, predictions, displayed), photo_table(wild30, properties={})), "people")
    assert [(one.name, one.photos) for one in found] == [("one person", 20), ("people", 10), ("selfie", 10)]


def test_what_is_not_known_makes_no_slice(
    wild30: Dataset, predictions: Predictions, displayed: Predictions
) -> None:
    for image in wild30.images:
        del image["source"]
    found = slices(Evidence(wild30, predictions, displayed), photo_table(wild30, properties={}))
    assert {one.dimension for one in found} == {"photo size", "garment area"}


def test_without_predictions_recall_is_zero_and_precision_is_not_measured(
    wild30: Dataset, photos: pl.DataFrame
) -> None:
    found = slices(Evidence(wild30, [], []), photos)
    assert len(found) > 8
    assert all(one.ap == one.recall == 0 and math.isnan(one.precision) for one in found)


def test_intervals_are_those_of_the_metrics(
    wild30: Dataset, predictions: Predictions, displayed: Predictions, photos: pl.DataFrame
) -> None:
    assert all(one.interval is None for one in slices(Evidence(wild30, predictions, displayed), photos))
    wild = of(slices(Evidence(wild30, predictions, displayed), photos, bootstrap=100, seed=3), "source")[1]
    chosen = {image["id"] for image in wild30.images if image["source"] == "wild"}
    kept = [one for one in predictions if one["image_id"] in chosen]
    expected = score(part_of(wild30, chosen), kept, bootstrap=100, seed=3).mask.intervals["ap"]
    assert wild.interval == pytest.approx(expected)
