"""What an annotator forgot, and how far the work is."""

from pathlib import Path

import pytest

from made_via_projects import document, hats, photo, project, region
from wildwear.errors import DatasetError
from wildwear.via import Check, Progress, Project, check, progress


def test_a_region_needs_at_least_one_of_several_attributes() -> None:
    opened = project(
        document(
            photo("a.jpg", region(clothing="1"), region(accessories="hat"), region(other="1")),
            photo(
                "b.jpg", region(clothing=""), region(clothing=" "), region(accessories={"x": True, "y": True})
            ),
            photo("c.jpg", region(accessories={"x": False})),
        )
    )
    found = check(opened, ["clothing", "accessories"])
    assert found.unnamed == {"a.jpg": [3], "b.jpg": [1, 2], "c.jpg": [1]}
    assert check(opened, ["clothing"]).unnamed == {"a.jpg": [2, 3], "b.jpg": [1, 2, 3], "c.jpg": [1]}
    assert not found.is_sound


def test_photos_without_regions_and_a_list_out_of_step_are_named() -> None:
    content = document(*hats("a.jpg"), photo("b.jpg"))
    content["_via_image_id_list"] = ["b.jpg7", "a.jpg7"]
    found = check(project(content), ["clothing"])
    assert found.empty == ["b.jpg"]
    assert found.listing == [
        "_via_image_id_list has another order than the photos, from place 1 on ('b.jpg7')"
    ]


def test_a_photo_that_via_would_leave_out_is_named() -> None:
    content = document(*hats("a.jpg"))
    del content["_via_img_metadata"]["a.jpg7"]["file_attributes"]
    assert check(project(content), ["clothing"]).partial == ["a.jpg"]
    assert check(project(content["_via_img_metadata"]), ["clothing"]).is_sound  # regions alone


def test_the_real_files_are_checked(shared: Path) -> None:
    folder = shared / "fixtures" / "via"
    whole = Project.read(folder / "shorts" / "via_region_data.json")
    assert check(whole, ["shorts"]) == Check(20, 20, {}, [], [], [])
    regions = Project.read(folder / "modanet_val_via_region_data.json")
    found = check(regions, ["fashion"])
    assert (found.photos, found.regions, found.unnamed, found.listing) == (1067, 5434, {}, [])
    assert found.empty == []


def test_progress_counts_what_is_done_unusable_and_to_do() -> None:
    opened = project(
        document(
            photo("a.jpg", region(clothing="1"), region(clothing="2"), region()),
            photo("b.jpg", region(), region(clothing="1")),  # unusable: its first region has no category
            photo("c.jpg", region(clothing="1", instance="1"), region(clothing="1", instance="1")),
            photo("d.jpg"),
            *hats("e.jpg"),
        )
    )
    found = progress(opened, "clothing", limit=4, target=8)
    assert found == Progress(photos=5, limit=4, unusable=1, done=2, masks=3, target=8)
    assert (found.to_do, found.of_limit, found.of_target, found.masks_per_photo) == (1, 0.5, 0.25, 1.5)
    assert progress(opened, "clothing").done == 3
    assert progress(opened, "clothing").of_target is None


def test_progress_counts_photos_that_are_there_whatever_the_list_says() -> None:
    content = document(*hats("a.jpg", "b.jpg"))
    content["_via_image_id_list"] = ["a.jpg7", "b.jpg7"] * 2 + ["gone"]
    assert progress(project(content), "clothing") == Progress(2, 2, 0, 2, 2, None)


def test_a_limit_beyond_the_photos_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"the limit is 3 photos, and there are 2"):
        progress(project(document(*hats("a.jpg", "b.jpg"))), "clothing", limit=3)


def test_the_progress_of_nothing_is_nothing() -> None:
    found = progress(project({}), "clothing", target=5)
    assert (found.photos, found.of_limit, found.of_target, found.masks_per_photo) == (0, 0, 0, 0)
