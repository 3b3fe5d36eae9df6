"""Several VIA projects as one: nothing is lost, keys are unique, and whatever met is said."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_via_projects import document, dropdown, hats, photo, project, region
from wildwear.errors import DatasetError
from wildwear.via import Project, merge

Record = dict[str, Any]


def two(first: Record, second: Record) -> list[Project]:
    return [project(first, "one.json"), project(second, "two.json")]


def test_settings_and_attributes_are_the_firsts_and_the_name_is_new() -> None:
    first, second = document(*hats("a.jpg")), document(*hats("b.jpg"), name="other")
    second["_via_settings"]["ui"] = {"odd": 9}
    merged = merge(two(first, second), "both")
    content = merged.project.document
    assert content["_via_settings"] == first["_via_settings"] | {"project": {"name": "both"}}
    assert content["_via_attributes"] == first["_via_attributes"]
    assert content["_via_image_id_list"] == ["a.jpg7", "b.jpg7"] == list(content["_via_img_metadata"])
    assert content["_of_another_program"] == [1, 2]
    assert [*content] == [*first]
    assert merged.remarks == []


def test_the_id_list_is_not_doubled() -> None:
    same = document(*hats("a.jpg", "b.jpg"))
    merged = merge(two(same, deepcopy(same)), "both").project
    assert merged.document["_via_image_id_list"] == ["a.jpg7", "b.jpg7"]


def test_a_photo_that_two_annotated_is_refused_by_name_until_one_counts() -> None:
    first = document(photo("a.jpg", region(clothing="1")), *hats("b.jpg"))
    second = document(photo("a.jpg", region(clothing="1"), region(clothing="2")), *hats("b.jpg"))
    with pytest.raises(DatasetError, match=r"a.jpg is in one.json and two.json: 1 regions and 2") as error:
        merge(two(first, second), "both")
    assert "b.jpg" not in str(error.value)
    for prefer, regions in (("first", 1), ("last", 2)):
        merged = merge(two(first, second), "both", prefer)  # type: ignore[arg-type]
        assert len(merged.project.photos["a.jpg7"]["regions"]) == regions
        assert any(f"those of the {prefer} count" in remark for remark in merged.remarks)
        assert any("b.jpg is in one.json and two.json: the same in both" in one for one in merged.remarks)


def test_a_photo_that_one_alone_annotated_keeps_its_regions_and_it_is_said() -> None:
    bare, drawn = document(photo("a.jpg")), document(*hats("a.jpg"))
    for first, second, which in ((bare, drawn, "second"), (drawn, bare, "first")):
        merged = merge(two(first, second), "both")
        assert len(merged.project.photos["a.jpg7"]["regions"]) == 1
        assert merged.remarks == [f"a.jpg is in one.json and two.json: annotated in the {which} alone"]


def test_two_photos_under_one_key_both_stay() -> None:
    first, second = document(*hats("a.jpg"), keys=["x"]), document(*hats("b.jpg"), keys=["x"])
    merged = merge(two(first, second), "both")
    assert merged.project.names() == ["a.jpg", "b.jpg"]
    assert list(merged.project.photos) == ["x", "b.jpg7"]
    assert merged.remarks == ["key 'x' is that of a.jpg in one.json and of b.jpg in two.json, now 'b.jpg7'"]


def test_keys_that_are_numbers_go_on_as_numbers() -> None:
    first = document(*hats("a.jpg", "b.jpg"), keys=["0", "1"]) | {"_via_image_id_list": [0, 1]}
    second = document(*hats("c.jpg", "d.jpg"), keys=["0", "1"]) | {"_via_image_id_list": [1, 0]}
    merged = merge(two(first, second), "both").project
    assert merged.document["_via_image_id_list"] == [0, 1, 2, 3]
    assert merged.names() == ["a.jpg", "b.jpg", "d.jpg", "c.jpg"]


def test_options_that_differ_are_said_each() -> None:
    first, second = document(*hats("a.jpg")), document(*hats("b.jpg"))
    second["_via_attributes"]["region"] = {
        "clothing": dropdown(**{"1": "cap", "3": "coat"}) | {"type": "radio"},
        "worn": dropdown(yes="yes"),
    }
    second["_via_settings"]["core"]["default_filepath"] = "/there/"
    second["_odd"] = 1
    of = "region attribute 'clothing' of two.json"
    assert merge(two(first, second), "both").remarks == [
        f"{of} is a radio, in one.json a dropdown, which counts",
        f"{of} has options that one.json has not: '3'; a region may have them, nobody can choose",
        f"{of} lacks options that one.json has: '2'",
        f"{of} has 'cap' for the option '1', one.json 'hat', which counts",
        "region attribute 'worn' of two.json is not defined in one.json: its values stay, and VIA takes them "
        "for text",
        "two.json has its photos in '/there/', one.json in '', which counts",
        "_odd of two.json, which one.json has not or otherwise, is left out",
    ]


def test_regions_from_a_file_of_regions_get_what_via_asks_for() -> None:
    alone = {"0": {"filename": "b.jpg", "regions": [region(clothing="1")]}}
    merged = merge(two(document(*hats("a.jpg")), alone), "both").project
    assert merged.photos["0"] == {"size": -1, "file_attributes": {}} | alone["0"]
    with pytest.raises(
        DatasetError, match=r"one.json: is a file of regions, without settings; name a project"
    ):
        merge(two(alone, document(*hats("a.jpg"))), "both")
    assert merge(two(alone, {"1": alone["0"] | {"filename": "c.jpg"}}), "both").project.is_whole is False


NAMES = st.sampled_from(["a.jpg", "b.jpg", "c.jpg", "ä.jpg", "dir/a.jpg"])
KEYS = st.sampled_from(["0", "1", "2", "a.jpg7", "a.jpg8", "b.jpg7", "x", "b.jpg7-2"])


@st.composite
def projects(draw: st.DrawFn) -> Record:
    """A project under whichever keys, whose list holds numbers where all of them are."""
    keys = draw(st.lists(KEYS, unique=True, max_size=5))
    photos = [
        photo(
            draw(NAMES), *[region(clothing="1")] * draw(st.integers(0, 2)), size=draw(st.sampled_from([7, 8]))
        )
        for _ in keys
    ]
    listed: list[Any] = draw(st.permutations(keys))
    if all(key.isdecimal() for key in keys):
        listed = [int(key) for key in listed]
    return document(*photos, keys=keys or []) | {"_via_image_id_list": listed}


@given(contents=st.lists(projects(), min_size=1, max_size=4))
def test_whatever_is_merged_nothing_is_lost_and_keys_are_unique(contents: list[Record]) -> None:
    sources = [project(content, f"{place}.json") for place, content in enumerate(contents)]
    before = deepcopy(contents)
    merged = merge(sources, "all", prefer="first").project
    assert contents == before  # they stay as they are
    listed = [str(key) for key in merged.document["_via_image_id_list"]]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(merged.photos)
    kept = {(one["filename"], one["size"]) for one in merged.photos.values()}
    assert kept == {(one["filename"], one["size"]) for source in sources for one in source.photos.values()}
    drawn = {(one["filename"], one["size"]) for one in merged.photos.values() if one["regions"]}
    assert drawn == {
        (one["filename"], one["size"])
        for source in sources
        for one in source.photos.values()
        if one["regions"]
    }
    alone = merge(sources[:1], "all").project
    assert alone.photos == sources[0].photos
