"""Which photos are wanted."""

from typing import Any

import pytest
from pydantic import ValidationError

from wildwear.datasets import Conversion
from wildwear.datasets.making.filters import Filters, filtered
from wildwear.datasets.stream import PhotoStream
from wildwear.errors import DatasetError


def photo(number: int, categories: list[int], crowd: list[int] | None = None, **fields: Any) -> Any:
    annotations = [{"category_id": category, "iscrowd": 0} for category in categories]
    annotations += [{"category_id": category, "iscrowd": 1} for category in crowd or []]
    return {"id": number, "width": 300, "height": 400, **fields}, annotations


PHOTOS = [
    photo(1, [1, 2], source="street", people="0"),
    photo(2, [2], source="wild", people="0_3"),
    photo(3, [], crowd=[1], source="wild", people="1"),
    photo(4, [1], width=None, height=None),
]
CATEGORIES = [{"id": 1, "name": "hat"}, {"id": 2, "name": "bag"}]


def kept(**filters: Any) -> list[int]:
    stream = PhotoStream({"categories": CATEGORIES}, iter(PHOTOS))
    return [image["id"] for image, _ in filtered(stream, Filters(**filters), Conversion(), "a.json").photos]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [1, 2, 3, 4]),
        ({"source": "wild"}, [2, 3]),
        ({"source": "user"}, [2, 3]),
        ({"source": ["street", "wild"]}, [1, 2, 3]),
        ({"categories": ["hat"]}, [1, 4]),  # a region that is not judged is no hat
        ({"categories": ["hat", "bag"]}, [1, 2, 4]),
        ({"min_side": 300}, [1, 2, 3]),
        ({"min_side": 301}, []),
        ({"people": ["selfie"]}, [2]),
        ({"people": ["one person", "people"]}, [1, 2, 3]),
        ({"min_masks": 1}, [1, 2, 4]),
        ({"min_masks": 1, "source": "wild"}, [2]),
    ],
)
def test_a_filter_keeps_the_photos_that_are_so(filters: dict[str, Any], ids: list[int]) -> None:
    assert kept(**filters) == ids


def test_photos_of_which_a_filter_knows_nothing_are_left_out_and_counted() -> None:
    conversion = Conversion()
    stream = PhotoStream({"categories": CATEGORIES}, iter(PHOTOS))
    list(filtered(stream, Filters(source="street", min_side=10), conversion, "a.json").photos)
    assert conversion.notes == {"photos that do not say whether they are street, wild or closet, left out": 1}


def test_a_category_that_the_dataset_has_not_is_named() -> None:
    with pytest.raises(DatasetError, match=r"a\.json: has no category 'sari' to filter by, but bag, hat"):
        kept(categories=["hat", "sari"])


@pytest.mark.parametrize(
    "wrong", [{"source": "studio"}, {"people": ["crowd"]}, {"min_side": -1}, {"size": 3}]
)
def test_a_filter_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Filters(**wrong)


def test_the_thesis_own_terms_are_understood() -> None:
    said = [("user", ["0", "3"]), ("IG", ["1"]), ("shop", ["0"]), ("user_shop", ["2"])]
    photos = [photo(number, [1], source=source, people=who) for number, (source, who) in enumerate(said)]

    def passing(**filters: Any) -> list[int]:
        stream = PhotoStream({"categories": CATEGORIES}, iter(photos))
        chosen = filtered(stream, Filters(**filters), Conversion(), "a.json")
        return [image["id"] for image, _ in chosen.photos]

    assert passing(source="wild") == [0, 1]
    assert passing(source="street") == [2]
    assert passing(source="mixed") == [3]
    assert passing(source=["wild", "mixed"]) == [0, 1, 3]
    assert passing() == [0, 1, 2, 3]
    assert passing(people=("selfie", "no people")) == [0, 3]
