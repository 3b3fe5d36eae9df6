"""Label errors that are planted in a truth are listed; what is right, or nobody can judge, is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.page.suspects import LISTED, suspects
from wildwear.taxonomy import CATEGORIES

BAG, BOOTS, SKIRT, JACKET, COAT = 2, 3, 20, 23, 16
SIDE = 100


def square(left: int, top: int, side: int = 20) -> imaging.Rle:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : top + side, left : left + side] = True
    return imaging.encode(mask)


def annotation(number: int, photo: int, category: int, mask: imaging.Rle, crowd: int = 0) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": photo,
        "category_id": category,
        "segmentation": mask,
        "bbox": imaging.bbox(mask),
        "area": imaging.area(mask),
        "iscrowd": crowd,
    }


def result(photo: int, category: int, score: float, mask: imaging.Rle) -> dict[str, Any]:
    return {
        "image_id": photo,
        "category_id": category,
        "score": score,
        "segmentation": mask,
        "bbox": imaging.bbox(mask),
    }


@pytest.fixture
def truth() -> Dataset:
    """Ten photos, each with a bag and a skirt."""
    annotations = []
    for photo in range(1, 11):
        annotations.append(annotation(2 * photo, photo, BAG, square(10, 10)))
        annotations.append(annotation(2 * photo + 1, photo, SKIRT, square(50, 50)))
    return Dataset(
        {
            "images": [
                {"id": photo, "file_name": f"{photo}.jpg", "width": SIDE, "height": SIDE}
                for photo in range(1, 11)
            ],
            "categories": [{"id": one.id, "name": one.name} for one in CATEGORIES],
            "annotations": annotations,
        }
    )


@pytest.fixture
def seen(truth: Dataset) -> list[dict[str, Any]]:
    """A model that finds and names all of them, a pixel beside."""
    places = {BAG: square(11, 10), SKIRT: square(51, 50)}
    return [
        result(one["image_id"], one["category_id"], 0.9, places[one["category_id"]])
        for one in truth.instances()
    ]


def spoilt(truth: Dataset, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Dataset:
    annotations = [new for one in truth.annotations if (new := change(one))]
    return Dataset({**truth.document, "annotations": annotations})


def test_a_truth_that_the_model_agrees_with_has_no_suspects(
    truth: Dataset, seen: list[dict[str, Any]]
) -> None:
    assert suspects(Evidence(truth, seen)) == []
    assert suspects(Evidence(truth, [])) == []


def test_an_instance_with_another_name_is_found_with_the_name_it_had(
    truth: Dataset, seen: list[dict[str, Any]]
) -> None:
    planted = spoilt(truth, lambda one: {**one, "category_id": BOOTS} if one["id"] == 8 else one)
    (found,) = suspects(Evidence(planted, seen))
    assert (found.kind, found.image_id, found.annotation_id) == ("wrong name", 4, 8)
    assert found.category_id == BAG
    assert found.prediction == result(4, BAG, 0.9, square(11, 10))
    assert found.score == 0.9
    assert LISTED <= found.confidence <= 0.9
    assert found.text == "labelled boots, but looks like bag (score 0.90; boots is not seen there)"


def test_a_removed_instance_is_found_once_under_the_surest_name(
    truth: Dataset, seen: list[dict[str, Any]]
) -> None:
    planted = spoilt(truth, lambda one: None if one["id"] == 9 else one)
    doubled = [*seen, result(4, COAT, 0.8, square(52, 50))]
    (found,) = suspects(Evidence(planted, doubled))
    assert (found.kind, found.image_id, found.annotation_id) == ("missing", 4, None)
    assert (found.category_id, found.score) == (SKIRT, 0.9)
    assert found.text == "looks like skirt (score 0.90), and nothing is labelled there"


def test_where_the_model_sees_the_written_name_as_well_it_is_less_suspect(
    truth: Dataset, seen: list[dict[str, Any]]
) -> None:
    planted = spoilt(truth, lambda one: {**one, "category_id": BOOTS} if one["id"] == 8 else one)
    (clear,) = suspects(Evidence(planted, seen))
    (hedged,) = suspects(Evidence(planted, [*seen, result(4, BOOTS, 0.05, square(11, 10))]))
    assert hedged.confidence == pytest.approx(clear.confidence * 0.95**4)
    assert hedged.text.endswith("(score 0.90; as boots 0.05)")
    assert suspects(Evidence(planted, [*seen, result(4, BOOTS, 0.5, square(11, 10))])) == []


def test_names_that_the_model_often_mistakes_are_no_news(truth: Dataset, seen: list[dict[str, Any]]) -> None:
    """Jackets that it always calls coats are its own fault; one skirt that it calls a coat is not."""
    jackets = spoilt(truth, lambda one: {**one, "category_id": JACKET} if one["category_id"] == BAG else one)
    coats = [{**one, "category_id": COAT} if one["category_id"] == BAG else one for one in seen]
    assert suspects(Evidence(jackets, coats)) == []
    one_of_many = [{**one, "category_id": COAT} if number == 7 else one for number, one in enumerate(seen)]
    assert [found.annotation_id for found in suspects(Evidence(truth, one_of_many))] == [9]


def test_a_category_that_the_model_sees_everywhere_is_not_missing_everywhere(
    truth: Dataset, seen: list[dict[str, Any]]
) -> None:
    ghosts = [result(photo, BOOTS, 0.9, square(10, 70)) for photo in range(1, 11)]
    assert suspects(Evidence(truth, [*seen, *ghosts])) == []
    bag = result(3, BAG, 0.9, square(10, 70))  # bags are mostly where the truth has them
    assert [found.prediction for found in suspects(Evidence(truth, [*seen, bag]))] == [bag]


@pytest.mark.parametrize("category", [BAG, COAT])
def test_nothing_is_missing_where_nothing_is_judged(
    truth: Dataset, seen: list[dict[str, Any]], category: int
) -> None:
    found = result(3, category, 0.99, square(12, 72, 10))
    listed = suspects(Evidence(truth, [*seen, found]))
    assert len(listed) == (category == BAG)  # nobody knows the coats of this model
    everywhere = [annotation(100 + one.id, 3, one.id, square(5, 70, 25), crowd=1) for one in CATEGORIES]
    masked = Dataset({**truth.document, "annotations": [*truth.annotations, *everywhere]})
    assert suspects(Evidence(masked, [*seen, found])) == []


def test_a_part_of_a_labelled_garment_is_not_missing(truth: Dataset, seen: list[dict[str, Any]]) -> None:
    part = result(3, BAG, 0.95, square(50, 50, 8))  # inside the skirt
    assert suspects(Evidence(truth, [*seen, part])) == []


def test_a_detection_without_a_pixel_shows_no_garment(truth: Dataset, seen: list[dict[str, Any]]) -> None:
    empty = result(3, BAG, 0.95, imaging.encode(np.zeros((SIDE, SIDE))))
    assert suspects(Evidence(truth, [*seen, empty])) == []


def test_the_most_suspect_comes_first(truth: Dataset, seen: list[dict[str, Any]]) -> None:
    planted = spoilt(
        truth,
        lambda one: (
            {**one, "category_id": {8: BOOTS, 12: JACKET}[one["id"]]} if one["id"] in (8, 12) else one
        ),
    )
    unsure = [{**one, "score": 0.8} if one["image_id"] == 4 else one for one in seen]
    found = suspects(Evidence(planted, unsure))
    assert [one.annotation_id for one in found] == [12, 8]
    assert found[0].confidence > found[1].confidence
