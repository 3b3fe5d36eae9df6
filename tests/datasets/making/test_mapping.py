"""Datasets carried over to the 30 categories: nothing lost, nothing guessed, and what that means for those
who train and evaluate on it."""

import copy
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import ccp, guess
from wildwear.datasets.making.mapping import MapReport, map_dataset, map_for, mapped
from wildwear.datasets.stream import Photo, PhotoStream, Record
from wildwear.errors import DatasetError, OutputError
from wildwear.evaluation import score
from wildwear.taxonomy import category, coco_categories, maps

Square = Callable[..., Record]


def read_mapped(path: Path, name: str | None = None) -> tuple[Dataset, MapReport]:
    stream = guess(path).read(path, Conversion())
    report = MapReport(maps.load(name) if name else map_for(stream))
    return Dataset.collect(mapped(stream, report, str(path))), report


def square(
    label: int, left: int = 0, top: int = 0, side: int = 10, *, rle: bool = False, **fields: Any
) -> Record:
    """A square mask, without id and photo."""
    right, bottom = left + side, top + side
    polygon = [[float(value) for value in (left, top, right, top, right, bottom, left, bottom)]]
    mask = imaging.from_polygons(polygon, (60, 60))
    return {
        "category_id": label,
        "segmentation": mask if rle else polygon,
        "bbox": imaging.bbox(mask),
        "area": float(imaging.area(mask)),
        "iscrowd": 0,
        **fields,
    }


def dataset_of(name: str, *photos: list[Record]) -> Dataset:
    """A dataset with all labels of a map, numbered from 1 in its order; photos are 60 x 60."""
    ids = itertools.count(100)
    return Dataset(
        {
            "info": {"label_set": name, "mask_convention": "visible"},
            "categories": [
                {"id": number, "name": rule.label} for number, rule in enumerate(maps.load(name).rules, 1)
            ],
            "images": [
                {"id": number, "file_name": f"{number}.jpg", "width": 60, "height": 60}
                for number in range(1, len(photos) + 1)
            ],
            "annotations": [
                {"id": next(ids), "image_id": number} | mask
                for number, masks in enumerate(photos, 1)
                for mask in masks
            ],
        }
    )


def carry(dataset: Dataset) -> tuple[Dataset, MapReport]:
    stream = dataset.stream()
    report = MapReport(map_for(stream))
    return Dataset.collect(mapped(stream, report)), report


def names(dataset: Dataset, crowd: int) -> list[str]:
    of = {one["id"]: one["name"] for one in dataset.categories}
    return [of[one["category_id"]] for one in dataset.annotations if one["iscrowd"] == crowd]


BAG, BELT, BOOTS, FOOTWEAR, OUTER = range(1, 6)  # of ModaNet


# --- real files ---------------------------------------------------------------------------------------------


def test_every_mask_of_modanet_is_accounted_for(shared: Path) -> None:
    path = shared / "fixtures" / "modanet" / "instances_val.json"
    source, (dataset, report) = Dataset.load(path), read_mapped(path)
    labels = {one["id"]: one["name"] for one in source.categories}
    counted = Counter(labels[one["category_id"]] for one in source.annotations)
    assert {label: fate.masks for label, fate in report.fates.items()} == counted
    assert sum(fate.masks for fate in report.fates.values()) == 5467
    assert all(fate.masks == fate.kept + fate.not_judged + fate.left_out for fate in report.fates.values())
    left_out = {one["id"] for one in source.annotations if report.fates[labels[one["category_id"]]].left_out}
    kept = {identity for one in dataset.annotations for identity in one["original_ids"]}
    assert len(left_out) == counted["belt"] + counted["sunglasses"] + counted["scarf/tie"]
    assert kept | left_out == {one["id"] for one in source.annotations}
    assert kept.isdisjoint(left_out)
    assert report.photos == len(dataset.images) == 1073


def test_the_boots_of_modanet_become_pairs(shared: Path) -> None:
    dataset, report = read_mapped(shared / "fixtures" / "modanet" / "instances_val.json")
    boots = [one for one in dataset.instances() if one["category_id"] == category("boots").id]
    assert report.fates["boots"].masks == 295
    assert len(boots) == len({one["image_id"] for one in boots}) == 150
    assert report.instances_by_category()["boots"] == 150


def test_what_is_written_for_modanet_is_a_sound_dataset_of_moderate_size(
    shared: Path, tmp_path: Path
) -> None:
    path = shared / "fixtures" / "modanet" / "instances_val.json"
    map_dataset(path, tmp_path / "out.json", guess(path), Conversion())
    dataset = Dataset.load(tmp_path / "out.json")
    assert dataset.categories == coco_categories()
    assert dataset.info["label_set"] == "wildwear30"
    assert dataset.info["label_map"] == "modanet"
    assert "slippers" in dataset.info["not_labelled"]
    assert dataset.info["contributor"] == "eBay CoreAI research"
    assert [one["name"] for one in dataset.document["original_categories"]][:2] == ["bag", "belt"]
    assert (tmp_path / "out.json").stat().st_size < 4 * path.stat().st_size


def test_fashionpedia_is_mapped_by_name(shared: Path) -> None:
    dataset, report = read_mapped(shared / "fixtures" / "fashionpedia" / "sample.json")
    assert report.label_map.name == "fashionpedia"
    assert sorted(names(dataset, crowd=0)) == ["dress", "hat", "shirt"]
    assert report.fates["shoe"].masks == 2
    assert report.fates["shoe"].regions == 1
    assert sum(fate.left_out for fate in report.fates.values()) == 6  # sleeves, neckline, collar
    assert sum(fate.masks for fate in report.fates.values()) == 12


def test_attributes_decide_what_a_label_of_fashionpedia_is() -> None:
    dataset = dataset_of("fashionpedia")
    labels = {one["name"]: one["id"] for one in dataset.categories}
    dataset.document["images"] = [{"id": 1, "file_name": "1.jpg", "width": 60, "height": 60}]
    dataset.document["attributes"] = [{"id": 35, "name": "jeans"}, {"id": 47, "name": "track (pants)"}]
    dataset.document["annotations"] = [
        square(labels["pants"], attribute_ids=ids) | {"id": number, "image_id": 1}
        for number, ids in enumerate(([35], [47], [35, 47], [], [99, "35", None]))
    ]
    mapped_, report = carry(dataset)
    assert names(mapped_, crowd=0) == ["jeans", "joggers"]
    assert {label: fate.masks for label, fate in report.fates.items()} == {
        "pants: jeans": 1,
        "pants: sweatpants, track (pants)": 1,
        "pants": 3,
    }
    assert report.to_dict()["instances_by_category"] == {"jeans": 1, "joggers": 1}
    assert [one["original_label"] for one in mapped_.instances()] == ["pants", "pants"]


def test_deepfashion2_keeps_the_landmarks_of_its_instances_and_their_meaning(shared: Path) -> None:
    path = shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json"
    source, (dataset, _) = Dataset.load(path), read_mapped(path)
    assert names(dataset, crowd=0) == ["dress", "dress"]
    for before, after in zip(source.annotations, dataset.annotations, strict=True):
        assert after["keypoints"] == before["keypoints"]
        assert after["original_label"] == "long_sleeved_dress"
        assert after["original_ids"] == [before["id"]]
    assert "keypoints" not in dataset.categories[12]
    assert dataset.document["original_categories"] == source.categories


def test_labels_that_are_mere_numbers_are_mapped_by_a_map_that_is_named(shared: Path) -> None:
    path = shared / "fixtures" / "via" / "modanet_val_via_region_data.json"
    with pytest.raises(DatasetError, match=r"'1', .* disagree"):
        read_mapped(path)
    dataset, report = read_mapped(path, "modanet")
    assert report.fates["1"].rule.label == "bag"
    assert sum(fate.masks for fate in report.fates.values()) == 5434
    assert report.instances_by_category()["boots"] == 150  # pairs, though most photos have no known size
    assert len(dataset.images) == 1067


def test_a_via_project_of_one_garment_is_mapped_as_all_maps_agree(shared: Path) -> None:
    dataset, _ = read_mapped(shared / "fixtures" / "via" / "shorts" / "via_region_data.json")
    assert names(dataset, crowd=0) == ["shorts"] * 20


def test_every_label_in_the_maps_of_clothing_co_parsing_is_known(ccp_folder: Path) -> None:
    labels = ccp.load_labels(ccp_folder)
    photos = []
    for photo in ("0001", "0098", "0412", "0536", "0777", "1004"):
        label_map = ccp.load_label_map(ccp_folder, photo)
        present = [number for number in np.unique(label_map).tolist() if labels[number] != "null"]
        masks = [imaging.encode(label_map == number) for number in present]
        photos.append(
            [
                {"category_id": number + 1, "segmentation": mask, "bbox": imaging.bbox(mask)}
                for number, mask in zip(present, masks, strict=True)
            ]
        )
    dataset, report = carry(dataset_of("ccp", *photos))
    assert sum(fate.masks for fate in report.fates.values()) == sum(map(len, photos))
    assert {"skin", "hair"} <= {label for label, fate in report.fates.items() if fate.left_out}
    assert all(fate.regions == fate.not_judged for fate in report.fates.values())  # a pair is one mask here
    assert dataset.instances()


def test_mapping_again_changes_nothing(shared: Path, tmp_path: Path) -> None:
    path = shared / "fixtures" / "modanet" / "instances_val.json"
    once, _ = read_mapped(path)
    once.save(tmp_path / "once.json")
    twice, report = read_mapped(tmp_path / "once.json")
    assert report.label_map.name == "wildwear30"
    assert twice.document == once.document


# --- what becomes of a mask ---------------------------------------------------------------------------------


def test_a_label_that_is_a_category_makes_an_instance_with_all_its_fields() -> None:
    dataset, _ = carry(dataset_of("modanet", [square(BAG, colour="red")]))
    (bag,) = dataset.annotations
    assert bag == {
        **square(BAG, colour="red"),
        "id": 1,
        "image_id": 1,
        "category_id": category("bag").id,
        "original_label": "bag",
        "original_ids": [100],
    }


def test_an_ambiguous_mask_stands_once_in_each_candidate_and_is_no_instance() -> None:
    dataset, report = carry(dataset_of("modanet", [square(OUTER, attributes=[1, 2, 3])]))
    rule = maps.load("modanet").rule("outer")
    assert rule is not None
    assert names(dataset, crowd=1) == [one.name for one in rule.categories]
    assert dataset.instances() == []
    assert len({str(one["segmentation"]) for one in dataset.annotations}) == 1
    assert [one["id"] for one in dataset.annotations] == list(range(1, 1 + len(rule.categories)))
    assert ["attributes" in one for one in dataset.annotations] == [True] + [False] * (
        len(rule.categories) - 1
    )
    assert (report.fates["outer"].not_judged, report.fates["outer"].regions) == (1, 1)


def test_what_the_source_does_not_judge_stays_not_judged() -> None:
    photo = [square(BAG, iscrowd=1), square(BOOTS, iscrowd=1), square(BELT, iscrowd=1)]
    dataset, report = carry(dataset_of("modanet", photo))
    assert names(dataset, crowd=0) == []
    assert names(dataset, crowd=1) == ["bag", "boots"]
    assert report.fates["bag"].not_judged == 1


@pytest.mark.parametrize("rle", [(False, False), (True, True), (False, True)])
def test_two_boots_are_one_instance_with_the_pixels_of_both(rle: tuple[bool, bool]) -> None:
    shoes = [square(BOOTS, 0, 20, rle=rle[0]), square(BOOTS, 5, 20, rle=rle[1])]
    dataset, _ = carry(dataset_of("modanet", [shoes[0], square(BAG, 30, 30), shoes[1]]))
    boots, _ = dataset.annotations
    assert boots["original_ids"] == [100, 102]
    mask = imaging.decode(imaging.as_rle(boots["segmentation"], (60, 60)))
    assert mask.sum() == boots["area"] == 150
    assert boots["bbox"] == [0, 20, 15, 10]


def test_three_boots_are_those_of_two_people_and_not_judged() -> None:
    dataset, report = carry(dataset_of("modanet", [[square(BOOTS, 20 * n) for n in range(3)]][0]))
    (region,) = dataset.annotations
    assert region["iscrowd"] == 1
    assert region["area"] == 300
    assert (report.fates["boots"].kept, report.fates["boots"].not_judged) == (0, 3)


def test_boots_in_two_photos_stay_apart() -> None:
    dataset, _ = carry(dataset_of("modanet", [square(BOOTS)], [square(BOOTS)]))
    assert [one["image_id"] for one in dataset.instances()] == [1, 2]


def test_shoes_join_where_nobody_knows_the_size_of_the_photo() -> None:
    dataset = dataset_of("modanet", [square(BOOTS), square(BOOTS, 20, 7)])
    dataset.images[0].update(width=None, height=None)
    (boots,) = carry(dataset)[0].annotations
    assert (boots["bbox"], boots["area"]) == ([0, 0, 30, 17], 200)


def test_shoes_without_masks_stay_apart() -> None:
    boxes = [{"category_id": BOOTS, "bbox": [0, 0, 9, 9]}, {"category_id": BOOTS, "bbox": [20, 0, 9, 9]}]
    assert len(carry(dataset_of("modanet", boxes))[0].instances()) == 2


def test_a_shoe_whose_mask_is_broken_is_named() -> None:
    broken = square(BOOTS) | {"segmentation": {"size": [60, 60], "counts": "0"}}
    with pytest.raises(DatasetError, match="the dataset: annotations 100, 101: segmentation: "):
        carry(dataset_of("modanet", [square(BOOTS), broken]))


def test_the_source_in_memory_is_left_as_it_was() -> None:
    dataset = dataset_of("modanet", [square(BAG), square(OUTER), square(BOOTS), square(BOOTS)])
    before = copy.deepcopy(dataset.document)
    carry(dataset)
    assert dataset.document == before


def test_photos_pass_one_by_one() -> None:
    dataset = dataset_of("modanet", [square(BAG)])

    def endless() -> Iterator[Photo]:
        while True:
            yield dataset.images[0], dataset.annotations

    stream = mapped(PhotoStream(dataset.stream().header, endless()), MapReport(maps.load("modanet")))
    assert len(list(itertools.islice(stream.photos, 50))) == 50


def test_categories_that_a_reader_meets_on_its_way_are_known_by_then() -> None:
    dataset = dataset_of("modanet", [square(BAG)])
    header = dataset.stream().header
    met = header["categories"]
    header["categories"] = []

    def photos() -> Iterator[Photo]:
        header["categories"] = met
        yield dataset.images[0], dataset.annotations

    stream = mapped(PhotoStream(header, photos()), MapReport(maps.load("modanet")))
    assert len(list(stream.photos)) == 1
    assert stream.header["original_categories"] == met
    assert stream.header["categories"] == coco_categories()


# --- what cannot be mapped ----------------------------------------------------------------------------------


def test_every_label_that_the_map_lacks_is_named_and_nothing_is_written(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["categories"] = [{"id": 1, "name": "saree"}, {"id": 2, "name": "bag"}, {"id": 3, "name": "obi"}]
    for number in (2, 3, 4):
        document["annotations"].append({"id": number, "image_id": 1, "category_id": min(number, 3)})
    Dataset(document).save(tmp_path / "in.json")
    before = (tmp_path / "in.json").read_bytes()
    path = tmp_path / "in.json"
    with pytest.raises(
        DatasetError, match=r"in\.json: .*modanet has no row for 'obi' \(2\), 'saree' \(1\)\."
    ):
        map_dataset(path, tmp_path / "out.json", guess(path), Conversion(), maps.load("modanet"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.json"]
    assert path.read_bytes() == before


def test_a_label_that_no_mask_has_need_not_be_known(document: dict[str, Any]) -> None:
    document["categories"].append({"id": 9, "name": "saree"})
    stream = Dataset(document).stream()
    dataset = Dataset.collect(mapped(stream, MapReport(maps.load("wildwear30"))))
    assert names(dataset, crowd=0) == ["hat"]


def test_a_map_is_guessed_by_the_labels_that_occur_where_none_knows_all_that_are_listed(
    document: dict[str, Any],
) -> None:
    document["categories"].append({"id": 9, "name": "garments"})
    dataset, report = carry(Dataset(document))
    assert names(dataset, crowd=0) == ["hat"]
    assert not report.unknown


def test_the_root_that_roboflow_lists_needs_no_row(shared: Path, tmp_path: Path) -> None:
    path = shared / "cases" / "12" / "_annotations.coco.json"
    with pytest.raises(DatasetError, match=r"knows all but 'trousers'\. Name a map"):  # garments is the root
        map_dataset(path, tmp_path / "out.json", guess(path), Conversion())
    exported = Dataset.load(path)
    exported.categories[2]["name"] = "joggers"
    exported.save(tmp_path / "in.json")
    report = map_dataset(tmp_path / "in.json", tmp_path / "out.json", guess(path), Conversion())
    assert report.instances_by_category() == {"shirt": 1, "joggers": 1}


def test_labels_that_may_be_of_several_sets_are_refused_with_the_file(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["categories"] = [{"id": 1, "name": "top"}]
    Dataset(document).save(tmp_path / "in.json")
    with pytest.raises(DatasetError, match=r"in\.json: its labels, 'top', .*--map"):
        map_dataset(tmp_path / "in.json", tmp_path / "out.json", guess(tmp_path / "in.json"), Conversion())


def test_a_target_that_is_in_the_way_or_no_json_is_refused(document: dict[str, Any], tmp_path: Path) -> None:
    Dataset(document).save(tmp_path / "in.json")
    path, map30 = tmp_path / "in.json", maps.load("wildwear30")
    with pytest.raises(OutputError, match="is the source itself"):
        map_dataset(path, path, guess(path), Conversion(), map30)
    with pytest.raises(DatasetError, match=r"out\.csv: expected a \.json file"):
        map_dataset(path, tmp_path / "out.csv", guess(path), Conversion(), map30)


# --- those who use it ---------------------------------------------------------------------------------------


def shown(dataset: Dataset, mask: Record, name: str) -> int:
    """Of one detection with this mask and name: whether evaluation counts it."""
    fields = {key: mask[key] for key in ("bbox", "segmentation")}
    fields["segmentation"] = imaging.as_rle(fields["segmentation"], (60, 60))
    found = {"image_id": 1, "category_id": category(name).id, "score": 0.9, **fields}
    metrics = score(dataset, [found], displayed=[found])
    assert metrics.displayed is not None
    return metrics.displayed.shown


@pytest.mark.parametrize(("name", "counted"), [("coat", 0), ("blazer", 0), ("skirt", 1), ("hat", 1)])
@pytest.mark.parametrize("rle", [False, True])
def test_evaluation_forgives_the_candidates_of_a_region_and_nothing_else(
    name: str, counted: int, rle: bool
) -> None:
    outer = square(OUTER, 0, 0, 30, rle=rle)
    dataset, _ = carry(dataset_of("modanet", [outer, square(BAG, 40, 40)]))
    assert shown(dataset, square(OUTER, 2, 2, 20), name) == counted


def test_evaluation_forgives_a_pair_of_shoes_whose_kind_nobody_knows() -> None:
    left, right = square(FOOTWEAR, 0, 40), square(FOOTWEAR, 20, 40)
    dataset, _ = carry(dataset_of("modanet", [left, right, square(BAG, 40, 0)]))
    pair = {"segmentation": left["segmentation"] + right["segmentation"], "bbox": [0, 40, 30, 10]}
    assert shown(dataset, pair, "sneakers") == 0


def test_training_takes_no_negatives_from_a_region() -> None:
    samples = pytest.importorskip("wildwear.training.samples", reason="the extra train is not installed")
    dataset, _ = carry(dataset_of("modanet", [square(OUTER, 0, 0, 30), square(BAG, 40, 40)]))
    labels = {one["id"]: one["id"] for one in dataset.categories}
    sample = samples.to_sample(np.zeros((60, 60, 3), np.uint8), (60, 60), dataset.annotations, labels)
    assert sample["labels"].tolist() == [category("bag").id]
    expected = np.zeros((60, 60), bool)
    expected[:30, :30] = True
    assert np.array_equal(sample["judged_not"].numpy().astype(bool), expected)


# --- whatever comes -----------------------------------------------------------------------------------------


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    name = draw(st.sampled_from(maps.NAMES))
    labels = st.integers(1, len(maps.load(name).rules))
    if draw(st.booleans()):  # few labels: several shoes in a photo
        labels = st.sampled_from(draw(st.lists(labels, min_size=1, max_size=2)))
    mask = st.builds(
        square,
        labels,
        st.integers(0, 40),
        st.integers(0, 40),
        st.integers(1, 20),
        rle=st.booleans(),
        iscrowd=st.sampled_from([0, 0, 0, 1]),
    )
    return dataset_of(name, *draw(st.lists(st.lists(mask, max_size=6), max_size=4)))


@settings(deadline=None)
@given(datasets())
def test_nothing_is_lost_and_nothing_is_invented(source: Dataset) -> None:
    dataset, report = carry(source)
    labels = {one["id"]: one["name"] for one in source.categories}
    masks = Counter(labels[one["category_id"]] for one in source.annotations)
    assert Counter({label: fate.masks for label, fate in report.fates.items()}) == masks
    assert all(fate.masks == fate.kept + fate.not_judged + fate.left_out for fate in report.fates.values())
    assert sum(fate.instances for fate in report.fates.values()) == len(dataset.instances())
    assert report.instances_by_category().total() == len(dataset.instances())
    assert dataset.images == source.images

    written = [one["id"] for one in dataset.annotations]
    assert written == list(range(1, len(written) + 1))
    regions: dict[tuple[int, ...], list[Record]] = {}
    instances: dict[tuple[int, ...], Record] = {}
    for one in dataset.annotations:
        key = tuple(one["original_ids"])
        if one["iscrowd"]:
            regions.setdefault(key, []).append(one)
        else:
            assert instances.setdefault(key, one) is one
    assert instances.keys().isdisjoint(regions)
    assert sum(fate.regions for fate in report.fates.values()) == len(regions)
    accounted = [identity for key in [*regions, *instances] for identity in key]
    assert len(accounted) == len(set(accounted))

    left_out = set()
    for before in source.annotations:
        rule = report.fates[labels[before["category_id"]]].rule
        (key,) = [key for key in [*regions, *instances] if before["id"] in key] or [None]
        if key is None:
            assert rule.kind == "ignore"
            left_out.add(before["id"])
            continue
        after = regions.get(key) or [instances[key]]
        assert {one["image_id"] for one in after} == {before["image_id"]}
        assert [one["category_id"] for one in after] == [one.id for one in rule.categories]
        assert rule.kind == "is" or key in regions
        assert not before["iscrowd"] or key in regions
        pixels = [imaging.as_rle(one["segmentation"], (60, 60)) for one in (before, *after)]
        assert all(imaging.area(imaging.union([pixels[0], one])) == imaging.area(one) for one in pixels[1:])
    assert left_out | set(accounted) == {one["id"] for one in source.annotations}
