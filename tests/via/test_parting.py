"""Photos dropped from a VIA project, or shared out among two."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_via_projects import document, hats, photo, project
from wildwear.errors import DatasetError
from wildwear.via import Project, drop_empty, merge, split
from wildwear.via.parting import shared_names


def annotated(*names: str, empty: Sequence[str] = ()) -> Project:
    photos = [photo(name) if name in empty else hats(name)[0] for name in names]
    return project(document(*photos))


def test_photos_without_regions_go_and_the_id_list_with_them() -> None:
    opened = annotated("a.jpg", "b.jpg", "c.jpg", empty=["b.jpg"])
    kept, dropped = drop_empty(opened)
    assert dropped == ["b.jpg"]
    assert kept.document["_via_image_id_list"] == ["a.jpg7", "c.jpg7"] == list(kept.photos)
    rest = {name: value for name, value in opened.document.items() if "im" not in name}
    assert rest.items() <= kept.document.items()
    assert kept.photos["a.jpg7"] is opened.photos["a.jpg7"]


@pytest.mark.parametrize("last", ["c.jpg", "c.jpg7"])
def test_those_behind_the_last_annotated_photo_stay(last: str) -> None:
    kept, dropped = drop_empty(annotated("a.jpg", "b.jpg", "c.jpg", "d.jpg", empty=["a.jpg", "d.jpg"]), last)
    assert (dropped, kept.names()) == (["a.jpg"], ["b.jpg", "c.jpg", "d.jpg"])


def test_the_order_is_that_in_which_via_shows_them() -> None:
    content = document(photo("a.jpg"), *hats("b.jpg"), photo("c.jpg"), keys=["0", "1", "2"])
    content["_via_image_id_list"] = [2, 1, 0]
    kept, dropped = drop_empty(project(content), "b.jpg")
    assert dropped == ["c.jpg"]
    assert kept.document["_via_image_id_list"] == [1, 0]


def test_a_last_photo_that_is_not_there_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"there is no photo 'z.jpg'"):
        drop_empty(annotated("a.jpg"), "z.jpg")


def test_a_split_by_count_takes_the_last_for_val() -> None:
    parts = split(annotated("a.jpg", "b.jpg", "c.jpg"), val=1)
    assert {name: part.names() for name, part in parts.items()} == {
        "train_2": ["a.jpg", "b.jpg"],
        "val_1": ["c.jpg"],
    }
    for name, part in parts.items():
        assert part.document["_via_settings"]["project"]["name"] == name
        assert part.document["_via_image_id_list"] == list(part.photos)
        assert part.document["_via_settings"]["ui"] == {"odd": 3}


def test_a_split_by_id_takes_those_that_are_named_in_the_projects_order() -> None:
    parts = split(annotated("a.jpg", "b.jpg", "c.jpg"), names=["c.jpg7", "a.jpg"])
    assert {name: part.names() for name, part in parts.items()} == {
        "train_1": ["b.jpg"],
        "val_2": ["a.jpg", "c.jpg"],
    }


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"val": 3}, r"no photo is left for train, of 3"),
        ({"val": 4}, r"4 of 3 photos cannot go to val"),
        ({"names": ["z.jpg"]}, r"there is no photo 'z.jpg'"),
        ({"names": []}, r"no photo is left for val"),
    ],
)
def test_a_split_that_leaves_nothing_is_refused(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        split(annotated("a.jpg", "b.jpg", "c.jpg"), **wanted)


def test_a_name_that_is_in_both_parts_is_known() -> None:
    opened = project(document(*hats("a.jpg", "b.jpg", "a.jpg"), keys=["0", "1", "2"]))
    assert shared_names(split(opened, val=1).values()) == ["a.jpg"]


@given(count=st.integers(2, 12), data=st.data())
def test_the_parts_of_a_split_make_the_project_again(count: int, data: st.DataObject) -> None:
    opened = annotated(*(f"{number}.jpg" for number in range(count)), empty=["1.jpg"])
    val = data.draw(st.integers(1, count - 1))
    parts = [*split(opened, val=val).values()]
    assert [len(part.keys) for part in parts] == [count - val, val]
    assert merge(parts, "mine").project.document == opened.document
    chosen = data.draw(st.sets(st.sampled_from(opened.keys), min_size=1, max_size=count - 1))
    train, held = split(opened, names=chosen).values()
    assert set(held.keys) == chosen
    assert {**train.photos, **held.photos} == opened.photos
    assert set(train.keys).isdisjoint(held.keys)
