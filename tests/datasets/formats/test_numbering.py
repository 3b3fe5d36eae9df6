"""Ids of categories for formats that hold names alone."""

from typing import Any

import pytest

from wildwear.datasets.formats.numbering import numbered

KNOWN = {"categories": [{"id": 7, "name": "bonnet", "supercategory": "wear"}, {"id": 3, "name": "hat"}]}


def test_categories_that_came_along_are_kept_as_they_are() -> None:
    header = {**KNOWN, "info": {"description": "a set"}, "annotations": ["not of a header"]}
    assert numbered(["bonnet", "hat"], header) == (
        [7, 3],
        {"info": {"description": "a set"}, "categories": KNOWN["categories"]},
    )


def test_a_name_that_did_not_come_along_gets_a_fresh_id() -> None:
    ids, header = numbered(["shawl", "hat"], KNOWN)
    assert ids == [8, 3]
    assert [record["name"] for record in header["categories"]] == ["shawl", "hat"]


@pytest.mark.parametrize(
    "categories",
    [
        None,
        "bonnet",
        ["bonnet", 3, {"id": "7", "name": "bonnet"}, {"id": True, "name": "shawl"}],
        [{"id": 7, "name": "bonnet"}, {"id": 7, "name": "shawl"}],
    ],
)
def test_categories_that_are_no_records_or_share_an_id_do_not_count(categories: Any) -> None:
    ids, header = numbered(["bonnet", "shawl"], {"categories": categories})
    assert ids == [1, 2]
    assert header["categories"] == [{"id": 1, "name": "bonnet"}, {"id": 2, "name": "shawl"}]


def test_names_that_are_all_of_the_30_have_their_ids_and_say_so() -> None:
    ids, header = numbered(["top", "hat"], {"info": {"description": "a set"}})
    assert ids == [30, 1]
    assert [record["id"] for record in header["categories"]] == [1, 30]
    assert header["info"] == {"description": "a set", "label_set": "wildwear30"}
