"""What `check` finds: one spoilt field after the other, and nothing where all is well."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wildwear.datasets import Dataset
from wildwear.datasets.health import Kind, Problem, Report, Severity, by_kind, check, files

Document = dict[str, Any]
Spoil = Callable[[Document], Any]
NAN = float("nan")


def kinds(report: Report) -> dict[Kind, int]:
    return {kind: len(problems) for kind, problems in by_kind(report.problems).items()}


def test_a_sound_dataset_has_no_problem(problems_of: Callable[..., list[Problem]]) -> None:
    assert problems_of(lambda document: None) == []


def test_a_sound_dataset_without_photos_has_no_problem_but_that(sound: Document, tmp_path: Path) -> None:
    Dataset(sound).save(tmp_path / "set.json")
    [report] = check([tmp_path / "set.json"])
    assert kinds(report) == {Kind.PHOTOS_NOT_FOUND: 1}


def test_a_region_that_may_be_any_category_is_counted_once(sound: Document, tmp_path: Path) -> None:
    Dataset(sound).save(tmp_path / "set.json")
    [report] = check([tmp_path / "set.json"])
    assert (report.instances, report.not_judged) == (4, 1)


def put(section: str, index: int, **fields: Any) -> Spoil:
    """Give a record these fields."""
    return lambda document: document[section][index].update(fields)


def drop(section: str, index: int, field: str) -> Spoil:
    """Take a field from a record."""
    return lambda document: document[section][index].pop(field)


def mask(index: int, change: Callable[[Any], Any]) -> Spoil:
    """Change a segmentation."""
    return lambda document: change(document["annotations"][index]["segmentation"])


A, M = "annotations", "images"
P0, P2 = "annotations[1].segmentation[0]", "annotations[1].segmentation[2]"
RLE = "annotations[3].segmentation"
SPOILT: list[tuple[Spoil, Kind, str, str]] = [
    (lambda d: d[A].append(7), Kind.NOT_AN_OBJECT, "annotations[7]", "is 7"),
    (drop(M, 1, "file_name"), Kind.WRONG_TYPE, "images[1].file_name", "is missing"),
    (put(M, 1, id="11"), Kind.WRONG_TYPE, "images[1].id", "is '11'; expected a whole number"),
    (put(A, 0, image_id=[10]), Kind.WRONG_TYPE, "annotations[0].image_id", "is [10]"),
    (put(A, 0, id=1.0), Kind.NOT_WHOLE, "annotations[0].id", "is 1.0"),
    (put(A, 4, iscrowd=True), Kind.NOT_WHOLE, "annotations[4].iscrowd", "is True; expected 0 or 1"),
    (put(A, 4, iscrowd="0"), Kind.WRONG_TYPE, "annotations[4].iscrowd", "is '0'; expected 0 or 1"),
    (put(A, 0, score=NAN), Kind.NOT_FINITE, "annotations[0].score", "not finite"),
    (put(M, 0, x={"y": [1, [NAN]]}), Kind.NOT_FINITE, "images[0].x", "not finite"),
    (lambda d: d["info"].update(x=NAN), Kind.NOT_FINITE, "info", "not finite"),
    (put(A, 1, id=1), Kind.DUPLICATE_ID, "annotations[1].id", "1 occurs before"),
    (lambda d: d[M].append(d[M][0]), Kind.DUPLICATE_ID, "images[2].id", "the same record as the first"),
    (put(A, 0, image_id=99), Kind.UNKNOWN_IMAGE, "annotations[0].image_id", "99"),
    (put(A, 0, category_id=3), Kind.UNKNOWN_CATEGORY, "annotations[0].category_id", "3"),
    (put(A, 0, keypoints=[1, 2]), Kind.KEYPOINTS, "annotations[0].keypoints", "has 2 values"),
    (put("categories", 0, name="bag"), Kind.SAME_NAME, "categories[1].name", "'bag'"),
    (drop(A, 0, "segmentation"), Kind.NO_MASK, "annotations[0].segmentation", "is missing"),
    (put(A, 0, segmentation=[]), Kind.NO_MASK, "annotations[0].segmentation", "is []"),
    (mask(3, lambda rle: rle.pop("counts")), Kind.MALFORMED_RLE, RLE, "no `counts`"),
    (mask(3, lambda rle: rle.update(counts="05")), Kind.MALFORMED_RLE, RLE, "sum"),
    (mask(3, lambda rle: rle.update(size=[60, 40])), Kind.RLE_SIZE, RLE, "[60, 40]"),
    (mask(1, lambda every: every.append([1, 1, 2, 2])), Kind.SHORT_POLYGON, P2,
     "has 2 points; a polygon needs at least 3"),
    (mask(1, lambda every: every.append([5, 5, 9, 5, 5, 5])), Kind.EMPTY_POLYGON, P2, ""),
    (put(A, 0, segmentation=[[90, 90, 99, 90, 99, 99]]), Kind.EMPTY_MASK, "annotations[0].segmentation", ""),
    (mask(1, lambda every: every[0].append(1)), Kind.MALFORMED_POLYGON, P0, "7 numbers"),
    (mask(1, lambda every: every.append("x")), Kind.MALFORMED_POLYGON, P2, "is 'x'"),
    *(
        (mask(1, lambda every, odd=odd: every[0].__setitem__(0, odd)), Kind.MALFORMED_POLYGON,
         P0, message)
        for odd, message in (("1", "'1'"), (None, "None"), (True, "True"), (NAN, "NaN"), (1e300, "1e+300"))
    ),
    (put(A, 0, bbox=[0, NAN, 1, 1]), Kind.MALFORMED_BOX, "annotations[0].bbox", "expected x, y, width"),
    (drop(A, 0, "bbox"), Kind.MALFORMED_BOX, "annotations[0].bbox", "is missing"),
    (put(A, 0, bbox=[30, 5, 18, 18]), Kind.BOX_ELSEWHERE, "annotations[0].bbox", "28 px away"),
    (put(A, 0, bbox=[2, 2, 21, 18]), Kind.BOX_DIFFERS, "annotations[0].bbox", "3 px away"),
    (put(A, 0, bbox=[2, 2, 61, 18]), Kind.BOX_OUTSIDE, "annotations[0].bbox", "3 px outside"),
    (drop(A, 0, "area"), Kind.NO_AREA, "annotations[0].area", "is missing"),
    (put(A, 0, area=100), Kind.AREA_DIFFERS, "annotations[0].area", "is 100 px; the mask has 324 px"),
    (put(A, 3, area=625), Kind.AREA_OF_BOX, "annotations[3].area", "is 625 px; the mask has 525 px"),
    (put(M, 0, width=None), Kind.SIZE_UNKNOWN, "images[0]", "width None"),
    (drop(M, 0, "height"), Kind.SIZE_UNKNOWN, "images[0]", "height None"),
    (put(M, 1, width=61), Kind.SIZE_DIFFERS, "images[1]", "60 x 40 px, the record 61 x 40"),
    (put(M, 1, width=40, height=60), Kind.TURNED, "images[1]", "EXIF"),
    *(
        (put(M, 1, file_name=name), Kind.LEAVES_FOLDER, "images[1].file_name", "leads out")
        for name in ("../b.png", "/b.png", "x/../../b.png")
    ),
    (put(M, 1, file_name="c.png"), Kind.PHOTO_MISSING, "images[1].file_name", "c.png"),
    (put(M, 1, file_name="a.png"), Kind.SAME_FILE, "images[1].file_name", "images[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "kind", "place", "message"), SPOILT)
def test_what_is_spoilt_is_found_at_its_place(
    problems_of: Callable[..., list[Problem]], spoil: Spoil, kind: Kind, place: str, message: str
) -> None:
    found = [problem for problem in problems_of(spoil) if problem.kind is kind]
    assert [str(problem.place) for problem in found] == [place]
    assert message in found[0].message


def test_one_mask_twice_is_found_as_such_and_under_another_name_too(
    problems_of: Callable[..., list[Problem]],
) -> None:
    def repeat(document: Document) -> None:
        first = document["annotations"][0]
        turned = [[20, 2, 20, 20, 2, 20, 2, 2]]  # from another corner on
        document["annotations"] += [
            first | {"id": 20, "segmentation": turned},
            first | {"id": 21, "category_id": 2},
        ]

    assert [(problem.kind, str(problem.place)) for problem in problems_of(repeat)] == [
        (Kind.DUPLICATE, "annotations[7]"),
        (Kind.TWO_NAMES, "annotations[8]"),
    ]


def test_regions_that_are_not_judged_may_be_of_any_shape_and_stand_under_many_names(
    problems_of: Callable[..., list[Problem]],
) -> None:
    def as_odd_instances(document: Document) -> None:
        for region in document["annotations"][4:]:
            region.update(iscrowd=0)

    assert {problem.kind for problem in problems_of(as_odd_instances)} == {Kind.TWO_NAMES}


def test_a_category_that_has_regions_of_its_own_alone_is_named(
    problems_of: Callable[..., list[Problem]],
) -> None:
    found = problems_of(put(A, 1, iscrowd=1))
    assert [(one.kind, str(one.place)) for one in found] == [(Kind.ONLY_REGIONS, "annotations[1].iscrowd")]
    assert "every annotation of 'bag'" in found[0].message


def test_a_category_that_shares_all_its_regions_is_no_slip(problems_of: Callable[..., list[Problem]]) -> None:
    assert problems_of(lambda document: document["annotations"].pop(1)) == []


def test_a_dataset_of_regions_alone_is_named_whatever_they_share(
    problems_of: Callable[..., list[Problem]],
) -> None:
    def unjudge(document: Document) -> None:
        for annotation in document["annotations"]:
            annotation["iscrowd"] = 1

    found = [one.kind for one in problems_of(unjudge)]
    assert found == [Kind.NOTHING_JUDGED] + [Kind.ONLY_REGIONS] * 7


def test_masks_drawn_with_a_brush_in_cvat_are_noticed(shared: Path) -> None:
    found = [
        {kind for kind in kinds(report) if kind.severity is Severity.WARNING}
        for report in check([shared / "cases" / case / "instances_default.json" for case in ("07", "34")])
    ]
    assert found[0] == {Kind.ONLY_REGIONS}
    assert {Kind.NOTHING_JUDGED, Kind.ONLY_REGIONS} <= found[1]


def test_regions_in_all_30_categories_are_no_slip(shared: Path) -> None:
    reports = check([shared / "data" / "wild780" / f"{split}.json" for split in ("train", "val", "test")])
    assert [kinds(report).keys() & {Kind.ONLY_REGIONS, Kind.NOTHING_JUDGED} for report in reports] == [
        set(), set(), set(),
    ]  # fmt: skip


def test_the_message_of_a_report_says_whose_a_place_is(
    sound: Document, write: Callable[[Document], Path]
) -> None:
    sound["annotations"][1]["bbox"] = None
    [report] = check([write(sound)])
    [problem] = report.problems
    assert report.whose(problem.place) == "id 2, a.png"
    assert report.to_dict()["problems"] == [
        {
            "kind": "malformed_box",
            "severity": "error",
            "place": "annotations[1].bbox",
            "whose": "id 2, a.png",
            "message": "is missing; expected x, y, width, height",
            "fix": "measures area and box from the mask",
        }
    ]


def test_parts_that_a_reader_leaves_out_are_errors(shared: Path, tmp_path: Path) -> None:
    project = json.loads((shared / "fixtures" / "via" / "shorts" / "via_region_data.json").read_text())
    region = project["_via_img_metadata"]["shorts1.jpeg25544"]["regions"][0]["shape_attributes"]
    region["all_points_x"], region["all_points_y"] = [1, 2], [1, 2]
    (tmp_path / "via.json").write_text(json.dumps(project))
    [report] = check([tmp_path / "via.json"])
    [malformed] = by_kind(report.problems)[Kind.MALFORMED]
    assert report.format_name == "via"
    assert "regions[0]" in malformed.message


# --- Real files


def test_the_wild_test_set_of_the_project_is_sound(shared: Path) -> None:
    [report] = check([shared / "data" / "wild30" / "wild30.json"])
    assert report.photos.sizes.keys() == {image["file_name"] for image in report.dataset.images}
    assert report.problems == []


def test_modanet_has_boxes_and_areas_that_are_not_those_of_its_masks(shared: Path) -> None:
    [report] = check([shared / "fixtures" / "modanet" / "instances_val.json"])
    assert kinds(report) == {
        Kind.DUPLICATE: 364,  # each shoe of a pair has the mask of both
        Kind.BOX_ELSEWHERE: 1136,
        Kind.PHOTOS_NOT_FOUND: 1,
        Kind.SELF_CROSSING: 17,
        Kind.TINY: 3,
        Kind.BOX_OUTSIDE: 116,
        Kind.BOX_DIFFERS: 266,
        Kind.AREA_OF_BOX: 5350,
        Kind.FOREIGN_CATEGORIES: 1,
        Kind.BARE_IMAGE: 1,
    }
    assert report.count(Severity.ERROR) == 1500


def test_fashionpedia_lacks_boxes_and_nothing_else(shared: Path) -> None:
    [report] = check([shared / "fixtures" / "fashionpedia" / "sample.json"])
    assert kinds(report) == {Kind.MALFORMED_BOX: 12, Kind.FOREIGN_CATEGORIES: 1}


def test_deepfashion2_has_the_areas_of_its_loose_boxes(shared: Path) -> None:
    [report] = check([shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json"])
    assert kinds(report) == {
        Kind.SELF_CROSSING: 1,
        Kind.BOX_DIFFERS: 2,
        Kind.AREA_OF_BOX: 2,
        Kind.FOREIGN_CATEGORIES: 1,
    }


def test_a_crowd_flag_of_null_says_nothing(problems_of: Callable[..., list[Problem]]) -> None:
    assert problems_of(put(A, 4, iscrowd=None)) == problems_of(drop(A, 4, "iscrowd"))


def test_a_folder_stands_for_its_splits_by_whichever_name(tmp_path: Path) -> None:
    for name in ("validation", "test", "train", "val.fixed", "holdout"):
        (tmp_path / f"{name}.json").touch()
    assert [file.stem for file in files(tmp_path)] == ["train", "validation", "test"]
    assert files(tmp_path / "holdout.json") == [tmp_path / "holdout.json"]
