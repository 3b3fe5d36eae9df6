"""Photos of a dataset as the network gets them, and how often each is shown."""

from pathlib import Path

import numpy as np
import torch

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.training.augmentation import scale_to
from wildwear.training.photos import GarmentPhotos, RepeatFactorSampler, collate, to_sample


def test_a_region_written_once_a_category_is_one_region() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:5] = True
    region = {"iscrowd": 1, "segmentation": imaging.encode(mask)}
    garment = {"iscrowd": 0, "category_id": 3, "segmentation": [[2, 8, 10, 8, 10, 16, 2, 16]]}
    annotations = [{**region, "category_id": category} for category in range(1, 31)] + [garment]
    sample = to_sample(np.zeros((20, 20, 3), np.uint8), annotations)
    assert sample["labels"].tolist() == [3]
    assert sample["masks"].shape == (1, 20, 20)
    assert torch.equal(sample["judged_not"].bool(), torch.from_numpy(mask))


def test_a_photo_comes_with_its_boxes_masks_and_original_size(drawn_set: Path) -> None:
    photos = GarmentPhotos(
        Dataset.load(drawn_set / "train.json"), drawn_set / "images", lambda s: scale_to(s, 60)
    )
    (batch_photos, targets) = collate([photos[0], photos[1]])
    assert batch_photos[0].shape == (3, 60, 40)
    assert targets[0]["size"] == (120, 80)
    assert targets[0]["boxes"][0].tolist() == [10, 10, 25, 45]
    assert targets[0]["labels"].tolist() == [16, 2]


def test_photos_of_a_rare_category_are_shown_more_often() -> None:
    images = [{"id": number} for number in range(100)]
    annotations = [{"image_id": number, "category_id": 2 if number == 0 else 1} for number in range(100)]
    dataset = Dataset({"images": images, "annotations": annotations, "categories": []})
    sampler = RepeatFactorSampler(dataset, threshold=0.09, seed=1)
    order = list(sampler)
    assert order.count(0) == 3  # sqrt(0.09 / 0.01)
    assert all(order.count(number) == 1 for number in range(1, 100))


def test_every_epoch_is_equally_long_though_fractions_are_drawn_anew() -> None:
    images = [{"id": number} for number in range(40)]
    annotations = [{"image_id": number, "category_id": 1 + (number % 7 == 0)} for number in range(40)]
    sampler = RepeatFactorSampler(
        Dataset({"images": images, "annotations": annotations, "categories": []}), threshold=0.4, seed=3
    )
    orders = []
    for epoch in range(20):
        sampler.set_epoch(epoch)
        orders.append(sorted(sampler))
    assert {len(order) for order in orders} == {len(sampler)}
    assert len({tuple(order) for order in orders}) > 1


def test_an_epochs_order_depends_on_its_number_alone_so_that_a_resumed_run_sees_the_same() -> None:
    dataset = Dataset(
        {"images": [{"id": number} for number in range(50)], "annotations": [], "categories": []}
    )
    first, second = (RepeatFactorSampler(dataset, threshold=0.5, seed=7) for _ in range(2))
    for sampler in (first, second):
        sampler.set_epoch(3)
    assert list(first) == list(second)
    second.set_epoch(4)
    assert list(first) != list(second)
    assert sorted(second) == list(range(50))
