"""A dataset of any format as the first work on a project's photos."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from made_datasets import SIDE, make_dataset, write_photo
from wildwear import imaging
from wildwear.annotation.importing import Kept, bring
from wildwear.annotation.naming import asked_names, own_names
from wildwear.annotation.store import NewPhoto
from wildwear.annotation.work import Attributes, Flags, Work
from wildwear.datasets import Conversion, Dataset
from wildwear.gathering import gather
from wildwear.taxonomy import CATEGORIES, category


def brought(
    dataset: Dataset, *, photos: Path | None = None, relabel: bool = False
) -> tuple[list[NewPhoto], Conversion]:
    conversion = Conversion()
    gathered = gather([str(photos)]).photos if photos else []
    name_of = asked_names(dataset) if relabel else own_names(dataset)
    return list(bring(dataset, gathered, name_of, conversion, {})), conversion


def work_of(photo: NewPhoto) -> Work:
    assert photo.work is not None
    return photo.work


def annotated(folder: Path, *changes: dict[str, Any]) -> Dataset:
    """A photo with an annotation of a coat a change."""
    dataset = make_dataset(folder / "set.json", [("1.jpg", ["coat"] * len(changes))])
    for annotation, changed in zip(dataset.annotations, changes, strict=True):
        annotation |= changed
    return dataset


def test_photos_come_with_their_garments_to_be_gone_on_with(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "set.json", [("1.jpg", ["coat", "hat"]), ("sub/2.jpg", [])])
    [first, second], conversion = brought(dataset)
    assert (first.name, second.name) == ("1.jpg", "sub/2.jpg")
    assert (first.width, first.height) == (SIDE, SIDE)
    assert work_of(first).status == "todo"
    assert [one.category for one in work_of(first).instances] == [category("coat").id, category("hat").id]
    assert {one.source for one in work_of(first).instances} == {"import"}
    assert work_of(second) == Work()
    assert not conversion.notes


def test_the_smaller_lies_on_top(tmp_path: Path) -> None:
    dataset = annotated(tmp_path, {"segmentation": [[9, 9, 12, 9, 12, 12]]}, {})
    [photo], _ = brought(dataset)
    assert [one.original.annotation for one in work_of(photo).instances if one.original] == [8, 5]


def test_flags_people_and_scores_are_understood(tmp_path: Path) -> None:
    dataset = annotated(tmp_path, {"attributes": {"occluded": True}, "truncated": "1", "score": 0.75})
    dataset.images[0]["people"] = "0_3"
    [photo], _ = brought(dataset)
    [garment] = work_of(photo).instances
    assert garment.flags == Flags(occluded=True, truncated=True)
    assert garment.score == 0.75
    assert work_of(photo).attributes == Attributes([0], selfie=True)


def test_what_people_do_not_edit_is_kept_for_the_way_back(tmp_path: Path) -> None:
    mask = imaging.encode(np.eye(SIDE, dtype=bool))
    dataset = annotated(tmp_path, {"segmentation": mask, "unsure": "maybe"}, {"mine": 3})
    dataset.images[0]["licence"] = 4
    [photo], _ = brought(dataset)
    kept = msgspec.json.decode(photo.record or "", type=Kept)
    assert kept.image == {"licence": 4}
    assert kept.annotations == {5: {"segmentation": mask, "unsure": "maybe"}, 8: {"mine": 3}}


def test_a_region_that_is_not_judged_is_one_however_many_categories_name_it(tmp_path: Path) -> None:
    dataset = annotated(tmp_path, *({"iscrowd": 1} for _ in CATEGORIES))
    for annotation, one in zip(dataset.annotations, CATEGORIES, strict=True):
        annotation["category_id"] = one.id
    [photo], _ = brought(dataset)
    [region] = work_of(photo).instances
    assert (region.judged, region.category) == (False, None)
    assert region.original is not None
    assert region.original.candidates == [], "all of them"


def test_a_region_of_some_categories_says_which(tmp_path: Path) -> None:
    dataset = annotated(tmp_path, {"iscrowd": 1}, {"iscrowd": 1})
    dataset.annotations[1]["category_id"] = category("jacket").id
    [photo], _ = brought(dataset)
    [region] = work_of(photo).instances
    assert region.original is not None
    assert region.original.candidates == [category("coat").id, category("jacket").id]


def test_photos_are_known_by_name_or_by_the_only_ending_of_theirs(tmp_path: Path) -> None:
    dataset = make_dataset(
        tmp_path / "set.json", [("a/1.jpg", ["hat"]), ("a/2.jpg", []), ("b/2.jpg", [])], written=False
    )
    for name in ("1.jpg", "2.jpg"):
        write_photo(tmp_path / "photos" / name)
    [photo], conversion = brought(dataset, photos=tmp_path / "photos")
    assert photo.name == "1.jpg"
    assert conversion.notes == {"photos of the dataset that are not there, left out": 2}


def test_a_photo_of_another_size_is_left_out_and_named(tmp_path: Path) -> None:
    dataset = make_dataset(
        tmp_path / "set.json", [("1.jpg", ["hat"]), ("2.jpg", ["hat"]), ("3.jpg", ["hat"])]
    )
    dataset.images[0]["width"] = 400
    (tmp_path / "images" / "2.jpg").write_bytes(b"no photo")
    found, conversion = brought(dataset)
    assert [photo.name for photo in found] == ["3.jpg"]
    assert conversion.left_out[0] == "1.jpg: has 40 x 40 pixels; the dataset says 400 x 40"
    assert "2.jpg: is not a photo" in conversion.left_out[1]


def test_what_has_neither_mask_nor_box_is_left_out(tmp_path: Path) -> None:
    dataset = annotated(tmp_path, {"segmentation": [], "bbox": None}, {})
    [photo], conversion = brought(dataset)
    assert len(work_of(photo).instances) == 1
    assert conversion.notes == {"annotations without a mask or a box, left out": 1}


def test_names_that_are_asked_make_a_photo_the_more_ambiguous(tmp_path: Path) -> None:
    dataset = make_dataset(
        tmp_path / "set.json", [("1.jpg", ["hat"]), ("2.jpg", []), ("3.jpg", ["hat", "bag"])]
    )
    found, _ = brought(dataset, relabel=True)
    assert [photo.ambiguous for photo in found] == [1.0, None, 2.0]
    [garment] = work_of(found[0]).instances
    assert garment.category is None
    assert garment.original is not None
    assert (garment.original.label, garment.original.candidates) == ("hat", [category("hat").id])
