"""Photos of a dataset as the network gets them."""

import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, PhotoError
from wildwear.training.augmentation import scale_to, vary
from wildwear.training.config import AugmentationConfig
from wildwear.training.order import Draw
from wildwear.training.samples import Cache, GarmentPhotos, collate, to_sample

OURS = {number: number for number in range(1, 31)}


def photos_of(folder: Path, **settings: Path | Cache | float) -> GarmentPhotos:
    dataset = Dataset.load(folder / "train.json")
    return GarmentPhotos(dataset, folder / "images", OURS, lambda s: scale_to(s, 60), **settings)  # type: ignore[arg-type]


def test_a_region_written_once_a_category_is_one_region() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:5] = True
    region = {"iscrowd": 1, "segmentation": imaging.encode(mask)}
    garment = {"iscrowd": 0, "category_id": 3, "segmentation": [[2, 8, 10, 8, 10, 16, 2, 16]]}
    annotations = [{**region, "category_id": category} for category in range(1, 31)] + [garment]
    sample = to_sample(np.zeros((20, 20, 3), np.uint8), (20, 20), annotations, OURS)
    assert sample["labels"].tolist() == [3]
    assert sample["masks"].shape == (1, 20, 20)
    assert torch.equal(sample["judged_not"].bool(), torch.from_numpy(mask))


def test_a_photo_comes_with_its_boxes_masks_and_original_size(drawn_set: Path) -> None:
    photos = photos_of(drawn_set)
    (batch_photos, targets) = collate([photos[Draw(0, 0)], photos[Draw(1, 0)]])
    assert batch_photos[0].shape == (3, 60, 40)
    assert targets[0]["size"] == (120, 80)
    assert targets[0]["boxes"][0].tolist() == [10, 10, 25, 45]
    assert targets[0]["labels"].tolist() == [16, 2]


def test_masks_of_a_photo_that_is_kept_smaller_are_scaled_with_it(drawn_set: Path, tmp_path: Path) -> None:
    whole = photos_of(drawn_set)[Draw(0, 0)][1]
    small = photos_of(drawn_set, cache=Cache(tmp_path, 60))[Draw(0, 0)][1]
    assert small["size"] == whole["size"] == (120, 80)
    assert torch.equal(small["masks"], whole["masks"])


def test_a_cached_photo_is_decoded_once_and_read_from_then_on(
    drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache", 60)
    first = cache.read(drawn_set / "images" / "0.png")
    monkeypatch.setattr(imaging, "read_photo", lambda _: pytest.fail("decoded again"))
    assert first.shape == (60, 40, 3)
    assert np.array_equal(cache.read(drawn_set / "images" / "0.png"), first)


def test_a_photo_that_cannot_be_read_is_replaced_and_written_down(drawn_set: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for photo in (drawn_set / "images").iterdir():
        (tmp_path / "images" / photo.name).write_bytes(photo.read_bytes())
    (tmp_path / "images" / "0.png").write_bytes(b"no photo")
    (tmp_path / "train.json").write_bytes((drawn_set / "train.json").read_bytes())
    journal = tmp_path / "unreadable.jsonl"
    _, target = photos_of(tmp_path, journal=journal)[Draw(0, 0)]
    assert target["image_id"] == 2
    assert json.loads(journal.read_text())["photo"] == "0.png"
    with pytest.raises(PhotoError, match=r"0\.png"):
        photos_of(tmp_path)[Draw(0, 0)]


def test_an_unreadable_photo_whose_name_is_no_text_is_written_down(drawn_set: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    dataset.images[0]["file_name"] = os.fsdecode(b"\xfe.png")
    journal = tmp_path / "unreadable.jsonl"
    photos = GarmentPhotos(dataset, drawn_set / "images", OURS, lambda sample: sample, journal=journal)
    _, target = photos[Draw(0, 0)]
    assert target["image_id"] == 2
    assert os.fsencode(json.loads(journal.read_text())["photo"]) == b"\xfe.png"


def test_a_dataset_without_any_readable_photo_ends_the_run(drawn_set: Path, tmp_path: Path) -> None:
    (tmp_path / "train.json").write_bytes((drawn_set / "train.json").read_bytes())
    with pytest.raises(DatasetError, match="none of its 4 photos can be read"):
        photos_of(tmp_path, journal=tmp_path / "unreadable.jsonl")[Draw(0, 0)]


def test_a_polygon_smaller_than_a_pixel_is_no_garment_to_learn_from(drawn_set: Path) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    for annotation in dataset.annotations:
        annotation["segmentation"] = [[7.1, 7.1, 7.3, 7.1, 7.3, 7.3]]
    config = AugmentationConfig(crop_half=0.5, crop_person=0.5)
    photos = GarmentPhotos(dataset, drawn_set / "images", OURS, lambda sample: vary(sample, config))
    assert all(len(photos[Draw(0, seed)][1]["labels"]) == 0 for seed in range(6))


def test_a_draw_is_varied_alike_wherever_it_is_read(drawn_set: Path) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    config = AugmentationConfig(long_side=(60, 120), max_side=120)
    photos = GarmentPhotos(dataset, drawn_set / "images", OURS, lambda sample: vary(sample, config))
    once, _ = photos[Draw(0, 5)]
    random.random()
    torch.rand(3)
    assert torch.equal(photos[Draw(0, 5)][0], once)
    assert photos[Draw(0, 6)][0].shape != once.shape


def test_garments_of_the_other_photo_of_a_draw_are_laid_over_a_share_of_views(drawn_set: Path) -> None:
    photos = photos_of(drawn_set, paste=0.5)
    alone = photos[Draw(0, 0)][1]["labels"].tolist()
    laid = {tuple(photos[Draw(0, seed, other=1)][1]["labels"].tolist()) for seed in range(20)}
    assert tuple(alone) in laid
    assert any(len(labels) > len(alone) for labels in laid)
    always = photos_of(drawn_set, paste=1.0)
    assert all(always[Draw(0, seed)][1]["labels"].tolist() == alone for seed in range(5))


def test_a_photo_to_paste_from_that_cannot_be_read_is_replaced_too(drawn_set: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    dataset.images[1]["file_name"] = "gone.png"
    journal = tmp_path / "unreadable.jsonl"
    photos = GarmentPhotos(
        dataset, drawn_set / "images", OURS, lambda s: scale_to(s, 60), paste=1.0, journal=journal
    )
    assert photos[Draw(0, 0, other=1)][1]["image_id"] == dataset.images[0]["id"]
    assert json.loads(journal.read_text())["photo"] == "gone.png"
