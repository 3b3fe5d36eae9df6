"""Repairs: what is safe is put right, the rest is left for a person, and nothing is repaired twice."""

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.health import Kind, Report, Severity, check, mend

Document = dict[str, Any]
NAN = float("nan")


def mended(path: Path, *, make_instances: bool = False) -> Report:
    [report] = mend(
        check([path]), lambda report: report.path.with_suffix(".fixed.json"), make_instances=make_instances
    )
    return report


@pytest.fixture
def repaired(sound: Document, write: Callable[[Document], Path]) -> Callable[..., Report]:
    """The sound dataset, spoilt and repaired."""

    def done(spoil: Callable[[Document], Any]) -> Report:
        spoil(sound)
        return mended(write(sound))

    return done


def test_a_sound_dataset_is_left_as_it_is(repaired: Callable[..., Report], sound: Document) -> None:
    before = copy.deepcopy(sound)
    report = repaired(lambda document: None)
    assert report.mended == []
    assert report.dataset.document == before


def test_area_and_box_are_those_of_the_mask(repaired: Callable[..., Report]) -> None:
    report = repaired(lambda d: d["annotations"][3].update(area=1, bbox=[0, 0, NAN, 1]))
    annotation = report.dataset.annotations[3]
    assert annotation["area"] == imaging.area(annotation["segmentation"]) == 525
    assert annotation["bbox"] == imaging.bbox(annotation["segmentation"])
    assert report.problems == []


def test_a_two_point_polygon_goes_and_its_instance_only_with_its_last(
    repaired: Callable[..., Report],
) -> None:
    def spoil(document: Document) -> None:
        document["annotations"][0]["segmentation"] = [[1, 1, 2, 2]]
        document["annotations"][1]["segmentation"].insert(1, [1, 1, 2, 2])

    report = repaired(spoil)
    assert [annotation["id"] for annotation in report.dataset.annotations] == [2, 3, 4, 5, 6, 7]
    assert len(report.dataset.annotations[0]["segmentation"]) == 2
    assert [problem.kind for problem in report.mended] == [Kind.SHORT_POLYGON] * 2


def test_a_polygon_is_cut_at_the_edge_and_measured(repaired: Callable[..., Report]) -> None:
    def spoil(document: Document) -> None:
        document["annotations"][0].update(
            segmentation=[[-20, 5, 20, 5, 20, 15, -20, 15]], area=400, bbox=[-20, 5, 40, 10]
        )

    annotation = repaired(spoil).dataset.annotations[0]
    assert annotation["bbox"] == [0, 5, 20, 10]
    assert annotation["area"] == 200
    assert min(annotation["segmentation"][0]) == 0


def test_ids_that_occur_twice_are_given_anew_for_annotations_alone(repaired: Callable[..., Report]) -> None:
    def spoil(document: Document) -> None:
        document["annotations"][1]["id"] = 1
        document["annotations"][2]["id"] = "x"
        document["images"].append(document["images"][0])
        document["images"].append(document["images"][0] | {"file_name": "c.png"})

    report = repaired(spoil)
    assert [annotation["id"] for annotation in report.dataset.annotations] == [1, 8, 9, 4, 5, 6, 7]
    assert [image["file_name"] for image in report.dataset.images] == ["a.png", "b.png", "c.png"]
    assert Kind.DUPLICATE_ID in {problem.kind for problem in report.problems}


def test_what_belongs_to_nothing_and_what_occurs_twice_goes(repaired: Callable[..., Report]) -> None:
    def spoil(document: Document) -> None:
        document["annotations"].append(document["annotations"][0] | {"id": 20})
        document["annotations"][1]["image_id"] = 99
        document["annotations"][2]["category_id"] = 99

    report = repaired(spoil)
    assert [annotation["id"] for annotation in report.dataset.annotations] == [1, 4, 5, 6, 7]
    assert report.problems == []


def test_sizes_come_from_the_photos(repaired: Callable[..., Report]) -> None:
    report = repaired(lambda d: d["images"][0].update(width=None, height=0))
    assert (report.dataset.images[0]["width"], report.dataset.images[0]["height"]) == (60, 40)
    assert report.problems == []


def test_a_size_that_the_photo_contradicts_is_left_for_a_person(repaired: Callable[..., Report]) -> None:
    report = repaired(lambda d: d["images"][0].update(width=70))
    assert report.mended == []
    assert [problem.kind for problem in report.problems] == [Kind.SIZE_DIFFERS]


def test_an_rle_that_somebody_might_read_is_left_for_a_person(repaired: Callable[..., Report]) -> None:
    report = repaired(lambda d: d["annotations"][3]["segmentation"].update(counts="05"))
    assert len(report.dataset.annotations) == 7
    assert [problem.kind for problem in report.problems] == [Kind.MALFORMED_RLE]


def test_numbers_that_json_cannot_say_become_null(repaired: Callable[..., Report]) -> None:
    def spoil(document: Document) -> None:
        document["annotations"][0]["score"] = [1, NAN]
        document["info"]["x"] = {"y": math.inf}

    report = repaired(spoil)
    assert report.dataset.annotations[0]["score"] == [1, None]
    assert report.dataset.document["info"]["x"] == {"y": None}


def test_modanet_repaired_has_no_error_and_loads(shared: Path, tmp_path: Path) -> None:
    report = mended(shared / "fixtures" / "modanet" / "instances_val.json")
    assert report.count(Severity.ERROR) == 0
    assert len(report.dataset.annotations) == 5467 - 364
    report.dataset.save(tmp_path / "fixed.json")
    assert mended(tmp_path / "fixed.json").mended == []


NUMBERS = st.one_of(
    st.integers(-80, 120),
    st.floats(-80, 120),
    st.sampled_from([NAN, math.inf, 1e12, 3.0, True, None, "7", [], {}]),
)
POLYGON = st.lists(NUMBERS, max_size=10) | st.lists(st.integers(-30, 90), min_size=6, max_size=12)
RLE = st.fixed_dictionaries(
    {"size": st.sampled_from([[40, 60], [60, 40], "x"]), "counts": st.text(max_size=4)}
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": NUMBERS,
    "image_id": st.sampled_from([10, 11, 10.0]) | NUMBERS,
    "category_id": st.sampled_from([1, 2, 13]) | NUMBERS,
    "iscrowd": st.sampled_from([0, 1, True, 0.0, None, "0", 2]),
    "bbox": st.lists(NUMBERS, max_size=5) | NUMBERS,
    "area": NUMBERS,
    "segmentation": st.lists(POLYGON, max_size=3) | RLE | NUMBERS,
    "other": st.recursive(NUMBERS, st.lists, max_leaves=4),
}
SPOILT = st.tuples(
    st.integers(0, 6), st.dictionaries(st.sampled_from(list(VALUES)), st.none(), max_size=4)
).flatmap(
    lambda drawn: st.tuples(st.just(drawn[0]), st.fixed_dictionaries({key: VALUES[key] for key in drawn[1]}))
)
IMAGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([10, 11, 10.0, "10", None]),
        "file_name": st.sampled_from(["a.png", "../a.png", "nowhere.png", None, "a\0.png"]),
        "width": st.sampled_from([60, 60.0, None, 61, -1, "60"]),
    },
)


def test_a_file_that_via_exported_keeps_its_garment(shared: Path) -> None:
    report = mended(shared / "cases" / "01" / "via_coco.json")
    [annotation] = report.dataset.annotations
    assert (annotation["image_id"], annotation["area"]) == (0, 4800)
    assert annotation["segmentation"] == [[20, 30, 100, 30, 100, 90, 20, 90]]


# --- Regions of categories that have nothing else: CVAT exports what was drawn with a brush so


def only_crowd(document: Document) -> None:
    """The bag of the first photo, drawn with a brush."""
    document["annotations"][1]["iscrowd"] = 1


def test_regions_become_instances_only_when_that_is_asked_for(
    sound: Document, write: Callable[[Document], Path]
) -> None:
    only_crowd(sound)
    path = write(sound)
    assert mended(path).dataset.document == sound
    asked = mended(path, make_instances=True)
    assert [problem.kind for problem in asked.mended] == [Kind.ONLY_REGIONS]
    assert asked.problems == []
    assert [one["iscrowd"] for one in asked.dataset.annotations] == [0, 0, 0, 0, 1, 1, 1]


def test_masks_drawn_with_a_brush_in_cvat_become_instances(shared: Path) -> None:
    for case in ("07", "34"):
        report = mended(shared / "cases" / case / "instances_default.json", make_instances=True)
        assert (report.instances, report.not_judged) == (2, 0)
        assert all(one["area"] == 4800 for one in report.dataset.instances())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoilt=st.lists(SPOILT, min_size=1, max_size=4), image=IMAGES, repeat=st.booleans())
def test_a_repaired_dataset_has_nothing_to_repair_and_loads_unless_it_has_errors(
    sound: Document, folder: Path, spoilt: list[tuple[int, Document]], image: Document, repeat: bool
) -> None:
    document = copy.deepcopy(sound)
    for index, fields in spoilt:
        document["annotations"][index].update(fields)
    document["images"][0].update(image)
    if repeat:
        document["annotations"] += [copy.deepcopy(document["annotations"][0]), 7]
    (folder / "set.json").write_text(json.dumps(document))
    report = mended(folder / "set.json", make_instances=True)
    assert report.remedies == set()
    report.dataset.save(folder / "again.json")
    [again] = check([folder / "again.json"])
    assert [problem for problem in again.problems if problem.remedy] == []
    assert {problem.kind for problem in again.problems} == {problem.kind for problem in report.problems}
    if not again.count(Severity.ERROR):
        Dataset.load(folder / "again.json")
