"""What garments of a dataset are called in a project."""

from typing import Any

import pytest

from wildwear.annotation.naming import Name, asked_names, own_names
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.taxonomy import category


def labelled(*labels: str, **info: str) -> Dataset:
    """A dataset with these labels, numbered from 1."""
    categories = [{"id": number, "name": label} for number, label in enumerate(labels, 1)]
    return Dataset({"images": [], "annotations": [], "categories": categories, "info": info})


def of(label: int) -> dict[str, Any]:
    return {"id": 1, "category_id": label}


def ids(*names: str) -> tuple[int, ...]:
    return tuple(category(name).id for name in names)


def test_names_of_the_30_stand_however_they_are_spelt_and_numbered() -> None:
    name_of = own_names(labelled("Flat shoe", "hats"))
    assert (name_of(of(1)), name_of(of(2))) == (Name(*ids("flat_shoes")), Name(*ids("hat")))


def test_other_labels_are_refused_with_the_way_to_name_them() -> None:
    with pytest.raises(
        DatasetError, match="'trousers', 'sling' are none of the 30 categories; --relabel asks"
    ):
        own_names(labelled("hat", "trousers", "sling"))


def test_of_a_public_set_what_is_sure_is_named_and_what_may_be_several_is_asked() -> None:
    names = ["shorts", "trousers", "long sleeve top"]
    name_of = asked_names(labelled(*names, label_set="deepfashion2"))
    assert name_of(of(1)) == Name(*ids("shorts"), label="shorts")
    trousers = name_of(of(2))
    assert trousers is not None
    assert (trousers.category, trousers.label) == (None, "trousers")
    assert len(trousers.candidates) > 1


def test_what_is_no_garment_is_left_out() -> None:
    assert asked_names(labelled("hair", "skin", label_set="ccp"))(of(1)) is None


def test_names_of_ours_are_asked_again() -> None:
    name_of = asked_names(labelled("hat", "coat", label_set="wildwear30"))
    assert name_of(of(2)) == Name(None, "coat", ids("coat"))


def test_labels_that_nobody_knows_are_asked_without_a_hint() -> None:
    assert asked_names(labelled("thing", "gizmo"))(of(2)) == Name(None, "gizmo")
